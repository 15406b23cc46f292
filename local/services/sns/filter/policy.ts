/**
 * A subscription's filter policy, read from its JSON text and checked as SNS checks it.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
 */
import { compileCidr, compileNumeric, InvalidPattern } from '../../../kernel/patterns/index.ts';

export type FilterPolicyScope = 'MessageAttributes' | 'MessageBody';

/** One value of a policy's list. */
export type Condition =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'anything-but'; readonly values: readonly (string | number)[] }
  | { readonly kind: 'anything-but-text'; readonly test: TextTest }
  | { readonly kind: 'text'; readonly test: TextTest }
  | { readonly kind: 'numeric'; readonly isWithin: (value: number) => boolean }
  | { readonly kind: 'exists'; readonly exists: boolean }
  | { readonly kind: 'cidr'; readonly isWithin: (address: string) => boolean };

export interface TextTest {
  readonly operator: 'prefix' | 'suffix' | 'equals-ignore-case' | 'wildcard';
  /** One of them must hold; `anything-but` takes several. */
  readonly operands: readonly string[];
}

/** Every field must match; of alternatives (`$or`) one. */
export interface FilterPolicy {
  readonly fields: readonly { readonly path: readonly string[]; readonly conditions: readonly Condition[] }[];
  readonly alternatives: readonly (readonly FilterPolicy[])[];
}

/** Its message goes on from `FilterPolicy: `, in the words of SNS. */
export class FilterPolicyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FilterPolicyError';
  }
}

const MOST_KEYS = 5;
const MOST_COMBINATIONS = 150;
const MOST_BYTES = 262_144;
const LARGEST_NUMBER = 1_000_000_000;

/** Numbers count to five digits after the point. */
export const rounded = (value: number): number => Math.round(value * 100_000) / 100_000;

/** Throws FilterPolicyError. */
export function readFilterPolicy(text: string, scope: FilterPolicyScope): FilterPolicy {
  if (Buffer.byteLength(text) > MOST_BYTES) throw new FilterPolicyError('Filter policy is too long');
  const document = parse(text);
  if (!isObject(document)) throw new FilterPolicyError('Filter is not an object');
  const policy = readObject(document, [], scope);
  const paths = keysOf(policy);
  if (paths.size > MOST_KEYS) throw new FilterPolicyError(`Filter policy can not have more than ${MOST_KEYS} keys`);
  if (combinationsOf(policy) > MOST_COMBINATIONS) throw new FilterPolicyError('Filter policy is too complex');
  return policy;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FilterPolicyError('failed to parse JSON');
  }
}

function readObject(
  document: Record<string, unknown>,
  above: readonly string[],
  scope: FilterPolicyScope,
): FilterPolicy {
  const fields: { path: readonly string[]; conditions: readonly Condition[] }[] = [];
  const alternatives: (readonly FilterPolicy[])[] = [];
  for (const [key, value] of Object.entries(document)) {
    const path = [...above, key];
    const choices = key === '$or' ? alternativesIn(value) : undefined;
    if (choices) {
      alternatives.push(choices.map((choice) => readObject(choice, above, scope)));
    } else if (Array.isArray(value)) {
      if (value.length === 0) throw new FilterPolicyError('Empty arrays are not allowed');
      fields.push({ path, conditions: value.map(readCondition) });
    } else if (isObject(value)) {
      if (scope === 'MessageAttributes') {
        throw new FilterPolicyError('Filter policy scope MessageAttributes does not support nested filter policy');
      }
      const nested = readObject(value, path, scope);
      fields.push(...nested.fields);
      alternatives.push(...nested.alternatives);
    } else {
      throw new FilterPolicyError(`"${key}" must be an object or an array`);
    }
  }
  return { fields, alternatives };
}

/** `$or` is the operator only with two objects or more, whose keys are no operators'; else it is a key like others. */
function alternativesIn(value: unknown): readonly Record<string, unknown>[] | undefined {
  if (!Array.isArray(value) || value.length < 2 || !value.every(isObject)) return undefined;
  return value.every((each) => !Object.keys(each).some((key) => OPERATORS.has(key))) ? value : undefined;
}

const OPERATORS = new Set([
  'anything-but',
  'cidr',
  'equals-ignore-case',
  'exists',
  'numeric',
  'prefix',
  'suffix',
  'wildcard',
]);

