/** Passwords that are proved and not sent. */
import { createHash } from 'node:crypto';
import { invalidParameter, notAuthorized, wrongPassword } from '../errors.ts';
import { poolName } from '../identifiers.ts';
import type { User } from '../records.ts';
import type { WaitingSession } from '../sessions.ts';
import { answerExchange, expectedSignature, makeVerifier, sameText } from '../srp.ts';
import { type Attempt, hidesUsers, type Outcome, required } from './attempt.ts';
import { challenge } from './challenge.ts';
import { unknownUser } from './password.ts';
import { checkState, failed } from './user-state.ts';

/** The first half: both sides exchange what they have made up. */
export async function beginSrp(attempt: Attempt, more: Partial<WaitingSession> = {}): Promise<Outcome> {
  const { room, pool, client, parameters, clientMetadata } = attempt;
  const username = required(parameters, 'USERNAME');
  const clientPublic = required(parameters, 'SRP_A');
  const user = room.users.find(pool, username);
  if (!user && !hidesUsers(client)) throw unknownUser(attempt);
  await room.triggers.preAuthentication({ pool, clientId: client.id, user: user ?? username, clientMetadata });
  if (user) checkState(attempt, user);
  const { salt, verifier } = user?.password ?? inventedVerifier(attempt, username);
  const exchange = answerExchange(clientPublic, verifier);
  if (!exchange) throw invalidParameter('Invalid SRP_A');
  const known = user?.username ?? username;
  const step = { name: 'PASSWORD_VERIFIER', exchange, verifier, isReal: user?.password !== undefined } as const;
  const begun = challenge(
    attempt,
    known,
    step,
    { SALT: salt, SRP_B: exchange.serverPublic, USERNAME: known, USER_ID_FOR_SRP: known },
    more,
  );
  if (!('Session' in begun)) return begun;
  const { Session = '', ChallengeParameters, ChallengeName } = begun;
  // Clients bring the secret block back, most of them without a session.
  const told = { ChallengeName, ChallengeParameters: { ...ChallengeParameters, SECRET_BLOCK: Session } };
  return more.results ? { ...told, Session } : told;
}

/** The second half. Throws NotAuthorizedException for somebody who does not know the password. */
export function verifySrp(attempt: Attempt, session: WaitingSession): User {
  const { room, pool, parameters } = attempt;
  const { step, username } = session;
  if (step.name !== 'PASSWORD_VERIFIER') throw notAuthorized('Invalid session for the user.');
  const signature = required(parameters, 'PASSWORD_CLAIM_SIGNATURE');
  const secretBlock = Buffer.from(required(parameters, 'PASSWORD_CLAIM_SECRET_BLOCK'), 'base64');
  const timestamp = required(parameters, 'TIMESTAMP');
  const identity = { poolName: poolName(pool.id), username };
  const expected = expectedSignature(identity, step.verifier, step.exchange, { secretBlock, timestamp });
  const user = room.users.find(pool, username);
  const isRight = sameText(expected, signature);
  if (!user) throw wrongPassword();
  checkState(attempt, user);
  if (!isRight || !step.isReal) throw failed(attempt, user);
  return user;
}

/** The same for the same name, so that asking twice tells nothing either. */
function inventedVerifier({ pool }: Attempt, username: string) {
  const salt = createHash('sha256').update(`${pool.arn} ${pool.createdAt} ${username}`).digest('hex').slice(0, 32);
  return makeVerifier({ poolName: poolName(pool.id), username }, salt, salt);
}
