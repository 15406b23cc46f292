/**
 * The messages of one queue. All that decides is in memory, by what is due and what is next; the store has it too,
 * written before it is answered, and the bodies it has alone. Callers are inside a transaction; when that is rolled back,
 * `reload` makes the memory what the store is.
 */
import type { Clock, Collection, Store } from '../../../kernel/index.ts';
import { expiredReceiptHandle, invalidValue, messageGone, messageNotInflight } from '../errors.ts';
import { LONGEST_VISIBILITY } from './attributes.ts';
import { type Deduplication, openDeduplication, type Sent } from './deduplication.ts';
import { DueHeap } from './due-heap.ts';
import { type Content, type Message, type Standing, type State, standingOf } from './message.ts';
import type { Settings } from './queue-record.ts';
import { type Receipt, receiptHandle } from './receipt-handle.ts';
import { ReceiveAttempts } from './receive-attempts.ts';
import { FifoShelf, type Shelf, StandardShelf } from './shelf.ts';

export interface QueueParts {
  readonly id: string;
  readonly fifo: boolean;
  readonly settings: () => Settings;
  readonly store: Store;
  readonly clock: Clock;
  readonly nextSequence: () => number;
  /** Something may be received now, or soon, that could not before; called once the transaction has committed. */
  readonly onStir: () => void;
}

/** A message that is handed out. */
export interface Received {
  readonly message: Message;
  readonly content: Content;
  readonly handle: string;
}

export interface Draft {
  readonly id: string;
  readonly group?: string;
  readonly size: number;
  readonly delayMs?: number;
  readonly content: Content;
}

/** What may happen to a message instead of its being received: it has been received too often. */
export type GiveUp = (message: Message) => boolean;

type Counts = Record<State, number>;

const keyOf = (queueId: string, sequence: number): string => `${queueId}/${String(sequence).padStart(16, '0')}`;

export class MessageQueue {
  readonly id: string;
  readonly #parts: QueueParts;
  readonly #standings: Collection<Standing>;
  readonly #contents: Collection<Content>;
  readonly #sent: Collection<Sent>;
  #messages = new Map<number, Message>();
  #shelf!: Shelf;
  #hidden!: DueHeap<Message>;
  #byAge!: DueHeap<Message>;
  #counts!: Counts;
  #attempts = new ReceiveAttempts();
  #deduplication: Deduplication | undefined;

  constructor(parts: QueueParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#standings = parts.store.collection('sqs', 'standings');
    this.#contents = parts.store.collection('sqs', 'contents');
    this.#sent = parts.store.collection('sqs', 'deduplication');
    this.reload();
  }

