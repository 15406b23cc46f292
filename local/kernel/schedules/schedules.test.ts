import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidSchedule, isTimeZone, parseSchedule } from './index.ts';

const MINUTE = 60_000;
const at = (text: string): number => Date.parse(text);

/** The next `count` moments after a time. */
function runs(expression: string, after: string, count: number, zone?: string): string[] {
  const schedule = parseSchedule(expression, zone === undefined ? {} : { zone });
  const found: string[] = [];
  let last: number | undefined = at(after);
  while (found.length < count) {
    last = schedule.next(last, at(after));
    if (last === undefined) break;
    found.push(new Date(last).toISOString().slice(0, 16));
  }
  return found;
}

describe('cron', () => {
  test.each([
    ['cron(0 12 * * ? *)', ['2026-02-27T12:00', '2026-02-28T12:00', '2026-03-01T12:00']],
    ['cron(15 10 ? * 6L 2026-2028)', ['2026-02-27T10:15', '2026-03-27T10:15', '2026-04-24T10:15']],
    ['cron(0 8 1 * ? *)', ['2026-03-01T08:00', '2026-04-01T08:00', '2026-05-01T08:00']],
    ['cron(0/15 * * * ? *)', ['2026-02-27T00:15', '2026-02-27T00:30', '2026-02-27T00:45']],
    ['cron(0 9 L * ? *)', ['2026-02-28T09:00', '2026-03-31T09:00', '2026-04-30T09:00']],
    ['cron(0 9 LW * ? *)', ['2026-02-27T09:00', '2026-03-31T09:00', '2026-04-30T09:00']],
    ['cron(0 9 1W * ? *)', ['2026-03-02T09:00', '2026-04-01T09:00', '2026-05-01T09:00']],
    ['cron(0 9 28W * ? *)', ['2026-02-27T09:00', '2026-03-27T09:00', '2026-04-28T09:00']],
    ['cron(0 9 31W * ? *)', ['2026-03-31T09:00', '2026-05-29T09:00', '2026-07-31T09:00']],
    ['cron(0 9 ? * 3#2 *)', ['2026-03-10T09:00', '2026-04-14T09:00', '2026-05-12T09:00']],
    ['cron(0 9 ? * TUE#5 *)', ['2026-03-31T09:00', '2026-06-30T09:00', '2026-09-29T09:00']],
    ['cron(0 9 ? FEB,mar MON-FRI *)', ['2026-02-27T09:00', '2026-03-02T09:00', '2026-03-03T09:00']],
    ['cron(0 9 ? * FRI-MON *)', ['2026-02-27T09:00', '2026-02-28T09:00', '2026-03-01T09:00']],
    ['cron(0 9 ? * L *)', ['2026-02-28T09:00', '2026-03-07T09:00', '2026-03-14T09:00']],
    ['cron(0 0 29 2 ? *)', ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
    ['cron(30 5-9/2,22 27 2 ? 2026)', ['2026-02-27T05:30', '2026-02-27T07:30', '2026-02-27T09:30']],
  ])('%s', (expression, expected) => {
    expect(runs(expression, '2026-02-27T00:00Z', 3)).toEqual(expected);
  });

  test('what never comes again comes to an end', () => {
    expect(runs('cron(0 0 30 2 ? *)', '2026-01-01T00:00Z', 1)).toEqual([]);
    expect(runs('cron(0 0 1 1 ? 2026)', '2026-01-01T00:00Z', 1)).toEqual([]);
  });

  test('clocks put forward leave a time out, clocks put back show it once', () => {
    expect(runs('cron(30 2 * * ? *)', '2026-03-07T12:00Z', 2, 'America/New_York')).toEqual([
      '2026-03-09T06:30',
      '2026-03-10T06:30',
    ]);
    expect(runs('cron(30 1 * * ? *)', '2026-10-31T12:00Z', 2, 'America/New_York')).toEqual([
      '2026-11-01T05:30',
      '2026-11-02T06:30',
    ]);
    expect(runs('cron(0/30 1-2 * * ? *)', '2026-11-01T04:45Z', 4, 'America/New_York')).toEqual([
      '2026-11-01T05:00',
      '2026-11-01T05:30',
      '2026-11-01T07:00',
      '2026-11-01T07:30',
    ]);
  });
});

test('a rate counts from its beginning, at which it is due too', () => {
  const schedule = parseSchedule('rate(5 minutes)');
  expect([-1, 0, 1, 299_999, 300_000].map((after) => schedule.next(after, 0))).toEqual([
    0, 300_000, 300_000, 300_000, 600_000,
  ]);
});

test('a rate of EventBridge Scheduler need not agree with its unit', () => {
  const every = (text: string) => parseSchedule(text, { anyPlural: true }).next(0, 0);
  expect([every('rate(1 hours)'), every('rate(5 minute)')]).toEqual([3_600_000, 300_000]);
  expect(() => every('rate(0 minutes)')).toThrow(InvalidSchedule);
});

test('a single time comes once, in its zone; one that clocks jump over comes an hour later on them', () => {
  expect(runs('at(2026-07-01T09:00:00)', '2026-01-01T00:00Z', 2, 'Europe/Berlin')).toEqual(['2026-07-01T07:00']);
  expect(runs('at(2026-03-29T02:30:00)', '2026-01-01T00:00Z', 2, 'Europe/Berlin')).toEqual(['2026-03-29T01:30']);
});

test.each([
  'cron(* * * * * *)',
  'cron(* * ? * ? *)',
  'cron(* * * * ?)',
  'cron(60 * * * ? *)',
  'cron(* 24 * * ? *)',
  'cron(* * 0 * ? *)',
  'cron(* * * 13 ? *)',
  'cron(* * ? * 8 *)',
  'cron(* * ? * 3#6 *)',
  'cron(* * * * ? 1969)',
  'cron(* * * * ? 2030-2029)',
  'cron(*/0 * * * ? *)',
  'cron(1-2-3 * * * ? *)',
  'cron(x * * * ? *)',
  'rate(0 minutes)',
  'rate(1 minutes)',
  'rate(5 minute)',
  'rate(5 weeks)',
  'rate(-1 hours)',
  'rate( 10 minutes )',
  ' rate(10 minutes)',
  'rate(10 MINUTES)',
  'at(2026-02-30T00:00:00)',
  'at(2026-02-28T00:00:00Z)',
  'every day',
  '',
])('%s is refused', (expression) => {
  expect(() => parseSchedule(expression)).toThrow(InvalidSchedule);
});

test('zones are those of the IANA', () => {
  expect(['UTC', 'Europe/Berlin', 'America/New_York'].map(isTimeZone)).toEqual([true, true, true]);
  expect(['Europe/Bonn', '', '+01:00'].map(isTimeZone)).toEqual([false, false, false]);
});

describe('against a brute-force model', () => {
  const field = (first: number, last: number) =>
    fc.oneof(
      fc.constant('*'),
      fc.integer({ min: first, max: last }).map(String),
      fc.tuple(fc.integer({ min: first, max: last }), fc.integer({ min: 1, max: last })).map((two) => two.join('/')),
      fc
        .tuple(fc.integer({ min: first, max: last }), fc.integer({ min: first, max: last }))
        .map((two) => two.join('-')),
    );

  /** By looking at every value, not by making them. */
  function has(text: string, value: number, first: number, last: number): boolean {
    if (text === '*') return true;
    const [, from, sign, second] = /^(\d+)(?:([-/])(\d+))?$/.exec(text) ?? [];
    const [a, b] = [Number(from), Number(second)];
    if (sign === undefined) return value === a;
    if (sign === '/') return value >= a && value <= last && (value - a) % b === 0;
    return a <= b ? value >= a && value <= b : (value >= a && value <= last) || (value >= first && value <= b);
  }

  const shown = new Map<string, Intl.DateTimeFormat>();
  function wall(utc: number, zone: string): string {
    let format = shown.get(zone);
    if (!format) {
      format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
      shown.set(zone, format);
    }
    return format.format(utc);
  }

  test('the next moment is the first minute whose wall clock says so, and never said so before', () => {
    const start = fc.constantFrom(
      '2026-03-29T00:00Z',
      '2026-10-25T00:00Z',
      '2026-03-08T06:00Z',
      '2026-11-01T04:30Z',
      '2026-04-04T14:00Z',
      '2026-12-31T22:00Z',
    );
    const zone = fc.constantFrom('UTC', 'Europe/London', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe');
    fc.assert(
      fc.property(
        field(0, 59),
        field(0, 23),
        fc.oneof(
          field(1, 31).map((d) => [d, '?'] as const),
          field(1, 7).map((d) => ['?', d] as const),
        ),
        start,
        fc.integer({ min: 0, max: 300 }),
        zone,
        (minutes, hours, [day, weekday], from, offset, name) => {
          const after = at(from) + offset * MINUTE;
          const found = parseSchedule(`cron(${minutes} ${hours} ${day} * ${weekday} *)`, { zone: name }).next(after, 0);
          const end = after + 8 * 60 * MINUTE;
          // A clock is put back by an hour at most: what it showed two hours before is enough to know.
          const seen = new Set<string>();
          let expected: number | undefined;
          for (let utc = after - 120 * MINUTE; utc <= end && expected === undefined; utc += MINUTE) {
            const local = wall(utc, name);
            const isNew = !seen.has(local);
            seen.add(local);
            const date = new Date(`${local.replace(' ', 'T')}Z`);
            if (
              utc > after &&
              isNew &&
              has(minutes, date.getUTCMinutes(), 0, 59) &&
              has(hours, date.getUTCHours(), 0, 23) &&
              (day === '?' || has(day, date.getUTCDate(), 1, 31)) &&
              (weekday === '?' || has(weekday, date.getUTCDay() + 1, 1, 7))
            ) {
              expected = utc;
            }
          }
          expect(found !== undefined && found <= end ? found : undefined).toBe(expected);
        },
      ),
      { numRuns: 120 },
    );
  });
});
