/**
 * What IAM asks before an operation runs. Operations that carry a user's token or password ask nothing of it.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitouserpools.html
 */
import type { Requirement, ResourceFacts, ServiceContext } from '../../kernel/service.ts';
import type { Repositories } from './repositories.ts';

type Tags = Readonly<Record<string, string>> | undefined;

export interface Requirements {
  /** For an operation on one pool, or on what belongs to it. */
  onPool(operation: string, poolId: string, tags?: Tags): readonly Requirement[];
  /** For an operation on none in particular. */
  onAll(operation: string, tags?: Tags): readonly Requirement[];
  arnOf(poolId: string): string;
}

type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

export function createRequirements(repositories: Repositories, place: Place): Requirements {
  const arnOf = (poolId: string): string =>
    repositories.pools.find(poolId)?.arn ??
    `arn:${place.partition}:cognito-idp:${place.region}:${place.accountId}:userpool/${poolId}`;
  return {
    arnOf,
    onPool: (operation, poolId, tags) => [
      { action: `cognito-idp:${operation}`, resource: arnOf(poolId), context: requestTags(tags) },
    ],
    onAll: (operation, tags) => [{ action: `cognito-idp:${operation}`, resource: '*', context: requestTags(tags) }],
  };
}

/** Of operations that a token or a password allows: IAM is not asked. */
export const NOTHING = (): readonly Requirement[] => [];

function requestTags(tags: Tags): Requirement['context'] {
  if (!tags || Object.keys(tags).length === 0) return undefined;
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': Object.keys(tags),
  };
}

/** What policies may ask about a pool: its tags. */
export function poolFacts({ pools }: Repositories): (arn: string) => ResourceFacts | undefined {
  return (arn) => {
    const pool = pools.find(arn.slice(arn.lastIndexOf('/') + 1));
    return pool?.arn === arn ? { tags: { ...pool.settings.UserPoolTags } } : undefined;
  };
}
