/**
 * Reads a queue for a function: one long poll at a time fills batches, and as many batches as may be are with the
 * function at once. What the function has handled is deleted; everything else becomes visible again by itself.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
import type { Message, ReceiveMessageResult } from '@aws-sdk/client-sqs';
import { AwsError } from '../../../../kernel/aws-error.ts';
import { createSystemClock } from '../../../../kernel/system-clock.ts';
import { RECURSIVE_INVOCATION } from '../../invocation/lineage.ts';
import { readBatchItemFailures } from '../batch-item-failures.ts';
import type { Mapping, Poller, PollerRoom, StartPoller } from '../contract.ts';
import { queueUrlOf } from '../sources.ts';
import { eventOf, filtered, itemOf, type QueueItem, queueRecord } from './queue-record.ts';
import { Scaling } from './scaling.ts';
import { traceOfBatch } from './trace-of-batch.ts';

/** SQS gives no more at once, and takes no more receipts. */
const MOST_RECEIVED = 10;
const LONG_POLL_MS = 20_000;
/** What a function may be sent, less what is around the records. */
const MOST_PAYLOAD_BYTES = 6 * 1024 * 1024 - 64;
/** A queue that cannot be read, or a function that may not run. */
const FIRST_BACKOFF_MS = 100;
const LONGEST_BACKOFF_MS = 20_000;

export const startQueuePoller: StartPoller = (mapping, room) => new QueuePoller(mapping, room);

class QueuePoller implements Poller {
  readonly #mapping: Mapping;
  readonly #room: PollerRoom;
  readonly #queueUrl: string;
  readonly #scaling: Scaling;
  readonly #stopping = new AbortController();
  /** Received, and in no batch yet. */
  #pending: QueueItem[] = [];
  readonly #underWay = new Set<readonly QueueItem[]>();
  /** Deletions of what the filters dropped. */
  #dropping = 0;
  /** What ends from now on changes nothing any more. */
  #isCutOff = false;
  #waiters: (() => void)[] = [];

  constructor(mapping: Mapping, room: PollerRoom) {
    this.#mapping = mapping;
    this.#room = room;
    this.#queueUrl = queueUrlOf(mapping.eventSourceArn);
    this.#scaling = new Scaling(room.clock.now());
    void this.#poll();
  }

