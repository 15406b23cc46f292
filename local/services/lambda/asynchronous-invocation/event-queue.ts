/**
 * Asynchronous invocation: accepted at once, kept until it is done, tried again as AWS does, and in the end handed to
 * a destination or a dead-letter queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Call, CallContext, Operation, ServiceContext } from '../../../kernel/service.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import type { InvocationOutcome } from '../contract.ts';
import { type Functions, LATEST, type Target } from '../functions/functions.ts';
import type { Execution } from '../invocation/execution.ts';
import type { MetricsOfFunctions } from '../invocation/function-metrics.ts';
import { continueLineage, lineageId, RECURSIVE_INVOCATION, withLineage } from '../invocation/lineage.ts';
import { type Place, parseFunctionName } from '../names.ts';
import type { LambdaRecords } from '../records.ts';
import { asRole } from '../roles/execution-role.ts';
import { type DeliveryFailure, deliveryOf } from './deliver.ts';
import { deadLetterCall, destinationCall } from './destinations.ts';
import { createEventLanes, type Settlement } from './event-lanes.ts';
import { type Attempt, type Condition, deadLetterReason, invocationRecord } from './invocation-record.ts';

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

export interface EventQueue {
  /** Durable when it returns. */
  accept(target: Target, payload: string, call: CallContext): void;
  readonly deliveryFailed: Operation<DeliveryFailure, void>;
}

export interface EventQueueOptions {
  readonly context: Pick<ServiceContext, 'clock' | 'outbox' | 'store' | 'telemetry'>;
  readonly place: Place;
  readonly records: LambdaRecords;
  readonly functions: Functions;
  readonly execution: Execution;
  readonly metrics: MetricsOfFunctions;
}

/** Between the runs of a function that fails. */
const RETRY_DELAYS_MS = [60_000, 120_000];
/** Throttled or failed by us: from one second, doubling up to five minutes. */
const FIRST_BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 300_000;
/** Of one function, tried at once: each holds its payload in memory, and waits for an environment. */
const LANE_CAPACITY = 64;

interface Settings {
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  readonly onSuccess: string | undefined;
  readonly onFailure: string | undefined;
}

const DONE = { kind: 'done' } as const;

