/** Codes that prove that an address is the user's. */
import type { ServiceContext } from '../../kernel/service.ts';
import { codeMismatch, expiredCode, limitExceeded } from './errors.ts';
import { newCode } from './identifiers.ts';
import type { User } from './records.ts';
import { sameText } from './srp.ts';

/** What a code is for; `verify:` and the attribute's name for an attribute. */
export type CodePurpose = 'sign-up' | 'forgot-password' | 'mfa' | `verify:${string}`;

interface KeptCode {
  readonly code: string;
  readonly expiresAt: number;
  readonly failures: number;
}

export interface Codes {
  /** A new one; what was sent before is worth nothing then. */
  issue(user: User, purpose: CodePurpose): string;
  /** Throws CodeMismatchException, ExpiredCodeException, LimitExceededException. A code can be used once. */
  redeem(user: User, purpose: CodePurpose, code: string): void;
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
  return {
    issue(user, purpose) {
      const code = newCode();
      kept.put(`${prefix(user)}${purpose}`, { code, expiresAt: clock.now() + validMs(purpose), failures: 0 });
      return code;
    },
    redeem(user, purpose, code) {
      const key = `${prefix(user)}${purpose}`;
      const found = kept.get(key);
      if (!found || found.expiresAt <= clock.now()) throw expiredCode();
      if (found.failures >= MOST_FAILURES) throw limitExceeded('Attempt limit exceeded, please try after some time.');
      if (!sameText(found.code, code)) {
        kept.put(key, { ...found, failures: found.failures + 1 });
        throw codeMismatch();
      }
      kept.delete(key);
    },
    forget(user) {
      for (const { key } of kept.list({ prefix: prefix(user) })) kept.delete(key);
    },
  };
}
