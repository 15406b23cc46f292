/** How a sign-in begins. https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html */

import { checkSecretHash } from '../client-secret.ts';
import { allowsFlow, type Flow } from '../client-settings.ts';
import { invalidParameter } from '../errors.ts';
import { type Attempt, type Outcome, required } from './attempt.ts';
import { beginCustom } from './custom.ts';
import { signInByPassword } from './password.ts';
import { beginSrp } from './srp.ts';

/** Who asks: a user's program, or a server with permissions. */
export type Initiator = 'user' | 'administrator';

const SAME: Readonly<Record<string, Flow>> = {
  REFRESH_TOKEN: 'REFRESH_TOKEN_AUTH',
  ADMIN_NO_SRP_AUTH: 'ADMIN_USER_PASSWORD_AUTH',
};

const FOR: Readonly<Record<Initiator, readonly string[]>> = {
  user: ['USER_PASSWORD_AUTH', 'USER_SRP_AUTH', 'CUSTOM_AUTH', 'REFRESH_TOKEN_AUTH'],
  administrator: ['ADMIN_USER_PASSWORD_AUTH', 'USER_SRP_AUTH', 'CUSTOM_AUTH', 'REFRESH_TOKEN_AUTH'],
};

export async function initiate(attempt: Attempt, given: string, initiator: Initiator): Promise<Outcome> {
  const flow = SAME[given] ?? (given as Flow);
  if (!FOR[initiator].includes(flow)) throw invalidParameter('Initiate Auth method not supported.');
  if (!allowsFlow(attempt.client.settings, flow)) throw invalidParameter(notEnabled(flow));
  if (flow === 'REFRESH_TOKEN_AUTH') return refreshTokens(attempt);
  checkSecretHash(attempt.client, required(attempt.parameters, 'USERNAME'), attempt.parameters['SECRET_HASH']);
  if (flow === 'USER_SRP_AUTH') return beginSrp(attempt);
  return flow === 'CUSTOM_AUTH' ? beginCustom(attempt) : signInByPassword(attempt);
}

async function refreshTokens({ room, client, parameters, clientMetadata }: Attempt): Promise<Outcome> {
  const token = required(parameters, 'REFRESH_TOKEN');
  const username = room.tokens.grantOf(token)?.username;
  if (username !== undefined) checkSecretHash(client, username, parameters['SECRET_HASH']);
  return {
    AuthenticationResult: await room.tokens.refresh(token, client, clientMetadata),
    ChallengeParameters: {},
  };
}

function notEnabled(flow: Flow): string {
  switch (flow) {
    case 'USER_PASSWORD_AUTH':
      return 'USER_PASSWORD_AUTH flow not enabled for this client';
    case 'ADMIN_USER_PASSWORD_AUTH':
    case 'REFRESH_TOKEN_AUTH':
      return 'Auth flow not enabled for this client';
    default:
      return `${flow} is not enabled for the client.`;
  }
}
