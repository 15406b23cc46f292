/**
 * AWS/RDS of the proxies, once a minute: what passes through them. Nobody reads what is said there, so queries are not
 * counted.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.monitoring.html
 */
import type { Clock, Telemetry } from '../../../kernel/index.ts';
import { createWakeUp } from '../../../kernel/wake-up.ts';
import type { ProxyFronts } from './fronts.ts';

interface Options {
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'metric'>;
  readonly fronts: Pick<ProxyFronts, 'usage'>;
}

const EVERY_MS = 60_000;
/** Early in each minute, so that what it says is there when alarms look at that minute. */
const AFTER_MS = 5_000;

/** Returns what stops it. */
export function startProxyMetrics({ clock, telemetry, fronts }: Options): () => void {
  const receivedBefore = new Map<string, number>();
  const wakeUp = createWakeUp(clock, () => {
    publish();
    schedule();
  });

  function schedule(): void {
    wakeUp.set((Math.floor((clock.now() - AFTER_MS) / EVERY_MS) + 1) * EVERY_MS + AFTER_MS);
  }

  function publish(): void {
    const timestamp = clock.now();
    for (const { proxyName, target, connections, received } of fronts.usage()) {
      const put = (name: string, value: number, more: Readonly<Record<string, string>> = {}) =>
        telemetry.metric({
          namespace: 'AWS/RDS',
          name,
          unit: 'Count',
          value,
          timestamp,
          dimensions: { ProxyName: proxyName, ...more },
        });
      put('ClientConnections', connections);
      put('ClientConnectionsReceived', received - (receivedBefore.get(proxyName) ?? 0));
      put('DatabaseConnections', connections);
      if (target !== undefined) {
        put('DatabaseConnections', connections, { TargetGroup: 'default', Target: `db:${target}` });
      }
      receivedBefore.set(proxyName, received);
    }
  }

  schedule();
  return () => wakeUp.set(undefined);
}
