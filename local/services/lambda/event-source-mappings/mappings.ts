/**
 * The event source mappings of the account, and a poller for each that is enabled and whose function is there. They are
 * stored; what is between two states is known only here, and after a restart it is over.
 */
import type { Companion } from '../../../kernel/outbox.ts';
import type { Collection } from '../../../kernel/store.ts';
import type { Mapping, Poller, PollerRoom, StartPoller } from './contract.ts';

export type MappingState = 'Enabled' | 'Disabled' | 'Disabling' | 'Updating' | 'Deleting';

export interface KnownMapping {
  readonly mapping: Mapping;
  readonly state: MappingState;
}

export interface Mappings {
  /** One that is being deleted too. */
  find(uuid: string): KnownMapping | undefined;
  /** In order of their UUIDs. */
  all(): readonly KnownMapping[];
  /** Makes it, or changes it: what is under way with the function goes on as it was begun. */
  put(mapping: Mapping): void;
  remove(uuid: string): void;
  /** Functions have come, changed or gone. */
  functionsChanged(): void;
  readonly companion: Companion;
}

export interface MappingsOptions {
  readonly mappings: Collection<Mapping>;
  readonly checkpoints: Collection<unknown>;
  /** Whether what it invokes is there. */
  readonly hasFunction: (mapping: Mapping) => boolean;
  readonly roomOf: (mapping: Mapping, said: (result: string) => void) => PollerRoom;
  readonly startQueuePoller: StartPoller;
  readonly startStreamPoller: StartPoller;
}

/** An invocation takes no longer, and what follows it is done at once. */
const LONGEST_INVOCATION_MS = 900_000;
const FUNCTION_GONE = 'PROBLEM: Function not found.';
const LOOK_AGAIN_MS = 2;

interface Running {
  readonly mapping: Mapping;
  readonly poller: Poller;
}

export function createMappings(options: MappingsOptions): Mappings {
  const { mappings, checkpoints, hasFunction, roomOf } = options;
  const running = new Map<string, Running>();
  /** Pollers that end, by the mapping's UUID. */
  const ending = new Map<string, Set<Running>>();
  let state: 'waiting' | 'resumed' | 'stopping' | 'stopped' = 'waiting';

  function said(uuid: string, lastProcessingResult: string): void {
    const mapping = mappings.get(uuid);
    if (!mapping || state === 'stopped' || mapping.lastProcessingResult === lastProcessingResult) return;
    mappings.put(uuid, { ...mapping, lastProcessingResult });
  }

  function start(mapping: Mapping): void {
    const { uuid } = mapping;
    if (state !== 'resumed' || running.has(uuid)) return;
    const isStream = mapping.stream !== undefined;
    // Two readers of one shard would handle its records twice; a queue gives nobody what another has.
    if (isStream && ending.has(uuid)) return;
    const begin = isStream ? options.startStreamPoller : options.startQueuePoller;
    const room = roomOf(mapping, (result) => said(uuid, result));
    running.set(uuid, { mapping, poller: begin(mapping, room) });
  }

  function end(uuid: string): void {
    const one = running.get(uuid);
    if (!one) return;
    running.delete(uuid);
    const all = ending.get(uuid) ?? new Set();
    ending.set(uuid, all.add(one));
    void one.poller.stop(LONGEST_INVOCATION_MS).then(() => {
      all.delete(one);
      if (all.size > 0) return;
      ending.delete(uuid);
      if (state !== 'resumed') return;
      const mapping = mappings.get(uuid);
      if (mapping) settle(mapping);
      else checkpoints.deleteAll(uuid);
    });
  }

  /** Makes what runs what is wanted. */
  function settle(mapping: Mapping): void {
    const isThere = hasFunction(mapping);
    if (mapping.enabled && isThere) start(mapping);
    else end(mapping.uuid);
    if (!isThere) said(mapping.uuid, FUNCTION_GONE);
  }

  function settleAll(): void {
    if (state === 'resumed') for (const { value } of mappings.list()) settle(value);
  }

  function stateOf({ uuid, enabled }: Mapping): MappingState {
    if (ending.has(uuid)) return enabled ? 'Updating' : 'Disabling';
    return enabled ? 'Enabled' : 'Disabled';
  }

  function leaving(uuid: string): KnownMapping | undefined {
    const [last] = ending.get(uuid) ?? [];
    return last && { mapping: last.mapping, state: 'Deleting' };
  }

  const pollers = (): Poller[] => [
    ...[...running.values()].map(({ poller }) => poller),
    ...[...ending.values()].flatMap((all) => [...all].map(({ poller }) => poller)),
  ];
  const isIdle = (): boolean => state === 'stopped' || pollers().every((poller) => poller.isIdle);

  return {
    find(uuid) {
      const mapping = mappings.get(uuid);
      return mapping ? { mapping, state: stateOf(mapping) } : leaving(uuid);
    },
    all() {
      const stored = mappings.list().map(({ value }) => ({ mapping: value, state: stateOf(value) }));
      const gone = [...ending.keys()].filter((uuid) => mappings.get(uuid) === undefined);
      return [...stored, ...gone.flatMap((uuid) => leaving(uuid) ?? [])].sort((a, b) =>
        a.mapping.uuid < b.mapping.uuid ? -1 : 1,
      );
    },
    put(mapping) {
      mappings.put(mapping.uuid, mapping);
      end(mapping.uuid);
      settle(mapping);
    },
    remove(uuid) {
      mappings.delete(uuid);
      end(uuid);
      if (!ending.has(uuid)) checkpoints.deleteAll(uuid);
    },
    functionsChanged: settleAll,
    companion: {
      get isIdle() {
        return isIdle();
      },
      async idle() {
        // Nobody but a test waits here; pollers have better things to do than to tell.
        while (!isIdle()) await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      },
      resume() {
        if (state !== 'waiting') return;
        state = 'resumed';
        settleAll();
      },
      async stop(graceMs) {
        if (state === 'stopped' || state === 'stopping') return;
        state = 'stopping';
        const all = pollers();
        running.clear();
        await Promise.all(all.map((poller) => poller.stop(graceMs)));
        state = 'stopped';
      },
    },
  };
}
