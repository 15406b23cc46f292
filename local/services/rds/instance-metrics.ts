/**
 * AWS/RDS once a minute, of the real server: its connections, its share of a processor, what its files leave of the
 * storage and its process of the memory.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RowDataPacket } from 'mysql2/promise';
import type { Clock, Store, Telemetry } from '../../kernel/index.ts';
import { statFields } from '../../kernel/process-stat.ts';
import { createWakeUp } from '../../kernel/wake-up.ts';
import type { Fleet } from './fleet.ts';
import type { InstanceRecord, Records } from './records.ts';

export interface InstanceMetrics {
  stop(): void;
}

interface Options {
  readonly clock: Clock;
  readonly store: Store;
  readonly telemetry: Telemetry;
  readonly records: Records;
  readonly fleet: Pick<Fleet, 'running' | 'administer'>;
}

interface Sample {
  /** Of one processor, seconds since the process began; undefined where the system does not say. */
  readonly processorSeconds: number | undefined;
  /** Of `performance.now()`. */
  readonly at: number;
}

const EVERY_MS = 60_000;
const AFTER_MS = 5_000;
const GIB = 2 ** 30;
/** What Linux counts processor time in. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

export function startInstanceMetrics({ clock, store, telemetry, records, fleet }: Options): InstanceMetrics {
  const samples = new Map<string, Sample>();
  let stopped = false;
  const wakeUp = createWakeUp(clock, () => {
    for (const { value } of records.instances.list()) {
      // A server that ends meanwhile has no metrics this minute, as on AWS.
      measure(value).catch(() => samples.delete(value.identifier));
    }
    schedule();
  });

  function schedule(): void {
    // Early in each minute, so that what it finds is there when alarms look at that minute.
    wakeUp.set((Math.floor((clock.now() - AFTER_MS) / EVERY_MS) + 1) * EVERY_MS + AFTER_MS);
  }

  async function measure(record: InstanceRecord): Promise<void> {
    const { identifier, allocatedStorage, memoryBytes } = record;
    const server = fleet.running(identifier);
    if (!server) return;
    const timestamp = clock.now();
    const [connections, used, process] = await Promise.all([
      connectionsOf(identifier),
      bytesBelow(join(store.directory(join('rds', identifier)), 'data')),
      processOf(server.pid),
    ]);
    if (stopped) return;
    const put = (name: string, unit: string, value: number) =>
      telemetry.metric({
        namespace: 'AWS/RDS',
        name,
        unit,
        value,
        timestamp,
        dimensions: { DBInstanceIdentifier: identifier },
      });
    put('DatabaseConnections', 'Count', connections);
    put('FreeStorageSpace', 'Bytes', Math.max(0, allocatedStorage * GIB - used));
    if (process) {
      put('FreeableMemory', 'Bytes', Math.max(0, memoryBytes - process.memoryBytes));
      const before = samples.get(identifier);
      const now: Sample = { processorSeconds: process.processorSeconds, at: performance.now() };
      samples.set(identifier, now);
      const share = before && shareOf(before, now);
      if (share !== undefined) put('CPUUtilization', 'Percent', Math.min(100, share * 100));
    }
  }

  /** Without the one that asks. */
  async function connectionsOf(identifier: string): Promise<number> {
    let connected = 1;
    await fleet.administer(identifier, async (connection) => {
      const [rows] = await connection.query<RowDataPacket[]>("SHOW GLOBAL STATUS LIKE 'Threads_connected'");
      connected = Number(rows[0]?.['Value'] ?? 1);
    });
    return connected - 1;
  }

  schedule();
  return {
    stop() {
      stopped = true;
      wakeUp.set(undefined);
    },
  };
}

function shareOf(before: Sample, now: Sample): number | undefined {
  if (before.processorSeconds === undefined || now.processorSeconds === undefined) return undefined;
  const used = now.processorSeconds - before.processorSeconds;
  // Another process by now: the server was restarted.
  return used < 0 ? undefined : used / ((now.at - before.at) / 1000);
}

/** Undefined where there is no /proc. */
async function processOf(pid: number): Promise<{ processorSeconds: number; memoryBytes: number } | undefined> {
  try {
    const fields = statFields(await readFile(`/proc/${pid}/stat`, 'utf8'));
    return {
      processorSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
      memoryBytes: Number(fields[21]) * PAGE_BYTES,
    };
  } catch {
    return undefined;
  }
}

async function bytesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      // Files come and go while a server runs.
      .map((entry) =>
        stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
      ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
