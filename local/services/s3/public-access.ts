/**
 * Who is let in whoever he is: what public access blocks refuse.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
import { MalformedPolicy, type PolicyDocument, readPolicy, type Statement } from '../../policy/iam/index.ts';

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
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
]);

const POSITIVE = /^(?:foranyvalue:)?(?:arnequals|arnlike|ipaddress|stringequals|stringequalsignorecase|stringlike)$/;

const known = new Map<string, boolean>();

/** Of a policy's text; the answer is kept. */
export function isOpenToAll(policy: string | undefined): boolean {
  if (policy === undefined) return false;
  let open = known.get(policy);
  if (open === undefined) {
    if (known.size >= 1_000) known.clear();
    open = isPublic(documentOf(policy));
    known.set(policy, open);
  }
  return open;
}

export function isPublic({ Statement: statements }: PolicyDocument): boolean {
  return statements.some(
    (statement) => statement.Effect === 'Allow' && namesEverybody(statement) && !isLimited(statement),
  );
}

const documents = new Map<string, PolicyDocument>();

/** What was put before policies were checked as closely as now says nothing. */
export function documentOf(policy: string): PolicyDocument {
  let document = documents.get(policy);
  if (!document) {
    if (documents.size >= 1_000) documents.clear();
    try {
      document = readPolicy(policy, 'resource');
    } catch (error) {
      if (!(error instanceof MalformedPolicy)) throw error;
      document = { Version: '2012-10-17', Statement: [] };
    }
    documents.set(policy, document);
  }
  return document;
}

function namesEverybody({ Principal, NotPrincipal }: Statement): boolean {
  if (NotPrincipal !== undefined) return true;
  return Principal === '*' || Object.values(Principal ?? {}).some((names) => names.includes('*'));
}

function isLimited({ Condition = {} }: Statement): boolean {
  return Object.entries(Condition).some(
    ([operator, keys]) =>
      POSITIVE.test(operator.toLowerCase()) &&
      Object.entries(keys).some(([key, values]) => LIMITING.has(key.toLowerCase()) && values.every(isFixed)),
  );
}

/** A wildcard in front, in the account of an ARN, or a range of most addresses, leaves everybody in. */
function isFixed(value: string): boolean {
  if (value.startsWith('*') || value.startsWith('?') || value.includes('${') || /\/[0-7]$/.test(value)) return false;
  return !value.startsWith('arn:') || /^arn:[^:*?]*:[^:*?]+:[^:]*:[^:*?]*:/.test(value);
}
