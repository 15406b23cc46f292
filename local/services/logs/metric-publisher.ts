/**
 * What metric filters make of log events.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
 */
import type { Clock, Timer } from '../../kernel/clock.ts';
import type { LogEvent, Telemetry } from '../../kernel/telemetry.ts';
import { readFilterPattern } from './filter-pattern/index.ts';
import type { MetricFilterRecord, MetricTransformation } from './filter-records.ts';

export interface MetricPublisher {
  take(event: LogEvent): void;
  stop(): void;
}

const MINUTE = 60_000;

export function metricPublisher(
  { filterPattern, metricTransformations }: MetricFilterRecord,
  { telemetry, clock }: { readonly telemetry: Pick<Telemetry, 'metric'>; readonly clock: Clock },
): MetricPublisher {
  const pattern = readFilterPattern(filterPattern);
  const defaults = metricTransformations.filter(({ defaultValue }) => defaultValue !== undefined);
  /** The minute in which something came that did not match, so that the default may be said of it. */
  let quiet: { readonly minute: number; isMatched: boolean; readonly timer: Timer } | undefined;

  function publish(transformation: MetricTransformation, { timestamp, message }: LogEvent): void {
    const value = metricValueOf(transformation.metricValue, message);
    if (value === undefined) return;
    const dimensions: Record<string, string> = {};
    for (const [name, source] of Object.entries(transformation.dimensions ?? {})) {
      const found = pattern.value(message, source);
      // A dimension that the event does not have: CloudWatch Logs publishes nothing of it.
      if (found === undefined || found === '') return;
      dimensions[name] = found;
    }
    const { metricNamespace: namespace, metricName: name, unit = 'None' } = transformation;
    telemetry.metric({ namespace, name, dimensions, unit, value, timestamp });
  }

  function metricValueOf(source: string, message: string): number | undefined {
    const text = source.startsWith('$') ? pattern.value(message, source) : source;
    const value = text === undefined || text.trim() === '' ? Number.NaN : Number(text);
    return Number.isFinite(value) ? value : undefined;
  }

  /** Once a minute is over in which events came and none matched, the default is its value. */
  function note(isMatched: boolean): void {
    if (defaults.length === 0) return;
    const now = clock.now();
    const minute = now - (now % MINUTE);
    if (quiet?.minute !== minute) {
      quiet?.timer.cancel();
      if (quiet) say(quiet);
      const begun = { minute, isMatched: false, timer: clock.after(minute + MINUTE - now, () => over(begun)) };
      quiet = begun;
    }
    quiet.isMatched ||= isMatched;
  }

  function over(ended: NonNullable<typeof quiet>): void {
    if (quiet !== ended) return;
    quiet = undefined;
    say(ended);
  }

  function say({ minute, isMatched }: { readonly minute: number; readonly isMatched: boolean }): void {
    if (isMatched) return;
    for (const { metricNamespace: namespace, metricName: name, unit = 'None', defaultValue = 0 } of defaults) {
      telemetry.metric({ namespace, name, dimensions: {}, unit, value: defaultValue, timestamp: minute });
    }
  }

  return {
    take(event) {
      const isMatched = pattern.matches(event.message);
      note(isMatched);
      if (isMatched) for (const transformation of metricTransformations) publish(transformation, event);
    },
    stop: () => quiet?.timer.cancel(),
  };
}
