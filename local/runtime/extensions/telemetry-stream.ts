/**
 * The telemetry of one environment: what the life cycle and the extensions tell, made into Lambda's events, for
 * whoever has subscribed. Until the init phase is over events are kept, since who subscribes late gets the earlier
 * ones too; afterwards, when nobody has subscribed, nothing is done at all.
 */
import { billedMs, type InitPhase, type InitReport, type Report, type Tracing } from '../platform-log.ts';
import type { PlatformTelemetry, RuntimeDone } from './contract.ts';
import type { Dropped, Subscriber } from './subscriber.ts';
import type { SubscriptionApi, TelemetryType } from './subscription.ts';
import {
  categoryOf,
  render,
  type Span,
  span,
  type TelemetryEvent,
  type TelemetryEventType,
  thousandths,
  traceContext,
} from './telemetry-event.ts';

/** What never changes in an environment's events. */
export interface TelemetrySubject {
  readonly initializationType: string;
  readonly functionName: string;
  readonly functionVersion: string;
  readonly runtimeVersion: string;
  readonly runtimeVersionArn: string;
  /** The log stream's name. */
  readonly instanceId: string;
  readonly memorySizeMb: number;
  /** With `JSON`, a function's record that is a JSON object is an object in its event too. */
  readonly logFormat: 'Text' | 'JSON';
}

export class TelemetryStream implements PlatformTelemetry {
  readonly #subject: TelemetrySubject;
  readonly #now: () => number;
  readonly #subscribers: Subscriber[] = [];
  /** Undefined once nobody can subscribe any more. */
  #earlier: TelemetryEvent[] | undefined = [];

  /** `now` gives ms since 1970. */
  constructor(subject: TelemetrySubject, now: () => number) {
    this.#subject = subject;
    this.#now = now;
  }

  /** Somebody listens, or may still begin to. */
  get wanted(): boolean {
    return this.#earlier !== undefined || this.#subscribers.length > 0;
  }

  get isOpen(): boolean {
    return this.#earlier !== undefined;
  }

  subscriberOf(name: string): Subscriber | undefined {
    return this.#subscribers.find((subscriber) => subscriber.name === name);
  }

  /** Takes the place of the same extension's earlier subscription. */
  subscribe(subscriber: Subscriber): void {
    const before = this.#subscribers.findIndex(({ name }) => name === subscriber.name);
    if (before === -1) this.#subscribers.push(subscriber);
    else this.#subscribers.splice(before, 1, subscriber)[0]?.close();
    for (const event of this.#earlier ?? []) give(subscriber, event);
    const { api, types } = subscriber.subscription;
    this.#tell(SUBSCRIPTION_EVENT[api], { name: subscriber.name, state: 'Subscribed', types });
  }

  /** Nobody can subscribe any more. */
  close(): void {
    this.#earlier = undefined;
  }

  initStart(phase: InitPhase): void {
    const { initializationType, runtimeVersion, runtimeVersionArn, ...subject } = this.#subject;
    this.#tell('platform.initStart', {
      initializationType,
      phase,
      runtimeVersion,
      runtimeVersionArn,
      functionName: subject.functionName,
      functionVersion: subject.functionVersion,
      instanceId: subject.instanceId,
      instanceMaxMemory: subject.memorySizeMb * 2 ** 20,
    });
  }

  initRuntimeDone({ phase, status, errorType }: Omit<InitReport, 'durationMs'>): void {
    const { initializationType } = this.#subject;
    this.#tell('platform.initRuntimeDone', { initializationType, phase, status, errorType });
  }

  initReport({ phase, status, errorType, durationMs }: InitReport): void {
    const { initializationType } = this.#subject;
    const metrics = { durationMs: thousandths(durationMs) };
    this.#tell('platform.initReport', { initializationType, phase, status, errorType, metrics });
  }

  start(requestId: string, tracing: Tracing | undefined): void {
    const { functionVersion: version } = this.#subject;
    this.#tell('platform.start', { requestId, version, tracing: traceContext(tracing) });
  }

  runtimeDone(done: RuntimeDone): void {
    const { requestId, status, errorType, tracing, durationMs, producedBytes } = done;
    this.#tell('platform.runtimeDone', {
      requestId,
      status,
      errorType,
      metrics: { durationMs: thousandths(durationMs), producedBytes },
      spans: spansOf(done),
      tracing: traceContext(tracing),
    });
  }

  report(report: Report, extensionOverheadMs: number): void {
    const { requestId, status, errorType, tracing, durationMs, initDurationMs } = report;
    const now = this.#now();
    this.#tell('platform.report', {
      requestId,
      status,
      errorType,
      metrics: {
        durationMs: thousandths(durationMs),
        billedDurationMs: billedMs(durationMs, initDurationMs),
        memorySizeMB: report.memorySizeMb,
        maxMemoryUsedMB: report.maxMemoryUsedMb,
        ...(initDurationMs !== undefined && { initDurationMs: thousandths(initDurationMs) }),
      },
      spans: [span('extensionOverhead', now - extensionOverheadMs, extensionOverheadMs)],
      tracing: traceContext(tracing),
    });
  }

  functionLog(message: string, timestampMs: number): void {
    if (!this.wanted) return;
    const asJson = this.#subject.logFormat === 'JSON' ? objectOf(message) : undefined;
    this.#tell('function', asJson ?? message, timestampMs);
  }

  extensionLog(message: string, timestampMs: number): void {
    this.#tell('extension', message, timestampMs);
  }

  extension(record: { name: string; state: string; events: readonly string[]; errorType?: string }): void {
    this.#tell('platform.extension', record);
  }

  dropped(dropped: Dropped): void {
    this.#tell('platform.logsDropped', dropped);
  }

  pause(): void {
    for (const subscriber of this.#subscribers) subscriber.pause();
  }

  resume(): void {
    for (const subscriber of this.#subscribers) subscriber.resume();
  }

  /** Sends at once what waits for its batch. */
  flush(): void {
    for (const subscriber of this.#subscribers) void subscriber.flush();
  }

  end(): void {
    for (const subscriber of this.#subscribers.splice(0)) subscriber.close();
  }

  #tell(type: TelemetryEventType, record: unknown, at: number = this.#now()): void {
    if (!this.wanted) return;
    const event = { at, type, record };
    this.#earlier?.push(event);
    for (const subscriber of this.#subscribers) give(subscriber, event);
  }
}

const SUBSCRIPTION_EVENT: Readonly<Record<SubscriptionApi, TelemetryEventType>> = {
  telemetry: 'platform.telemetrySubscription',
  logs: 'platform.logsSubscription',
};

function give(subscriber: Subscriber, event: TelemetryEvent): void {
  const { api, types } = subscriber.subscription;
  const category: TelemetryType = categoryOf(event);
  if (!types.includes(category)) return;
  for (const text of render(api, event)) subscriber.push(text);
}

function spansOf({ startedMs, durationMs, responseLatencyMs, responseDurationMs = 0 }: RuntimeDone): Span[] {
  if (responseLatencyMs === undefined) return [];
  const answered = responseLatencyMs + responseDurationMs;
  return [
    span('responseLatency', startedMs, responseLatencyMs),
    span('responseDuration', startedMs + responseLatencyMs, responseDurationMs),
    span('runtimeOverhead', startedMs + answered, Math.max(0, durationMs - answered)),
  ];
}

function objectOf(text: string): object | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
