/**
 * When a secret is rotated: windows that open on the hour, UTC. Pure.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
import { invalidParameter } from '../errors.ts';
import { type Cron, nextMatch, parseCron } from './cron.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const DAY_MS = DAY_HOURS * HOUR_MS;

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html: as often as every four hours. */
const SHORTEST_HOURS = 4;
const LONGEST_DAYS = 999;

/** As the API has them; AutomaticallyAfterDays and ScheduleExpression exclude each other. */
export interface RotationRules {
  readonly AutomaticallyAfterDays?: number;
  readonly Duration?: string;
  readonly ScheduleExpression?: string;
}

/** Both in ms since 1970; the secret is rotated at any time between them. */
export interface Window {
  readonly opensAt: number;
  readonly closesAt: number;
}

interface Past {
  /** The last rotation, or whatever counts as one; ms since 1970. */
  readonly rotatedAt: number;
  /** When the schedule was set; ms since 1970. */
  readonly setAt: number;
}

type Schedule =
  | { readonly kind: 'days'; readonly days: number }
  | { readonly kind: 'hours'; readonly hours: number }
  | { readonly kind: 'cron'; readonly cron: Cron };

/** Throws InvalidParameterException for rules no schedule can be made of. */
export function checkRules(rules: RotationRules): void {
  const { AutomaticallyAfterDays: days, ScheduleExpression: expression } = rules;
  if (days !== undefined && expression !== undefined) {
    throw invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.");
  }
  if (days !== undefined && !(days >= 1 && days <= 1000)) {
    throw invalidParameter('RotationRules.AutomaticallyAfterDays must be within 1-1000.');
  }
  const schedule = scheduleOf(rules);
  if (expression !== undefined && !schedule) {
    throw invalidParameter(`The ScheduleExpression ${expression} is not valid: ${EXPRESSIONS}.`);
  }
  if (rules.Duration === undefined) return;
  const hours = durationHours(rules.Duration);
  if (hours === undefined) throw invalidParameter('Duration must be a number of hours from 1h to 24h, such as 3h.');
  if (schedule) checkDuration(hours, schedule);
}

const EXPRESSIONS = `give rate(4 hours) or more, rate(1 day) to rate(${LONGEST_DAYS} days), or cron(0 hours day-of-month month day-of-week *) with ${SHORTEST_HOURS} hours between two rotations`;

function checkDuration(hours: number, schedule: Schedule): void {
  if (schedule.kind === 'hours' && hours > schedule.hours) {
    throw invalidParameter('The rotation window must not extend into the next rotation window: shorten Duration.');
  }
  const startHours = schedule.kind === 'cron' ? schedule.cron.hours : [0];
  if (schedule.kind !== 'hours' && startHours.some((start) => start + hours > DAY_HOURS)) {
    throw invalidParameter('The rotation window must not extend into the next UTC day: shorten Duration.');
  }
}

/** The first window that opens after both the last rotation and `now`; undefined without a schedule. */
export function nextWindow(rules: RotationRules, { rotatedAt, setAt }: Past, now: number): Window | undefined {
  const schedule = scheduleOf(rules);
  if (!schedule) return undefined;
  const opensAt = opening(schedule, rotatedAt, setAt, now);
  if (opensAt === undefined) return undefined;
  const hours = rules.Duration === undefined ? undefined : durationHours(rules.Duration);
  const endOfDay = midnightBefore(opensAt) + DAY_MS;
  const inHours = schedule.kind === 'hours' || (schedule.kind === 'cron' && schedule.cron.hours.length > 1);
  const closesAt = hours !== undefined ? opensAt + hours * HOUR_MS : inHours ? opensAt + HOUR_MS : endOfDay;
  return { opensAt, closesAt };
}

function opening(schedule: Schedule, rotatedAt: number, setAt: number, now: number): number | undefined {
  switch (schedule.kind) {
    case 'cron':
      return nextMatch(schedule.cron, now);
    case 'hours': {
      const step = schedule.hours * HOUR_MS;
      const origin = midnightBefore(setAt);
      return origin + (Math.floor((now - origin) / step) + 1) * step;
    }
    case 'days': {
      const first = midnightBefore(rotatedAt) + schedule.days * DAY_MS;
      // A rotation that came to nothing is due again in the next window, tomorrow's.
      return first > now ? first : midnightBefore(now) + DAY_MS;
    }
  }
}

/** What DescribeSecret calls AutomaticallyAfterDays of a schedule that is an expression: whole days to the next window. */
export function daysBetween(from: number, window: Window): number {
  return Math.max(1, Math.round((midnightBefore(window.opensAt) - midnightBefore(from)) / DAY_MS));
}

function scheduleOf({ AutomaticallyAfterDays: days, ScheduleExpression: expression }: RotationRules) {
  if (expression !== undefined) return parse(expression.trim());
  return days === undefined ? undefined : ({ kind: 'days', days } as const);
}

function parse(expression: string): Schedule | undefined {
  const rate = /^rate\(\s*(\d{1,4})\s+(hours?|days?)\s*\)$/.exec(expression);
  if (rate) {
    const value = Number(rate[1]);
    if (rate[2]!.startsWith('day'))
      return value >= 1 && value <= LONGEST_DAYS ? { kind: 'days', days: value } : undefined;
    return value >= SHORTEST_HOURS && value <= LONGEST_DAYS * DAY_HOURS ? { kind: 'hours', hours: value } : undefined;
  }
  const cron = /^cron\((.*)\)$/.exec(expression);
  const parsed = cron ? parseCron(cron[1]!) : undefined;
  if (!parsed || nextMatch(parsed, 0) === undefined) return undefined;
  const tooOften = parsed.hours.some((hour, index) => index > 0 && hour - parsed.hours[index - 1]! < SHORTEST_HOURS);
  return tooOften ? undefined : { kind: 'cron', cron: parsed };
}

function durationHours(duration: string): number | undefined {
  const match = /^(\d{1,2})h$/.exec(duration);
  const hours = match ? Number(match[1]) : 0;
  return hours >= 1 && hours <= DAY_HOURS ? hours : undefined;
}

const midnightBefore = (time: number): number => Math.floor(time / DAY_MS) * DAY_MS;
