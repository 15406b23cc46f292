/**
 * The policy of a browser's form: what its author lets be uploaded. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
import { ProtocolError } from '../wire-error.ts';

/** Names in lower case. */
export type FormFields = ReadonlyMap<string, string>;

export interface LengthRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Fields a policy need not speak of. */
const NOT_ASKED = new Set(['awsaccesskeyid', 'x-amz-signature', 'signature', 'file', 'policy']);

/**
 * Throws ProtocolError where the form is not what the policy says.
 *
 * @param policy base64, as the form has it
 * @param now ms since 1970
 * @returns how long the file may be, where the policy says
 */
export function checkPostPolicy(policy: string, fields: FormFields, now: number): LengthRange | undefined {
  const { expiration, conditions } = readPolicy(policy);
  if (expiration <= now) throw denied('Policy expired.');
  const spokenOf = new Set<string>();
  let range: LengthRange | undefined;
  for (const condition of conditions) {
    const [operator, name, value] = condition;
    if (operator === 'content-length-range') {
      range = within(range, { minimum: Number(name), maximum: Number(value) });
      continue;
    }
    const field = String(name).replace(/^\$/, '').toLowerCase();
    spokenOf.add(field);
    const given = fields.get(field) ?? '';
    const holds = operator === 'eq' ? given === value : startsWith(field, given, String(value));
    if (!holds) throw denied(`Policy Condition failed: ${JSON.stringify([operator, `$${field}`, value])}`);
  }
  const extra = [...fields.keys()].find(
    (name) => !spokenOf.has(name) && !NOT_ASKED.has(name) && !name.startsWith('x-ignore-'),
  );
  if (extra !== undefined) throw denied(`Extra input fields: ${extra}`);
  return range;
}

/** Conditions all have to hold: of two ranges, what lies in both. */
function within(range: LengthRange | undefined, other: LengthRange): LengthRange {
  if (!range) return other;
  return { minimum: Math.max(range.minimum, other.minimum), maximum: Math.min(range.maximum, other.maximum) };
}

/** Of a content type each in a list of them. */
function startsWith(field: string, given: string, prefix: string): boolean {
  const values = field === 'content-type' ? given.split(',') : [given];
  return values.every((one) => one.startsWith(prefix));
}

type Condition = readonly [operator: 'eq' | 'starts-with' | 'content-length-range', name: unknown, value: unknown];

function readPolicy(policy: string): { readonly expiration: number; readonly conditions: readonly Condition[] } {
  const document = parse(policy);
  const { expiration, conditions } = document;
  const time = typeof expiration === 'string' ? Date.parse(expiration) : Number.NaN;
  if (Number.isNaN(time))
    throw invalid(expiration === undefined ? 'Policy missing expiration.' : "Invalid 'expiration' value");
  if (!Array.isArray(conditions)) throw invalid('Policy missing conditions.');
  return { expiration: time, conditions: conditions.flatMap(readCondition) };
}

function parse(policy: string): Record<string, unknown> {
  try {
    const document: unknown = JSON.parse(Buffer.from(policy, 'base64').toString('utf8'));
    if (typeof document === 'object' && document !== null && !Array.isArray(document)) return document as never;
  } catch {
    // Told below.
  }
  throw invalid('Invalid JSON.');
}

function readCondition(condition: unknown): Condition[] {
  if (Array.isArray(condition)) {
    const [operator, name, value] = condition as unknown[];
    const wanted = String(operator).toLowerCase();
    if (condition.length !== 3) throw invalid(`Invalid Condition: wrong number of arguments.`);
    if (wanted === 'content-length-range') {
      if (![name, value].every((bound) => /^\d+$/.test(String(bound)))) throw invalid('Invalid content-length-range.');
      return [['content-length-range', name, value]];
    }
    if (
      (wanted === 'eq' || wanted === 'starts-with') &&
      typeof name === 'string' &&
      name.startsWith('$') &&
      typeof value === 'string'
    ) {
      return [[wanted, name, value]];
    }
    throw invalid(`Invalid Condition: ${JSON.stringify(condition)}`);
  }
  if (typeof condition !== 'object' || condition === null) throw invalid('Invalid Condition: unknown type.');
  return Object.entries(condition).map(([name, value]): Condition => {
    if (typeof value !== 'string') throw invalid('Invalid Simple-Condition: value must be a string.');
    return ['eq', `$${name}`, value];
  });
}

const denied = (because: string): ProtocolError =>
  new ProtocolError('AccessDenied', `Invalid according to Policy: ${because}`, 403);

const invalid = (because: string): ProtocolError =>
  new ProtocolError('InvalidPolicyDocument', `Invalid Policy: ${because}`);
