import type { Collection } from './store.ts';

/** The same collection, for those who keep something made of it: `changed` is told of every write. */
export function watched<T>(collection: Collection<T>, changed: () => void): Collection<T> {
  return {
    get: (key) => collection.get(key),
    list: (options) => collection.list(options),
    put(key, value) {
      collection.put(key, value);
      changed();
    },
    delete(key) {
      changed();
      return collection.delete(key);
    },
  };
}
