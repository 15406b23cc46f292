/** Codes that prove that an address is the user's. */
import type { ServiceContext } from '../../kernel/service.ts';
import { codeMismatch, expiredCode, limitExceeded } from './errors.ts';
import { newCode } from './identifiers.ts';
import type { User } from './records.ts';
import { sameText } from './srp.ts';

/** What a code is for; `verify:` and the attribute's name for an attribute. */
export type CodePurpose = 'sign-up' | 'forgot-password' | 'mfa' | `verify:${string}`;

/** Where a code was sent to: whoever has it reads that address, and no other that the user may have by now. */
export interface Proof {
  readonly to: 'email' | 'phone_number';
  readonly value: string;
}

interface KeptCode extends Proof {
  readonly code: string;
  readonly expiresAt: number;
  readonly failures: number;
}

export interface Codes {
  /** A new one; what was sent before is worth nothing then. */
  issue(user: User, purpose: CodePurpose, proof: Proof): string;
  /** Throws CodeMismatchException, ExpiredCodeException, LimitExceededException; the code is good until it is redeemed. */
  check(user: User, purpose: CodePurpose, code: string): Proof;
  /** Likewise, and uses the code up. */
  redeem(user: User, purpose: CodePurpose, code: string): Proof;
  forget(user: User): void;
}

const HOUR_MS = 3_600_000;

/** https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html#limits-hard-codes */
const validMs = (purpose: CodePurpose): number => {
  if (purpose === 'mfa') return 180_000;
  return purpose === 'forgot-password' ? HOUR_MS : 24 * HOUR_MS;
};

/** After so many wrong ones even the right one is refused. */
const MOST_FAILURES = 5;

export function createCodes({ store, clock }: Pick<ServiceContext, 'store' | 'clock'>): Codes {
  const kept = store.collection<KeptCode>('cognito-idp', 'codes');
  const prefix = ({ poolId, username }: User) => `${poolId} ${username} `;

  function check(user: User, purpose: CodePurpose, code: string): Proof {
    const key = `${prefix(user)}${purpose}`;
    const found = kept.get(key);
    if (!found || found.expiresAt <= clock.now()) throw expiredCode();
    if (found.failures >= MOST_FAILURES) throw limitExceeded('Attempt limit exceeded, please try after some time.');
    if (!sameText(found.code, code)) {
      kept.put(key, { ...found, failures: found.failures + 1 });
      throw codeMismatch();
    }
    return { to: found.to, value: found.value };
  }

  return {
    issue(user, purpose, proof) {
      const code = newCode();
      const expiresAt = clock.now() + validMs(purpose);
      kept.put(`${prefix(user)}${purpose}`, { code, expiresAt, failures: 0, ...proof });
      return code;
    },
    check,
    redeem(user, purpose, code) {
      const proof = check(user, purpose, code);
      kept.delete(`${prefix(user)}${purpose}`);
      return proof;
    },
    forget(user) {
      for (const { key } of kept.list({ prefix: prefix(user) })) kept.delete(key);
    },
  };
}

/** The address that the code came to is the user's, if he still has it. */
export function withProof(user: User, { to, value }: Proof): User {
  if (user.attributes[to] !== value) return user;
  return { ...user, attributes: { ...user.attributes, [`${to}_verified`]: 'true' } };
}