export function createEventQueue(options: EventQueueOptions): EventQueue {
  const { context, place, records, functions, execution, metrics } = options;
  const { clock, outbox, store, telemetry } = context;
  const nameOf = (event: QueuedEvent): string => parseFunctionName(event.functionArn).name;

  const lanes = createEventLanes<QueuedEvent>({
    store,
    collection: store.collection('lambda', 'queued-events'),
    clock,
    laneOf: nameOf,
    capacityOf: (name) => Math.min(records.functions.get(name)?.reservedConcurrency || LANE_CAPACITY, LANE_CAPACITY),
    attempt,
    report: (message) => telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]),
  });
  outbox.join(lanes);

  async function attempt(event: QueuedEvent): Promise<() => Settlement<QueuedEvent>> {
    let target: Target;
    try {
      target = functions.target(event.functionArn, undefined);
    } catch (error) {
      // The function, or what its name was qualified with, is gone, and its event with it.
      if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return () => DONE;
      throw error;
    }
    if (target.concurrency.reserved === 0) return () => giveUp(event, target, 'ZeroReservedConcurrency', undefined);
    const age = clock.now() - event.acceptedAt;
    if (age > settingsOf(event).maximumEventAgeSeconds * 1000) {
      return () => giveUp(event, target, 'EventAgeExceeded', undefined);
    }
    target.metrics.record('AsyncEventAge', age, 'Milliseconds');
    try {
      const { requestId, payload, traceHeader } = event;
      const outcome = await execution.run(target, { requestId, payload, traceHeader, isBackground: true });
      return () => ran({ ...event, runs: event.runs + 1 }, target, outcome);
    } catch (error) {
      return () => refused(event, target, error);
    }
  }

  /** The function ran: done, or once more later, or the end. */
  function ran(event: QueuedEvent, target: Target, outcome: InvocationOutcome): Settlement<QueuedEvent> {
    const settings = settingsOf(event);
    const executedVersion = target.version.version;
    if (outcome.kind === 'response') {
      const { onSuccess } = settings;
      const last = { kind: 'response', payload: outcome.payload, executedVersion } as const;
      if (onSuccess !== undefined) notify(onSuccess, event, target, 'Success', last);
      return DONE;
    }
    const last = { kind: 'function-error', payload: outcome.payload, executedVersion } as const;
    if (event.runs > settings.maximumRetryAttempts) return giveUp(event, target, 'RetriesExhausted', last);
    const delayMs = RETRY_DELAYS_MS[event.runs - 1] ?? 0;
    if (isTooOld(event, delayMs)) return giveUp(event, target, 'EventAgeExceeded', last);
    return { kind: 'again', item: event, delayMs };
  }

  /** The function could not be run. */
  function refused(event: QueuedEvent, target: Target, error: unknown): Settlement<QueuedEvent> {
    const { code, statusCode, message } =
      error instanceof AwsError ? error : new AwsError('ServiceException', String(error), { statusCode: 500 });
    const last = { kind: 'refused', statusCode, code, message } as const;
    // What is refused for good: a loop, or settings under which it can never run.
    if (code === RECURSIVE_INVOCATION || (statusCode < 500 && statusCode !== 429)) {
      return giveUp(event, target, 'RetriesExhausted', last);
    }
    const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** event.throttles, LONGEST_BACKOFF_MS);
    if (isTooOld(event, delayMs)) return giveUp(event, target, 'EventAgeExceeded', last);
    // A function that is throttled is throttled for its other events too: one after the other would only count up.
    return {
      kind: 'again',
      item: { ...event, throttles: event.throttles + 1 },
      delayMs,
      pausesLane: statusCode === 429,
    };
  }

  function settingsOf(event: QueuedEvent): Settings {
    const { name, qualifier = LATEST } = parseFunctionName(event.functionArn);
    const config = records.eventInvokeConfigs.get(`${name}:${qualifier}`);
    return {
      maximumRetryAttempts: config?.maximumRetryAttempts ?? 2,
      maximumEventAgeSeconds: config?.maximumEventAgeSeconds ?? 21_600,
      onSuccess: config?.onSuccess,
      onFailure: config?.onFailure,
    };
  }

  function isTooOld(event: QueuedEvent, delayMs: number): boolean {
    return clock.now() + delayMs - event.acceptedAt > settingsOf(event).maximumEventAgeSeconds * 1000;
  }

  function giveUp(
    event: QueuedEvent,
    target: Target,
    condition: Condition,
    last: Attempt | undefined,
  ): Settlement<never> {
    const { onFailure } = settingsOf(event);
    const { deadLetterArn } = target.version;
    target.metrics.count('AsyncEventsDropped');
    if (onFailure !== undefined) notify(onFailure, event, target, condition, last);
    if (deadLetterArn !== undefined) {
      const call = deadLetterCall(deadLetterArn, event.payload, event.requestId, deadLetterReason(condition, last));
      send(call, event, target.version.role, 'DeadLetterErrors');
    }
    return DONE;
  }

  function notify(
    destinationArn: string,
    event: QueuedEvent,
    target: Target,
    condition: Condition,
    last: Attempt | undefined,
  ): void {
    const { requestId, functionArn, payload: requestPayload, runs: invokeCount } = event;
    const record = invocationRecord({
      at: clock.now(),
      requestId,
      functionArn,
      condition,
      invokeCount,
      requestPayload,
      last,
    });
    send(destinationCall(destinationArn, record), event, target.version.role, 'DestinationDeliveryFailures');
  }

  /**
   * Through the outbox: what an event leads to is written in the transaction that ends the event. In the function's
   * role, as on AWS.
   */
  function send(
    call: Omit<Call, 'signal' | 'caller'>,
    event: QueuedEvent,
    role: string,
    metric: DeliveryFailure['metric'],
  ): void {
    const functionName = nameOf(event);
    const caller = asRole(place, role, functionName);
    const { text } = continueLineage(event.traceHeader, lineageId(functionName));
    const traced = { ...call, traceHeader: withLineage(event.traceHeader, text) };
    outbox.emit(deliveryOf(traced, caller, { functionName, metric }));
  }

  return {
    accept(target, payload, { requestId, traceHeader }) {
      const qualifier = target.arn.split(':')[7] ?? LATEST;
      const functionArn = functions.arn(target.version.functionName, qualifier);
      target.metrics.count('AsyncEventsReceived');
      store.transaction(() =>
        lanes.put({ functionArn, payload, requestId, traceHeader, acceptedAt: clock.now(), runs: 0, throttles: 0 }),
      );
    },
    deliveryFailed: {
      requires: () => [],
      handle({ functionName, metric }) {
        metrics.of(functionName).count(metric);
      },
    },
  };
}