  get isIdle(): boolean {
    return this.#underWay.size === 0 && this.#pending.length === 0 && this.#dropping === 0;
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    this.#changed();
    await this.#release(this.#pending.splice(0));
    const end = new AbortController();
    const grace = createSystemClock()
      .sleep(graceMs, end.signal)
      .catch(() => {});
    await Promise.race([this.#quiet(), grace]);
    end.abort();
    this.#isCutOff = true;
    await Promise.all([...this.#underWay].map((batch) => this.#release(batch)));
  }

  async #quiet(): Promise<void> {
    while (this.#underWay.size > 0 || this.#dropping > 0) await this.#change();
  }

  /** Resolves when a batch has ended. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #changed(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const resolve of waiters) resolve();
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopping;
    let backoffMs = FIRST_BACKOFF_MS;
    while (!signal.aborted) {
      try {
        await this.#placeForOne();
        await this.#fill();
        backoffMs = FIRST_BACKOFF_MS;
        if (this.#pending.length > 0 && !signal.aborted) this.#begin(this.#takeBatch());
      } catch (error) {
        if (signal.aborted) return;
        this.#complain(error);
        await this.#room.clock.sleep(backoffMs, signal).catch(() => {});
        backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  #complain(error: unknown): void {
    if (this.#isCutOff) return;
    const { code, message } =
      error instanceof AwsError ? error : { code: 'InternalFailure', message: String((error as Error).stack) };
    this.#room.said(`PROBLEM: ${message}`);
    this.#room.report(`${this.#mapping.eventSourceArn} cannot be read: ${code}: ${message}`);
  }

  async #placeForOne(): Promise<void> {
    const { clock } = this.#room;
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#underWay.size >= this.#most()) {
      const grown = new AbortController();
      const growth = clock
        .sleep(Math.max(1, this.#scaling.nextAt(clock.now()) - clock.now()), grown.signal)
        .catch(() => {});
      await Promise.race([this.#change(), growth]);
      grown.abort();
    }
  }

  #most(): number {
    const { clock, mostAtOnce, isCrowded } = this.#room;
    const most = Math.min(this.#scaling.limit(clock.now()), mostAtOnce());
    return isCrowded?.() === true ? Math.min(most, Math.max(Scaling.FIRST, this.#underWay.size)) : most;
  }

  /** Waits for messages, and then for more of them as long as the batch may wait. */
  async #fill(): Promise<void> {
    const { batchSize, batchingWindowSeconds } = this.#mapping;
    const { clock } = this.#room;
    const { signal } = this.#stopping;
    while (!signal.aborted && this.#pending.length < batchSize && bytesOf(this.#pending) < MOST_PAYLOAD_BYTES) {
      const [first] = this.#pending;
      const left = first ? first.receivedAt + batchingWindowSeconds * 1000 - clock.now() : LONG_POLL_MS;
      if (left <= 0) return;
      const messages = await this.#receive(Math.min(MOST_RECEIVED, batchSize - this.#pending.length), left);
      if (messages.length > 0) this.#take(messages);
      else if (!first) this.#scaling.emptied(clock.now());
    }
  }

  /** Waits at most so long; whole seconds are all that SQS knows, so the last of them is cut short here. */
  async #receive(most: number, waitMs: number): Promise<Message[]> {
    const { clock } = this.#room;
    const limit = new AbortController();
    const isCut = waitMs < LONG_POLL_MS;
    const timer = isCut ? clock.after(waitMs, () => limit.abort()) : undefined;
    const signal = isCut ? AbortSignal.any([limit.signal, this.#stopping.signal]) : this.#stopping.signal;
    try {
      const input = {
        QueueUrl: this.#queueUrl,
        MaxNumberOfMessages: most,
        WaitTimeSeconds: Math.ceil(Math.min(waitMs, LONG_POLL_MS) / 1000),
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      };
      const { Messages = [] } = await this.#room.call<ReceiveMessageResult>('ReceiveMessage', input, signal);
      return Messages;
    } catch (error) {
      if (limit.signal.aborted || this.#stopping.signal.aborted) return [];
      throw error;
    } finally {
      timer?.cancel();
    }
  }

  #take(messages: readonly Message[]): void {
    const now = this.#room.clock.now();
    this.#room.count('PolledEventCount', messages.length);
    const dropped: QueueItem[] = [];
    for (const message of messages) {
      const record = queueRecord(message, this.#mapping.eventSourceArn);
      const passes = this.#room.passes(filtered(record));
      (passes ? this.#pending : dropped).push(itemOf(message, record, now));
    }
    if (this.#stopping.signal.aborted) void this.#release(this.#pending.splice(0));
    if (dropped.length === 0) return;
    this.#room.count('FilteredOutEventCount', dropped.length);
    this.#dropping += 1;
    void this.#delete(dropped).finally(() => {
      this.#dropping -= 1;
      this.#changed();
    });
  }

  #takeBatch(): QueueItem[] {
    let bytes = 0;
    let count = 0;
    for (const item of this.#pending) {
      bytes += item.bytes + 1;
      if (count > 0 && (count >= this.#mapping.batchSize || bytes > MOST_PAYLOAD_BYTES)) break;
      count += 1;
    }
    return this.#pending.splice(0, count);
  }

  #begin(batch: readonly QueueItem[]): void {
    this.#underWay.add(batch);
    this.#handle(batch)
      .catch((error) => this.#complain(error))
      .finally(() => {
        this.#underWay.delete(batch);
        this.#changed();
      });
  }

  async #handle(batch: readonly QueueItem[]): Promise<void> {
    const { clock, invoke, said, count } = this.#room;
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS)) {
      const invoked = await invoke(eventOf(batch), traceOfBatch(batch.map(({ traceHeader }) => traceHeader)));
      if (this.#isCutOff) return;
      if (invoked.kind === 'ran') return this.#conclude(batch, invoked.outcome);
      if (invoked.code === RECURSIVE_INVOCATION && batch.length > 1 && !this.#queueUrl.endsWith('.fifo')) {
        // One of them has gone in circles: the others are not to suffer for it, where they need not wait for it.
        for (const item of batch) await this.#handle([item]);
        return;
      }
      said(`PROBLEM: ${invoked.message}`);
      if (invoked.throttled) this.#scaling.throttled(clock.now());
      if (!invoked.throttled || !(await this.#staysHidden(batch, backoffMs))) {
        count('FailedInvokeEventCount', batch.length);
        this.#scaling.failed(clock.now());
        return;
      }
      await clock.sleep(backoffMs, this.#stopping.signal).catch(() => {});
      if (this.#stopping.signal.aborted) return this.#release(batch);
    }
  }

  /** Whether nobody else gets the messages for so long: then the function may be tried with them again. */
  async #staysHidden(batch: readonly QueueItem[], ms: number): Promise<boolean> {
    const { call, clock } = this.#room;
    const { Attributes } = await call<{ Attributes?: Record<string, string> }>('GetQueueAttributes', {
      QueueUrl: this.#queueUrl,
      AttributeNames: ['VisibilityTimeout'],
    });
    const visibleAt = batch[0]!.receivedAt + Number(Attributes?.['VisibilityTimeout'] ?? 30) * 1000;
    return clock.now() + ms < visibleAt;
  }

  async #conclude(
    batch: readonly QueueItem[],
    outcome: Extract<Awaited<ReturnType<PollerRoom['invoke']>>, { kind: 'ran' }>['outcome'],
  ): Promise<void> {
    const { clock, count, said, report } = this.#room;
    count('InvokedEventCount', batch.length);
    if (outcome.kind === 'error') {
      this.#scaling.failed(clock.now());
      said('PROBLEM: Function call failed');
      count('FailedInvokeEventCount', batch.length);
      return;
    }
    said('OK');
    if (!this.#mapping.reportsBatchItemFailures) return this.#delete(batch);
    const result = readBatchItemFailures(outcome.payload, (id) => batch.some((item) => item.id === id));
    switch (result.kind) {
      case 'success':
        return this.#delete(batch);
      case 'some-failed':
        count('FailedInvokeEventCount', result.identifiers.size);
        return this.#delete(batch.filter(({ id }) => !result.identifiers.has(id)));
      case 'invalid':
        report(`all of a batch counts as failed, for the function's answer cannot be understood: ${result.why}`);
        count('FailedInvokeEventCount', batch.length);
    }
  }

  /** What could not be deleted comes again. */
  async #delete(items: readonly QueueItem[]): Promise<void> {
    const { call, count } = this.#room;
    for (let from = 0; from < items.length; from += MOST_RECEIVED) {
      const Entries = entriesOf(items.slice(from, from + MOST_RECEIVED));
      try {
        await call('DeleteMessageBatch', { QueueUrl: this.#queueUrl, Entries });
      } catch (error) {
        this.#complain(error);
        return;
      }
      count('DeletedEventCount', Entries.length);
    }
  }

  /** Gives messages back that nobody has handled. Whoever cannot leaves them to their visibility time-out. */
  async #release(items: readonly QueueItem[]): Promise<void> {
    for (let from = 0; from < items.length; from += MOST_RECEIVED) {
      const Entries = entriesOf(items.slice(from, from + MOST_RECEIVED)).map((entry) => ({
        ...entry,
        VisibilityTimeout: 0,
      }));
      await this.#room
        .callInternally('ChangeMessageVisibilityBatch', { QueueUrl: this.#queueUrl, Entries })
        .catch((error) => {
          if (!(error instanceof AwsError)) throw error;
        });
    }
  }
}

function entriesOf(items: readonly QueueItem[]): { Id: string; ReceiptHandle: string }[] {
  return items.map(({ receiptHandle }, index) => ({ Id: String(index), ReceiptHandle: receiptHandle }));
}

const bytesOf = (items: readonly QueueItem[]): number => items.reduce((sum, { bytes }) => sum + bytes + 1, 0);
