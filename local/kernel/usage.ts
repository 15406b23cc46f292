/**
 * What functions were seen to do: which permissions they used, and where they connected to. Kept over restarts, each
 * thing once, so that `sampan check` can tell what past runs needed.
 */
import type { Clock } from './clock.ts';
import { findOrMake } from './find-or-make.ts';
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

/** Who, did what, to what, and whether it worked. */
type Facts = readonly [functionArn: string, what: string, to: string | number, success: boolean];

/** Fact by fact, so that to look one up makes no text. */
type Known = Map<string, Map<string, Map<string | number, { yes: boolean; no: boolean }>>>;

/** Whether this is the first time; from now on it is not. */
function isNew(known: Known, functionArn: string, what: string, to: string | number, success: boolean): boolean {
  const targets = findOrMake(
    findOrMake(known, functionArn, () => new Map()),
    what,
    () => new Map(),
  );
  const outcomes = findOrMake(targets, to, () => ({ yes: false, no: false }));
  const outcome = success ? 'yes' : 'no';
  if (outcomes[outcome]) return false;
  outcomes[outcome] = true;
  return true;
}

export function createUsage({ store, clock }: { store: Store; clock: Clock }): Usage {
  const permissions = book<UsedPermission>('permissions', ({ functionArn, action, resource, allowed }) => [
    functionArn,
    action,
    resource,
    allowed,
  ]);
  const connections = book<UsedConnection>('connections', ({ functionArn, hostname, port, reached }) => [
    functionArn,
    hostname,
    port,
    reached,
  ]);

  function book<T>(name: string, factsOf: (used: T) => Facts) {
    const collection = store.collection<Seen<T>>('usage', name);
    const known: Known = new Map();
    let count = 0;
    for (const { value } of collection.list()) {
      if (isNew(known, ...factsOf(value))) count += 1;
    }
    return {
      add(used: T, ...facts: Facts): void {
        if (count >= MOST || !isNew(known, ...facts)) return;
        count += 1;
        collection.put(facts.join(' '), { ...used, at: clock.now() });
      },
      all: () => collection.list().map(({ value }) => value),
    };
  }

  return {
    permission(used) {
      const { functionArn, action, resource, allowed } = used;
      permissions.add(used, functionArn, action, resource, allowed);
    },
    connection(used) {
      const { functionArn, hostname, port, reached } = used;
      connections.add(used, functionArn, hostname, port, reached);
    },
    permissions: permissions.all,
    connections: connections.all,
  };
}
