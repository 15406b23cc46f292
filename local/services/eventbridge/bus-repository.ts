/** Event buses as the store has them. The default bus is there without anybody having made it. */
import type { Collection, ServiceContext } from '../../kernel/index.ts';
import { busNotFound } from './errors.ts';
import type { Bus } from './records.ts';
import { arnOf } from './room.ts';

export const DEFAULT_BUS = 'default';

export interface BusRepository {
  /** By name or ARN; undefined for the default one. An ARN of elsewhere is nobody's here. */
  find(nameOrArn?: string): Bus | undefined;
  /** Throws ResourceNotFoundException. */
  get(nameOrArn?: string): Bus;
  put(bus: Bus): Bus;
  delete(name: string): void;
  /** By name, the default bus among them. */
  list(prefix?: string): readonly Bus[];
  arnOf(name: string): string;
  /** Of a name or an ARN, whether there is such a bus or not. */
  nameOf(nameOrArn?: string): string;
}

export function openBuses(context: ServiceContext): BusRepository {
  const kept: Collection<Bus> = context.store.collection('events', 'buses');
  const initial: Bus = { name: DEFAULT_BUS, createdAt: context.clock.now(), changedAt: context.clock.now() };
  const own = arnOf(context, 'event-bus/');

  const nameOf = (nameOrArn = DEFAULT_BUS): string =>
    nameOrArn.startsWith(own) ? nameOrArn.slice(own.length) : nameOrArn;
  const find = (nameOrArn?: string): Bus | undefined => {
    const name = nameOf(nameOrArn);
    return kept.get(name) ?? (name === DEFAULT_BUS ? initial : undefined);
  };

  return {
    find,
    get(nameOrArn) {
      const bus = find(nameOrArn);
      if (!bus) throw busNotFound(nameOf(nameOrArn));
      return bus;
    },
    put(bus) {
      kept.put(bus.name, bus);
      return bus;
    },
    delete: (name) => void kept.delete(name),
    list(prefix = '') {
      const all = kept.list({ prefix }).map(({ value }) => value);
      const isThere = all.some(({ name }) => name === DEFAULT_BUS) || !DEFAULT_BUS.startsWith(prefix);
      return isThere ? all : [...all, initial].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    arnOf: (name) => own + name,
    nameOf,
  };
}
