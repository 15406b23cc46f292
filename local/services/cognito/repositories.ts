/** Pools and what belongs to them, beside users. */
import type { Collection, Store } from '../../kernel/store.ts';
import { noSuchClient, noSuchGroup, noSuchPool } from './errors.ts';
import type { AppClient, Domain, Group, Pool, ResourceServer } from './records.ts';

export interface Repositories {
  readonly pools: {
    find(id: string): Pool | undefined;
    /** Throws ResourceNotFoundException. */
    get(id: string): Pool;
    put(pool: Pool): Pool;
    remove(id: string): void;
    all(): readonly Pool[];
  };
  readonly clients: {
    /** By its id alone: no two pools have clients of one id. */
    find(id: string): AppClient | undefined;
    /** Throws ResourceNotFoundException, also for a client of another pool than the one that is named. */
    get(id: string, poolId?: string): AppClient;
    put(client: AppClient): AppClient;
    remove(id: string): void;
    of(poolId: string): readonly AppClient[];
  };
  readonly groups: {
    find(poolId: string, name: string): Group | undefined;
    /** Throws ResourceNotFoundException. */
    get(poolId: string, name: string): Group;
    put(group: Group): Group;
    remove(group: Group): void;
    of(poolId: string): readonly Group[];
  };
  readonly resourceServers: {
    find(poolId: string, identifier: string): ResourceServer | undefined;
    put(server: ResourceServer): ResourceServer;
    remove(server: ResourceServer): void;
    of(poolId: string): readonly ResourceServer[];
  };
  readonly domains: Collection<Domain>;
}

export function openRepositories(store: Store): Repositories {
  const open = <T>(name: string): Collection<T> => store.collection<T>('cognito-idp', name);
  const pools = open<Pool>('pools');
  const clients = open<AppClient>('clients');
  const groups = open<Group>('groups');
  const servers = open<ResourceServer>('resource-servers');
  const values = <T>(collection: Collection<T>, prefix: string): T[] =>
    collection.list({ prefix }).map(({ value }) => value);

  const findGroup = (poolId: string, name: string) => groups.get(`${poolId} ${name}`);
  return {
    pools: {
      find: (id) => pools.get(id),
      get(id) {
        const pool = pools.get(id);
        if (!pool) throw noSuchPool(id);
        return pool;
      },
      put(pool) {
        pools.put(pool.id, pool);
        return pool;
      },
      remove: (id) => void pools.delete(id),
      all: () => values(pools, ''),
    },
    clients: {
      find: (id) => clients.get(id),
      get(id, poolId) {
        const client = clients.get(id);
        if (!client || (poolId !== undefined && client.poolId !== poolId)) throw noSuchClient(id);
        return client;
      },
      put(client) {
        clients.put(client.id, client);
        return client;
      },
      remove: (id) => void clients.delete(id),
      of: (poolId) => values(clients, '').filter((client) => client.poolId === poolId),
    },
    groups: {
      find: findGroup,
      get(poolId, name) {
        const group = findGroup(poolId, name);
        if (!group) throw noSuchGroup();
        return group;
      },
      put(group) {
        groups.put(`${group.UserPoolId} ${group.GroupName}`, group);
        return group;
      },
      remove: ({ UserPoolId, GroupName }) => void groups.delete(`${UserPoolId} ${GroupName}`),
      of: (poolId) => values(groups, `${poolId} `),
    },
    resourceServers: {
      find: (poolId, identifier) => servers.get(`${poolId} ${identifier}`),
      put(server) {
        servers.put(`${server.poolId} ${server.identifier}`, server);
        return server;
      },
      remove: ({ poolId, identifier }) => void servers.delete(`${poolId} ${identifier}`),
      of: (poolId) => values(servers, `${poolId} `),
    },
    domains: open<Domain>('domains'),
  };
}
