/**
 * Sign-in by challenges that the pool's own functions define.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { wrongPassword } from '../errors.ts';
import type { User } from '../records.ts';
import type { WaitingSession } from '../sessions.ts';
import { isObject } from '../trigger-calls.ts';
import type { ChallengeResult } from '../triggers.ts';
import { afterFirstFactor } from './after-password.ts';
import { type Attempt, hidesUsers, type Outcome, required } from './attempt.ts';
import { challenge } from './challenge.ts';
import { unknownUser } from './password.ts';
import { beginSrp } from './srp.ts';
import { checkState, checkUsable } from './user-state.ts';

export async function beginCustom(attempt: Attempt): Promise<Outcome> {
  const { room, pool, client, parameters, clientMetadata } = attempt;
  const username = required(parameters, 'USERNAME');
  if (parameters['CHALLENGE_NAME'] === 'SRP_A') {
    return beginSrp(attempt, { results: [{ challengeName: 'SRP_A', challengeResult: true }] });
  }
  const user = room.users.find(pool, username);
  if (!user && !hidesUsers(client)) throw unknownUser(attempt);
  await room.triggers.preAuthentication({ pool, clientId: client.id, user: user ?? username, clientMetadata });
  if (user) {
    checkState(attempt, user);
    checkUsable(attempt, user);
  }
  return next(attempt, user ?? username, []);
}

/** What the functions want after what was answered until now. */
export async function next(
  attempt: Attempt,
  user: User | string,
  results: readonly ChallengeResult[],
): Promise<Outcome> {
  const { room, pool, client, clientMetadata } = attempt;
  const about = { pool, clientId: client.id, user, session: results, clientMetadata };
  const decision = await room.triggers.defineAuthChallenge(about);
  if (decision['failAuthentication'] === true) throw wrongPassword();
  if (decision['issueTokens'] === true) {
    if (typeof user === 'string') throw wrongPassword();
    return afterFirstFactor(attempt, user, 'TokenGeneration_Authentication');
  }
  const challengeName = decision['challengeName'];
  if (challengeName === 'SRP_A' || challengeName === 'PASSWORD_VERIFIER') return beginSrp(attempt, { results });
  if (challengeName !== 'CUSTOM_CHALLENGE') {
    throw new AwsError('InvalidLambdaResponseException', 'Unrecognizable lambda output');
  }
  const created = await room.triggers.createAuthChallenge({ ...about, challengeName });
  const { publicChallengeParameters: shown, privateChallengeParameters, challengeMetadata } = created;
  const username = typeof user === 'string' ? user : user.username;
  const step = {
    name: 'CUSTOM_CHALLENGE',
    results,
    privateParameters: privateChallengeParameters ?? {},
    ...(typeof challengeMetadata === 'string' && { metadata: challengeMetadata }),
  } as const;
  const parameters = Object.entries(isObject(shown) ? shown : {}).map(([name, value]) => [name, String(value)]);
  return challenge(attempt, user, step, { USERNAME: username, ...Object.fromEntries(parameters) });
}

export async function answerCustom(attempt: Attempt, session: WaitingSession): Promise<Outcome> {
  const { room, pool, client, parameters, clientMetadata } = attempt;
  const { step, username } = session;
  if (step.name !== 'CUSTOM_CHALLENGE') throw wrongPassword();
  const user = room.users.find(pool, username) ?? username;
  const challengeResult = await room.triggers.verifyAuthChallenge({
    pool,
    clientId: client.id,
    user,
    privateChallengeParameters: step.privateParameters,
    challengeAnswer: required(parameters, 'ANSWER'),
    clientMetadata,
  });
  const result: ChallengeResult = {
    challengeName: 'CUSTOM_CHALLENGE',
    challengeResult,
    ...(step.metadata !== undefined && { challengeMetadata: step.metadata }),
  };
  return next(attempt, user, [...step.results, result]);
}
