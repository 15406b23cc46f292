/**
 * Users whom only the pool's migration function knows: they come in with the password they have there.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import { newUser } from '../new-users.ts';
import { withPassword } from '../password-policy.ts';
import type { User } from '../records.ts';
import { isObject } from '../trigger-calls.ts';
import type { Attempt } from './attempt.ts';

/** Undefined where there is no such function, or it knows nobody either. */
export async function migrate(
  { room, pool, client, clientMetadata }: Attempt,
  username: string,
  password: string,
): Promise<User | undefined> {
  if (pool.settings.LambdaConfig?.UserMigration === undefined) return undefined;
  const response = await room.triggers
    .userMigration({
      pool,
      clientId: client.id,
      source: 'UserMigration_Authentication',
      username,
      password,
      validationData: clientMetadata,
    })
    .catch(unlessRefused);
  const given = response?.['userAttributes'];
  if (!isObject(given)) return undefined;
  // Who signs in twice at once is one user.
  const meanwhile = room.users.find(pool, username);
  if (meanwhile) return meanwhile;
  const { sub: _, username: __, ...attributes } = given;
  const texts = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, String(value)]));
  const isTemporary = response?.['finalUserStatus'] === 'RESET_REQUIRED';
  const user = newUser(pool, username, texts, {
    status: isTemporary ? 'RESET_REQUIRED' : 'CONFIRMED',
    now: room.clock.now(),
  });
  return room.users.put(pool, withPassword(pool, user, password));
}

/** A function that throws knows nobody, or not with that password. */
function unlessRefused(error: unknown): undefined {
  if (error instanceof AwsError && error.code === 'UserLambdaValidationException') return undefined;
  throw error;
}
