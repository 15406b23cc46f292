/** Puts back what somebody changed of a bucket's protection, and says so. */
import type { Change } from './change.ts';
import { BLOCKED, differences, type Part, type Protection, type PublicAccessBlock } from './protection.ts';

export interface Buckets {
  /** Undefined: there is no such bucket any more. */
  readonly read: (bucket: string) => Promise<Protection | undefined>;
  readonly putPolicy: (bucket: string, policy: unknown) => Promise<void>;
  readonly putPublicAccessBlock: (bucket: string, block: PublicAccessBlock) => Promise<void>;
}

export interface Dependencies {
  /** The policy that each guarded bucket is to have, parsed. */
  readonly policies: ReadonlyMap<string, unknown>;
  readonly buckets: Buckets;
  /** What `look` found the first time for that key: whoever comes again is told the same. */
  readonly remembered: (key: string, look: () => Promise<Part[]>) => Promise<Part[]>;
  readonly alert: (change: Change, changed: readonly Part[]) => Promise<void>;
  readonly onPutBack: (change: Change, changed: readonly Part[]) => void;
  readonly onLeftAlone: (change: Change) => void;
}

/**
 * What decides is the bucket as it is now, not what the record says was done: a record comes minutes late, several may
 * tell of one change, and one that comes again finds nothing to do. What was found is remembered, so that an attempt that
 * follows on one that ended between putting back and alerting still alerts.
 *
 * Its own changes are left alone, so that two of its kind could never answer each other for ever; those of a deployment,
 * because whoever may deploy may change what is wanted, too.
 */
export function guard({ policies, buckets, remembered, alert, onPutBack, onLeftAlone }: Dependencies) {
  async function look(bucket: string): Promise<Part[]> {
    const found = await buckets.read(bucket);
    return found ? differences(found, policies.get(bucket)) : [];
  }

  async function putBack(bucket: string, part: Part): Promise<void> {
    if (part === 'policy') await buckets.putPolicy(bucket, policies.get(bucket));
    else await buckets.putPublicAccessBlock(bucket, BLOCKED);
  }

  return async (change: Change): Promise<void> => {
    const { id, bucket, by } = change;
    if (!policies.has(bucket)) throw new Error(`The bucket ${bucket} is not guarded here`);
    if (by !== 'somebody') return onLeftAlone(change);
    const changed = await remembered(id, () => look(bucket));
    if (changed.length === 0) return onLeftAlone(change);
    for (const part of await look(bucket)) await putBack(bucket, part);
    onPutBack(change, changed);
    await alert(change, changed);
  };
}
