/** `{"numeric": [">", 0, "<=", 5]}`. */
import { InvalidPattern } from './invalid-pattern.ts';

type NumberTest = (value: number) => boolean;

/** What numbers a language knows. */
export interface NumberRange {
  /** In either direction. */
  readonly largest: number;
  /** As they are compared. */
  readonly rounded: (value: number) => number;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-numeric-matching */
const OF_EVENTS: NumberRange = { largest: 5e9, rounded: (value) => value };

/** Throws InvalidPattern. */
export function compileNumeric(expression: unknown, range = OF_EVENTS): NumberTest {
  const test = compile(expression, range);
  return (value) => test(range.rounded(value));
}

function compile(expression: unknown, range: NumberRange): NumberTest {
  const { largest } = range;
  const numberOf = (value: unknown, operator: string): number => range.rounded(checked(value, operator, largest));
  const upper = (operator: '<' | '<=', top: number): NumberTest =>
    operator === '<' ? (value) => value < top && value >= -largest : (value) => value <= top && value >= -largest;
  if (!Array.isArray(expression)) throw new InvalidPattern('Value of numeric must be an array.');
  const [operator, limit, ...second] = expression as unknown[];
  if (typeof operator !== 'string') throw new InvalidPattern(`Invalid member in numeric match: ${shown(operator)}`);
  switch (operator) {
    case '=': {
      const wanted = numberOf(limit, 'equals');
      noMore(second);
      return (value) => value === wanted;
    }
    case '<':
    case '<=':
      noMore(second);
      return upper(operator, numberOf(limit, operator));
    case '>':
    case '>=': {
      const bottom = numberOf(limit, operator);
      const isAbove: NumberTest = operator === '>' ? (value) => value > bottom : (value) => value >= bottom;
      if (second.length === 0) return (value) => isAbove(value) && value <= largest;
      const [end, top, ...more] = second;
      if (typeof end !== 'string') throw new InvalidPattern(`Bad value in numeric range: ${shown(end)}`);
      if (end !== '<' && end !== '<=') throw new InvalidPattern(`Bad numeric range operator: ${end}`);
      const highest = numberOf(top, end);
      if (more.length > 0) throw new InvalidPattern('Too many terms in numeric range expression');
      if (highest <= bottom) throw new InvalidPattern('Bottom must be less than top');
      const isBelow = upper(end, highest);
      return (value) => isAbove(value) && isBelow(value);
    }
    default:
      throw new InvalidPattern(`Unrecognized numeric range operator: ${operator}`);
  }
}

function checked(value: unknown, operator: string, largest: number): number {
  if (typeof value !== 'number') throw new InvalidPattern(`Value of ${operator} must be numeric`);
  if (Math.abs(value) <= largest) return value;
  const shown = `${largest / 1e9}.0E9`;
  throw new InvalidPattern(`Value must be between -${shown} and ${shown}, inclusive`);
}

function noMore(rest: readonly unknown[]): void {
  if (rest.length > 0) throw new InvalidPattern('Too many elements in numeric expression');
}

const shown = (value: unknown): string => (value === undefined ? ']' : JSON.stringify(value));
