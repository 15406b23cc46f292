/** What a user is asked for before there are tokens. */
import type { User } from '../records.ts';
import type { WaitingSession } from '../sessions.ts';
import type { Attempt, Outcome } from './attempt.ts';

export function challenge(
  { room, client, pool }: Attempt,
  user: User | string,
  step: WaitingSession['step'],
  parameters: Readonly<Record<string, string>>,
  more: Partial<WaitingSession> = {},
): Outcome {
  const username = typeof user === 'string' ? user : user.username;
  const Session = room.sessions.open(client, { poolId: pool.id, clientId: client.id, username, step, ...more });
  return { ChallengeName: step.name, Session, ChallengeParameters: parameters };
}
