/**
 * Gives memory back to the machine once nothing has happened for a while. V8 collects garbage when it needs room; a
 * process that has just become idle needs none, and keeps what the load made it take. Compiled code stays (`bin/sampan.mjs`).
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 2_000;
/** Less of a core than this is idle. */
const IDLE_SHARE = 0.02;
/** What has to have been taken since the last collection for another one. */
const WORTH_BYTES = 16 * 1024 * 1024;

/** What a process has used since the last look, and holds now. */
export interface Look {
  readonly processorMs: number;
  readonly residentBytes: number;
}

/** @returns what ends it */
export function releaseMemoryWhenIdle(): () => void {
  const isWorthIt = createIdleJudge(LOOK_EVERY_MS);
  let before = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    if (!isWorthIt({ processorMs: (user + system) / 1000, residentBytes: process.memoryUsage.rss() })) return;
    collectGarbage();
    before = process.cpuUsage();
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Says at each look whether to collect now: when the process is idle, and holds more than it held at rest. Freed pages go
 * back to the machine a moment after a collection, so what it holds at rest is what the next idle look finds.
 */
export function createIdleJudge(everyMs: number): (look: Look) => boolean {
  let restingBytes = 0;
  let justCollected = false;
  return ({ processorMs, residentBytes }) => {
    if (processorMs > everyMs * IDLE_SHARE) {
      // What it holds after work is not what it held at rest.
      justCollected = false;
      return false;
    }
    if (justCollected || residentBytes < restingBytes) restingBytes = residentBytes;
    justCollected = residentBytes >= restingBytes + WORTH_BYTES;
    return justCollected;
  };
}

/** One full collection. Not V8's last resort, which takes what was compiled, too. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { readonly type: 'major' }) => void;
  setFlagsFromString('--no-expose-gc');
  gc({ type: 'major' });
}
