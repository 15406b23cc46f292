/**
 * A template's properties as the API takes them: most have the API's names and shapes, only that numbers and booleans
 * may have come as text.
 */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { Json } from '../../../kernel/service.ts';

const NUMBERS =
  /^(?:MinimumLength|PasswordHistorySize|TemporaryPasswordValidityDays|UnusedAccountValidityDays|Priority|RefreshTokenValidity|AccessTokenValidity|IdTokenValidity|AuthSessionValidity|Precedence|RetryGracePeriodSeconds)$/;

/** The named properties that are there. */
export function apiProperties<T>(reader: PropertyReader, names: readonly string[]): T {
  const found = names.flatMap((name) => {
    const value = reader.properties[name];
    return value === undefined || value === null ? [] : [[name, typed(name, value)] as const];
  });
  return Object.fromEntries(found) as T;
}

function typed(name: string, value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => typed('', item));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, typed(key, member)]));
  }
  if (NUMBERS.test(name) && typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  if (value === 'true') return true;
  if (value === 'false') return false;
  return value;
}
