/**
 * Telemetry events as subscribers get them, in the words of either API.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html#runtimes-logs-api-msg
 */
import type { Tracing } from '../platform-log.ts';
import type { SubscriptionApi, TelemetryType } from './subscription.ts';

export type TelemetryEventType =
  | 'platform.initStart'
  | 'platform.initRuntimeDone'
  | 'platform.initReport'
  | 'platform.start'
  | 'platform.runtimeDone'
  | 'platform.report'
  | 'platform.extension'
  | 'platform.telemetrySubscription'
  | 'platform.logsSubscription'
  | 'platform.logsDropped'
  | 'function'
  | 'extension';

export interface TelemetryEvent {
  /** ms since 1970. */
  readonly at: number;
  readonly type: TelemetryEventType;
  readonly record: unknown;
}

export interface Span {
  readonly name: string;
  readonly start: string;
  readonly durationMs: number;
}

export function categoryOf({ type }: TelemetryEvent): TelemetryType {
  return type === 'function' || type === 'extension' ? type : 'platform';
}

/** JSON texts of what `api` makes of an event: one, none, or two. */
export function render(api: SubscriptionApi, event: TelemetryEvent): readonly string[] {
  const all = api === 'logs' ? inWordsOfLogs(event) : [event];
  return all.map(({ at, type, record }) => JSON.stringify({ time: new Date(at).toISOString(), type, record }));
}

/** The Logs API knows no init phase and no spans, and has an END of its own. */
function inWordsOfLogs(event: TelemetryEvent): readonly { at: number; type: string; record: unknown }[] {
  const { at, type } = event;
  const record = event.record as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'platform.initStart':
    case 'platform.initRuntimeDone':
    case 'platform.initReport':
    case 'platform.telemetrySubscription':
      return [];
    case 'platform.start': {
      const { requestId, version } = record;
      return [{ at, type, record: { requestId, version } }];
    }
    case 'platform.runtimeDone': {
      const { requestId, status } = record;
      return [{ at, type, record: { requestId, status: status === 'error' ? 'failure' : status } }];
    }
    case 'platform.report': {
      const { requestId, metrics } = record;
      return [
        { at, type: 'platform.end', record: { requestId } },
        { at, type, record: { requestId, metrics } },
      ];
    }
    default:
      return [event];
  }
}

/** Only sampled requests have one. */
export function traceContext(tracing: Tracing | undefined) {
  if (tracing === undefined) return undefined;
  const { traceId, segmentId } = tracing;
  return { spanId: segmentId, type: 'X-Amzn-Trace-Id', value: `Root=${traceId};Parent=${segmentId};Sampled=1` };
}

/** `startMs` since 1970. */
export function span(name: string, startMs: number, durationMs: number): Span {
  return { name, start: new Date(startMs).toISOString(), durationMs: thousandths(durationMs) };
}

export function thousandths(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
