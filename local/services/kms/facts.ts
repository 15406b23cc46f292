/**
 * What there is to know of a key before a call on it is let through: its policy and its grants. A grant is one more
 * policy of the key, which names its grantee and the operations. As on AWS it adds to what the key policy allows, and an
 * explicit deny stands above it. https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
 */
import type { Json, ResourceFacts } from '../../kernel/service.ts';
import type { Policy } from '../../policy/iam/contract.ts';
import { type PolicyDocument, readPolicy, type Statement } from '../../policy/iam/document.ts';
import type { Grant, GrantConstraints, GrantPrincipal, Key } from './key.ts';
import type { Keyring } from './keyring.ts';
import { keysOf } from './requirements.ts';

/** Of no request but that to retire this very grant; AWS has no condition key for it. */
export const GRANT_ID = 'kms:GrantId';

export function resourceFacts(keyring: Keyring): (arn: string) => ResourceFacts | undefined {
  const known = new Map<string, { readonly revision: number; readonly facts: ResourceFacts }>();
  return (arn) => {
    const key = keyring.find(arn);
    if (!key) return undefined;
    const revision = keyring.revisionOf(key.id);
    const kept = known.get(key.id);
    if (kept?.revision === revision) return kept.facts;
    const facts = factsOf(key, keyring);
    known.set(key.id, { revision, facts });
    return facts;
  };
}

function factsOf(key: Key, keyring: Keyring): ResourceFacts {
  return {
    arn: key.arn,
    accountId: key.arn.split(':')[4],
    policies: [keyPolicy(key), ...keyring.grants(key.id).map(grantPolicy)],
    tags: Object.fromEntries(key.tags.map(({ TagKey, TagValue }) => [TagKey, TagValue])),
    keys: keysOf(key, keyring),
  };
}

function keyPolicy(key: Key): Policy {
  return {
    document: readPolicy(JSON.parse(key.policy) as Json, 'resource'),
    source: { kind: 'key', name: `key policy of ${key.arn}`, place: key.policyPlace },
  };
}

/** What has no encryption context is not bound by one. */
const WITHOUT_CONTEXT: ReadonlySet<string> = new Set(['CreateGrant', 'DescribeKey', 'RetireGrant', 'GetPublicKey']);

function grantPolicy(grant: Grant): Policy {
  const grantee = principalOf(grant.grantee);
  const bound = grant.operations.filter((operation) => !WITHOUT_CONTEXT.has(operation));
  const free = grant.operations.filter((operation) => WITHOUT_CONTEXT.has(operation));
  const statements = [
    ...allow(grantee, bound, conditionOf(grant.constraints)),
    ...allow(grantee, free, sourceCondition(grant.constraints)),
    ...(grant.retiring
      ? allow(principalOf(grant.retiring), ['RetireGrant'], { StringEquals: { [GRANT_ID]: [grant.id] } })
      : []),
  ];
  const document: PolicyDocument = { Version: '2012-10-17', Statement: statements };
  return { document, source: { kind: 'key', name: `grant ${grant.name ?? grant.id}` } };
}

function allow(
  Principal: Record<string, readonly string[]>,
  operations: readonly string[],
  Condition: Statement['Condition'],
): readonly Statement[] {
  if (operations.length === 0) return [];
  const Action = operations.map((operation) => `kms:${operation}`);
  return [{ Effect: 'Allow', Principal, Action, Resource: ['*'], ...(Condition && { Condition }) }];
}

function principalOf(principal: GrantPrincipal): Record<string, readonly string[]> {
  return principal.kind === 'service' ? { Service: [principal.service] } : { AWS: [principal.arn] };
}

function conditionOf(constraints: GrantConstraints | undefined): Statement['Condition'] {
  const { EncryptionContextEquals: whole, EncryptionContextSubset: part } = constraints ?? {};
  const pairs = Object.entries(whole ?? part ?? {}).map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]]);
  const source = sourceCondition(constraints);
  if (pairs.length === 0 && !whole) return source;
  return {
    ...source,
    ...(pairs.length > 0 && { StringEquals: Object.fromEntries(pairs) }),
    // Nothing but these pairs: an empty list lets no pair through.
    ...(whole && { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': Object.keys(whole) } }),
  };
}

function sourceCondition(constraints: GrantConstraints | undefined): Statement['Condition'] {
  if (constraints?.SourceArn === undefined) return undefined;
  return { ArnEquals: { 'aws:SourceArn': [constraints.SourceArn] } };
}
