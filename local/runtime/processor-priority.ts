/**
 * Who goes first where processes want more processors than there are. On Lambda every environment has processors of its
 * own, so that a burst of queued work never slows an API down; on one machine it does, unless it stands back.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { statFields } from '../kernel/process-stat.ts';

/** Linux takes one such wish every tenth of a second, of all that are no administrator's; the others are to come again. */
const AGAIN_MS = 130;
const TIMES = 20;

/**
 * The process, and what it starts from now on, gets what others leave, and hardly anything where they leave nothing. By
 * default Linux shares processors between sessions first, and a priority counts only within one: so the session stands
 * back too, where the process leads it. One that it shares may be a terminal's, and would stand back for good.
 * https://man7.org/linux/man-pages/man7/sched.7.html (the autogroup feature)
 */
export function letOthersGoFirst(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended.
    return;
  }
  if (process.platform === 'linux') lowerSession(pid, TIMES);
}

function lowerSession(pid: number, times: number): void {
  try {
    if (sessionOf(pid) !== pid) return;
    writeFileSync(`/proc/${pid}/autogroup`, String(constants.priority.PRIORITY_LOW));
  } catch (error) {
    // Otherwise it has ended, or the kernel has no such groups, and then the priority alone counts.
    const isTooSoon = (error as NodeJS.ErrnoException).code === 'EAGAIN';
    if (isTooSoon && times > 0) setTimeout(() => lowerSession(pid, times - 1), AGAIN_MS).unref();
  }
}

/** The pid of the process that leads its session. */
function sessionOf(pid: number): number {
  return Number(statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'))[3]);
}
