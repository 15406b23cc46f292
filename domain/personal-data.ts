/**
 * Personal data in free text: found, so that a log need not have it. Better one number too many than a card number that
 * stays; what somebody hides on purpose is not found.
 */

interface Kind {
  readonly name: string;
  readonly pattern: RegExp;
  /** Tells what only looks like it. */
  readonly holds?: (found: string) => boolean;
}

const digitsOf = (text: string): string => text.replace(/\D/g, '');

/** In this order: an address has digits that would be half a number. */
const KINDS: readonly Kind[] = [
  { name: 'email', pattern: /[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){0,8}/gu },
  { name: 'secret', pattern: /\b(?:eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|(?:AKIA|ASIA)[A-Z0-9]{16}|Bearer\s+[\w.~+/-]{8,}=*)/g },
  { name: 'iban', pattern: /\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b/g, holds: isIban },
  { name: 'card', pattern: /\b\d(?:[ -]?\d){12,18}\b/g, holds: (found) => passesLuhn(digitsOf(found)) },
  { name: 'social-security-number', pattern: /\b\d{3}-\d{2}-\d{4}\b/g },
  { name: 'ip', pattern: /\b(?:\d{1,3}\.){3}\d{1,3}\b/g },
  {
    name: 'phone',
    pattern: /(?<![\w-])(?:\+|\(|\d)[\d\s()./-]{5,20}\d(?![\w-])/g,
    holds: (found) => {
      const { length } = digitsOf(found);
      return length >= 7 && length <= 15 && !/^\d{4}-\d{2}-\d{2}/.test(found);
    },
  },
];

/** The text with every kind of personal data replaced by its name: `write to [email]`. */
export function masked(text: string): string {
  return KINDS.reduce(
    (current, { name, pattern, holds }) =>
      current.replace(pattern, (found) => ((holds?.(found) ?? true) ? `[${name}]` : found)),
    text,
  );
}

/** All texts of a value, at whatever depth; what has no texts stays as it is. */
export function maskedDeep(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return masked(value);
  if (typeof value !== 'object' || value === null || depth > 8) return value;
  if (value instanceof Error) return maskedError(value, depth);
  if (Array.isArray(value)) return value.map((item) => maskedDeep(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskedDeep(item, depth + 1)]));
}

/** Errors quote what they failed on. */
function maskedError(error: Error, depth: number): Error {
  const copy = new Error(masked(error.message));
  copy.name = error.name;
  copy.stack = error.stack === undefined ? undefined : masked(error.stack);
  if (error.cause !== undefined) copy.cause = maskedDeep(error.cause, depth + 1);
  return copy;
}

/** https://en.wikipedia.org/wiki/Luhn_algorithm: every card number passes, one number in ten of others does. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (const [index, digit] of [...digits].reverse().entries()) {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** ISO 13616: the check digits make the rest 1 modulo 97. */
function isIban(found: string): boolean {
  const compact = found.replace(/[ -]/g, '');
  const digits = `${compact.slice(4)}${compact.slice(0, 4)}`.replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest === 1;
}