  /** Takes up what the store has. */
  reload(): void {
    this.#empty();
    const { fifo } = this.#parts;
    this.#deduplication = fifo ? openDeduplication(this.#sent, this.id) : undefined;
    const now = this.#parts.clock.now();
    const rows = this.#standings.list({ prefix: `${this.id}/` }).map(({ key, value }): Message => {
      const hidden = value.receives === 0 ? 'delayed' : 'in-flight';
      const state = value.visibleAt > now ? hidden : 'visible';
      return { ...value, sequence: Number(key.slice(this.id.length + 1)), state };
    });
    if (!fifo) rows.sort((a, b) => a.visibleAt - b.visibleAt || a.sequence - b.sequence);
    for (const message of rows) this.#take(message);
  }

  #empty(): void {
    this.#messages = new Map();
    this.#shelf = this.#parts.fifo ? new FifoShelf() : new StandardShelf();
    this.#hidden = new DueHeap(
      ({ state, visibleAt }, at) => visibleAt === at && (state === 'delayed' || state === 'in-flight'),
    );
    this.#byAge = new DueHeap(({ state }) => state !== 'gone');
    this.#counts = { visible: 0, delayed: 0, 'in-flight': 0, gone: 0 };
    this.#attempts = new ReceiveAttempts();
  }

  /** How many there are of each kind, now. */
  counts(): Readonly<Counts> {
    this.settle();
    return this.#counts;
  }

  get size(): number {
    return this.#messages.size;
  }

  /** ms since 1970 of the oldest message that was not deleted. */
  oldest(): number | undefined {
    return this.#byAge.first()?.sentAt;
  }

  /** When something hidden becomes visible next. */
  nextVisibleAt(): number | undefined {
    return this.#hidden.first()?.visibleAt;
  }

  /** When the oldest message is given up. */
  nextExpiry(): number | undefined {
    const oldest = this.oldest();
    return oldest === undefined ? undefined : oldest + this.#parts.settings().retentionMs;
  }

  /** What has been sent under this id within five minutes. */
  duplicateOf(scope: string, deduplicationId: string): Sent | undefined {
    return this.#deduplication?.find(scope, deduplicationId, this.#parts.clock.now());
  }

  send({ content, delayMs = this.#parts.settings().delayMs, ...draft }: Draft): Message {
    const now = this.#parts.clock.now();
    return this.accept({ ...draft, sentAt: now, visibleAt: now + delayMs, receives: 0 }, content);
  }

  /** A message from elsewhere, or a new one. */
  accept(standing: Standing, content: Content): Message {
    const { clock, nextSequence, settings } = this.#parts;
    const sequence = nextSequence();
    const message: Message = {
      ...standing,
      sequence,
      state: standing.visibleAt > clock.now() ? 'delayed' : 'visible',
    };
    const key = keyOf(this.id, sequence);
    this.#standings.put(key, standing);
    this.#contents.put(key, content);
    if (content.deduplicationId !== undefined) {
      const scope = settings().perGroup ? (standing.group ?? '') : '';
      this.#deduplication?.remember(scope, content.deduplicationId, {
        id: standing.id,
        sequence,
        sentAt: clock.now(),
      });
    }
    this.#take(message);
    this.#stir();
    return message;
  }

  /**
   * Hands out what may be received, at most so many.
   * @param giveUp asked of each first; those it moves elsewhere are not handed out
   */
  receive(most: number, visibilityMs: number, giveUp: GiveUp, attemptId?: string): Received[] {
    this.settle();
    const now = this.#parts.clock.now();
    const again = attemptId === undefined ? undefined : this.#attempts.again(attemptId, now);
    if (again) return again.map((message) => this.#hand(this.#hide(message, now + visibilityMs)));
    const found: Message[] = [];
    while (found.length < most) {
      const taken = this.#shelf.take(most - found.length);
      if (taken.length === 0) break;
      for (const message of taken) {
        if (giveUp(message)) continue;
        message.receives += 1;
        message.firstReceivedAt ??= now;
        message.lastReceivedAt = now;
        found.push(this.#hide(message, now + visibilityMs));
      }
    }
    if (attemptId !== undefined && found.length > 0) this.#attempts.remember(attemptId, now, found);
    return found.map((message) => this.#hand(message));
  }

  #hand(message: Message): Received {
    const { sequence, receives } = message;
    const handle = receiptHandle({ queueId: this.id, sequence, receives });
    return { message, content: this.contentOf(message), handle };
  }

  contentOf({ sequence }: Message): Content {
    const content = this.#contents.get(keyOf(this.id, sequence));
    if (!content) throw new Error(`message ${sequence} of queue ${this.id} has no content`);
    return content;
  }

  /**
   * An old receipt of a standard queue deletes nothing, and is taken all the same.
   * Throws InvalidParameterValue where a FIFO queue's receipt has expired.
   */
  delete({ sequence, receives }: Receipt, handle: string): void {
    this.settle();
    const message = this.#messages.get(sequence);
    if (!message) return;
    const isLatest = message.receives === receives;
    if (this.#parts.fifo && (!isLatest || message.state !== 'in-flight')) throw expiredReceiptHandle(handle);
    if (isLatest) this.remove(message);
  }

  /** Throws InvalidParameterValue and MessageNotInflight. */
  changeVisibility({ sequence, receives }: Receipt, handle: string, seconds: number): void {
    this.settle();
    const now = this.#parts.clock.now();
    const message = this.#messages.get(sequence);
    if (!message) throw messageGone(handle);
    if (message.receives !== receives) throw this.#parts.fifo ? expiredReceiptHandle(handle) : messageNotInflight();
    if (message.state !== 'in-flight') throw messageNotInflight();
    const visibleAt = now + seconds * 1000;
    if (visibleAt - (message.lastReceivedAt ?? now) > LONGEST_VISIBILITY * 1000) {
      throw invalidValue(
        seconds,
        'VisibilityTimeout',
        `Total VisibilityTimeout for the message is beyond the limit [${LONGEST_VISIBILITY} seconds].`,
      );
    }
    this.#hide(message, visibleAt);
    this.settle();
    this.#stir();
  }

  remove(message: Message): void {
    const key = keyOf(this.id, message.sequence);
    this.#standings.delete(key);
    this.#contents.delete(key);
    this.#messages.delete(message.sequence);
    this.#turn(message, 'gone');
    this.#stir();
  }

  /** Those that may be received or wait to be, the oldest first. */
  first(most: number): Message[] {
    this.settle();
    const found: Message[] = [];
    for (const message of this.#messages.values()) {
      if (found.length >= most) break;
      if (message.state === 'visible') found.push(message);
    }
    return found;
  }

  /** Of FIFO queues another delay holds for what waits already. */
  delayBy(delayMs: number): void {
    for (const message of this.#messages.values()) {
      if (message.state === 'delayed') this.#hide(message, message.sentAt + delayMs);
    }
    this.settle();
    this.#stir();
  }

  purge(): void {
    this.#standings.deleteAll(`${this.id}/`);
    this.#contents.deleteAll(`${this.id}/`);
    this.#empty();
  }

  /** With all it remembers. */
  drop(): void {
    this.purge();
    this.#sent.deleteAll(`${this.id}/`);
  }

  /** What the clock has done since: messages became visible, and others too old. */
  settle(): void {
    const now = this.#parts.clock.now();
    for (let message = this.#hidden.takeDue(now); message; message = this.#hidden.takeDue(now)) {
      this.#turn(message, 'visible');
    }
    const { retentionMs } = this.#parts.settings();
    for (let old = this.#byAge.takeDue(now - retentionMs); old; old = this.#byAge.takeDue(now - retentionMs)) {
      this.remove(old);
    }
  }

  #take(message: Message): void {
    this.#messages.set(message.sequence, message);
    this.#counts[message.state] += 1;
    this.#byAge.add(message, message.sentAt, this.#messages.size);
    if (message.state !== 'visible') this.#await(message);
    this.#shelf.changed(message, undefined);
  }

  #hide(message: Message, visibleAt: number): Message {
    message.visibleAt = visibleAt;
    this.#standings.put(keyOf(this.id, message.sequence), standingOf(message));
    this.#turn(message, message.receives > 0 ? 'in-flight' : 'delayed');
    this.#await(message);
    return message;
  }

  #await(message: Message): void {
    this.#hidden.add(message, message.visibleAt, this.#counts.delayed + this.#counts['in-flight']);
  }

  #turn(message: Message, state: State): void {
    const before = message.state;
    if (before === state) return;
    message.state = state;
    this.#counts[before] -= 1;
    this.#counts[state] += 1;
    this.#shelf.changed(message, before);
  }

  #stir(): void {
    this.#parts.store.onCommit(this.#parts.onStir);
  }
}
