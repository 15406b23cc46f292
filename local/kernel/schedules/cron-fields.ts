/** The six fields of AWS's cron dialect. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html */
import { InvalidSchedule } from './invalid-schedule.ts';

/** Which days of a month; `weekday` 1 is Sunday. */
export type DayRule =
  | { readonly kind: 'days-of-month'; readonly days: ReadonlySet<number> }
  | { readonly kind: 'weekdays'; readonly weekdays: ReadonlySet<number> }
  /** `L`, or `LW`: the last one from Monday to Friday. */
  | { readonly kind: 'last-day'; readonly working: boolean }
  /** `15W`: the day from Monday to Friday nearest to it, within the month. */
  | { readonly kind: 'nearest-working-day'; readonly day: number }
  /** `6L`: the month's last Friday. */
  | { readonly kind: 'last-weekday'; readonly weekday: number }
  /** `3#2`: the second Tuesday. */
  | { readonly kind: 'nth-weekday'; readonly weekday: number; readonly nth: number };

export interface CronFields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** 1–12 */
  readonly months: ReadonlySet<number>;
  readonly years: ReadonlySet<number>;
  /** Any of them suffices. */
  readonly days: readonly DayRule[];
}

interface Kind {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly names?: readonly string[];
}

const MINUTES: Kind = { name: 'minutes', first: 0, last: 59 };
const HOURS: Kind = { name: 'hours', first: 0, last: 23 };
const DAYS: Kind = { name: 'day-of-month', first: 1, last: 31 };
const MONTHS: Kind = {
  name: 'month',
  first: 1,
  last: 12,
  names: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
};
const WEEKDAYS: Kind = { name: 'day-of-week', first: 1, last: 7, names: 'SUN MON TUE WED THU FRI SAT'.split(' ') };
const YEARS: Kind = { name: 'year', first: 1970, last: 2199 };

/** Throws InvalidSchedule. */
export function readCronFields(text: string): CronFields {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 6) throw new InvalidSchedule(`a cron expression has 6 fields, not ${fields.length}`);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    throw new InvalidSchedule('one of day-of-month and day-of-week must be ?, and only one');
  }
  return {
    minutes: [...readSet(minutes, MINUTES)].sort((a, b) => a - b),
    hours: [...readSet(hours, HOURS)].sort((a, b) => a - b),
    months: readSet(month, MONTHS),
    years: readSet(year, YEARS),
    days: dayOfWeek === '?' ? readDays(dayOfMonth) : readWeekdays(dayOfWeek),
  };
}

function readDays(field: string): readonly DayRule[] {
  return field.split(',').map((part): DayRule => {
    const text = part.toUpperCase();
    if (text === 'L' || text === 'LW') return { kind: 'last-day', working: text === 'LW' };
    if (/^\d{1,2}W$/.test(text)) return { kind: 'nearest-working-day', day: readNumber(text.slice(0, -1), DAYS) };
    return { kind: 'days-of-month', days: readSet(part, DAYS) };
  });
}

function readWeekdays(field: string): readonly DayRule[] {
  return field.split(',').map((part): DayRule => {
    const text = part.toUpperCase();
    if (text === 'L') return { kind: 'weekdays', weekdays: new Set([7]) };
    const last = /^(\d|[A-Z]{3})L$/.exec(text);
    if (last) return { kind: 'last-weekday', weekday: readNumber(last[1]!, WEEKDAYS) };
    const nth = /^(\d|[A-Z]{3})#([1-5])$/.exec(text);
    if (nth) return { kind: 'nth-weekday', weekday: readNumber(nth[1]!, WEEKDAYS), nth: Number(nth[2]) };
    return { kind: 'weekdays', weekdays: readSet(part, WEEKDAYS) };
  });
}

function readSet(field: string, kind: Kind): Set<number> {
  return new Set(field.split(',').flatMap((part) => readPart(part, kind)));
}

/** `*`, `5`, `1-5`, `FRI-MON`, each with `/step`; `5/10` goes on to the end. */
function readPart(part: string, kind: Kind): number[] {
  const [range = '', step, ...more] = part.split('/');
  if (more.length > 0) throw invalid(part, kind);
  const by = step === undefined ? 1 : readStep(step, part, kind);
  const [from = '', to, ...others] = range.split('-');
  if (others.length > 0) throw invalid(part, kind);
  if (range === '*') return stepped(kind.first, kind.last, by, kind);
  const first = readNumber(from, kind);
  if (to !== undefined) return stepped(first, readNumber(to, kind), by, kind);
  return stepped(first, step === undefined ? first : kind.last, by, kind);
}

/** A range that ends before it begins goes on from the beginning, except of years. */
function stepped(first: number, last: number, by: number, kind: Kind): number[] {
  const size = kind.last - kind.first + 1;
  if (last < first && kind === YEARS) throw invalid(`${first}-${last}`, kind);
  const end = last < first ? last + size : last;
  const values: number[] = [];
  for (let value = first; value <= end; value += by) values.push(((value - kind.first) % size) + kind.first);
  return values;
}

function readStep(step: string, part: string, kind: Kind): number {
  if (!/^\d{1,4}$/.test(step) || Number(step) === 0) throw invalid(part, kind);
  return Number(step);
}

function readNumber(text: string, kind: Kind): number {
  const named = kind.names?.indexOf(text.toUpperCase()) ?? -1;
  if (named >= 0) return named + kind.first;
  const value = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= kind.first && value <= kind.last)) throw invalid(text, kind);
  return value;
}

const invalid = (text: string, { name }: Kind): InvalidSchedule =>
  new InvalidSchedule(`${JSON.stringify(text)} is no ${name}`);
