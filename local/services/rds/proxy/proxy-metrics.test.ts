/** What is said of proxies each minute, and that their fronts count. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { ManualClock } from '../../../kernel/index.ts';
import type { MetricDatum } from '../../../kernel/telemetry.ts';
import { openFront } from './front.ts';
import type { ProxyUsage } from './fronts.ts';
import { startProxyMetrics } from './proxy-metrics.ts';

test('once a minute: connections now, connections received since, and where they lead', async () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 12));
  const said: string[] = [];
  const telemetry = {
    metric: ({ namespace, name, value, dimensions }: MetricDatum) =>
      void said.push(`${namespace} ${name} ${JSON.stringify(dimensions)} ${value}`),
  };
  let usage: readonly ProxyUsage[] = [{ proxyName: 'shop', target: 'db', connections: 2, received: 5 }];
  const stop = startProxyMetrics({ clock, telemetry, fronts: { usage: () => usage } });
  await clock.advance(5_000);
  expect(said).toEqual([
    'AWS/RDS ClientConnections {"ProxyName":"shop"} 2',
    'AWS/RDS ClientConnectionsReceived {"ProxyName":"shop"} 5',
    'AWS/RDS DatabaseConnections {"ProxyName":"shop"} 2',
    'AWS/RDS DatabaseConnections {"ProxyName":"shop","TargetGroup":"default","Target":"db:db"} 2',
  ]);
  said.length = 0;
  usage = [{ proxyName: 'shop', target: undefined, connections: 0, received: 6 }];
  await clock.advance(60_000);
  expect(said).toEqual([
    'AWS/RDS ClientConnections {"ProxyName":"shop"} 0',
    'AWS/RDS ClientConnectionsReceived {"ProxyName":"shop"} 1',
    'AWS/RDS DatabaseConnections {"ProxyName":"shop"} 0',
  ]);
  stop();
  expect(clock.waiting).toBe(0);
});

test('a front counts who is there and who came', async () => {
  const never = async (): Promise<never> => {
    throw new Error('nobody gets that far');
  };
  const front = await openFront({
    tls: {} as { key: string; cert: string },
    judge: never,
    // Without a server everybody is sent away at once.
    server: () => undefined,
    settings: () => ({ requireTls: false, borrowTimeoutMs: 1 }),
    sleep: never,
    onRefusal: () => {},
  });
  for (const received of [1, 2]) {
    await once(connect(front.port, '127.0.0.1'), 'close');
    expect(front).toMatchObject({ received, connections: 0 });
  }
  front.close();
});
