/** Calls a schedule's target in its role, again for a day when that fails, and then tells its dead-letter queue. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import { Refusal } from '../../kernel/doors.ts';
import type { Call, Caller } from '../../kernel/index.ts';
import { createRetryQueue, type Queued, type Settled } from '../../kernel/retry-queue.ts';
import { type Room, SCHEDULER, type Schedule, type ScheduleTarget, say } from './room.ts';
import { queueUrl, targetCall } from './target-call.ts';

interface Execution {
  readonly kind: 'execution';
  readonly id: string;
  readonly scheduleArn: string;
  readonly target: ScheduleTarget;
  /** ms since 1970 */
  readonly scheduledFor: number;
}

interface Letter {
  readonly kind: 'letter';
  readonly scheduleArn: string;
  readonly roleArn: string;
  readonly queueArn: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Parcel = Execution | Letter;

export interface Executions {
  /** Call inside `store.transaction`. */
  start(schedule: Schedule, scheduledFor: number): void;
}

const MOST_TRIES = 185;
const LONGEST_AGE_S = 86_400;
const LONGEST_WAIT_MS = 600_000;
const LETTER_WAITS_MS = [1_000, 10_000, 60_000];

export function createExecutions(room: Omit<Room, 'changed'>): Executions {
  const { store, clock, accountId, region } = room;
  const queue = createRetryQueue<Parcel>({
    store,
    clock,
    collection: store.collection<Queued<Parcel>>('scheduler', 'executions'),
    concurrency: 64,
    attempt: (queued) => attempt(queued),
    report: (message) => say(room, message),
  });
  room.outbox.join(queue);

  const callerFor = (scheduleArn: string, roleArn: string): Caller => ({
    kind: 'role',
    roleArn,
    service: SCHEDULER,
    sessionName: 'scheduler',
    // Trust policies ask for the group's ARN, or the schedule's.
    sourceArn: scheduleArn,
    sourceAccount: accountId,
  });

  async function attempt({ item, tries, putAt }: Queued<Parcel>): Promise<() => Settled<Parcel>> {
    if (item.kind === 'letter') return post(item, tries);
    const input = inputOf(item, tries);
    const call = targetCall(item.target, input);
    try {
      if (!call) throw new AwsError('ServiceNotEmulated', `targets such as ${item.target.Arn} are not emulated here`);
      check(await room.dispatch({ caller: callerFor(item.scheduleArn, item.target.RoleArn), ...call }), call);
      metric('InvocationAttemptCount', item);
      return () => ({ kind: 'done' });
    } catch (error) {
      metric('TargetErrorCount', item);
      const delayMs = Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** Math.min(tries, 10));
      const exhausted = exhaustionOf(item.target, tries, clock.now() + delayMs - putAt);
      const retried = isTransient(error);
      if (retried && exhausted === undefined) return () => ({ kind: 'again', delayMs });
      return () => giveUp(item, error as Error, { tries, input, exhausted: retried ? exhausted : undefined });
    }
  }

  function inputOf({ target, id, scheduleArn, scheduledFor }: Execution, tries: number): string {
    const time = `${new Date(scheduledFor).toISOString().slice(0, 19)}Z`;
    const usual = JSON.stringify({
      version: '0',
      id,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: accountId,
      time,
      region,
      resources: [scheduleArn],
      detail: '{}',
    });
    const values: Readonly<Record<string, string>> = {
      'schedule-arn': scheduleArn,
      'scheduled-time': time,
      'execution-id': id,
      'attempt-number': String(tries + 1),
    };
    return (target.Input ?? usual).replace(
      /<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>/g,
      (_, name: string) => values[name]!,
    );
  }

  interface Fate {
    readonly tries: number;
    readonly input: string;
    readonly exhausted: string | undefined;
  }

