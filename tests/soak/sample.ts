/** What a running help desk takes of the machine; Linux only. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processTree } from '../e2e/sampan.ts';

export interface Sample {
  /** Since the load began. */
  readonly second: number;
  /** Resident memory of `sampan` itself. */
  readonly megabytes: number;
  /** Files, sockets and the like that `sampan` has open. */
  readonly handles: number;
  readonly threads: number;
  /** `sampan` and everything it started. */
  readonly processes: number;
  /** Of the state directory: what the database has, which grows with its tickets; */
  readonly databaseMegabytes: number;
  /** logs, traces and metrics, of which so much is kept and no more; */
  readonly telemetryMegabytes: number;
  /** and all else, with the items of tables, which grow with tickets too. */
  readonly stateMegabytes: number;
}

export function sampleOf(pid: number, stateDirectory: string, second: number): Sample {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const all = megabytesIn(stateDirectory);
  const databaseMegabytes = megabytesIn(join(stateDirectory, 'rds'));
  const telemetryMegabytes = megabytesIn(join(stateDirectory, 'telemetry'));
  return {
    second,
    megabytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024,
    threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1]),
    handles: readdirSync(`/proc/${pid}/fd`).length,
    processes: processTree(pid).length,
    databaseMegabytes,
    telemetryMegabytes,
    stateMegabytes: all - databaseMegabytes - telemetryMegabytes,
  };
}

function megabytesIn(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    try {
      bytes += statSync(join(entry.parentPath, entry.name)).size;
    } catch {
      // It was removed meanwhile.
    }
  }
  return bytes / 1024 ** 2;
}
