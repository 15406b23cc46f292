/** In which order messages are received. A queue tells its shelf of every message that comes, changes or goes. */
import type { Message, State } from './message.ts';

export interface Shelf {
  /** A message has come in, or has another state than `before`. */
  changed(message: Message, before: State | undefined): void;
  /** At most so many of those that may be received now, in order; whoever takes them changes their state at once. */
  take(most: number): Message[];
}

/** As they became visible. */
export class StandardShelf implements Shelf {
  readonly #line = new Line<Message>();

  changed(message: Message): void {
    if (message.state === 'visible') this.#line.push(message);
  }

  take(most: number): Message[] {
    const taken: Message[] = [];
    while (taken.length < most) {
      const message = this.#line.shift();
      if (!message) break;
      if (message.state === 'visible') taken.push(message);
    }
    return taken;
  }
}

interface Group {
  readonly name: string;
  /** In the order they were sent; those that are gone are passed over. */
  readonly line: Line<Message>;
  /** Of those that are not gone. */
  size: number;
  inFlight: number;
  /** It stands in the line of groups that may have something to give. */
  offered: boolean;
}

/**
 * By group: as long as one of its messages is in flight, nothing more of a group is received.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export class FifoShelf implements Shelf {
  readonly #groups = new Map<string, Group>();
  readonly #offered = new Line<Group>();

  changed(message: Message, before: State | undefined): void {
    const group = this.#group(message.group ?? '');
    if (before === undefined) {
      group.line.push(message);
      group.size += 1;
    }
    if (before === 'in-flight') group.inFlight -= 1;
    if (message.state === 'in-flight') group.inFlight += 1;
    if (message.state === 'gone') group.size -= 1;
    if (group.size === 0) this.#groups.delete(group.name);
    else this.#offer(group);
  }

  take(most: number): Message[] {
    for (;;) {
      const group = this.#offered.shift();
      if (!group) return [];
      group.offered = false;
      if (isOpen(group)) return firstVisible(group, most);
    }
  }

  #offer(group: Group): void {
    if (group.offered || !isOpen(group)) return;
    group.offered = true;
    this.#offered.push(group);
  }

  #group(name: string): Group {
    let group = this.#groups.get(name);
    if (!group) {
      group = { name, line: new Line(), size: 0, inFlight: 0, offered: false };
      this.#groups.set(name, group);
    }
    return group;
  }
}

const isGone = ({ state }: Message): boolean => state === 'gone';

function isOpen({ line, inFlight }: Group): boolean {
  return inFlight === 0 && line.first(isGone)?.state === 'visible';
}

/** Up to the first that is still delayed: it keeps those behind it waiting. */
function firstVisible({ line }: Group, most: number): Message[] {
  const found: Message[] = [];
  for (const message of line.items()) {
    if (found.length >= most) break;
    if (message.state === 'gone') continue;
    if (message.state !== 'visible') break;
    found.push(message);
  }
  return found;
}

/** First in, first out, in constant time. */
class Line<T> {
  #items: T[] = [];
  #head = 0;

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.#head >= this.#items.length) return undefined;
    const item = this.#items[this.#head]!;
    this.#head += 1;
    this.#shorten();
    return item;
  }

  /** The first that is not to be skipped; those before it are dropped. */
  first(skip: (item: T) => boolean): T | undefined {
    while (this.#head < this.#items.length && skip(this.#items[this.#head]!)) this.shift();
    return this.#items[this.#head];
  }

  *items(): Generator<T> {
    for (let index = this.#head; index < this.#items.length; index += 1) yield this.#items[index]!;
  }

  #shorten(): void {
    if (this.#head < 1024 || this.#head * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }
}
