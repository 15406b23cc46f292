/**
 * How a sign-in goes on.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_RespondToAuthChallenge.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { changeAttributes } from '../attribute-changes.ts';
import { type Attributes, checkRequired } from '../attributes.ts';
import { checkSecretHash } from '../client-secret.ts';
import { codeMismatch, invalidParameter, noSuchUser, notAuthorized } from '../errors.ts';
import { checkPassword, withPassword } from '../password-policy.ts';
import type { MfaKind, User } from '../records.ts';
import type { WaitingSession } from '../sessions.ts';
import { periodOf } from '../totp.ts';
import type { TokenTrigger } from '../triggers.ts';
import { afterFirstFactor, afterPassword, tokensFor } from './after-password.ts';
import { type Attempt, type Outcome, refreshed, required } from './attempt.ts';
import { answerCustom, next } from './custom.ts';
import { askFor } from './factors.ts';
import { verifySrp } from './srp.ts';
import { checkState } from './user-state.ts';

/** @param token the `Session`, where the challenge's own parameters do not lead back */
export async function respond(attempt: Attempt, challengeName: string, token: string | undefined): Promise<Outcome> {
  const { room, client, parameters } = attempt;
  const username = required(parameters, 'USERNAME');
  checkSecretHash(client, username, parameters['SECRET_HASH']);
  const key = challengeName === 'PASSWORD_VERIFIER' ? required(parameters, 'PASSWORD_CLAIM_SECRET_BLOCK') : token;
  if (key === undefined) throw invalidParameter('Missing required parameter Session');
  const session = room.sessions.get(key, client);
  if (session.step.name !== challengeName || !isOf(attempt, session, username)) {
    throw notAuthorized('Invalid session for the user.');
  }
  const outcome = await answer(attempt, session).catch((error) => {
    if (error instanceof AwsError && error.code === 'CodeMismatchException') room.sessions.miss(key);
    throw error;
  });
  room.sessions.close(key);
  return outcome;
}

function isOf({ room, pool }: Attempt, session: WaitingSession, username: string): boolean {
  return session.username === username || room.users.find(pool, username)?.username === session.username;
}

async function answer(attempt: Attempt, session: WaitingSession): Promise<Outcome> {
  const { step } = session;
  switch (step.name) {
    case 'PASSWORD_VERIFIER': {
      const user = verifySrp(attempt, session);
      if (!session.results) return afterPassword(attempt, user);
      return next(attempt, user, [...session.results, { challengeName: 'PASSWORD_VERIFIER', challengeResult: true }]);
    }
    case 'CUSTOM_CHALLENGE':
      return answerCustom(attempt, session);
    case 'NEW_PASSWORD_REQUIRED':
      return setNewPassword(attempt, present(attempt, session));
    case 'SELECT_MFA_TYPE': {
      const chosen = required(attempt.parameters, 'ANSWER');
      if (!step.choices.includes(chosen)) throw invalidParameter('Invalid MFA type selected.');
      return askFor(attempt, present(attempt, session), chosen as MfaKind, session);
    }
    case 'MFA_SETUP':
      return finishSetup(attempt, present(attempt, session), session);
    case 'SOFTWARE_TOKEN_MFA': {
      const user = redeemToken(attempt, present(attempt, session));
      return tokensFor(attempt, user, triggerOf(session));
    }
    case 'SMS_MFA':
    case 'EMAIL_OTP': {
      const user = present(attempt, session);
      attempt.room.codes.redeem(user, 'mfa', required(attempt.parameters, `${step.name}_CODE`));
      return tokensFor(attempt, user, triggerOf(session));
    }
  }
}

/** Somebody may have disabled or deleted the user in between. */
function present(attempt: Attempt, { username }: WaitingSession): User {
  const user = attempt.room.users.find(attempt.pool, username);
  if (!user) throw noSuchUser();
  checkState(attempt, user);
  return user;
}

const triggerOf = ({ isNewPassword }: WaitingSession): TokenTrigger =>
  isNewPassword ? 'TokenGeneration_NewPasswordChallenge' : 'TokenGeneration_Authentication';

const ATTRIBUTE = 'userAttributes.';

async function setNewPassword(attempt: Attempt, user: User): Promise<Outcome> {
  const { room, pool, client, parameters, clientMetadata } = attempt;
  const password = required(parameters, 'NEW_PASSWORD');
  checkPassword(pool, password, 'administrator');
  const given: Attributes = Object.fromEntries(
    Object.entries(parameters)
      .filter(([name]) => name.startsWith(ATTRIBUTE))
      .map(([name, value]) => [name.slice(ATTRIBUTE.length), value]),
  );
  checkRequired(pool, { ...user.attributes, ...given });
  const changed = withPassword(pool, user, password);
  if (Object.keys(given).length > 0) {
    await changeAttributes(room, pool, user, given, { by: 'user', client, clientMetadata });
  }
  const { temporaryUntil: _, failures: __, ...rest } = refreshed(attempt, user);
  const confirmed = room.users.put(pool, {
    ...rest,
    password: changed.password,
    ...(changed.formerPasswords && { formerPasswords: changed.formerPasswords }),
    status: 'CONFIRMED',
    modifiedAt: room.clock.now(),
  });
  return afterFirstFactor(attempt, confirmed, 'TokenGeneration_NewPasswordChallenge');
}

/** The user as he is with that code used up. Throws CodeMismatchException. */
function redeemToken({ room, pool, parameters }: Attempt, user: User): User {
  const { softwareToken } = user.mfa;
  const code = required(parameters, 'SOFTWARE_TOKEN_MFA_CODE');
  const period = softwareToken && periodOf(code, softwareToken.secret, room.clock.now(), softwareToken.lastCounter);
  if (!softwareToken || period === undefined) throw codeMismatch('Invalid code received for user');
  return room.users.put(pool, {
    ...user,
    mfa: { ...user.mfa, softwareToken: { ...softwareToken, lastCounter: period } },
  });
}

/** The user has set up a software token by `AssociateSoftwareToken` and `VerifySoftwareToken`, with this session. */
async function finishSetup(attempt: Attempt, user: User, session: WaitingSession): Promise<Outcome> {
  const { step } = session;
  if (step.name !== 'MFA_SETUP' || step.verified !== true || step.secret === undefined) {
    throw notAuthorized('MFA setup is not complete for the user.');
  }
  const { room, pool } = attempt;
  const ready = room.users.put(pool, {
    ...user,
    mfa: {
      enabled: [...new Set([...user.mfa.enabled, 'SOFTWARE_TOKEN_MFA' as const])],
      preferred: user.mfa.preferred ?? 'SOFTWARE_TOKEN_MFA',
      softwareToken: { secret: step.secret, verified: true },
    },
  });
  return tokensFor(attempt, ready, triggerOf(session));
}
