/** What protects a bucket: its policy, and the block of public access, which is whole or it is none. */
import { ConfigurationError, type Reader } from '@app/shared/configuration';

export interface PublicAccessBlock {
  readonly BlockPublicAcls: boolean;
  readonly IgnorePublicAcls: boolean;
  readonly BlockPublicPolicy: boolean;
  readonly RestrictPublicBuckets: boolean;
}

export interface Protection {
  /** Parsed JSON; absent: the bucket has none. */
  readonly policy?: unknown;
  /** Absent: the bucket has none. */
  readonly publicAccessBlock?: PublicAccessBlock;
}

/** In the order in which they are put back: the block keeps the public out whatever the policy says. */
export const PARTS = ['public access block', 'policy'] as const;
export type Part = (typeof PARTS)[number];

/** No bucket of this stack is public. */
export const BLOCKED: PublicAccessBlock = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

/** @param policy the one the bucket is to have, parsed */
export function differences(found: Protection, policy: unknown): Part[] {
  const isDifferent: Record<Part, boolean> = {
    'public access block': canonical(found.publicAccessBlock) !== canonical(BLOCKED),
    policy: canonical(found.policy) !== canonical(policy),
  };
  return PARTS.filter((part) => isDifferent[part]);
}

/**
 * One text for all ways to write the same policy: the order of members and of lists, a list of one or the value alone,
 * `false` or `"false"`.
 */
function canonical(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(canonical).sort();
    return items.length === 1 ? items[0]! : `[${items.join()}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`);
    return `{${members.sort().join()}}`;
  }
  return JSON.stringify(String(value));
}

/** Reads the policies that buckets are to have: a JSON object of them, by bucket name. */
export function policiesByBucket(variable: string): Reader<ReadonlyMap<string, unknown>> {
  return (environment) => {
    try {
      const policies = Object.entries(JSON.parse(environment[variable] || '{}') as Record<string, unknown>);
      if (policies.length > 0) return new Map(policies);
    } catch {}
    throw new ConfigurationError([`${variable} must be a JSON object with the policy of each bucket`]);
  };
}