function readCondition(value: unknown): Condition {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return { kind: 'value', value };
  if (typeof value === 'number') return { kind: 'value', value: inRange(value) };
  if (!isObject(value)) throw new FilterPolicyError('Match value must be String, number, true, false, or null');
  const [[operator, operand] = ['', undefined], ...more] = Object.entries(value);
  if (more.length > 0) throw new FilterPolicyError('Only one key allowed in match expression');
  switch (operator) {
    case 'anything-but':
      return readAnythingBut(operand);
    case 'prefix':
    case 'suffix':
    case 'equals-ignore-case':
    case 'wildcard':
      return { kind: 'text', test: { operator, operands: [textOf(operator, operand)] } };
    case 'numeric':
      return {
        kind: 'numeric',
        isWithin: compiled(() => compileNumeric(operand, { largest: LARGEST_NUMBER, rounded })),
      };
    case 'exists':
      if (typeof operand !== 'boolean') {
        throw new FilterPolicyError('exists match pattern must be either true or false.');
      }
      return { kind: 'exists', exists: operand };
    case 'cidr':
      if (typeof operand !== 'string') throw new FilterPolicyError('prefix match pattern must be a string');
      if (operand.split('/').length !== 2) throw new FilterPolicyError("Malformed CIDR, one '/' required");
      return { kind: 'cidr', isWithin: compiled(() => compileCidr(operand)) };
    default:
      throw new FilterPolicyError(`Unrecognized match type ${operator}`);
  }
}

function readAnythingBut(operand: unknown): Condition {
  if (isObject(operand)) {
    const [[operator, text] = ['', undefined], ...more] = Object.entries(operand);
    const isKnown = operator === 'prefix' || operator === 'suffix' || operator === 'equals-ignore-case';
    if (more.length > 0 || !(isKnown || operator === 'wildcard')) {
      throw new FilterPolicyError(`Unsupported anything-but pattern: ${operator}`);
    }
    const operands = Array.isArray(text) ? text : [text];
    if (operands.length === 0) throw new FilterPolicyError('Empty arrays are not allowed');
    return {
      kind: 'anything-but-text',
      test: { operator, operands: operands.map((each) => textOf(operator, each)) },
    };
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0) throw new FilterPolicyError('Empty arrays are not allowed');
  for (const value of values) {
    if (typeof value !== 'string' && typeof value !== 'number') {
      throw new FilterPolicyError('Inside anything but list, number|start|null|boolean is not supported.');
    }
  }
  if (new Set(values.map((value) => typeof value)).size > 1) {
    throw new FilterPolicyError(
      'Inside anything but list, either all values are number or string, mixed type is not supported',
    );
  }
  return { kind: 'anything-but', values: values as readonly (string | number)[] };
}

function textOf(operator: string, operand: unknown): string {
  if (typeof operand !== 'string') throw new FilterPolicyError(`${operator} match pattern must be a string`);
  if (operand === '' && operator !== 'equals-ignore-case') {
    throw new FilterPolicyError(`Null ${operator} values are not allowed`);
  }
  if (operator === 'wildcard' && operand.includes('**')) {
    throw new FilterPolicyError('Consecutive wildcard characters are not allowed');
  }
  return operand;
}

/** What the language of event patterns says with other limits. */
function compiled<T>(compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof InvalidPattern)) throw error;
    throw new FilterPolicyError(error.message);
  }
}

function inRange(value: number): number {
  if (Math.abs(value) > LARGEST_NUMBER) {
    throw new FilterPolicyError('Numbers must be between -1000000000 and 1000000000');
  }
  return value;
}

function keysOf({ fields, alternatives }: FilterPolicy): ReadonlySet<string> {
  const keys = new Set(fields.map(({ path }) => path.join('\0')));
  for (const nested of alternatives.flat()) for (const key of keysOf(nested)) keys.add(key);
  return keys;
}

/**
 * The product of the lengths of the lists, each times the depth of its key; alternatives add up.
 * https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
 */
function combinationsOf({ fields, alternatives }: FilterPolicy): number {
  const own = fields.reduce((product, { path, conditions }) => product * conditions.length * path.length, 1);
  return alternatives.reduce(
    (product, choices) => product * choices.reduce((sum, each) => sum + combinationsOf(each), 0),
    own,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
