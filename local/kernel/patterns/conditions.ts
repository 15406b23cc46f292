/** What may stand in the list of one field: values and match expressions, any of which suffices. */
import { compileCidr } from './cidr.ts';
import { InvalidPattern } from './invalid-pattern.ts';
import { compileNumeric } from './numeric.ts';
import { compileWildcard } from './wildcard.ts';

/** Of a single value: text, number, true, false or null. */
type Test = (value: unknown) => boolean;

export interface Conditions {
  /** Whether a value that is there is as wanted. */
  readonly test: Test;
  /** Whether having none is. */
  readonly absent: boolean;
  /** The values that are wanted exactly, where nothing else is said: for whoever keeps an index. */
  readonly exact?: readonly unknown[];
}

const ABSENT = Symbol('absent');
const NO_EXPRESSION = 'Value of anything-but must be an array or single string/number value.';
const ONLY_ONE = 'Only one key allowed in match expression';

/** Throws InvalidPattern. */
export function compileConditions(list: readonly unknown[]): Conditions {
  if (list.length === 0) throw new InvalidPattern('Empty arrays are not allowed');
  const values = new Set<unknown>();
  const tests: Test[] = [];
  let absent = false;
  for (const item of list) {
    if (Array.isArray(item)) throw new InvalidPattern('Match value must be String, number, true, false, or null');
    if (typeof item !== 'object' || item === null) {
      values.add(item);
      continue;
    }
    const test = compileExpression(item);
    if (test === ABSENT) absent = true;
    else tests.push(test);
  }
  if (tests.length === 0) {
    const exact = absent ? {} : { exact: [...values] };
    return { test: (value) => values.has(value), absent, ...exact };
  }
  return { test: (value) => values.has(value) || tests.some((test) => test(value)), absent };
}

function compileExpression(expression: object): Test | typeof ABSENT {
  const [name, wanted] = onlyEntry(expression, 'Match expression name not found');
  switch (name) {
    case 'exists':
      if (typeof wanted !== 'boolean') throw new InvalidPattern('exists match pattern must be either true or false.');
      return wanted ? () => true : ABSENT;
    case 'exactly': {
      const text = textOf(wanted, 'exact match pattern must be a string');
      return (value) => value === text;
    }
    case 'prefix':
    case 'suffix':
      return ofText(compileEnd(name, wanted));
    case 'equals-ignore-case':
      return ofText(ignoringCase(textOf(wanted, 'equals-ignore-case match pattern must be a string')));
    case 'wildcard':
      return ofText(compileWildcard(textOf(wanted, 'wildcard match pattern must be a string')));
    case 'cidr':
      return ofText(compileCidr(textOf(wanted, 'prefix match pattern must be a string')));
    case 'numeric': {
      const test = compileNumeric(wanted);
      return (value) => typeof value === 'number' && test(value);
    }
    case 'anything-but':
      return compileAnythingBut(wanted);
    default:
      throw new InvalidPattern(`Unrecognized match type ${name}`);
  }
}

type TextTest = (value: string) => boolean;

const ofText =
  (test: TextTest): Test =>
  (value) =>
    typeof value === 'string' && test(value);

function compileEnd(end: 'prefix' | 'suffix', wanted: unknown): TextTest {
  if (!isObject(wanted)) {
    const text = textOf(wanted, `${end} match pattern must be a string`);
    return end === 'prefix' ? (value) => value.startsWith(text) : (value) => value.endsWith(text);
  }
  const named = end === 'prefix' ? 'Prefix' : 'Suffix';
  const [name, inner] = onlyEntry(wanted, `${named} expression name not found`);
  if (name !== 'equals-ignore-case') throw new InvalidPattern(`Unsupported ${end} pattern: ${name}`);
  const text = folded(textOf(inner, 'equals-ignore-case match pattern must be a string'));
  return end === 'prefix' ? (value) => folded(value).startsWith(text) : (value) => folded(value).endsWith(text);
}

function ignoringCase(wanted: string): TextTest {
  const text = folded(wanted);
  return (value) => folded(value) === text;
}

/** Some letters have one form only in one of the two cases. */
const folded = (text: string): string => text.toUpperCase().toLowerCase();

function compileAnythingBut(wanted: unknown): Test {
  if (Array.isArray(wanted)) {
    if (wanted.length === 0) throw new InvalidPattern('Empty arrays are not allowed');
    if (wanted.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
      throw new InvalidPattern('Inside anything but list, start|null|boolean is not supported.');
    }
    if (new Set(wanted.map((value) => typeof value)).size > 1) {
      throw new InvalidPattern(
        'Inside anything but list, either all values are number or string, mixed type is not supported',
      );
    }
    const unwanted = new Set<unknown>(wanted);
    return (value) => !unwanted.has(value);
  }
  if (isObject(wanted)) return compileAnythingButExpression(wanted);
  if (typeof wanted !== 'string' && typeof wanted !== 'number') {
    throw new InvalidPattern(NO_EXPRESSION);
  }
  return (value) => value !== wanted;
}

function compileAnythingButExpression(expression: object): Test {
  const [name, wanted] = onlyEntry(expression, 'Anything-But expression name not found');
  const compile = ANYTHING_BUT[name as keyof typeof ANYTHING_BUT];
  if (!Object.hasOwn(ANYTHING_BUT, name) || !compile) {
    throw new InvalidPattern(`Unsupported anything-but pattern: ${name}`);
  }
  const list = Array.isArray(wanted) ? wanted : [wanted];
  if (list.length === 0) throw new InvalidPattern('Empty arrays are not allowed');
  const tests = list.map((one) => compile(one));
  return (value) => typeof value !== 'string' || !tests.some((test) => test(value));
}

const ANYTHING_BUT = {
  prefix: (wanted: unknown) => compileEnd('prefix', endOf(wanted)),
  suffix: (wanted: unknown) => compileEnd('suffix', endOf(wanted)),
  'equals-ignore-case': (wanted: unknown) =>
    ignoringCase(
      textOf(wanted, 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.'),
    ),
  wildcard: (wanted: unknown) => compileWildcard(textOf(wanted, 'wildcard match pattern must be a string')),
};

function endOf(wanted: unknown): string {
  if (isObject(wanted)) throw new InvalidPattern(NO_EXPRESSION);
  const text = textOf(wanted, 'prefix/suffix match pattern must be a string');
  if (text === '') throw new InvalidPattern('Null prefix/suffix not allowed');
  return text;
}

function textOf(value: unknown, otherwise: string): string {
  if (typeof value !== 'string') throw new InvalidPattern(otherwise);
  return value;
}

function onlyEntry(expression: object, otherwise: string): readonly [name: string, wanted: unknown] {
  const [entry, ...more] = Object.entries(expression);
  if (!entry) throw new InvalidPattern(otherwise);
  if (more.length > 0) throw new InvalidPattern(ONLY_ONE);
  return entry;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
