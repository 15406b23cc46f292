/** CPython 2.7's string hash and the order in which its dictionaries kept their keys. */

const HALF = 2 ** 32;
const MULTIPLIER = 1_000_003;
const REMEMBERED = 20_000;
const hashes = new Map<string, Hash>();

/** A 64-bit hash in two halves: products of a half and the multiplier are exact in a double. */
export interface Hash {
  readonly high: number;
  readonly low: number;
}

/** `hash(text)` of CPython 2.7 on a 64-bit machine, unsigned. */
function hashOf(text: string): Hash {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  const hash = computed(text);
  if (hashes.size >= REMEMBERED) hashes.clear();
  hashes.set(text, hash);
  return hash;
}

function computed(text: string): Hash {
  if (text === '') return { high: 0, low: 0 };
  let low = text.codePointAt(0)! * 128;
  let high = 0;
  let length = 0;
  for (const character of text) {
    const product = low * MULTIPLIER;
    high = (high * MULTIPLIER + Math.floor(product / HALF)) % HALF;
    low = ((product % HALF) ^ character.codePointAt(0)!) >>> 0;
    length++;
  }
  return { high, low: (low ^ length) >>> 0 };
}

export type KeyEntry = readonly [key: string, authored: boolean];

/** The keys of a dictionary, in its order, each with whether the author wrote it. */
export interface Keys {
  add(key: string, authored: boolean): void;
  remove(key: string): void;
  /** `dict.update`: several keys at once. */
  merge(keys: readonly KeyEntry[]): void;
  entries(): KeyEntry[];
  /** `copy.deepcopy`. */
  copy(): Keys;
}

/** Keys in the order of their insertion, as in today's Python. */
export class InsertionOrder implements Keys {
  readonly #keys: Map<string, boolean>;

  constructor(keys: Iterable<KeyEntry> = []) {
    this.#keys = new Map(keys);
  }

  add(key: string, authored: boolean): void {
    if (!this.#keys.has(key)) this.#keys.set(key, authored);
  }

  remove(key: string): void {
    this.#keys.delete(key);
  }

  merge(keys: readonly KeyEntry[]): void {
    for (const [key, authored] of keys) this.add(key, authored);
  }

  entries(): KeyEntry[] {
    return [...this.#keys];
  }

  copy(): InsertionOrder {
    return new InsertionOrder(this.#keys);
  }
}

interface Slot {
  readonly entry: KeyEntry;
  readonly hash: Hash;
}

/**
 * The key table of a CPython 2.7 dictionary: open addressing with perturbation, so the order of the keys depends on
 * their hashes and, where they collide, on the history of insertions, deletions and growth.
 */
export class HashOrder implements Keys {
  #slots: (Slot | 'deleted' | undefined)[] = new Array(8);
  #size = 0;
  #filled = 0;
  #entries: KeyEntry[] | undefined;

  add(key: string, authored: boolean): void {
    this.#insert({ entry: [key, authored], hash: hashOf(key) });
  }

  remove(key: string): void {
    const index = this.#find(key, hashOf(key));
    const occupant = this.#slots[index];
    if (occupant === undefined || occupant === 'deleted') return;
    this.#slots[index] = 'deleted';
    this.#size--;
    this.#entries = undefined;
  }

  /** Room is made for all keys at once, which can order them differently from one by one. */
  merge(keys: readonly KeyEntry[]): void {
    if (keys.length === 0) return;
    if ((this.#filled + keys.length) * 3 >= this.#slots.length * 2) this.#resize((this.#size + keys.length) * 2);
    for (const [key, authored] of keys) this.add(key, authored);
  }

  /** Keys in the order Python 2.7 would list them. */
  entries(): KeyEntry[] {
    this.#entries ??= this.#occupied().map(({ entry }) => entry);
    return this.#entries;
  }

  /** Keys are inserted anew, in the order they are listed in. */
  copy(): HashOrder {
    const table = new HashOrder();
    for (const slot of this.#occupied()) table.#insert(slot);
    return table;
  }

  #insert(slot: Slot): void {
    const index = this.#find(slot.entry[0], slot.hash);
    const occupant = this.#slots[index];
    if (occupant !== undefined && occupant !== 'deleted') return;
    if (occupant === undefined) this.#filled++;
    this.#size++;
    this.#slots[index] = slot;
    this.#entries = undefined;
    if (this.#filled * 3 >= this.#slots.length * 2) this.#resize(this.#size * (this.#size > 50_000 ? 2 : 4));
  }

  #occupied(): Slot[] {
    return this.#slots.filter((slot): slot is Slot => slot !== undefined && slot !== 'deleted');
  }

  #find(key: string, hash: Hash): number {
    const index = hash.low & (this.#slots.length - 1);
    const occupant = this.#slots[index];
    if (occupant === undefined || (occupant !== 'deleted' && occupant.entry[0] === key)) return index;
    return this.#probe(key, hash, index);
  }

  /** Where a key goes whose first slot is taken. */
  #probe(key: string, hash: Hash, first: number): number {
    const mask = BigInt(this.#slots.length - 1);
    let index = first;
    let walker = BigInt(index);
    let perturb = (BigInt(hash.high) << 32n) | BigInt(hash.low);
    let free: number | undefined;
    for (;;) {
      const occupant = this.#slots[index];
      if (occupant === undefined) return free ?? index;
      if (occupant === 'deleted') free ??= index;
      else if (occupant.entry[0] === key) return index;
      walker = (walker << 2n) + walker + perturb + 1n;
      index = Number(walker & mask);
      perturb >>= 5n;
    }
  }

  #resize(request: number): void {
    let size = 8;
    while (size <= request) size *= 2;
    const occupied = this.#occupied();
    this.#slots = new Array(size);
    this.#filled = 0;
    this.#size = 0;
    for (const slot of occupied) this.#insert(slot);
  }
}
