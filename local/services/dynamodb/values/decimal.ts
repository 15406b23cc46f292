/**
 * DynamoDB's numbers: up to 38 digits, from 1E-130 to 9.99…E+125, exact. Nothing here goes through a double.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
 */
import { validationError } from '../errors.ts';

/** sign × 0.DIGITS × 10^exponent; the digits neither begin nor end with a zero, and zero has none. */
export interface Decimal {
  readonly sign: -1 | 0 | 1;
  readonly digits: string;
  readonly exponent: number;
}

const MOST_DIGITS = 38;
const MOST_EXPONENT = 126;
const LEAST_EXPONENT = -129;
const ZERO: Decimal = { sign: 0, digits: '', exponent: 0 };
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/;

/** Throws ValidationException for what is no number, or not one that DynamoDB can hold. */
export function parseDecimal(text: string): Decimal {
  const match = NUMBER.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = match?.[3] ?? '';
  if (!match || whole.length + fraction.length === 0) {
    throw validationError(`The parameter cannot be converted to a numeric value${text === '' ? '' : `: ${text}`}`);
  }
  return bounded(match[1] === '-' ? -1 : 1, whole + fraction, whole.length + Number(match[4] ?? 0));
}

/** Of 0.DIGITS × 10^exponent, zeros at both ends allowed. */
function bounded(sign: -1 | 1, raw: string, exponent: number): Decimal {
  let start = 0;
  while (start < raw.length && raw.charCodeAt(start) === 48) start += 1;
  if (start === raw.length) return ZERO;
  let end = raw.length;
  while (raw.charCodeAt(end - 1) === 48) end -= 1;
  const digits = start === 0 && end === raw.length ? raw : raw.slice(start, end);
  const decimal: Decimal = { sign, digits, exponent: exponent - start };
  if (decimal.exponent > MOST_EXPONENT) {
    throw validationError('Number overflow. Attempting to store a number with magnitude larger than supported range');
  }
  if (decimal.exponent < LEAST_EXPONENT) {
    throw validationError('Number underflow. Attempting to store a number with magnitude smaller than supported range');
  }
  if (digits.length > MOST_DIGITS) {
    throw validationError('Attempting to store more than 38 significant digits in a Number');
  }
  return decimal;
}

/** Without an exponent, as DynamoDB answers: `1E+2` comes back as `100`. */
export function formatDecimal({ sign, digits, exponent }: Decimal): string {
  if (sign === 0) return '0';
  const minus = sign < 0 ? '-' : '';
  if (exponent <= 0) return `${minus}0.${'0'.repeat(-exponent)}${digits}`;
  if (digits.length <= exponent) return minus + digits.padEnd(exponent, '0');
  return `${minus}${digits.slice(0, exponent)}.${digits.slice(exponent)}`;
}

/** Whole numbers of ordinary size, which most are, are in normal form already. */
const NORMAL = /^(?:0|-?[1-9]\d{0,37})$/;

export function normaliseNumber(text: string): string {
  return NORMAL.test(text) ? text : formatDecimal(parseDecimal(text));
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.sign !== b.sign || a.sign === 0) return a.sign - b.sign;
  if (a.exponent !== b.exponent) return a.exponent > b.exponent ? a.sign : -a.sign;
  if (a.digits === b.digits) return 0;
  return a.digits > b.digits ? a.sign : -a.sign;
}

/** Throws ValidationException where the sum cannot be held exactly. */
export function addNumbers(a: string, b: string): string {
  const [x, y] = [parseDecimal(a), parseDecimal(b)];
  const scale = Math.min(x.exponent - x.digits.length, y.exponent - y.digits.length);
  const sum = scaled(x, scale) + scaled(y, scale);
  const digits = String(sum < 0n ? -sum : sum);
  return formatDecimal(bounded(sum < 0n ? -1 : 1, digits, scale + digits.length));
}

export function subtractNumbers(a: string, b: string): string {
  return addNumbers(a, b.startsWith('-') ? b.slice(1) : `-${b}`);
}

function scaled({ sign, digits, exponent }: Decimal, scale: number): bigint {
  return sign === 0 ? 0n : BigInt(sign) * BigInt(digits + '0'.repeat(exponent - digits.length - scale));
}

const OFFSET = 200;
const END = 0;

/**
 * Bytes whose order is that of the numbers, and which say themselves where they end: sign, exponent, pairs of digits; a
 * negative number's are those of its amount with every bit turned.
 */
export function orderedBytes({ sign, digits, exponent }: Decimal): Buffer {
  if (sign === 0) return Buffer.from([1]);
  const even = digits.length % 2 === 0 ? digits : `${digits}0`;
  const bytes = Buffer.alloc(even.length / 2 + 4);
  bytes[0] = sign > 0 ? 2 : 0;
  bytes.writeUInt16BE(exponent + OFFSET, 1);
  for (let index = 0; index < even.length; index += 2) bytes[3 + index / 2] = Number(even.slice(index, index + 2)) + 1;
  bytes[bytes.length - 1] = END;
  if (sign < 0) for (let index = 1; index < bytes.length; index += 1) bytes[index] = 255 - bytes[index]!;
  return bytes;
}
