/**
 * The cron expressions of rotation schedules: on the hour, any year, UTC. Pure.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** A day that may never come, such as 30 February, is looked for no longer than a leap year takes to come round. */
const LONGEST_SEARCH_DAYS = 366 * 8;

export interface Cron {
  /** Ascending. */
  readonly hours: readonly number[];
  readonly matchesDay: (midnight: Date) => boolean;
}

/** Undefined for what is no such expression; `text` is what stands between the parentheses. */
export function parseCron(text: string): Cron | undefined {
  const fields = text.trim().split(/\s+/);
  const [minutes, hourField, dayField, monthField, weekdayField, year] = fields as Required<typeof fields>;
  if (fields.length !== 6 || minutes !== '0' || year !== '*') return undefined;
  // One of the two says which days, the other that it does not.
  if ((dayField === '?') === (weekdayField === '?')) return undefined;
  const hours = numbers(hourField!, 0, 23);
  const months = numbers(monthField!, 1, 12, MONTHS);
  const days = dayField === '?' ? weekdays(weekdayField!) : daysOfMonth(dayField!);
  if (!hours || !months || !days) return undefined;
  const matchesDay = (midnight: Date) => months.includes(midnight.getUTCMonth() + 1) && days(midnight);
  return { hours, matchesDay };
}

/** The first full hour after `after` (ms since 1970) that matches; undefined when none ever does. */
export function nextMatch({ hours, matchesDay }: Cron, after: number): number | undefined {
  const today = Math.floor(after / DAY_MS) * DAY_MS;
  for (let day = 0; day <= LONGEST_SEARCH_DAYS; day += 1) {
    const midnight = today + day * DAY_MS;
    if (!matchesDay(new Date(midnight))) continue;
    const hour = hours.find((one) => midnight + one * HOUR_MS > after);
    if (hour !== undefined) return midnight + hour * HOUR_MS;
  }
  return undefined;
}

type DayTest = (midnight: Date) => boolean;

function daysOfMonth(field: string): DayTest | undefined {
  if (field === 'L') return isLastOfMonth;
  const days = numbers(field, 1, 31);
  return days && ((midnight) => days.includes(midnight.getUTCDate()));
}

function weekdays(field: string): DayTest | undefined {
  const nth = /^(\w+)#([1-5])$/.exec(field);
  if (nth) {
    const weekday = numberOf(nth[1]!, 1, 7, WEEKDAYS);
    if (weekday === undefined) return undefined;
    return (midnight) => isWeekday(midnight, weekday) && Math.ceil(midnight.getUTCDate() / 7) === Number(nth[2]);
  }
  const last = /^(\w*)L$/.exec(field);
  if (last) {
    if (last[1] === '') return (midnight) => isWeekday(midnight, 7);
    const weekday = numberOf(last[1]!, 1, 7, WEEKDAYS);
    return weekday === undefined ? undefined : (midnight) => isWeekday(midnight, weekday) && isInLastWeek(midnight);
  }
  const days = numbers(field, 1, 7, WEEKDAYS);
  return days && ((midnight) => days.some((weekday) => isWeekday(midnight, weekday)));
}

/** 1 is Sunday. */
const isWeekday = (midnight: Date, weekday: number): boolean => midnight.getUTCDay() + 1 === weekday;

const isLastOfMonth = (midnight: Date): boolean => new Date(midnight.getTime() + DAY_MS).getUTCDate() === 1;

const isInLastWeek = (midnight: Date): boolean =>
  new Date(midnight.getTime() + 7 * DAY_MS).getUTCMonth() !== midnight.getUTCMonth();

/** `1,5-7,2/3,*`: every number it means, ascending. */
function numbers(field: string, least: number, most: number, names: readonly string[] = []): number[] | undefined {
  const found = new Set<number>();
  for (const part of field.split(',')) {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (!match) return undefined;
    const [, first, second, step] = match;
    if (first === '*' && second !== undefined) return undefined;
    const from = first === '*' ? least : numberOf(first!, least, most, names);
    const open = first === '*' || step !== undefined;
    const to = second === undefined ? (open ? most : from) : numberOf(second, least, most, names);
    const by = step === undefined ? 1 : Number(step);
    if (from === undefined || to === undefined || from > to || by < 1) return undefined;
    for (let number = from; number <= to; number += by) found.add(number);
  }
  return [...found].sort((a, b) => a - b);
}

function numberOf(text: string, least: number, most: number, names: readonly string[]): number | undefined {
  const named = names.indexOf(text.toUpperCase());
  const number = named >= 0 ? named + 1 : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
}
