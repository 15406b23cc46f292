/** What policies may ask about a bucket and its objects. Called on every request. */
import type { ResourceFacts } from '../../kernel/service.ts';
import type { Policy } from '../../policy/iam/index.ts';
import { aclPolicies, countsGrants } from './acl-policies.ts';
import { documentOf } from './public-access.ts';
import type { Bucket } from './records.ts';
import type { Repository } from './repository.ts';
import type { Room } from './room.ts';

export function bucketFacts(
  repository: Repository,
  { partition, accountId }: Pick<Room, 'partition' | 'accountId'>,
): (arn: string) => ResourceFacts | undefined {
  const prefix = `arn:${partition}:s3:::`;
  /** By what it was made of: a bucket that changes is another one. */
  const known = new WeakMap<Bucket, ResourceFacts>();

  function factsOf(bucket: Bucket): ResourceFacts {
    let facts = known.get(bucket);
    if (!facts) {
      const policies = policiesOf(bucket);
      facts = {
        accountId: bucket.ownedBy ?? accountId,
        ...(policies && { policies }),
        ...(bucket.tags && { keys: bucketTagKeys(bucket) }),
      };
      known.set(bucket, facts);
    }
    return facts;
  }

  return (arn) => {
    if (!arn.startsWith(prefix)) return undefined;
    const [name = ''] = arn.slice(prefix.length).split('/', 1);
    const bucket = repository.find(name);
    if (!bucket) return undefined;
    const facts = factsOf(bucket);
    // The object's own grants are read only where grants count at all.
    if (!countsGrants(bucket)) return facts;
    const key = arn.slice(prefix.length + name.length + 1);
    const more = aclPolicies(bucket, key === '' ? undefined : repository.current(name, key), arn, prefix + name);
    return more.length === 0 ? facts : { ...facts, policies: [...(facts.policies ?? []), ...more] };
  };
}

function policiesOf({ name, policy, policyPlace }: Bucket): readonly Policy[] | undefined {
  if (policy === undefined) return undefined;
  const source = {
    kind: 'resource',
    name: `the bucket policy of ${name}`,
    ...(policyPlace && { place: policyPlace }),
  } as const;
  return [{ document: documentOf(policy), source }];
}

function bucketTagKeys({ tags = [] }: Bucket): Record<string, string> {
  return Object.fromEntries(tags.map(({ Key, Value }) => [`s3:BucketTag/${Key}`, Value]));
}
