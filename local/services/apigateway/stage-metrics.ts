/**
 * The metrics of AWS/ApiGateway: of an API, of its stages, and of methods that have detailed ones. Requests are counted
 * here and handed on a few times a second, or when somebody looks: a datum each would cost more than anything else on
 * their way.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
 */
import type { Clock } from '../../kernel/clock.ts';
import type { Telemetry } from '../../kernel/telemetry.ts';
import type { Exchange } from './exchange.ts';

const FLUSH_AFTER_MS = 200;
const MINUTE_MS = 60_000;

export interface StageMetrics {
  /** A request is over. @param latencyMs from its first byte to the last of its answer */
  ended(exchange: Exchange, status: number, latencyMs: number): void;
  flush(): void;
}

type Dimensions = Readonly<Record<string, string>>;

/** Values of one metric of one series in one minute, with how often each. */
interface Series {
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Dimensions;
  /** ms since 1970, of the first of them. */
  readonly timestamp: number;
  readonly values: Map<number, number>;
}

export function createStageMetrics(telemetry: Telemetry, clock: Clock): StageMetrics {
  const all = new Map<string, Series>();
  // Real time: how long something waits in memory has nothing to do with the clock of a test.
  let timer: NodeJS.Timeout | undefined;

  function count(timestamp: number, dimensions: Dimensions, name: string, unit: string, value: number): void {
    const key = `${name} ${Math.floor(timestamp / MINUTE_MS)} ${Object.values(dimensions).join('\0')}`;
    let series = all.get(key);
    if (series === undefined) {
      series = { name, unit, dimensions, timestamp, values: new Map() };
      all.set(key, series);
    }
    series.values.set(value, (series.values.get(value) ?? 0) + 1);
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const counted = [...all.values()];
    all.clear();
    for (const { name, unit, dimensions, timestamp, values } of counted) {
      const pairs = [...values];
      const statistics = {
        count: pairs.reduce((sum, [, times]) => sum + times, 0),
        sum: pairs.reduce((sum, [value, times]) => sum + value * times, 0),
        minimum: Math.min(...values.keys()),
        maximum: Math.max(...values.keys()),
        values: pairs,
      };
      telemetry.metric({ namespace: 'AWS/ApiGateway', name, dimensions, unit, value: 0, statistics, timestamp });
    }
  }

  telemetry.beforeRead(flush);

  return {
    flush,
    ended(exchange, status, latencyMs) {
      timer ??= setTimeout(flush, FLUSH_AFTER_MS).unref();
      const now = clock.now();
      const integrationMs = exchange.integration?.latency;
      for (const dimensions of dimensionsOf(exchange)) {
        count(now, dimensions, 'Count', 'Count', 1);
        count(now, dimensions, '4XXError', 'Count', status >= 400 && status < 500 ? 1 : 0);
        count(now, dimensions, '5XXError', 'Count', status >= 500 ? 1 : 0);
        // Whole milliseconds, as API Gateway has them.
        count(now, dimensions, 'Latency', 'Milliseconds', Math.round(latencyMs));
        if (integrationMs !== undefined) {
          count(now, dimensions, 'IntegrationLatency', 'Milliseconds', Math.round(integrationMs));
        }
      }
    },
  };
}

function dimensionsOf({ stage, reading }: Exchange): readonly Dimensions[] {
  const { apiName: ApiName, settings } = stage;
  const { name: Stage } = settings;
  const route = reading.match?.route;
  return [
    { ApiName },
    { ApiName, Stage },
    ...(route?.hasDetailedMetrics ? [{ ApiName, Method: route.method, Resource: route.resource, Stage }] : []),
  ];
}