  function giveUp(item: Execution, error: Error, { tries, input, exhausted }: Fate): Settled<Parcel> {
    const { target, scheduleArn, id, scheduledFor } = item;
    metric('InvocationDroppedCount', item);
    const queueArn = target.DeadLetterConfig?.Arn;
    const told = `schedule ${scheduleArn} could not call ${target.Arn}: ${error.message}`;
    say(room, queueArn === undefined ? `${told}; it has no dead-letter queue` : `${told}; on to ${queueArn}`);
    if (queueArn === undefined) return { kind: 'done' };
    const attributes = {
      ERROR_CODE: error instanceof AwsError ? error.code : 'InternalError',
      ERROR_MESSAGE: error.message,
      EXECUTION_ID: id,
      IS_PAYLOAD_TRUNCATED: 'false',
      RETRY_ATTEMPTS: String(tries),
      SCHEDULED_TIME: new Date(scheduledFor).toISOString(),
      SCHEDULE_ARN: scheduleArn,
      TARGET_ARN: target.Arn,
      ...(exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: exhausted }),
    };
    const letter: Letter = { kind: 'letter', scheduleArn, roleArn: target.RoleArn, queueArn, body: input, attributes };
    return { kind: 'again', delayMs: 0, item: letter };
  }

  async function post(letter: Letter, tries: number): Promise<() => Settled<Parcel>> {
    const { scheduleArn, roleArn, queueArn, body, attributes } = letter;
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        { DataType: 'String', StringValue: value.slice(0, 1_024) || '-' },
      ]),
    );
    const input = { QueueUrl: queueUrl(queueArn), MessageBody: body, MessageAttributes };
    try {
      await room.dispatch({ caller: callerFor(scheduleArn, roleArn), service: 'sqs', operation: 'SendMessage', input });
    } catch (error) {
      const delayMs = LETTER_WAITS_MS[tries];
      if (isTransient(error) && delayMs !== undefined) return () => ({ kind: 'again', delayMs });
      say(room, `schedule ${scheduleArn} could not reach its dead-letter queue: ${(error as Error).message}`);
    }
    return () => ({ kind: 'done' });
  }

  /** https://docs.aws.amazon.com/scheduler/latest/UserGuide/monitoring-cloudwatch.html */
  function metric(name: string, { scheduleArn }: Execution): void {
    const ScheduleGroup = scheduleArn.split('/')[1] ?? '';
    const dimensions = { ScheduleGroup };
    room.telemetry.metric({
      namespace: 'AWS/Scheduler',
      name,
      dimensions,
      unit: 'Count',
      value: 1,
      timestamp: clock.now(),
    });
  }

  return {
    start({ arn, target }, scheduledFor) {
      queue.put({ kind: 'execution', id: randomUUID(), scheduleArn: arn, target, scheduledFor });
    },
  };
}

/** PutEvents answers even when it has taken nothing. */
function check(answer: unknown, { operation }: Pick<Call, 'operation'>): void {
  if (operation !== 'PutEvents') return;
  const { Entries = [] } = answer as { Entries?: readonly { ErrorCode?: string; ErrorMessage?: string }[] };
  const failed = Entries.find(({ ErrorCode }) => ErrorCode !== undefined);
  if (failed) throw new AwsError(failed.ErrorCode ?? '', failed.ErrorMessage ?? '');
}

/** What may go better later: not what was refused, nor what is not there. */
function isTransient(error: unknown): boolean {
  if (error instanceof Refusal) return false;
  if (!(error instanceof AwsError)) return true;
  if (/NotEmulated/.test(error.code)) return false;
  return error.statusCode >= 500 || error.statusCode === 429 || /Throttl|TooManyRequests/.test(error.code);
}

function exhaustionOf({ RetryPolicy }: ScheduleTarget, tries: number, ageMs: number): string | undefined {
  if (tries >= (RetryPolicy?.MaximumRetryAttempts ?? MOST_TRIES)) return 'MaximumRetryAttempts';
  if (ageMs > (RetryPolicy?.MaximumEventAgeInSeconds ?? LONGEST_AGE_S) * 1_000) return 'MaximumEventAgeInSeconds';
  return undefined;
}
