/** Timers by the moment they are due, equal ones in the order they were set: a binary heap that knows each one's place. */

export interface PendingTimer {
  readonly dueAt: number;
  readonly task: () => void;
}

interface Entry extends PendingTimer {
  readonly order: number;
  /** In the heap; -1 when it is there no more. */
  place: number;
}

export class TimerQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  add(dueAt: number, task: () => void): PendingTimer {
    const entry: Entry = { dueAt, task, order: this.#order++, place: this.#heap.length };
    this.#heap.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** Nothing happens when it has run, or was removed. */
  remove(timer: PendingTimer): void {
    const entry = timer as Entry;
    if (entry.place === -1) return;
    const last = this.#heap.pop()!;
    const { place } = entry;
    entry.place = -1;
    if (last === entry) return;
    this.#put(last, place);
    this.#rise(last);
    this.#sink(last);
  }

  /** The first of those due at `at` or before, taken out. */
  takeDue(at: number): PendingTimer | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.dueAt > at) return undefined;
    this.remove(first);
    return first;
  }

  #rise(entry: Entry): void {
    while (entry.place > 0) {
      const above = this.#heap[(entry.place - 1) >> 1]!;
      if (!isBefore(entry, above)) return;
      this.#swap(entry, above);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      const below = right && isBefore(right, left!) ? right : left;
      if (!below || !isBefore(below, entry)) return;
      this.#swap(entry, below);
    }
  }

  #swap(one: Entry, other: Entry): void {
    const { place } = one;
    this.#put(one, other.place);
    this.#put(other, place);
  }

  #put(entry: Entry, place: number): void {
    entry.place = place;
    this.#heap[place] = entry;
  }
}

const isBefore = (a: Entry, b: Entry): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.order < b.order);
