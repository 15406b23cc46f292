/** What stands between the right password and tokens: a new password, a second factor. */
import type { User } from '../records.ts';
import type { TokenTrigger } from '../triggers.ts';
import { type Attempt, type Outcome, refreshed } from './attempt.ts';
import { challenge } from './challenge.ts';
import { factorChallenge } from './factors.ts';
import { checkUsable } from './user-state.ts';

export async function afterPassword(attempt: Attempt, user: User): Promise<Outcome> {
  checkUsable(attempt, user);
  const cleared = withoutFailures(attempt, user);
  if (cleared.status === 'FORCE_CHANGE_PASSWORD') return newPasswordChallenge(attempt, cleared);
  return afterFirstFactor(attempt, cleared, 'TokenGeneration_Authentication');
}

/** `trigger` is what a pre token generation function learns of the way here. */
export async function afterFirstFactor(attempt: Attempt, user: User, trigger: TokenTrigger): Promise<Outcome> {
  const challenge = await factorChallenge(attempt, user, trigger);
  return challenge ?? tokensFor(attempt, user, trigger);
}

/** The user is in. */
export async function tokensFor(attempt: Attempt, user: User, trigger: TokenTrigger): Promise<Outcome> {
  const { room, pool, client, clientMetadata } = attempt;
  await room.triggers.postAuthentication({ pool, clientId: client.id, user, clientMetadata });
  const result = await room.tokens.issue(pool, client, refreshed(attempt, user), { trigger, clientMetadata });
  return { AuthenticationResult: result, ChallengeParameters: {} };
}

function newPasswordChallenge(attempt: Attempt, user: User): Outcome {
  const { sub: _, identities: __, ...attributes } = user.attributes;
  const missing = attempt.pool.schema.filter(
    ({ Name, Required }) => Required && Name !== 'sub' && !user.attributes[Name],
  );
  return challenge(
    attempt,
    user,
    { name: 'NEW_PASSWORD_REQUIRED' },
    {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(missing.map(({ Name }) => `userAttributes.${Name}`)),
      userAttributes: JSON.stringify(attributes),
    },
  );
}

function withoutFailures({ room, pool }: Attempt, user: User): User {
  if (!user.failures) return user;
  const { failures: _, ...rest } = user;
  return room.users.put(pool, rest);
}
