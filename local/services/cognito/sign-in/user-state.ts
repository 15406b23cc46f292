/** What keeps a user out although his name is right. */
import { notAuthorized, notConfirmed, resetRequired, wrongPassword } from '../errors.ts';
import type { User } from '../records.ts';
import type { Attempt } from './attempt.ts';

/** Throws for users who may not even try. */
export function checkState({ room }: Attempt, user: User): void {
  if (!user.enabled) throw notAuthorized('User is disabled.');
  if (user.failures && user.failures.lockedUntil > room.clock.now()) throw notAuthorized('Password attempts exceeded');
  if (user.status === 'RESET_REQUIRED') throw resetRequired();
}

/** Throws for users who have the right password, and something else to do first. */
export function checkUsable({ room }: Attempt, user: User): void {
  if (user.status === 'UNCONFIRMED') throw notConfirmed();
  if (
    user.status === 'FORCE_CHANGE_PASSWORD' &&
    (user.temporaryUntil ?? Number.POSITIVE_INFINITY) <= room.clock.now()
  ) {
    throw notAuthorized('Temporary password has expired and must be reset by an administrator.');
  }
}

/** A wrong password by somebody who has had some already costs him time; who has the right one later begins anew. */
const FREE_FAILURES = 5;
const LONGEST_LOCK_MS = 15 * 60_000;

/** https://docs.aws.amazon.com/cognito/latest/developerguide/authentication.html#authentication-flow-lockout-behavior */
export function failed({ room, pool }: Attempt, user: User): Error {
  const now = room.clock.now();
  const count = (user.failures?.count ?? 0) + 1;
  const over = count - FREE_FAILURES;
  const lockedUntil = over < 0 ? 0 : now + Math.min(LONGEST_LOCK_MS, 1_000 * 2 ** over);
  room.users.put(pool, { ...user, failures: { count, lockedUntil } });
  return wrongPassword();
}
