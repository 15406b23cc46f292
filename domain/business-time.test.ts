import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { businessTime, businessTimeAfter, type Calendar, calendarFrom, InvalidCalendar } from './business-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const berlin = calendarFrom('Mon-Fri 09:00-17:00', 'Europe/Berlin', '2026-12-25, 2026-12-26');
const at = (text: string): number => Date.parse(text);

describe('a calendar', () => {
  test('is read from what a person writes', () => {
    expect(berlin).toEqual({
      timeZone: 'Europe/Berlin',
      weekdays: new Set([1, 2, 3, 4, 5]),
      opens: 540,
      closes: 1020,
      holidays: new Set(['2026-12-25', '2026-12-26']),
    });
    expect(calendarFrom('Sat-Mon,Wed 00:00-24:00', 'UTC', '').weekdays).toEqual(new Set([6, 0, 1, 3]));
  });

  test.each([
    ['Mon-Fri 9-17', 'UTC', ''],
    ['Mon-Fry 09:00-17:00', 'UTC', ''],
    ['Mon-Tue-Wed 09:00-17:00', 'UTC', ''],
    ['Mon-Fri 17:00-09:00', 'UTC', ''],
    ['Mon-Fri 09:00-24:01', 'UTC', ''],
    ['Mon-Fri 09:60-17:00', 'UTC', ''],
    ['Mon-Fri 09:00-17:00', 'Europe/Atlantis', ''],
    ['Mon-Fri 09:00-17:00', 'UTC', '25.12.2026'],
    ['Mon-Fri 09:00-17:00', 'UTC', '2026-02-30'],
  ])('%s in %s without %s is none', (hours, zone, holidays) => {
    expect(() => calendarFrom(hours, zone, holidays)).toThrow(InvalidCalendar);
  });
});

test('over a weekend only the hours at the desk count', () => {
  // Friday 16:00 until Monday 10:00, in Berlin.
  expect(businessTime(berlin, at('2026-11-20T15:00Z'), at('2026-11-23T09:00Z'))).toBe(2 * HOUR);
  expect(businessTimeAfter(berlin, at('2026-11-20T15:00Z'), 2 * HOUR)).toBe(at('2026-11-23T09:00Z'));
});

test('on holidays nobody is there', () => {
  // Thursday the 24th 16:00; the 25th is a Friday.
  expect(businessTimeAfter(berlin, at('2026-12-24T15:00Z'), 2 * HOUR)).toBe(at('2026-12-28T09:00Z'));
});

test('a shift over the change of clocks has the hours that it really has', () => {
  const nights = calendarFrom('Mon-Sun 00:00-08:00', 'Europe/Berlin', '');
  const sunday = (date: string): number => businessTime(nights, at(`${date}T12:00Z`) - 24 * HOUR, at(`${date}T12:00Z`));
  expect(sunday('2026-03-29') / HOUR).toBe(7);
  expect(sunday('2026-10-25') / HOUR).toBe(9);
});

test('a desk that opens in an hour that is skipped opens when the clocks have been changed', () => {
  const early = calendarFrom('Mon-Sun 02:30-04:00', 'Europe/Berlin', '');
  expect(businessTime(early, at('2026-03-29T00:00Z'), at('2026-03-29T12:00Z'))).toBe(HOUR);
});

test('what waits for a desk that is never open is never due', () => {
  const never: Calendar = { ...berlin, weekdays: new Set() };
  expect(businessTimeAfter(never, at('2026-11-20T15:00Z'), 1)).toBe(Number.POSITIVE_INFINITY);
});

/** By the clock on the wall, minute by minute. */
function model(calendar: Calendar): (minute: number) => boolean {
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: calendar.timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return (minute) => {
    const [date = '', time = ''] = clock.format(minute).split(' ');
    const [hour = 0, past = 0] = time.split(':').map(Number);
    const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
    const local = hour * 60 + past;
    return (
      calendar.weekdays.has(weekday) &&
      !calendar.holidays.has(date) &&
      local >= calendar.opens &&
      local < calendar.closes
    );
  };
}

/** Days around which clocks are changed somewhere, or a date is left out (Samoa, 2011), or nothing happens. */
const DAYS = [
  '2011-12-29',
  '2024-02-28',
  '2026-03-08',
  '2026-03-28',
  '2026-04-05',
  '2026-10-04',
  '2026-10-25',
  '2026-11-01',
  '2026-12-24',
];
const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Apia',
  'America/St_Johns',
  'Asia/Kathmandu',
];
const calendars: fc.Arbitrary<Calendar> = fc
  .record({
    timeZone: fc.constantFrom(...ZONES),
    weekdays: fc.subarray([0, 1, 2, 3, 4, 5, 6], { minLength: 1 }).map((days) => new Set(days)),
    opens: fc.constantFrom(0, 90, 150, 540, 1_320),
    length: fc.integer({ min: 1, max: 1_440 }),
    holidays: fc.subarray(DAYS).map((days) => new Set(days)),
  })
  .map(({ length, ...calendar }) => ({ ...calendar, closes: Math.min(1_440, calendar.opens + length) }));
const starts = fc
  .tuple(fc.constantFrom(...DAYS), fc.integer({ min: 0, max: 1_440 }))
  .map(([day, minute]) => at(`${day}T00:00:00Z`) + minute * MINUTE);

test('counts what the clock on the wall says, minute by minute, and finds its way back', () => {
  fc.assert(
    fc.property(calendars, starts, fc.integer({ min: 0, max: 3_000 }), (calendar, start, minutes) => {
      const isOpen = model(calendar);
      let open = 0;
      let lastOpen = start;
      for (let minute = 0; minute < minutes; minute += 1) {
        if (!isOpen(start + minute * MINUTE)) continue;
        open += 1;
        lastOpen = start + (minute + 1) * MINUTE;
      }
      expect(businessTime(calendar, start, start + minutes * MINUTE)).toBe(open * MINUTE);
      // So much business time has passed as soon as the last open minute is over.
      expect(businessTimeAfter(calendar, start, open * MINUTE)).toBe(lastOpen);
    }),
    { numRuns: 60 },
  );
});

test('parts add up to the whole, to the millisecond', () => {
  const instants = fc.integer({ min: at('2026-01-01T00:00Z'), max: at('2026-12-31T00:00Z') });
  fc.assert(
    fc.property(calendars, fc.tuple(instants, instants, instants), (calendar, three) => {
      const [from, between, to] = [...three].sort((a, b) => a - b) as [number, number, number];
      const whole = businessTime(calendar, from, to);
      expect(businessTime(calendar, from, between) + businessTime(calendar, between, to)).toBe(whole);
    }),
    { numRuns: 60 },
  );
});
