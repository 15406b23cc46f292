/**
 * What functions were seen to do: which permissions they used, and where they connected to. Kept over restarts, each
 * thing once, so that `sampan check` can tell what past runs needed.
 */
import type { Clock } from './clock.ts';
import type { Store } from './store.ts';

export interface UsedPermission {
  readonly functionArn: string;
  /** e.g. `secretsmanager:GetSecretValue` */
  readonly action: string;
  readonly resource: string;
  readonly allowed: boolean;
}

export interface UsedConnection {
  readonly functionArn: string;
  readonly hostname: string;
  readonly port: number;
  readonly reached: boolean;
}

/** With the time it was first seen, ms since 1970. */
export type Seen<T> = T & { readonly at: number };

export interface Usage {
  /** A repetition costs one look-up and writes nothing. */
  permission(used: UsedPermission): void;
  connection(used: UsedConnection): void;
  permissions(): Seen<UsedPermission>[];
  connections(): Seen<UsedConnection>[];
}

/** A function that makes up resource names would fill the store: what exceeds this many is not kept. */
const MOST = 10_000;

export function createUsage({ store, clock }: { store: Store; clock: Clock }): Usage {
  const permissions = book<UsedPermission>('permissions');
  const connections = book<UsedConnection>('connections');

  function book<T>(name: string) {
    const collection = store.collection<Seen<T>>('usage', name);
    const known = new Set(collection.list().map(({ key }) => key));
    return {
      add(key: string, used: T): void {
        if (known.has(key) || known.size >= MOST) return;
        known.add(key);
        collection.put(key, { ...used, at: clock.now() });
      },
      all: () => collection.list().map(({ value }) => value),
    };
  }

  return {
    permission(used) {
      const { functionArn, action, resource, allowed } = used;
      permissions.add(`${functionArn} ${action} ${resource} ${allowed}`, used);
    },
    connection(used) {
      const { functionArn, hostname, port, reached } = used;
      connections.add(`${functionArn} ${hostname} ${port} ${reached}`, used);
    },
    permissions: permissions.all,
    connections: connections.all,
  };
}
