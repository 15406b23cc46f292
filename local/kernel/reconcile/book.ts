import type { Json, JsonObject, Position } from '../../template/stack.ts';
import type { Clock } from '../clock.ts';
import type { Collection, Store } from '../store.ts';
import type { StackDescription, StackEvent } from './contract.ts';

/** One resource as it is remembered. Written before and after every step, so that a crash in between is seen. */
export interface ResourceRecord {
  readonly logicalId: string;
  readonly type: string;
  /** '' while it is being created for the first time. */
  readonly physicalId: string;
  /** Evaluated, but dynamic references as text: secrets are not written down here. */
  readonly properties: JsonObject;
  readonly attributes: Readonly<Record<string, Json>>;
  readonly generatedName: string;
  readonly dependsOn: readonly string[];
  readonly deletionPolicy?: string;
  readonly updateReplacePolicy?: string;
  readonly emulated: boolean;
  /**
   * `complete`: as its properties say. `creating`, `updating`, `deleting`: a step began and, seen at a start, was cut
   * off. `broken`: it could not be restored or rolled back.
   */
  readonly state: 'complete' | 'creating' | 'updating' | 'deleting' | 'broken';
  readonly at?: Position;
}

const EVENTS_KEPT = 1_000;

/** What the store knows about stacks: the live resources, those that only wait to be deleted, and those kept. */
export class StackBook {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #stacks: Collection<StackDescription>;
  readonly #live: Collection<ResourceRecord>;
  readonly #retired: Collection<ResourceRecord>;
  readonly #kept: Collection<ResourceRecord>;
  readonly #events: Collection<StackEvent>;
  /** By stack: who asks for a reason to refuse, or for an advice, asks for them all. Nobody changes what they are given. */
  readonly #listed = new Map<string, { readonly writes: number; readonly records: readonly ResourceRecord[] }>();
  #sequence = 0;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#stacks = store.collection('kernel', 'stacks');
    this.#live = store.collection('kernel', 'resources');
    this.#retired = store.collection('kernel', 'retired-resources');
    this.#kept = store.collection('kernel', 'kept-resources');
    this.#events = store.collection('kernel', 'stack-events');
  }

  stacks(): StackDescription[] {
    return this.#stacks.list().map(({ value }) => value);
  }

  stack(name: string): StackDescription | undefined {
    return this.#stacks.get(name);
  }

  putStack(stack: StackDescription): void {
    this.#stacks.put(stack.name, stack);
  }

  dropStack(name: string): void {
    this.#stacks.delete(name);
  }

  /** The same list as long as nothing of it has changed. */
  live(stackName: string): readonly ResourceRecord[] {
    const writes = this.#store.writes('kernel', 'resources');
    const known = this.#listed.get(stackName);
    if (known?.writes === writes) return known.records;
    const records = this.#live.list({ prefix: `${stackName}/` }).map(({ value }) => value);
    this.#listed.set(stackName, { writes, records });
    return records;
  }

  put(stackName: string, record: ResourceRecord): void {
    this.#live.put(`${stackName}/${record.logicalId}`, record);
  }

  drop(stackName: string, logicalId: string): void {
    this.#live.delete(`${stackName}/${logicalId}`);
  }

  /** Replaced or removed, but still there until the clean-up. */
  retired(stackName: string): ResourceRecord[] {
    return this.#retired.list({ prefix: `${stackName}/` }).map(({ value }) => value);
  }

  retire(stackName: string, record: ResourceRecord): void {
    this.#retired.put(retiredKey(stackName, record), record);
  }

  unretire(stackName: string, record: ResourceRecord): void {
    this.#retired.delete(retiredKey(stackName, record));
  }

  /** A step's changes belong together: a replaced resource is never in both places, nor in neither. */
  together(work: () => void): void {
    this.#store.transaction(work);
  }

  /** Resources that outlive their stack by `DeletionPolicy: Retain`; they are still restored at every start. */
  kept(stackName: string): ResourceRecord[] {
    return this.#kept.list({ prefix: `${stackName}/` }).map(({ value }) => value);
  }

  keep(stackName: string, record: ResourceRecord): void {
    this.#kept.put(retiredKey(stackName, record), record);
  }

  /** Every name that has a resource of any kind, whether or not the stack itself was ever complete. */
  stackNames(): string[] {
    const keys = [this.#stacks, this.#live, this.#retired, this.#kept].flatMap((collection) =>
      (collection as Collection<unknown>).list().map(({ key }) => key.split('/')[0]!),
    );
    return [...new Set(keys)];
  }

  addEvent(event: StackEvent): void {
    const order = `${String(this.#clock.now()).padStart(15, '0')}-${String(this.#sequence++).padStart(6, '0')}`;
    this.#events.put(`${event.stackName}/${order}`, event);
  }

  events(stackName: string): StackEvent[] {
    return this.#events.list({ prefix: `${stackName}/` }).map(({ value }) => value);
  }

  trimEvents(stackName: string): void {
    const keys = this.#events.list({ prefix: `${stackName}/` }).map(({ key }) => key);
    for (const key of keys.slice(0, Math.max(0, keys.length - EVENTS_KEPT))) this.#events.delete(key);
  }
}

const retiredKey = (stackName: string, record: ResourceRecord): string =>
  `${stackName}/${record.logicalId}/${record.physicalId || record.generatedName}`;
