import { type Cron, parseCron } from './cron.ts';
import { InvalidSchedule } from './invalid-schedule.ts';
import { timeZone } from './time-zone.ts';

export { InvalidSchedule } from './invalid-schedule.ts';

export interface Schedule {
  readonly kind: 'cron' | 'rate' | 'at';
  /**
   * The first moment after `after`, ms since 1970; undefined when there is none any more.
   * @param since from when a rate counts: its moments are `since` and every interval later
   */
  next(after: number, since: number): number | undefined;
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * @param zone IANA name; of `cron` and `at`
 * Throws InvalidSchedule, and RangeError for a zone that nobody knows.
 */
export function parseSchedule(text: string, zone = 'UTC'): Schedule {
  const [, kind, inner = ''] = /^(cron|rate|at)\((.*)\)$/.exec(text.trim()) ?? [];
  switch (kind) {
    case 'cron': {
      const cron: Cron = parseCron(inner, timeZone(zone));
      return { kind, next: cron.next };
    }
    case 'rate': {
      const everyMs = readRate(inner);
      return {
        kind,
        next: (after, since) => (after < since ? since : since + (Math.floor((after - since) / everyMs) + 1) * everyMs),
      };
    }
    case 'at': {
      const at = timeZone(zone).nearestUtcOf(readLocal(inner));
      return { kind, next: (after) => (at > after ? at : undefined) };
    }
    default:
      throw new InvalidSchedule('it is none of cron(…), rate(…) and at(…)');
  }
}

/** `5 minutes`, `1 hour`: one has no `s`, more have one. */
function readRate(text: string): number {
  const [, digits = '', unit = '', plural] = /^\s*(\d{1,9})\s+(minute|hour|day)(s?)\s*$/.exec(text) ?? [];
  const value = Number(digits);
  if (value === 0) throw new InvalidSchedule('a rate is a number above zero and minutes, hours or days');
  if ((value === 1) === (plural === 's'))
    throw new InvalidSchedule(`${value} goes with ${unit}${value === 1 ? '' : 's'}`);
  return value * UNITS_MS[unit]!;
}

function readLocal(text: string): number {
  const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) ? Date.parse(`${text}Z`) : Number.NaN;
  // 30 February is a day in March to Date.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(text)) {
    throw new InvalidSchedule('a one-time schedule is at(yyyy-mm-ddThh:mm:ss)');
  }
  return local;
}
