/**
 * Whether a resource's policy lets everybody in, as services that block public policies see it. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
import type { PolicyDocument, Statement } from './document.ts';

/** What keeps a statement that names everybody from being for everybody; services differ a little. */
export interface Limits {
  /** Condition keys that say who or from where, lower case: a fixed value of one of them is not everybody. */
  readonly keys: ReadonlySet<string>;
  /** Operators that want the key to be there and to have the value, lower case. */
  readonly operators: ReadonlySet<string>;
  /** A range of addresses that leaves everybody in. */
  readonly wideRange: RegExp;
}

export const LIMITING_KEYS: readonly string[] = [
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceip',
  'aws:sourceorgid',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
];

export const LIMITING_OPERATORS: readonly string[] = [
  'arnequals',
  'arnlike',
  'ipaddress',
  'stringequals',
  'stringequalsignorecase',
  'stringlike',
  'foranyvalue:arnequals',
  'foranyvalue:arnlike',
  'foranyvalue:stringequals',
  'foranyvalue:stringlike',
];

export function isPublic({ Statement: statements }: PolicyDocument, limits: Limits): boolean {
  return statements.some(
    (statement) => statement.Effect === 'Allow' && namesEverybody(statement) && !isLimited(statement, limits),
  );
}

function namesEverybody({ Principal, NotPrincipal }: Statement): boolean {
  if (NotPrincipal !== undefined) return true;
  return Principal === '*' || Object.values(Principal ?? {}).some((names) => names.includes('*'));
}

function isLimited({ Condition = {} }: Statement, { keys: limiting, operators, wideRange }: Limits): boolean {
  return Object.entries(Condition).some(
    ([operator, keys]) =>
      operators.has(operator.toLowerCase()) &&
      Object.entries(keys).some(
        ([key, values]) => limiting.has(key.toLowerCase()) && values.every((value) => isFixed(value, wideRange)),
      ),
  );
}

/** A wildcard in front, in the account of an ARN, or a wide range of addresses, leaves everybody in. */
function isFixed(value: string, wideRange: RegExp): boolean {
  if (value.startsWith('*') || value.startsWith('?') || value.includes('${') || wideRange.test(value)) return false;
  return !value.startsWith('arn:') || /^arn:[^:*?]*:[^:*?]+:[^:]*:[^:*?]*:/.test(value);
}
