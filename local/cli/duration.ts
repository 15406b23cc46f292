/** Moments and spans of time as people write them on a command line. */
import { UserError } from './user-error.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `10m` → milliseconds. Throws UserError. */
export function duration(text: string, flag = '--since'): number {
  const match = /^(\d+)([smhd])$/.exec(text);
  if (!match) throw new UserError(`${flag} ${text}: write a number and s, m, h or d, e.g. 10m`, 2);
  return Number(match[1]) * (UNITS[match[2] ?? 's'] ?? 0);
}

/** `10m` (that long before now), or a date such as `2026-11-21T12:00:00Z` → ms since 1970. Throws UserError. */
export function moment(text: string, flag: string, now = Date.now()): number {
  if (/^\d{4}-/.test(text)) {
    const date = Date.parse(text);
    if (!Number.isNaN(date)) return date;
  }
  if (!/^\d+[smhd]$/.test(text)) {
    throw new UserError(`${flag} ${text}: write 30s, 10m, 2h or 1d, or a date such as 2026-11-21T12:00:00Z`, 2);
  }
  return now - duration(text, flag);
}
