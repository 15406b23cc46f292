/** The instance that already runs on a state directory, so that other commands can use it instead of starting their own. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface RunningInstance {
  readonly pid: number;
  readonly awsUrl: string;
  readonly apiUrl?: string;
}

const fileIn = (stateDirectory: string) => join(stateDirectory, 'running.json');

/** Leaves word for other commands; the returned function takes it back. */
export function announce(stateDirectory: string | 'memory', instance: RunningInstance): () => void {
  if (stateDirectory === 'memory') return () => {};
  writeFileSync(fileIn(stateDirectory), JSON.stringify(instance));
  return () => rmSync(fileIn(stateDirectory), { force: true });
}

/** The instance that runs there and answers; undefined when there is none (what a crash left behind does not count). */
export async function findRunning(stateDirectory: string | 'memory'): Promise<RunningInstance | undefined> {
  if (stateDirectory === 'memory' || !existsSync(fileIn(stateDirectory))) return undefined;
  try {
    const instance = JSON.parse(readFileSync(fileIn(stateDirectory), 'utf8')) as RunningInstance;
    const response = await fetch(`${instance.awsUrl}/_sampan/health`, { signal: AbortSignal.timeout(10_000) });
    const health = (await response.json()) as { pid?: number };
    return health.pid === instance.pid ? instance : undefined;
  } catch {
    return undefined;
  }
}
