/** Hands events to the targets of rules: at once, again for a day, and then to the dead-letter queue. */
import { createRetryQueue, type Queued, type Settled } from '../../kernel/retry-queue.ts';
import { attribute, backOffMs, DeliveryFailure, type Failure, failureOf } from './failures.ts';
import { count } from './metrics.ts';
import type { BusEvent, Rule, RuleTarget } from './records.ts';
import { EVENTS, type Room, say } from './room.ts';
import { queueUrl, type Sending } from './target-call.ts';
import { payloadOf } from './transform.ts';

/** An event on its way to one target: what the rule said when it matched counts. */
interface Invocation {
  readonly kind: 'invocation';
  readonly id: string;
  readonly event: string;
  readonly traceHeader?: string;
  readonly ingestedAt: number;
  readonly buses: readonly string[];
  readonly rule: string;
  readonly ruleArn: string;
  readonly bus: string;
  readonly target: RuleTarget;
}

interface Letter {
  readonly kind: 'letter';
  readonly rule: string;
  readonly ruleArn: string;
  readonly bus: string;
  readonly queueArn: string;
  readonly event: string;
  readonly attributes: Readonly<Record<string, string>>;
}

type Parcel = Invocation | Letter;

/** What is known of a sending besides its payload. */
export interface Underway extends Sending {
  readonly event: Omit<BusEvent, 'traceHeader'>;
  readonly ruleName: string;
}

export interface Deliveries {
  /** Call inside `store.transaction`. */
  emit(event: BusEvent, rule: Rule): void;
}

export interface DeliveriesOptions {
  /** Sends it; rejects when that did not work. */
  readonly send: (underway: Underway) => Promise<unknown>;
  /** Targets that can take long wait in a queue of their own. */
  readonly isSlow: (arn: string) => boolean;
  readonly random?: () => number;
}

const MOST_TRIES = 185;
const LONGEST_AGE_S = 86_400;
const LETTER_WAITS_MS = [1_000, 10_000, 60_000];
const AT_ONCE = 64;

export function createDeliveries(room: Room, options: DeliveriesOptions): Deliveries {
  const { store, clock, outbox, accountId } = room;
  const { send, isSlow, random = Math.random } = options;

  function open(name: string) {
    const queue = createRetryQueue<Parcel>({
      store,
      clock,
      collection: store.collection<Queued<Parcel>>('events', name),
      concurrency: AT_ONCE,
      attempt: (queued) => attempt(queued),
      report: (message) => say(room, message),
    });
    outbox.join(queue);
    return queue;
  }
  const quick = open('deliveries');
  const slow = open('slow-deliveries');

  async function attempt({ item, tries, putAt }: Queued<Parcel>): Promise<() => Settled<Parcel>> {
    if (item.kind === 'letter') return post(item, tries);
    if (tries > 0) count(room, 'RetryInvocationAttempts', item);
    try {
      await invoke(item);
      count(room, 'Invocations', item);
      return () => ({ kind: 'done' });
    } catch (error) {
      const failure = failureOf(error);
      const wait = error instanceof DeliveryFailure ? error.afterMs : undefined;
      const delayMs = wait ?? backOffMs(tries, random);
      const exhausted = exhaustionOf(item.target, tries, clock.now() + delayMs - putAt);
      if (failure.retried && exhausted === undefined) return () => ({ kind: 'again', delayMs });
      return () => giveUp(item, failure, tries, failure.retried ? exhausted : undefined);
    }
  }

  async function invoke(item: Invocation): Promise<void> {
    const { event: text, target, ruleArn, rule: ruleName, ingestedAt, traceHeader, id, buses } = item;
    const event = { id, text, parsed: JSON.parse(text) as BusEvent['parsed'], ingestedAt, buses };
    const payload = payloadOf(target, event, { ruleArn, ruleName });
    if (payload === undefined) {
      throw new DeliveryFailure('INVALID_JSON', 'The input transformer did not make valid JSON.', { retried: false });
    }
    await send({ event, target, ruleArn, ruleName, accountId, payload, traceHeader });
  }

  function giveUp(item: Invocation, failure: Failure, tries: number, exhausted: string | undefined): Settled<Parcel> {
    const { rule, ruleArn, bus, target, event } = item;
    count(room, 'FailedInvocations', item);
    const queueArn = target.DeadLetterConfig?.Arn;
    const told = `rule ${rule} could not reach ${target.Arn}: ${failure.message}`;
    if (queueArn === undefined) {
      say(room, `${told}; the event is lost, for the target has no dead-letter queue`);
      return { kind: 'done' };
    }
    say(room, `${told}; on to ${queueArn}`);
    const attributes = {
      ERROR_CODE: failure.code,
      ERROR_MESSAGE: failure.message,
      RULE_ARN: ruleArn,
      TARGET_ARN: target.Arn,
      ...(exhausted !== undefined && { EXHAUSTED_RETRY_CONDITION: exhausted }),
      ...(tries > 0 && { RETRY_ATTEMPTS: String(tries) }),
    };
    return { kind: 'again', delayMs: 0, item: { kind: 'letter', rule, ruleArn, bus, queueArn, event, attributes } };
  }

  async function post(letter: Letter, tries: number): Promise<() => Settled<Parcel>> {
    const { queueArn, event, attributes, ruleArn } = letter;
    const caller = { kind: 'service', service: EVENTS, sourceArn: ruleArn, sourceAccount: accountId } as const;
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [name, attribute(value)]),
    );
    const input = { QueueUrl: queueUrl(queueArn), MessageBody: event, MessageAttributes };
    try {
      await room.dispatch({ caller, service: 'sqs', operation: 'SendMessage', input });
      count(room, 'InvocationsSentToDlq', letter);
    } catch (error) {
      const { retried, message } = failureOf(error);
      const delayMs = LETTER_WAITS_MS[tries];
      if (retried && delayMs !== undefined) return () => ({ kind: 'again', delayMs });
      count(room, 'InvocationsFailedToBeSentToDlq', letter);
      say(room, `rule ${letter.rule} could not reach its dead-letter queue ${queueArn}, the event is lost: ${message}`);
    }
    return () => ({ kind: 'done' });
  }

  return {
    emit({ id, text, traceHeader, ingestedAt, buses }, { name, arn, bus, targets }) {
      for (const target of targets) {
        const queue = isSlow(target.Arn) ? slow : quick;
        queue.put({
          kind: 'invocation',
          id,
          event: text,
          ...(traceHeader !== undefined && { traceHeader }),
          ingestedAt,
          buses,
          rule: name,
          ruleArn: arn,
          bus,
          target,
        });
      }
    },
  };
}

/** Which limit of the target's retry policy one more try would break. */
function exhaustionOf({ RetryPolicy }: RuleTarget, tries: number, ageMs: number): string | undefined {
  if (tries >= (RetryPolicy?.MaximumRetryAttempts ?? MOST_TRIES)) return 'MaximumRetryAttempts';
  if (ageMs > (RetryPolicy?.MaximumEventAgeInSeconds ?? LONGEST_AGE_S) * 1_000) return 'MaximumEventAgeInSeconds';
  return undefined;
}
