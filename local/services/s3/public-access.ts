/**
 * Who is let in whoever he is: what public access blocks refuse.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
import {
  isPublic as isPublicWithin,
  LIMITING_KEYS,
  LIMITING_OPERATORS,
  MalformedPolicy,
  type PolicyDocument,
  readPolicy,
} from '../../policy/iam/index.ts';

const LIMITS = {
  keys: new Set([
    ...LIMITING_KEYS,
    's3:dataaccesspointaccount',
    's3:dataaccesspointarn',
    's3:x-amz-server-side-encryption-aws-kms-key-id',
  ]),
  operators: new Set([...LIMITING_OPERATORS, 'foranyvalue:ipaddress', 'foranyvalue:stringequalsignorecase']),
  /** Of most addresses. */
  wideRange: /\/[0-7]$/,
};

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

export const isPublic = (document: PolicyDocument): boolean => isPublicWithin(document, LIMITS);

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
