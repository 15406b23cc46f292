/** Sign-in: by users' programs, and by servers for them. */
import type {
  AdminInitiateAuthRequest,
  AdminRespondToAuthChallengeRequest,
  GetTokensFromRefreshTokenRequest,
  InitiateAuthRequest,
  RespondToAuthChallengeRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Operation } from '../../../kernel/service.ts';
import { notAuthorized } from '../errors.ts';
import { NOTHING } from '../requirements.ts';
import type { Room } from '../room.ts';
import type { Attempt, Parameters } from '../sign-in/attempt.ts';
import { initiate } from '../sign-in/initiate.ts';
import { respond } from '../sign-in/respond.ts';
import { sameText } from '../srp.ts';

type OfClient<T> = T & { ClientId: string };
type OfAdmin<T> = OfClient<T> & { UserPoolId: string };

export function authenticationOperations(room: Room): Record<string, Operation> {
  const { pools, clients, tokens, needs } = room;

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

  const respondToAuthChallenge: Operation<OfClient<RespondToAuthChallengeRequest>> = {
    requires: NOTHING,
    handle: ({ ClientId, ChallengeName, ChallengeResponses, Session, ClientMetadata }) =>
      respond(attempt(ClientId, undefined, ChallengeResponses, ClientMetadata), ChallengeName ?? '', Session),
  };

  const adminRespondToAuthChallenge: Operation<OfAdmin<AdminRespondToAuthChallengeRequest>> = {
    requires: ({ UserPoolId }) => needs.onPool('AdminRespondToAuthChallenge', UserPoolId),
    handle: ({ UserPoolId, ClientId, ChallengeName, ChallengeResponses, Session, ClientMetadata }) =>
      respond(attempt(ClientId, UserPoolId, ChallengeResponses, ClientMetadata), ChallengeName ?? '', Session),
  };

  const getTokensFromRefreshToken: Operation<OfClient<GetTokensFromRefreshTokenRequest>> = {
    requires: NOTHING,
    async handle({ ClientId, ClientSecret, RefreshToken = '', ClientMetadata }) {
      const client = clients.get(ClientId);
      if (client.secret !== undefined && !sameText(client.secret, ClientSecret ?? '')) {
        throw notAuthorized(`Unable to verify secret for client ${client.id}`);
      }
      return { AuthenticationResult: await tokens.refresh(RefreshToken, client, ClientMetadata) };
    },
  };

  return {
    InitiateAuth: initiateAuth,
    AdminInitiateAuth: adminInitiateAuth,
    RespondToAuthChallenge: respondToAuthChallenge,
    AdminRespondToAuthChallenge: adminRespondToAuthChallenge,
    GetTokensFromRefreshToken: getTokensFromRefreshToken,
  };
}
