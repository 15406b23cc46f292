/**
 * Whether a message passes a filter policy. Attributes are texts with a type, a body is JSON: both become the values
 * that stand at a path, and from there on one rule holds. Pure.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-filtering.html
 */
import type { MessageAttributes } from '../message.ts';
import { type Condition, type FilterPolicy, type FilterPolicyScope, rounded, type TextTest } from './policy.ts';

/** Why a message does not go to a subscription, as the metrics have it. */
export type Verdict =
  | 'accepted'
  | 'MessageAttributes'
  | 'MessageBody'
  | 'NoMessageAttributes'
  | 'InvalidAttributes'
  | 'InvalidMessageBody';

type Scalar = string | number | boolean | null;
/** The scalars found at a path; none: there is nothing there. */
type Lookup = (path: readonly string[]) => readonly Scalar[];

export function verdictOf(
  policy: FilterPolicy,
  scope: FilterPolicyScope,
  message: { readonly attributes: MessageAttributes; readonly body: string },
): Verdict {
  if (scope === 'MessageAttributes') return verdictOnAttributes(policy, message.attributes);
  const body = jsonObject(message.body);
  if (body === undefined) return 'InvalidMessageBody';
  return passes(policy, (path) => valuesAt(body, path)) ? 'accepted' : 'MessageBody';
}

function verdictOnAttributes(policy: FilterPolicy, attributes: MessageAttributes): Verdict {
  const invalid = new Set<string>();
  const matches = passes(policy, ([name = '']) => {
    const values = Object.hasOwn(attributes, name) ? scalarsOf(attributes[name]!) : [];
    if (values !== undefined) return values;
    invalid.add(name);
    return [];
  });
  if (matches) return 'accepted';
  if (Object.keys(attributes).length === 0) return 'NoMessageAttributes';
  return invalid.size > 0 ? 'InvalidAttributes' : 'MessageAttributes';
}

/** Undefined for what claims to be an array and is none; a Binary cannot be asked for at all. */
function scalarsOf({ type, value }: MessageAttributes[string]): readonly Scalar[] | undefined {
  if (type === 'String.Array') {
    const list = parse(value);
    return Array.isArray(list) ? list.filter(isScalar) : undefined;
  }
  if (type === 'Number' || type.startsWith('Number.')) {
    const number = Number(value);
    return Number.isFinite(number) ? [number] : undefined;
  }
  return type === 'Binary' || type.startsWith('Binary.') ? [] : [value];
}

function passes({ fields, alternatives }: FilterPolicy, lookUp: Lookup): boolean {
  return (
    fields.every(({ path, conditions }) => {
      const values = lookUp(path);
      return conditions.some((condition) => holds(condition, values));
    }) && alternatives.every((choices) => choices.some((choice) => passes(choice, lookUp)))
  );
}

/** Of an array one value is enough, except for `anything-but`: none of them may be what is excluded. */
function holds(condition: Condition, values: readonly Scalar[]): boolean {
  switch (condition.kind) {
    case 'exists':
      return values.length > 0 === condition.exists;
    case 'value':
      return values.some((value) => isSame(value, condition.value));
    case 'anything-but':
      return values.length > 0 && !values.some((value) => condition.values.some((other) => isSame(value, other)));
    case 'anything-but-text':
      return values.length > 0 && !values.some((value) => typeof value === 'string' && isSuch(value, condition.test));
    case 'text':
      return values.some((value) => typeof value === 'string' && isSuch(value, condition.test));
    case 'numeric':
      return values.some((value) => typeof value === 'number' && condition.isWithin(value));
    case 'cidr':
      return values.some((value) => typeof value === 'string' && condition.isWithin(value));
  }
}

function isSame(value: Scalar, other: Scalar): boolean {
  if (typeof value === 'number' && typeof other === 'number') return rounded(value) === rounded(other);
  return value === other;
}

function isSuch(value: string, { operator, operands }: TextTest): boolean {
  return operands.some((operand) => TESTS[operator](value, operand));
}

const TESTS: Readonly<Record<TextTest['operator'], (value: string, operand: string) => boolean>> = {
  prefix: (value, operand) => value.startsWith(operand),
  suffix: (value, operand) => value.endsWith(operand),
  'equals-ignore-case': (value, operand) => value.toLowerCase() === operand.toLowerCase(),
  wildcard: (value, operand) => fitsWildcard(value, operand.split('*')),
};

/** Each part is taken as early as it comes: linear, whatever the pattern. */
function fitsWildcard(value: string, parts: readonly string[]): boolean {
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return value === first;
  if (!value.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = value.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return value.length - last.length >= at && value.endsWith(last);
}

/** Below arrays every element is looked into. */
function valuesAt(node: unknown, path: readonly string[]): readonly Scalar[] {
  if (Array.isArray(node)) return node.flatMap((each) => valuesAt(each, path));
  const [key, ...rest] = path;
  if (key === undefined) return isScalar(node) ? [node] : [];
  if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return [];
  return valuesAt((node as Record<string, unknown>)[key], rest);
}

function jsonObject(text: string): object | undefined {
  const value = parse(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || /^(?:string|number|boolean)$/.test(typeof value);
