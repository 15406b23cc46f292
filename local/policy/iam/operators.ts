/**
 * The condition operators, each as a question about one value of the policy and one of the request.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
import { arnMatcher, type Matcher } from './arn.ts';
import { isInBlock, readBlock } from './ip.ts';
import { fill, readTemplate } from './variables.ts';
import { compileGlob, globOf, matchesGlob } from './wildcard.ts';

/** A value of the policy made ready. Undefined: the operator can do nothing with it, `abc` with NumericEquals. */
type Prepare = (value: string, variables: boolean) => Matcher | undefined;

export interface Operator {
  /** As AWS writes it. */
  readonly name: string;
  /** Its opposite is asked: it holds when no value matches. */
  readonly negated: boolean;
  readonly prepare: Prepare;
}

const equal: Prepare = (value, variables) => textMatcher(value, variables, (text) => text);
const equalIgnoringCase: Prepare = (value, variables) => textMatcher(value, variables, (text) => text.toLowerCase());

function textMatcher(value: string, variables: boolean, fold: (text: string) => string): Matcher {
  const template = variables ? readTemplate(value, false) : undefined;
  const folded = fold(value);
  if (!template) return (text) => fold(text) === folded;
  return (text, keys) => {
    const tokens = fill(template, keys);
    return tokens && fold(tokens.join('')) === fold(text);
  };
}

const like: Prepare = (value, variables) => {
  const template = variables ? readTemplate(value, true) : undefined;
  if (!template) {
    const glob = compileGlob(value);
    return (text) => matchesGlob(glob, text);
  }
  return (text, keys) => {
    const tokens = fill(template, keys);
    return tokens && matchesGlob(globOf(tokens), text);
  };
};

const numeric = (holds: (request: number, policy: number) => boolean): Prepare => compared(readNumber, holds);
const dated = (holds: (request: number, policy: number) => boolean): Prepare => compared(readDate, holds);

function compared(
  read: (text: string) => number | undefined,
  holds: (request: number, policy: number) => boolean,
): Prepare {
  return (value) => {
    const policy = read(value);
    if (policy === undefined) return undefined;
    return (text) => {
      const request = read(text);
      return request === undefined ? undefined : holds(request, policy);
    };
  };
}

function readNumber(text: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** One of the W3C's forms of ISO 8601, or seconds since 1970. In milliseconds. */
export function readDate(text: string): number | undefined {
  if (/^[+-]?\d+(\.\d+)?$/.test(text) && !/^\d{4}$/.test(text)) return Number(text) * 1_000;
  if (!/^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?)?)?$/i.test(text)) return undefined;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

const bool: Prepare = (value, variables) => {
  if (variables && value.includes('${')) return equalIgnoringCase(value, variables);
  const wanted = value.toLowerCase();
  if (wanted !== 'true' && wanted !== 'false') return undefined;
  return (text) => text.toLowerCase() === wanted;
};

const binary: Prepare = (value) => {
  if (!/^[\w+/-]*={0,2}$/.test(value)) return undefined;
  const wanted = Buffer.from(value, 'base64');
  return (text) => Buffer.from(text, 'base64').equals(wanted);
};

const ip: Prepare = (value) => {
  const block = readBlock(value);
  return block && ((text) => isInBlock(block, text));
};

const sameNumber = (a: number, b: number) => a === b;
const less = (a: number, b: number) => a < b;
const lessOrSame = (a: number, b: number) => a <= b;
const greater = (a: number, b: number) => a > b;
const greaterOrSame = (a: number, b: number) => a >= b;

const is = (name: string, prepare: Prepare): Operator => ({ name, negated: false, prepare });
const isNot = (name: string, prepare: Prepare): Operator => ({ name, negated: true, prepare });

/** `Null` is not among them: it asks for the key itself. */
const ALL: readonly Operator[] = [
  is('StringEquals', equal),
  isNot('StringNotEquals', equal),
  is('StringEqualsIgnoreCase', equalIgnoringCase),
  isNot('StringNotEqualsIgnoreCase', equalIgnoringCase),
  is('StringLike', like),
  isNot('StringNotLike', like),
  is('NumericEquals', numeric(sameNumber)),
  isNot('NumericNotEquals', numeric(sameNumber)),
  is('NumericLessThan', numeric(less)),
  is('NumericLessThanEquals', numeric(lessOrSame)),
  is('NumericGreaterThan', numeric(greater)),
  is('NumericGreaterThanEquals', numeric(greaterOrSame)),
  is('DateEquals', dated(sameNumber)),
  isNot('DateNotEquals', dated(sameNumber)),
  is('DateLessThan', dated(less)),
  is('DateLessThanEquals', dated(lessOrSame)),
  is('DateGreaterThan', dated(greater)),
  is('DateGreaterThanEquals', dated(greaterOrSame)),
  is('Bool', bool),
  is('BinaryEquals', binary),
  is('IpAddress', ip),
  isNot('NotIpAddress', ip),
  is('ArnEquals', arnMatcher),
  isNot('ArnNotEquals', arnMatcher),
  is('ArnLike', arnMatcher),
  isNot('ArnNotLike', arnMatcher),
];

const BY_NAME = new Map(ALL.map((operator) => [operator.name.toLowerCase(), operator]));

/** All that AWS knows, without `ForAllValues:`, `ForAnyValue:` and `IfExists`. */
export const OPERATOR_NAMES: readonly string[] = [...ALL.map(({ name }) => name), 'Null'];

/** How an operator is applied to keys with several values, or none. */
export interface OperatorUse {
  readonly set?: 'all' | 'any';
  readonly ifExists: boolean;
  readonly operator: Operator | 'Null';
}

/** `ForAllValues:StringLikeIfExists` taken apart. Undefined for what AWS does not know. */
export function readOperator(text: string): OperatorUse | undefined {
  const [, setText, base = '', suffix] = /^(?:(ForAllValues|ForAnyValue):)?(.*?)(IfExists)?$/i.exec(text) ?? [];
  const set = setText && (setText.toLowerCase() === 'forallvalues' ? 'all' : 'any');
  const ifExists = suffix !== undefined;
  if (base.toLowerCase() === 'null') return ifExists ? undefined : { ...(set && { set }), ifExists, operator: 'Null' };
  const operator = BY_NAME.get(base.toLowerCase());
  return operator && { ...(set && { set }), ifExists, operator };
}
