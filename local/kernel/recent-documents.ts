/** Documents that were read last, as they are: to read one again asks neither the database nor the parser of JSON. */
export interface RecentDocuments {
  /** Whoever is given one may not change it, and cannot. */
  get(collection: string, key: Uint8Array): unknown;
  /** From now on nobody can change the document. */
  keep(collection: string, key: Uint8Array, document: unknown): void;
  /** True when it was there. */
  forget(collection: string, key: Uint8Array): boolean;
  forgetAll(collection: string): void;
  clear(): void;
}

/** @param most how many are kept; the oldest goes first */
export function createRecentDocuments(most: number): RecentDocuments {
  const kept = new Map<string, Map<string, unknown>>();
  let count = 0;

  const nameOf = (key: Uint8Array): string => bufferOf(key).toString('latin1');

  function drop(collection: string, name: string): boolean {
    const documents = kept.get(collection);
    if (!documents?.delete(name)) return false;
    count -= 1;
    if (documents.size === 0) kept.delete(collection);
    return true;
  }

  return {
    get: (collection, key) => kept.get(collection)?.get(nameOf(key)),
    keep(collection, key, document) {
      const name = nameOf(key);
      drop(collection, name);
      if (count >= most) {
        const [oldest, documents] = kept.entries().next().value!;
        drop(oldest, documents.keys().next().value!);
      }
      let documents = kept.get(collection);
      if (!documents) {
        documents = new Map();
        kept.set(collection, documents);
      }
      documents.set(name, frozen(document));
      count += 1;
    },
    forget: (collection, key) => drop(collection, nameOf(key)),
    forgetAll(collection) {
      count -= kept.get(collection)?.size ?? 0;
      kept.delete(collection);
    },
    clear() {
      kept.clear();
      count = 0;
    },
  };
}

const bufferOf = (key: Uint8Array): Buffer =>
  Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.byteLength);

/** With all that is in it; bytes cannot be. */
function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
