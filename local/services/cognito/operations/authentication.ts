/** Sign-in: by users' programs, and by servers for them. */
import type { AdminInitiateAuthRequest, InitiateAuthRequest } from '@aws-sdk/client-cognito-identity-provider';
import type { Operation } from '../../../kernel/service.ts';
import { NOTHING } from '../requirements.ts';
import type { Room } from '../room.ts';
import type { Attempt, Parameters } from '../sign-in/attempt.ts';
import { initiate } from '../sign-in/initiate.ts';

type OfClient<T> = T & { ClientId: string };
type OfAdmin<T> = OfClient<T> & { UserPoolId: string };

export function authenticationOperations(room: Room): Record<string, Operation> {
  const { pools, clients, needs } = room;

  function attempt(
    clientId: string,
    poolId: string | undefined,
    parameters: Parameters = {},
    clientMetadata?: Parameters,
  ): Attempt {
    if (poolId !== undefined) pools.get(poolId);
    const client = clients.get(clientId, poolId);
    return { room, client, pool: pools.get(client.poolId), parameters, clientMetadata };
  }

  const initiateAuth: Operation<OfClient<InitiateAuthRequest>> = {
    requires: NOTHING,
    handle: ({ ClientId, AuthFlow, AuthParameters, ClientMetadata }) =>
      initiate(attempt(ClientId, undefined, AuthParameters, ClientMetadata), AuthFlow ?? '', 'user'),
  };

  const adminInitiateAuth: Operation<OfAdmin<AdminInitiateAuthRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminInitiateAuth', UserPoolId),
    handle: ({ UserPoolId, ClientId, AuthFlow, AuthParameters, ClientMetadata }) =>
      initiate(attempt(ClientId, UserPoolId, AuthParameters, ClientMetadata), AuthFlow ?? '', 'administrator'),
  };

  return { InitiateAuth: initiateAuth, AdminInitiateAuth: adminInitiateAuth };
}
