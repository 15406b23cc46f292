/**
 * Business time: the part of all time in which somebody is at the desk, by the clocks of a place. Hours that are skipped or
 * come twice where clocks are changed count as often as they come.
 */

export interface Calendar {
  /** IANA's name, as `Europe/Berlin`. */
  readonly timeZone: string;
  /** 0 is Sunday. */
  readonly weekdays: ReadonlySet<number>;
  /** Minutes of the local day: from, and until. */
  readonly opens: number;
  readonly closes: number;
  /** Local dates on which nobody is there: `2026-12-25`. */
  readonly holidays: ReadonlySet<string>;
}

export class InvalidCalendar extends Error {
  override readonly name = 'InvalidCalendar';
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
/** Beyond it whatever is waited for counts as never due. */
const FAR = 3 * 366 * DAY;

/**
 * Reads `Mon-Fri 09:00-17:00` (or `Sun,Tue-Thu …`; `Mon-Sun 00:00-24:00` is always), a time zone, and dates by comma.
 * @throws InvalidCalendar
 */
export function calendarFrom(hours: string, timeZone: string, holidays: string): Calendar {
  const found = /^([A-Za-z,-]+) (\d\d):(\d\d)-(\d\d):(\d\d)$/.exec(hours);
  if (!found) throw new InvalidCalendar(`${JSON.stringify(hours)} are no business hours such as Mon-Fri 09:00-17:00`);
  const [, days = '', ...times] = found;
  const [openHour = 0, openMinute = 0, closeHour = 0, closeMinute = 0] = times.map(Number);
  const opens = openHour * 60 + openMinute;
  const closes = closeHour * 60 + closeMinute;
  if (openMinute > 59 || closeMinute > 59 || opens >= closes || closes > 24 * 60) {
    throw new InvalidCalendar(`${JSON.stringify(hours)} do not open before they close, within one day`);
  }
  const dates = holidays.split(',').map((date) => date.trim());
  return {
    timeZone: knownZone(timeZone),
    weekdays: new Set(days.split(',').flatMap(daysOf)),
    opens,
    closes,
    holidays: new Set(dates.filter((date) => date !== '').map(knownDate)),
  };
}

/** How much business time there is from one instant to another, ms. */
export function businessTime(calendar: Calendar, from: number, to: number): number {
  let sum = 0;
  for (const [start, end] of openings(calendar, from, to)) sum += end - start;
  return sum;
}

/** The instant at which so much business time (ms) has passed since `from`; Infinity where that is years away. */
export function businessTimeAfter(calendar: Calendar, from: number, duration: number): number {
  if (duration <= 0) return from;
  let rest = duration;
  for (const [start, end] of openings(calendar, from, from + FAR)) {
    if (end - start >= rest) return start + rest;
    rest -= end - start;
  }
  return Number.POSITIVE_INFINITY;
}

/** The spans in which the desk is open, in order, cut to what was asked for. */
function* openings(calendar: Calendar, from: number, to: number): Generator<readonly [number, number]> {
  for (const [start, end, offset] of evenSpans(calendar.timeZone, from, to)) {
    // Within the span the place's clocks run as UTC's do: `offset` ahead of them.
    for (let midnight = Math.floor((start + offset) / DAY) * DAY; midnight < end + offset; midnight += DAY) {
      if (!isBusinessDay(calendar, midnight)) continue;
      const opens = Math.max(start, midnight + calendar.opens * MINUTE - offset);
      const closes = Math.min(end, midnight + calendar.closes * MINUTE - offset);
      if (opens < closes) yield [opens, closes];
    }
  }
}

function isBusinessDay({ weekdays, holidays }: Calendar, midnight: number): boolean {
  const date = new Date(midnight);
  return weekdays.has(date.getUTCDay()) && !holidays.has(date.toISOString().slice(0, 10));
}

/** Cuts a span by the day, and where the zone's clocks are changed. No zone does that twice in a day. */
function* evenSpans(timeZone: string, from: number, to: number): Generator<readonly [number, number, number]> {
  let offset = offsetAt(timeZone, from);
  for (let at = from; at < to; ) {
    const until = Math.min(at + DAY, to);
    const after = offsetAt(timeZone, until);
    const change = after === offset ? until : changeBetween(timeZone, at, until, offset);
    yield [at, change, offset];
    if (change < until) yield [change, until, after];
    [at, offset] = [until, after];
  }
}

/** The first instant (a whole second, as all of them are) at which the offset is no longer the one before. */
function changeBetween(timeZone: string, from: number, to: number, before: number): number {
  let [low, high] = [Math.floor(from / 1_000), Math.ceil(to / 1_000)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timeZone, middle * 1_000) === before) low = middle;
    else high = middle;
  }
  return Math.min(high * 1_000, to);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's clocks are ahead of UTC, ms. */
function offsetAt(timeZone: string, time: number): number {
  if (timeZone === 'UTC') return 0;
  let format = formats.get(timeZone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1_000) * 1_000;
}

function knownZone(timeZone: string): string {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidCalendar(`${JSON.stringify(timeZone)} is no time zone such as Europe/Berlin`);
  }
}

function knownDate(date: string): string {
  const time = /^\d{4}-\d\d-\d\d$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) {
    throw new InvalidCalendar(`${JSON.stringify(date)} is no date such as 2026-12-25`);
  }
  return date;
}

/** `Mon`, or `Fri-Mon`, which goes over the weekend. */
function daysOf(range: string): number[] {
  const [first = -1, last = first, ...more] = range.split('-').map((day) => WEEKDAYS.indexOf(day));
  if (first < 0 || last < 0 || more.length > 0)
    throw new InvalidCalendar(`${JSON.stringify(range)} are no days such as Mon-Fri`);
  return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7);
}
