/** Turns what came from outside into what the domain works with, or says everything that is wrong with it. */
import { InvalidInput } from './problems.ts';

export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

/** Checks one value; problems read on after the field's name: `must be …`. */
export type Check<T> = (value: unknown) => Outcome<T>;

export interface TextLimits {
  /** In Unicode characters (code points), as JSON Schema counts. */
  readonly maximum: number;
  /** Whether line breaks and tabs are welcome. */
  readonly lines: 'one' | 'many';
}

/** A text that is not blank, kept exactly as it came: whatever shows it escapes it. */
export function text({ maximum, lines }: TextLimits): Check<string> {
  return (value) => {
    if (typeof value !== 'string') return refused('must be a string');
    if (value.trim() === '') return refused('must not be empty');
    // Half of a surrogate pair cannot be written as UTF-8: the database would keep another text than the one sent.
    if (!value.isWellFormed()) return refused('must be valid Unicode');
    if (lines === 'one' && /[\r\n\u2028\u2029]/.test(value)) return refused('must be a single line');
    if (/[^\P{Cc}\t\r\n]/u.test(value)) return refused('must not contain control characters');
    // No character takes less than one UTF-16 unit, so most texts need not be counted.
    if (value.length > maximum && [...value].length > maximum) {
      return refused(`must not be longer than ${maximum} characters`);
    }
    return accepted(value);
  };
}

/** A mail address as far as that can be told without sending mail: RFC 5321's lengths, one @, a dotted domain. */
export const email: Check<string> = (value) => {
  if (typeof value !== 'string') return refused('must be a string');
  const [local = '', domain = '', ...rest] = value.split('@');
  const wellFormed =
    rest.length === 0 &&
    value.length <= 254 &&
    /^[^\s\p{Cc}<>()[\]\\,;:"]{1,64}$/u.test(local) &&
    value.isWellFormed() &&
    /^(?!-)[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63})+$/u.test(domain);
  return wellFormed ? accepted(value) : refused('must be an e-mail address');
};

export function oneOf<const T extends string>(allowed: readonly T[]): Check<T> {
  return (value) =>
    allowed.includes(value as T) ? accepted(value as T) : refused(`must be one of ${allowed.join(', ')}`);
}

export function orNull<T>(check: Check<T>): Check<T | null> {
  return (value) => (value === null ? accepted(null) : check(value));
}

/** A whole number in decimal digits, as query parameters carry them. */
export function wholeNumber(minimum: number, maximum: number): Check<number> {
  return (value) => {
    const number = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
    return number >= minimum && number <= maximum
      ? accepted(number)
      : refused(`must be a whole number from ${minimum} to ${maximum}`);
  };
}

/** A whole number as JSON has it. */
export function count(minimum: number, maximum: number): Check<number> {
  return (value) =>
    Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum
      ? accepted(value as number)
      : refused(`must be a whole number from ${minimum} to ${maximum}`);
}

type Checks = Readonly<Record<string, Check<unknown>>>;
type Checked<C extends Checks> = { [Key in keyof C]: C[Key] extends Check<infer T> ? T : never };

/**
 * An object with exactly the `required` fields and any of the `optional` ones.
 * @throws InvalidInput naming every field that is missing, wrong or unknown.
 */
export function fields<R extends Checks, O extends Checks>(
  input: unknown,
  checks: { readonly required: R; readonly optional: O },
): Checked<R> & Partial<Checked<O>> {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    throw new InvalidInput(['The input must be a JSON object']);
  }
  const given = input as Record<string, unknown>;
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  const take = (field: string, check: Check<unknown>): void => {
    const outcome = check(given[field]);
    if (outcome.ok) values[field] = outcome.value;
    else problems.push(`${field} ${outcome.problem}`);
  };
  for (const [field, check] of Object.entries(checks.required)) {
    if (Object.hasOwn(given, field)) take(field, check);
    else problems.push(`${field} is missing`);
  }
  for (const [field, check] of Object.entries(checks.optional)) {
    if (Object.hasOwn(given, field)) take(field, check);
  }
  for (const field of Object.keys(given)) {
    if (!Object.hasOwn(checks.required, field) && !Object.hasOwn(checks.optional, field)) {
      problems.push(`${JSON.stringify(field.slice(0, 50))} is not a field`);
    }
  }
  if (problems.length > 0) throw new InvalidInput(problems.slice(0, MAXIMUM_PROBLEMS));
  return values as Checked<R> & Partial<Checked<O>>;
}

/** A body of ten thousand unknown fields is not answered with ten thousand sentences. */
const MAXIMUM_PROBLEMS = 20;

function accepted<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

function refused(problem: string): Outcome<never> {
  return { ok: false, problem };
}
