/**
 * What passwords must be. https://docs.aws.amazon.com/cognito/latest/developerguide/managing-users-passwords.html
 */
import type { PasswordPolicyType } from '@aws-sdk/client-cognito-identity-provider';
import { AwsError } from '../../kernel/aws-error.ts';
import { invalidPassword } from './errors.ts';
import { poolName } from './identifiers.ts';
import type { PasswordVerifier, Pool, User } from './records.ts';
import { makeVerifier, verifies } from './srp.ts';

/** Of pools whose template says nothing of it. */
export const DEFAULT_POLICY = {
  MinimumLength: 8,
  RequireUppercase: true,
  RequireLowercase: true,
  RequireNumbers: true,
  RequireSymbols: true,
  TemporaryPasswordValidityDays: 7,
} as const satisfies PasswordPolicyType;

const SYMBOLS = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]/;

export function policyOf({ settings }: Pool): PasswordPolicyType & { MinimumLength: number } {
  return { ...DEFAULT_POLICY, ...settings.Policies?.PasswordPolicy } as PasswordPolicyType & { MinimumLength: number };
}

/** What the password lacks, in Cognito's words; the first thing only. */
export function shortcomingOf(password: string, policy: PasswordPolicyType): string | undefined {
  if (password.length < (policy.MinimumLength ?? 6)) return 'Password not long enough';
  if (policy.RequireUppercase && !/[A-Z]/.test(password)) return 'Password must have uppercase characters';
  if (policy.RequireLowercase && !/[a-z]/.test(password)) return 'Password must have lowercase characters';
  if (policy.RequireNumbers && !/[0-9]/.test(password)) return 'Password must have numeric characters';
  if (policy.RequireSymbols && !SYMBOLS.test(password)) return 'Password must have symbol characters';
  return undefined;
}

/** Which of Cognito's sentences goes with a shortcoming: they differ by who chose the password. */
export type PasswordChooser = 'user' | 'administrator';

const SENTENCES: Readonly<Record<PasswordChooser, string>> = {
  user: 'Password did not conform with policy',
  administrator: 'Password did not conform with password policy',
};

/** Throws InvalidPasswordException. */
export function checkPassword(pool: Pool, password: string, chooser: PasswordChooser): void {
  const shortcoming = shortcomingOf(password, policyOf(pool));
  if (shortcoming !== undefined) throw invalidPassword(`${SENTENCES[chooser]}: ${shortcoming}`);
}

type Named = Pick<User, 'username' | 'poolId'>;

const identityOf = ({ username, poolId }: Named) => ({ poolName: poolName(poolId), username });

/** Whether it is the user's. Somebody without a password is asked as long, and has never the right one. */
export function isPassword(user: Named & Pick<User, 'password'>, password: string): boolean {
  const verifier = user.password ?? NOBODYS;
  return verifies(identityOf(user), password, verifier) && user.password !== undefined;
}

const NOBODYS: PasswordVerifier = { salt: '00', verifier: '0' };

/**
 * The user with a new password, and with as many earlier ones as the policy remembers. Throws
 * PasswordHistoryPolicyViolationException for one of them.
 */
export function withPassword(pool: Pool, user: User, password: string): User {
  const remembered = policyOf(pool).PasswordHistorySize ?? 0;
  const former = user.password ? [user.password, ...(user.formerPasswords ?? [])] : (user.formerPasswords ?? []);
  if (remembered > 0) {
    const identity = identityOf(user);
    if (former.slice(0, remembered).some((verifier) => verifies(identity, password, verifier))) {
      throw new AwsError('PasswordHistoryPolicyViolationException', 'Password has previously been used.');
    }
  }
  return {
    ...user,
    password: makeVerifier(identityOf(user), password),
    ...(remembered > 0 && { formerPasswords: former.slice(0, remembered) }),
  };
}
