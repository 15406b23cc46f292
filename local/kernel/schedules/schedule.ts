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

export interface ScheduleOptions {
  /** IANA name; of `cron` and `at`. UTC when absent. */
  readonly zone?: string;
  /** Whether `rate(1 hours)` and `rate(5 hour)` will do: EventBridge Scheduler takes them, a rule does not. */
  readonly anyPlural?: boolean;
}

const UNITS_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Throws InvalidSchedule, and RangeError for a zone that nobody knows. */
export function parseSchedule(text: string, { zone = 'UTC', anyPlural = false }: ScheduleOptions = {}): Schedule {
  const [, kind, inner = ''] = /^(cron|rate|at)\((.*)\)$/.exec(text) ?? [];
  switch (kind) {
    case 'cron': {
      const cron: Cron = parseCron(inner, timeZone(zone));
      return { kind, next: cron.next };
    }
    case 'rate': {
      const everyMs = readRate(inner, anyPlural);
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

/** `5 minutes`, `1 hour`: one has no `s`, more have one. Nothing stands around it. */
function readRate(text: string, anyPlural: boolean): number {
  const [, digits = '', unit = '', plural] = /^(\d{1,9})\s+(minute|hour|day)(s?)$/.exec(text) ?? [];
  const value = Number(digits);
  if (value === 0) throw new InvalidSchedule('a rate is a number above zero and minutes, hours or days');
  if (!anyPlural && (value === 1) === (plural === 's'))
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
