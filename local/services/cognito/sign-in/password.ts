/** Passwords that are sent: by users themselves, or by a server for them. */
import { noSuchUser, wrongPassword } from '../errors.ts';
import { isPassword } from '../password-policy.ts';
import { afterPassword } from './after-password.ts';
import { type Attempt, hidesUsers, type Outcome, required } from './attempt.ts';
import { migrate } from './migration.ts';
import { checkState, failed } from './user-state.ts';

export async function signInByPassword(attempt: Attempt): Promise<Outcome> {
  const { room, pool, client, parameters, clientMetadata } = attempt;
  const username = required(parameters, 'USERNAME');
  const password = required(parameters, 'PASSWORD');
  const found = room.users.find(pool, username) ?? (await migrate(attempt, username, password));
  if (!found) {
    // As long as for somebody who is there.
    isPassword({ username, poolId: pool.id }, password);
    if (hidesUsers(client)) {
      await room.triggers.preAuthentication({ pool, clientId: client.id, user: username, clientMetadata });
    }
    throw unknownUser(attempt);
  }
  await room.triggers.preAuthentication({ pool, clientId: client.id, user: found, clientMetadata });
  // As he is now: meanwhile he may have been disabled, or others have tried passwords too.
  const user = room.users.find(pool, found.username);
  if (!user) throw unknownUser(attempt);
  checkState(attempt, user);
  if (!isPassword(user, password)) throw failed(attempt, user);
  return afterPassword(attempt, user);
}

export function unknownUser({ client }: Attempt): Error {
  return hidesUsers(client) ? wrongPassword() : noSuchUser();
}
