/**
 * Asynchronous invocation: accepted at once, delivered from the outbox, tried again as AWS does, and in the end handed
 * to a destination or a dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Call, CallContext, Operation, ServiceContext } from '../../kernel/service.ts';
import type { InvocationOutcome } from './contract.ts';
import { deadLetterCall, destinationCall, type InvocationRecord } from './destinations.ts';
import type { Execution } from './execution.ts';
import { type Functions, LATEST, type Target } from './functions.ts';
import { parseFunctionName } from './names.ts';
import type { EventInvokeRecord, LambdaRecords } from './records.ts';

/** The operation of this service that tries an event once. Nobody outside can call it: it is not in the API. */
export const DELIVER_EVENT = 'DeliverEvent';

/** An accepted event. JSON: it waits in the store. */
export interface QueuedEvent {
  /** Qualified ARN. */
  readonly functionArn: string;
  readonly payload: string;
  readonly requestId: string;
  readonly traceHeader?: string;
  /** ms since 1970 */
  readonly acceptedAt: number;
  /** Times the function was run. */
  readonly runs: number;
  /** Times it could not be run: throttled, or our own failure. */
  readonly throttles: number;
}

/** Between the runs of a function that fails. */
const RETRY_DELAYS_MS = [60_000, 120_000];
/** Throttled or failed by us: from one second, doubling up to five minutes. */
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 300_000;

const DEFAULTS = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 };

export interface EventQueue {
  accept(target: Target, payload: string, call: CallContext): void;
  readonly deliver: Operation<QueuedEvent, void>;
}

export interface EventQueueOptions {
  readonly context: Pick<ServiceContext, 'clock' | 'outbox' | 'store'>;
  readonly records: LambdaRecords;
  readonly functions: Functions;
  readonly execution: Execution;
}

export function createEventQueue({ context, records, functions, execution }: EventQueueOptions): EventQueue {
  const { clock, outbox, store } = context;

  function send(call: Omit<Call, 'signal' | 'caller'>, sourceArn: string, delayMs = 0): void {
    store.transaction(() =>
      outbox.emit({
        call: { ...call, caller: { kind: 'service', service: 'lambda.amazonaws.com', sourceArn } },
        retryDelaysMs: [1000, 10_000, 60_000],
        delayMs,
      }),
    );
  }

  function queue(event: QueuedEvent, delayMs?: number): void {
    send(
      { service: 'lambda', operation: DELIVER_EVENT, input: event, requestId: event.requestId },
      event.functionArn,
      delayMs,
    );
  }

  function settingsOf(event: QueuedEvent): Partial<EventInvokeRecord> & typeof DEFAULTS {
    const { name, qualifier = LATEST } = parseFunctionName(event.functionArn);
    const settings = records.eventInvokeConfigs.get(`${name}:${qualifier}`);
    const { maximumRetryAttempts, maximumEventAgeSeconds } = DEFAULTS;
    return {
      ...settings,
      maximumRetryAttempts: settings?.maximumRetryAttempts ?? maximumRetryAttempts,
      maximumEventAgeSeconds: settings?.maximumEventAgeSeconds ?? maximumEventAgeSeconds,
    };
  }

  /** The function ran: done, or once more later, or the end. */
  function ran(event: QueuedEvent, target: Target, outcome: InvocationOutcome): void {
    const tried = { ...event, runs: event.runs + 1 };
    const settings = settingsOf(event);
    if (outcome.kind === 'response') {
      if (settings.onSuccess !== undefined) notify(settings.onSuccess, recordOf(tried, target, 'Success', outcome));
      return;
    }
    const delay = RETRY_DELAYS_MS[event.runs] ?? 0;
    if (event.runs >= settings.maximumRetryAttempts) giveUp(tried, target, 'RetriesExhausted', outcome);
    else if (isTooOld(tried, delay)) giveUp(tried, target, 'EventAgeExceeded', outcome);
    else queue(tried, delay);
  }

  /** The function could not be run. */
  function throttled(event: QueuedEvent, target: Target, error: AwsError): void {
    const delay = Math.min(FIRST_BACKOFF_MS * 2 ** event.throttles, LONGEST_BACKOFF_MS);
    if (isTooOld(event, delay)) giveUp(event, target, 'EventAgeExceeded', undefined);
    else if (error.statusCode === 429 || error.statusCode >= 500)
      queue({ ...event, throttles: event.throttles + 1 }, delay);
    else giveUp(event, target, 'RetriesExhausted', undefined);
  }

  function isTooOld(event: QueuedEvent, delayMs: number): boolean {
    return clock.now() + delayMs - event.acceptedAt > settingsOf(event).maximumEventAgeSeconds * 1000;
  }

  function giveUp(
    event: QueuedEvent,
    target: Target,
    condition: 'RetriesExhausted' | 'EventAgeExceeded',
    outcome: InvocationOutcome | undefined,
  ): void {
    const { onFailure } = settingsOf(event);
    const { deadLetterArn } = target.version;
    if (onFailure !== undefined) notify(onFailure, recordOf(event, target, condition, outcome));
    if (deadLetterArn !== undefined) {
      const reason = outcome?.kind === 'error' ? outcome.payload : '';
      send(deadLetterCall(deadLetterArn, event.payload, event.requestId, reason), target.arn);
    }
    if (onFailure !== undefined || deadLetterArn !== undefined) return;
    target.metrics.count('AsyncEventsDropped');
  }

  function notify(destinationArn: string, record: InvocationRecord): void {
    send(destinationCall(destinationArn, record), record.requestContext.functionArn);
  }

  function recordOf(
    event: QueuedEvent,
    target: Target,
    condition: InvocationRecord['requestContext']['condition'],
    outcome: InvocationOutcome | undefined,
  ): InvocationRecord {
    return {
      version: '1.0',
      timestamp: new Date(clock.now()).toISOString(),
      requestContext: {
        requestId: event.requestId,
        functionArn: event.functionArn,
        condition,
        approximateInvokeCount: event.runs,
      },
      requestPayload: JSON.parse(event.payload),
      ...(outcome && {
        responseContext: {
          statusCode: 200,
          executedVersion: target.version.version,
          ...(outcome.kind === 'error' && { functionError: 'Unhandled' }),
        },
        responsePayload: JSON.parse(outcome.payload),
      }),
    };
  }

  return {
    accept(target, payload, { requestId, traceHeader }) {
      const qualifier = target.arn.split(':')[7] ?? LATEST;
      const functionArn = functions.arn(target.version.functionName, qualifier);
      target.metrics.count('AsyncEventsReceived');
      queue({ functionArn, payload, requestId, traceHeader, acceptedAt: clock.now(), runs: 0, throttles: 0 });
    },
    deliver: {
      requires: () => [],
      async handle(event) {
        let target: Target;
        try {
          target = functions.target(event.functionArn, undefined);
        } catch (error) {
          // The function is gone, and its event with it.
          if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return;
          throw error;
        }
        let outcome: InvocationOutcome;
        try {
          outcome = await execution.run(target, event as QueuedEvent & { traceHeader: string | undefined });
        } catch (error) {
          throttled(
            event,
            target,
            error instanceof AwsError ? error : new AwsError('ServiceException', String(error), { statusCode: 500 }),
          );
          return;
        }
        ran(event, target, outcome);
      },
    },
  };
}
