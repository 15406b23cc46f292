/**
 * Second factors: which a user has to show, and what he is asked for.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html
 */
import { type Address, masked } from '../messages.ts';
import type { MfaKind, Pool, User } from '../records.ts';
import type { TokenTrigger } from '../triggers.ts';
import type { Attempt, Outcome } from './attempt.ts';
import { challenge } from './challenge.ts';

/** Undefined when the user needs none. */
export async function factorChallenge(
  attempt: Attempt,
  user: User,
  trigger: TokenTrigger,
): Promise<Outcome | undefined> {
  const { pool } = attempt;
  const mode = pool.settings.MfaConfiguration ?? 'OFF';
  if (mode === 'OFF') return undefined;
  const more = { isNewPassword: trigger === 'TokenGeneration_NewPasswordChallenge' };
  const theirs = usableFactors(pool, user);
  const preferred = theirs.find((kind) => kind === user.mfa.preferred);
  if (preferred ?? theirs.length === 1) return askFor(attempt, user, preferred ?? theirs[0]!, more);
  if (theirs.length > 1) {
    const choices = JSON.stringify(theirs);
    return challenge(
      attempt,
      user,
      { name: 'SELECT_MFA_TYPE', choices: theirs },
      {
        MFAS_CAN_CHOOSE: choices,
        USER_ID_FOR_SRP: user.username,
      },
      more,
    );
  }
  if (mode === 'OPTIONAL') return undefined;
  if (pool.factors.sms && user.attributes['phone_number']) return askFor(attempt, user, 'SMS_MFA', more);
  const canSetUp = [
    ...(pool.factors.sms ? ['SMS_MFA'] : []),
    ...(pool.factors.softwareToken ? ['SOFTWARE_TOKEN_MFA'] : []),
  ];
  return challenge(
    attempt,
    user,
    { name: 'MFA_SETUP' },
    {
      MFAS_CAN_SETUP: JSON.stringify(canSetUp),
      USER_ID_FOR_SRP: user.username,
    },
    more,
  );
}

/** Factors that the user has turned on, and the pool still knows. */
function usableFactors({ factors }: Pool, { mfa, attributes }: User): readonly MfaKind[] {
  return mfa.enabled.filter((kind) => {
    if (kind === 'SOFTWARE_TOKEN_MFA') return factors.softwareToken && mfa.softwareToken?.verified === true;
    return kind === 'SMS_MFA'
      ? factors.sms && attributes['phone_number'] !== undefined
      : factors.email && attributes['email'] !== undefined;
  });
}

export async function askFor(
  attempt: Attempt,
  user: User,
  kind: MfaKind,
  more: { readonly isNewPassword?: boolean },
): Promise<Outcome> {
  if (kind === 'SOFTWARE_TOKEN_MFA') {
    return challenge(attempt, user, { name: kind }, { USER_ID_FOR_SRP: user.username }, more);
  }
  const { room, pool, client, clientMetadata } = attempt;
  const to: Address = kind === 'SMS_MFA' ? 'phone_number' : 'email';
  await room.messenger.sendCode({
    pool,
    user,
    to,
    source: 'CustomMessage_Authentication',
    purpose: 'mfa',
    clientId: client.id,
    clientMetadata,
  });
  return challenge(
    attempt,
    user,
    { name: kind },
    {
      CODE_DELIVERY_DELIVERY_MEDIUM: kind === 'SMS_MFA' ? 'SMS' : 'EMAIL',
      CODE_DELIVERY_DESTINATION: masked(to, user.attributes[to] ?? ''),
      USER_ID_FOR_SRP: user.username,
    },
    more,
  );
}
