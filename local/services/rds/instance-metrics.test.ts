/** What is measured of a database that stands in: its process is one that only waits, whose memory never nears the class's. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, ManualClock, openStore } from '../../kernel/index.ts';
import { startInstanceMetrics } from './instance-metrics.ts';
import type { InstanceRecord, Records } from './records.ts';

test('once a minute: connections, storage, memory, and the processor from the second time on', async () => {
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 12));
  const kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  const directory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  const store = openStore(directory);
  const server = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    const data = join(store.directory(join('rds', 'db')), 'data');
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'ibdata1'), Buffer.alloc(2 ** 20));
    const record = { identifier: 'db', allocatedStorage: 20, memoryBytes: 2 ** 30 } as InstanceRecord;
    const metrics = startInstanceMetrics({
      clock,
      store,
      telemetry: kernel.telemetry,
      records: { instances: { list: () => [{ key: 'db', value: record }] } } as unknown as Records,
      fleet: {
        running: () => ({ pid: server.pid }) as never,
        administer: (_identifier, work) => work({ query: async () => [[{ Value: '4' }]] } as never, {} as never),
      },
    });
    const value = (name: string) => {
      const series = { namespace: 'AWS/RDS', name, dimensions: { DBInstanceIdentifier: 'db' } };
      return kernel.telemetry.metrics.minutes(series).map(({ maximum }) => maximum);
    };
    const measured = async (name: string, times: number) => {
      while (value(name).length < times) await new Promise((resolve) => setTimeout(resolve, 2));
      return value(name);
    };
    await clock.advance(5_000);
    expect(await measured('DatabaseConnections', 1)).toEqual([3]);
    expect(await measured('FreeStorageSpace', 1)).toEqual([20 * 2 ** 30 - 2 ** 20]);
    if (process.platform === 'linux') {
      const [free = 0] = await measured('FreeableMemory', 1);
      expect(free).toBeGreaterThan(0);
      expect(free).toBeLessThan(2 ** 30);
      expect(value('CPUUtilization')).toEqual([]);
      await clock.advance(60_000);
      const [share = -1] = await measured('CPUUtilization', 1);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(100);
    }
    metrics.stop();
  } finally {
    server.kill('SIGKILL');
    store.close();
    await kernel.stop();
    rmSync(directory, { recursive: true, force: true });
  }
});
