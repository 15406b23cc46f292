/**
 * Gives memory back to the machine once nothing has happened for a while. V8 collects garbage when it needs room; a
 * process that has just become idle needs none, and keeps what the load made it take.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const LOOK_EVERY_MS = 2_000;
/** Less of a core than this is idle; more than that since the last collection is worth another one. */
const IDLE_SHARE = 0.02;
const BUSY_MS = 200;

/** @returns what ends it */
export function releaseMemoryWhenIdle(): () => void {
  let before = process.cpuUsage();
  let busyMs = 0;
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before);
    before = process.cpuUsage();
    const usedMs = (user + system) / 1000;
    busyMs += usedMs;
    if (usedMs > LOOK_EVERY_MS * IDLE_SHARE || busyMs < BUSY_MS) return;
    collectGarbage();
    before = process.cpuUsage();
    busyMs = 0;
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: { flavor: 'last-resort' }) => void;
  setFlagsFromString('--no-expose-gc');
  gc({ flavor: 'last-resort' });
}
