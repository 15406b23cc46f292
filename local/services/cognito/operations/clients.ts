/** App clients: through which the users of a pool sign in. */
import type {
  CreateUserPoolClientRequest,
  ListUserPoolClientsRequest,
  UpdateUserPoolClientRequest,
} from '@aws-sdk/client-cognito-identity-provider';
import type { Operation } from '../../../kernel/service.ts';
import { checkedClient } from '../client-settings.ts';
import { newClientId, newClientSecret } from '../identifiers.ts';
import { page } from '../paging.ts';
import type { AppClient } from '../records.ts';
import type { Room } from '../room.ts';

type Create = CreateUserPoolClientRequest & { UserPoolId: string; ClientName: string };
type Update = UpdateUserPoolClientRequest & { UserPoolId: string; ClientId: string };
type OfClient = { UserPoolId: string; ClientId: string };

export function clientOperations(room: Room): Record<string, Operation> {
  const { pools, clients, resourceServers, needs, clock } = room;
  const scopesOf = (poolId: string): string[] =>
    resourceServers
      .of(poolId)
      .flatMap(({ identifier, scopes }) => scopes.map(({ ScopeName }) => `${identifier}/${ScopeName}`));

  const create: Operation<Create> = {
    requires: ({ UserPoolId }) => needs.onPool('CreateUserPoolClient', UserPoolId),
    handle({ UserPoolId, GenerateSecret, ClientSecret, ...given }) {
      const pool = pools.get(UserPoolId);
      const now = clock.now();
      const secret = ClientSecret ?? (GenerateSecret ? newClientSecret() : undefined);
      const client: AppClient = {
        id: newClientId(),
        poolId: pool.id,
        ...(secret !== undefined && { secret }),
        settings: checkedClient(pool, given, scopesOf(pool.id)),
        createdAt: now,
        modifiedAt: now,
      };
      return { UserPoolClient: describe(clients.put(client)) };
    },
  };

  const update: Operation<Update> = {
    requires: ({ UserPoolId }) => needs.onPool('UpdateUserPoolClient', UserPoolId),
    handle({ UserPoolId, ClientId, ...given }) {
      const pool = pools.get(UserPoolId);
      const before = clients.get(ClientId, pool.id);
      const settings = checkedClient(
        pool,
        {
          ...given,
          ClientName: given.ClientName ?? before.settings.ClientName,
          EnableTokenRevocation: given.EnableTokenRevocation ?? before.settings.EnableTokenRevocation,
        },
        scopesOf(pool.id),
      );
      return { UserPoolClient: describe(clients.put({ ...before, settings, modifiedAt: clock.now() })) };
    },
  };

  const describeOne: Operation<OfClient> = {
    requires: ({ UserPoolId }) => needs.onPool('DescribeUserPoolClient', UserPoolId),
    handle({ UserPoolId, ClientId }) {
      pools.get(UserPoolId);
      return { UserPoolClient: describe(clients.get(ClientId, UserPoolId)) };
    },
  };

  const remove: Operation<OfClient> = {
    requires: ({ UserPoolId }) => needs.onPool('DeleteUserPoolClient', UserPoolId),
    handle({ UserPoolId, ClientId }) {
      pools.get(UserPoolId);
      clients.remove(clients.get(ClientId, UserPoolId).id);
      return {};
    },
  };

  const list: Operation<ListUserPoolClientsRequest & { UserPoolId: string }> = {
    requires: ({ UserPoolId }) => needs.onPool('ListUserPoolClients', UserPoolId),
    handle({ UserPoolId, MaxResults, NextToken }) {
      pools.get(UserPoolId);
      const found = page(clients.of(UserPoolId), ({ id }) => id, MaxResults, NextToken);
      return {
        UserPoolClients: found.items.map(({ id, settings }) => ({
          ClientId: id,
          UserPoolId,
          ClientName: settings.ClientName,
        })),
        NextToken: found.nextToken,
      };
    },
  };

  return {
    CreateUserPoolClient: create,
    UpdateUserPoolClient: update,
    DescribeUserPoolClient: describeOne,
    DeleteUserPoolClient: remove,
    ListUserPoolClients: list,
  };
}

function describe({ id, poolId, secret, settings, createdAt, modifiedAt }: AppClient) {
  return {
    ...settings,
    UserPoolId: poolId,
    ClientId: id,
    ...(secret !== undefined && { ClientSecret: secret }),
    CreationDate: new Date(createdAt),
    LastModifiedDate: new Date(modifiedAt),
  };
}
