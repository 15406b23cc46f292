/**
 * Whether a policy lets everybody in: what BlockPublicPolicy refuses. Pure.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status
 */
import type { PolicyDocument, Statement } from '../../policy/iam/index.ts';

/** Keys that say who or from where; a fixed value of one of them is not everybody. */
const LIMITING = new Set([
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
  'aws:vpcsourceip',
  'kms:calleraccount',
]);

/** Operators that want the key to be there and to have the value. */
const POSITIVE = new Set([
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
]);

export function isPublic({ Statement: statements }: PolicyDocument): boolean {
  return statements.some(
    (statement) => statement.Effect === 'Allow' && namesEverybody(statement) && !isLimited(statement),
  );
}

function namesEverybody({ Principal, NotPrincipal }: Statement): boolean {
  if (NotPrincipal !== undefined) return true;
  return Principal === '*' || Object.values(Principal ?? {}).some((names) => names.includes('*'));
}

function isLimited({ Condition = {} }: Statement): boolean {
  return Object.entries(Condition).some(
    ([operator, keys]) =>
      POSITIVE.has(operator.toLowerCase()) &&
      Object.entries(keys).some(([key, values]) => LIMITING.has(key.toLowerCase()) && values.every(isFixed)),
  );
}

/** A wildcard in the account of an ARN, in front, or in a range of all addresses, leaves everybody in. */
function isFixed(value: string): boolean {
  if (value.startsWith('*') || value.startsWith('?') || value.includes('${') || /^(0\.0\.0\.0|::)\/0$/.test(value)) {
    return false;
  }
  return !value.startsWith('arn:') || /^arn:[^:*?]*:[^:*?]+:[^:]*:[^:*?]*:/.test(value);
}
