/** Things by a time, the earliest first. What has changed since it was put in is left where it is, and passed over. */

interface Entry<T> {
  readonly at: number;
  readonly item: T;
}

/** So many that are passed over are worth no clearing up. */
const FEW = 64;

export class DueHeap<T> {
  readonly #isCurrent: (item: T, at: number) => boolean;
  #heap: Entry<T>[] = [];

  /** @param isCurrent whether an item is still due at the time it was put in for */
  constructor(isCurrent: (item: T, at: number) => boolean) {
    this.#isCurrent = isCurrent;
  }

  /** @param alive how many items are current at most: when there are far more entries, the others are cleared away */
  add(item: T, at: number, alive: number): void {
    if (this.#heap.length > 2 * alive + FEW) this.#clearUp();
    const heap = this.#heap;
    const entry = { at, item };
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (heap[parent]!.at <= at) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  /** The earliest that is current. */
  first(): T | undefined {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return undefined;
      if (this.#isCurrent(first.item, first.at)) return first.item;
      this.#drop();
    }
  }

  /** The earliest, when it is due by `now`; it is taken out. */
  takeDue(now: number): T | undefined {
    const first = this.first();
    if (first === undefined || this.#heap[0]!.at > now) return undefined;
    this.#drop();
    return first;
  }

  #clearUp(): void {
    const kept = this.#heap.filter(({ item, at }) => this.#isCurrent(item, at));
    // A sorted list is a heap.
    this.#heap = kept.sort((a, b) => a.at - b.at);
  }

  #drop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (last.at <= heap[child]!.at) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}
