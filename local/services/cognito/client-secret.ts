/** How clients with a secret prove that they know it. */
import { createHmac } from 'node:crypto';
import { notAuthorized } from './errors.ts';
import type { AppClient } from './records.ts';
import { sameText } from './srp.ts';

/**
 * Throws NotAuthorizedException unless the hash is that of the username and the client.
 * https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
 */
export function checkSecretHash({ id, secret }: AppClient, username: string, hash: string | undefined): void {
  if (secret === undefined) {
    if (hash !== undefined)
      throw notAuthorized(`Client ${id} is not configured with secret but SECRET_HASH was received`);
    return;
  }
  if (hash === undefined)
    throw notAuthorized(`Client ${id} is configured with secret but SECRET_HASH was not received`);
  const expected = createHmac('sha256', secret).update(`${username}${id}`).digest('base64');
  if (!sameText(expected, hash)) throw notAuthorized(`Unable to verify secret hash for client ${id}`);
}
