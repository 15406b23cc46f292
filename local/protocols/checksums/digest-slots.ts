/**
 * Memory that the threads of a pool see too, in slots: whoever fills one says how many will read it, each reader counts itself
 * off, and with the last one it is free again. Nobody is told of that who does not wait.
 */

/** Large enough that a message costs little beside what is computed of it. */
export const SLOT = 256 * 1024;
const SLOTS = 16;
/** A page: what is shared is copied byte by byte where it does not begin at a word. */
const HEADER = 4096;

export interface DigestSlots {
  /** For the threads: whether somebody waits, and then a count of readers for each slot, as Int32; the slots behind `header`. */
  readonly shared: SharedArrayBuffer;
  readonly header: number;
  /** The number of a free slot, which is the caller's until it is handed over or given back. */
  take(): number | undefined;
  bytes(slot: number): Uint8Array;
  handOver(slot: number, readers: number): void;
  giveBack(slot: number): void;
  /** From now on the next reader that frees a slot says so. To be asked before the last look whether there is one. */
  await(): void;
}

const WAITING = 0;
const FIRST_COUNT = 1;

export function createDigestSlots(): DigestSlots {
  const shared = new SharedArrayBuffer(HEADER + SLOTS * SLOT);
  const counts = new Int32Array(shared, 0, FIRST_COUNT + SLOTS);
  let next = 0;
  return {
    shared,
    header: HEADER,
    take() {
      for (let tried = 0; tried < SLOTS; tried += 1) {
        const slot = (next + tried) % SLOTS;
        if (Atomics.load(counts, FIRST_COUNT + slot) > 0) continue;
        Atomics.store(counts, FIRST_COUNT + slot, 1);
        next = (slot + 1) % SLOTS;
        return slot;
      }
      return undefined;
    },
    bytes: (slot) => new Uint8Array(shared, HEADER + slot * SLOT, SLOT),
    handOver: (slot, readers) => void Atomics.store(counts, FIRST_COUNT + slot, readers),
    giveBack: (slot) => void Atomics.store(counts, FIRST_COUNT + slot, 0),
    await: () => void Atomics.store(counts, WAITING, 1),
  };
}
