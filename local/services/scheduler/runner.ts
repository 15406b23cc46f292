/**
 * Starts what is due, by the kernel's clock. What was due while nobody ran is not made up for: the next run is the first
 * one after the start. A single time has no next run, and a window that is still open is not missed: those run late.
 */
import { parseSchedule } from '../../kernel/schedules/index.ts';
import { createWakeUp } from '../../kernel/wake-up.ts';
import type { Executions } from './executions.ts';
import type { Room, Schedule } from './room.ts';

interface Due {
  readonly schedule: Schedule;
  readonly scheduledFor: number;
  /** Later than that within a flexible time window. */
  readonly at: number;
}

export interface Runner {
  /** A schedule was put or removed. */
  changed(key: string): void;
  stop(): void;
}

const MINUTE_MS = 60_000;

export function createRunner(
  room: Omit<Room, 'changed'>,
  executions: Executions,
  random: () => number = Math.random,
): Runner {
  const { clock, store, schedules } = room;
  const due = new Map<string, Due>();
  /** For when each was last started, ms since 1970, by key. */
  const runs = store.collection<number>('scheduler', 'runs');
  const wakeUp = createWakeUp(clock, run);

  function plan(key: string, after: number): void {
    const schedule = schedules.get(key);
    const next = schedule && schedule.state === 'ENABLED' ? nextOf(schedule, after) : undefined;
    if (!schedule) runs.delete(key);
    if (!schedule || next === undefined) due.delete(key);
    else due.set(key, { schedule, scheduledFor: next, at: next + windowOf(schedule, random) });
  }

  function arm(): void {
    let first: number | undefined;
    for (const { at } of due.values()) first = Math.min(first ?? at, at);
    wakeUp.set(first);
  }

  function run(): void {
    const now = clock.now();
    const ready = [...due].filter(([, { at }]) => at <= now);
    store.transaction(() => {
      for (const [key, { schedule, scheduledFor }] of ready) {
        executions.start(schedule, scheduledFor);
        runs.put(key, scheduledFor);
        const isLast = nextOf(schedule, scheduledFor) === undefined;
        if (isLast && schedule.deletesItself) schedules.delete(key);
      }
    });
    for (const [key, { scheduledFor }] of ready) plan(key, scheduledFor);
    arm();
  }

  for (const { key, value } of schedules.list()) plan(key, resumedAfter(value, runs.get(key), clock.now()));
  arm();

  return {
    changed(key) {
      store.onCommit(() => {
        plan(key, clock.now() - 1);
        arm();
      });
    },
    stop: () => wakeUp.set(undefined),
  };
}

/** The first run after `after`, between the schedule's dates. A rate without a beginning begins with the schedule. */
export function nextOf(schedule: Schedule, after: number): number | undefined {
  const { expression, timeZone, startAt, endAt, createdAt } = schedule;
  const parsed = parseSchedule(expression, { zone: timeZone, anyPlural: true });
  // A single time has no use for dates.
  if (parsed.kind === 'at') return parsed.next(after, createdAt);
  const since = startAt ?? createdAt;
  const next = parsed.next(startAt === undefined ? after : Math.max(after, startAt - 1), since);
  return next !== undefined && endAt !== undefined && next > endAt ? undefined : next;
}

/** After which moment a schedule goes on that an earlier process has left; `ran`: for when it was last started. */
function resumedAfter(schedule: Schedule, ran: number | undefined, now: number): number {
  const { windowMinutes = 0, changedAt } = schedule;
  const known = Math.max(ran ?? 0, changedAt - 1);
  const isSingle = schedule.expression.startsWith('at(');
  return isSingle ? known : Math.max(known, now - windowMinutes * MINUTE_MS);
}

const windowOf = ({ windowMinutes = 0 }: Schedule, random: () => number): number =>
  Math.floor(random() * windowMinutes * MINUTE_MS);
