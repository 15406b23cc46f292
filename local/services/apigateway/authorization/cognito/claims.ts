/**
 * Claims as API Gateway hands them on in `requestContext.authorizer.claims`: every one a text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
 */
import type { Claims } from './token.ts';

/** Those that API Gateway reads as points in time; `auth_time` it leaves a number. */
const DATES: ReadonlySet<string> = new Set(['exp', 'iat', 'nbf']);

export function claimTexts(claims: Claims): Record<string, string> {
  const texts: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(claims)) {
    texts[name] = DATES.has(name) && typeof value === 'number' ? dateText(value) : textOf(value);
  }
  return texts;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return JSON.stringify(value);
}

/** `Sat Nov 21 04:02:15 UTC 2026`, as Java prints dates. @param seconds since 1970 */
function dateText(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return String(seconds);
  // `Sat, 21 Nov 2026 04:02:15 GMT`
  const [, weekday, day, month, year, time] = /^(\w+), (\d+) (\w+) (-?\d+) ([\d:]+)/.exec(date.toUTCString()) ?? [];
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}
