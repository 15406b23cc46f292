import fc from 'fast-check';
import { checkRules, nextWindow, type RotationRules } from './schedule.ts';

const at = (text: string): number => Date.parse(`${text}Z`);
const told = (time: number): string => new Date(time).toISOString().slice(0, 16);

/** `opens → closes` of the next window, of a secret that was rotated and scheduled when it is now. */
function next(rules: RotationRules, now: string, rotated = now, set = rotated): string {
  const window = nextWindow(rules, { rotatedAt: at(rotated), setAt: at(set) }, at(now));
  return window ? `${told(window.opensAt)} → ${told(window.closesAt)}` : 'never';
}

const expression = (ScheduleExpression: string, Duration?: string): RotationRules => ({
  ScheduleExpression,
  ...(Duration !== undefined && { Duration }),
});

describe('the next window', () => {
  it.each<[string, RotationRules, string, string]>([
    ['30 days on', { AutomaticallyAfterDays: 30 }, '2026-11-21T15:30', '2026-12-21T00:00 → 2026-12-22T00:00'],
    [
      'shortened',
      { AutomaticallyAfterDays: 1, Duration: '3h' },
      '2026-11-21T15:30',
      '2026-11-22T00:00 → 2026-11-22T03:00',
    ],
    ['a rate in days', expression('rate(10 days)'), '2026-11-21T15:30', '2026-12-01T00:00 → 2026-12-02T00:00'],
    ['a rate in hours', expression('rate(4 hours)'), '2026-11-21T15:30', '2026-11-21T16:00 → 2026-11-21T17:00'],
    [
      'a rate in hours, on the hour',
      expression('rate(4 hours)'),
      '2026-11-21T16:00',
      '2026-11-21T20:00 → 2026-11-21T21:00',
    ],
    [
      'a rate in hours, wider',
      expression('rate(6 hours)', '6h'),
      '2026-11-21T13:00',
      '2026-11-21T18:00 → 2026-11-22T00:00',
    ],
    [
      'every 8 hours from 8',
      expression('cron(0 8/8 * * ? *)'),
      '2026-11-21T09:00',
      '2026-11-21T16:00 → 2026-11-21T17:00',
    ],
    [
      '… which starts anew each day',
      expression('cron(0 8/8 * * ? *)'),
      '2026-11-21T16:00',
      '2026-11-22T08:00 → 2026-11-22T09:00',
    ],
    ['once a day', expression('cron(0 10 * * ? *)'), '2026-11-21T15:30', '2026-11-22T10:00 → 2026-11-23T00:00'],
    [
      'Saturdays at 6 pm',
      expression('cron(0 18 ? * SAT *)'),
      '2026-11-21T15:30',
      '2026-11-21T18:00 → 2026-11-22T00:00',
    ],
    ['by number', expression('cron(0 18 ? * 1 *)', '2h'), '2026-11-21T15:30', '2026-11-22T18:00 → 2026-11-22T20:00'],
    [
      'the first Sunday',
      expression('cron(0 0 ? * SUN#1 *)'),
      '2026-11-21T15:30',
      '2026-12-06T00:00 → 2026-12-07T00:00',
    ],
    ['the last Friday', expression('cron(0 1 ? * 6L *)'), '2026-11-21T15:30', '2026-11-27T01:00 → 2026-11-28T00:00'],
    ['the last day', expression('cron(0 16 L * ? *)'), '2027-02-01T00:00', '2027-02-28T16:00 → 2027-03-01T00:00'],
    [
      'the 1st of a quarter',
      expression('cron(0 8 1 */3 ? *)'),
      '2026-11-21T15:30',
      '2027-01-01T08:00 → 2027-01-02T00:00',
    ],
    ['a leap day', expression('cron(0 0 29 FEB ? *)'), '2026-11-21T15:30', '2028-02-29T00:00 → 2028-03-01T00:00'],
    ['no schedule', {}, '2026-11-21T15:30', 'never'],
  ])('%s', (_, rules, now, window) => {
    expect(next(rules, now)).toBe(window);
  });

  it('of days is tomorrow’s once the last rotation is longer ago than they are', () => {
    expect(next({ AutomaticallyAfterDays: 7 }, '2026-11-21T15:30', '2026-10-01T00:00')).toBe(
      '2026-11-22T00:00 → 2026-11-23T00:00',
    );
  });

  it('of hours goes by the midnight of the day the schedule was set', () => {
    expect(next(expression('rate(10 hours)'), '2026-11-22T01:00', '2026-11-22T01:00', '2026-11-21T09:00')).toBe(
      '2026-11-22T06:00 → 2026-11-22T07:00',
    );
  });

  it('opens on the hour, later than now, and closes later than it opens', () => {
    const rules = fc.oneof(
      fc.integer({ min: 1, max: 1000 }).map((days): RotationRules => ({ AutomaticallyAfterDays: days })),
      fc.integer({ min: 4, max: 999 }).map((hours) => expression(`rate(${hours} hours)`)),
      fc.integer({ min: 0, max: 23 }).map((hour) => expression(`cron(0 ${hour} ? * MON-FRI *)`)),
    );
    const time = fc.integer({ min: at('2026-01-01T00:00'), max: at('2030-01-01T00:00') });
    fc.assert(
      fc.property(rules, time, fc.nat(1e11), (given, rotatedAt, later) => {
        const now = rotatedAt + later;
        const window = nextWindow(given, { rotatedAt, setAt: rotatedAt }, now)!;
        expect(window.opensAt).toBeGreaterThan(now);
        expect(window.opensAt % 3_600_000).toBe(0);
        expect(window.closesAt).toBeGreaterThan(window.opensAt);
      }),
    );
  });
});

describe('rules that are refused', () => {
  it.each<[RotationRules, RegExp]>([
    [{ AutomaticallyAfterDays: 0 }, /within 1-1000/],
    [{ AutomaticallyAfterDays: 1001 }, /within 1-1000/],
    [{ AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(1 day)' }, /both/],
    ...[
      'rate(3 hours)',
      'rate(1000 days)',
      'rate(5 minutes)',
      'rate()',
      'every day',
      'cron(5 8 * * ? *)',
      'cron(0 8 * * ? 2027)',
      'cron(0 8 * * * *)',
      'cron(0 8 ? * ? *)',
      'cron(0 24 * * ? *)',
      'cron(0 */2 * * ? *)',
      'cron(0 8,9 * * ? *)',
      'cron(0 8 30 FEB ? *)',
      'cron(0 8 ? * FUN *)',
      'cron(0 8 ? * MON#6 *)',
      'cron(0 8 * * ?)',
    ].map((wrong): [RotationRules, RegExp] => [expression(wrong), /is not valid/]),
    [expression('rate(1 day)', '25h'), /1h to 24h/],
    [expression('rate(1 day)', '3'), /1h to 24h/],
    [expression('rate(4 hours)', '5h'), /next rotation window/],
    [expression('cron(0 20 * * ? *)', '5h'), /next UTC day/],
  ])('%j', (rules, why) => {
    expect(() => checkRules(rules)).toThrow(why);
  });
});
