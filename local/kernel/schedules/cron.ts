/** Which moment a cron expression means next. */
import { type CronFields, type DayRule, readCronFields } from './cron-fields.ts';
import type { TimeZone } from './time-zone.ts';

const MINUTE_MS = 60_000;
const LAST_YEAR = 2199;

export interface Cron {
  /** The first moment after `after`; undefined when there is none any more. */
  next(after: number): number | undefined;
}

/**
 * A time that clocks jump over is left out; one that they show twice is meant once, the first time.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
 *
 * Throws InvalidSchedule.
 */
export function parseCron(text: string, zone: TimeZone): Cron {
  const fields = readCronFields(text);
  return {
    next(after) {
      const now = zone.localOf(after);
      // What the wall has shown before is over: the first time it is shown comes before the second.
      for (const local of localTimes(fields, now)) {
        const utc = zone.firstUtcOf(local);
        if (utc !== undefined && utc > after) return utc;
      }
      return undefined;
    },
  };
}

/** All local times after `now`. */
function* localTimes(fields: CronFields, now: number): Generator<number> {
  const start = new Date(now);
  for (let year = start.getUTCFullYear(); year <= LAST_YEAR; year++) {
    if (!fields.years.has(year)) continue;
    for (let month = 1; month <= 12; month++) {
      if (!fields.months.has(month) || Date.UTC(year, month) <= now) continue;
      for (const day of daysOf(fields.days, year, month)) {
        if (Date.UTC(year, month - 1, day + 1) > now) yield* timesOf(fields, Date.UTC(year, month - 1, day), now);
      }
    }
  }
}

function* timesOf({ hours, minutes }: CronFields, midnight: number, now: number): Generator<number> {
  for (const hour of hours) {
    for (const minute of minutes) {
      const local = midnight + (hour * 60 + minute) * MINUTE_MS;
      if (local > now) yield local;
    }
  }
}

/** In order. */
function daysOf(rules: readonly DayRule[], year: number, month: number): readonly number[] {
  const length = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const firstWeekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  const weekdayOf = (day: number): number => ((firstWeekday + day - 1) % 7) + 1;
  const days = new Set<number>();
  for (const rule of rules) {
    for (let day = 1; day <= length; day++) if (isMeant(rule, day, length, weekdayOf)) days.add(day);
  }
  return [...days].sort((a, b) => a - b);
}

function isMeant(rule: DayRule, day: number, length: number, weekdayOf: (day: number) => number): boolean {
  switch (rule.kind) {
    case 'days-of-month':
      return rule.days.has(day);
    case 'weekdays':
      return rule.weekdays.has(weekdayOf(day));
    case 'last-day':
      return day === (rule.working ? nearestWorkingDay(length, length, weekdayOf) : length);
    case 'nearest-working-day':
      return rule.day <= length && day === nearestWorkingDay(rule.day, length, weekdayOf);
    case 'last-weekday':
      return day > length - 7 && weekdayOf(day) === rule.weekday;
    case 'nth-weekday':
      return weekdayOf(day) === rule.weekday && Math.ceil(day / 7) === rule.nth;
  }
}

function nearestWorkingDay(day: number, length: number, weekdayOf: (day: number) => number): number {
  const weekday = weekdayOf(day);
  if (weekday === 7) return day === 1 ? 3 : day - 1;
  if (weekday === 1) return day === length ? day - 2 : day + 1;
  return day;
}
