/** Which queues there are. Their records are in memory, and in the store; their messages are opened with them. */
import { randomBytes } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Collection, ServiceContext } from '../../../kernel/index.ts';
import { queueDoesNotExist } from '../errors.ts';
import { addressOf, addressOfArn, type QueueAddress } from '../place.ts';
import { settingsOf } from './attributes.ts';
import { MessageQueue } from './message-queue.ts';
import type { QueueRecord, Settings } from './queue-record.ts';
import { WaitingReceivers } from './waiting-receivers.ts';

/** A queue that exists. */
export interface Queue {
  readonly record: QueueRecord;
  readonly settings: Settings;
  readonly messages: MessageQueue;
  readonly receivers: WaitingReceivers;
}

type Changeable = { -readonly [K in keyof Queue]: Queue[K] };

export interface QueueBook {
  /** In order of names. */
  all(): readonly Queue[];
  /** Undefined where there is none, or it is another account's. */
  find(address: QueueAddress): Queue | undefined;
  /** Throws InvalidAddress and QueueDoesNotExist. */
  at(queueUrl: string): Queue;
  /** Undefined for what is no queue's ARN, or none that is here. */
  findByArn(arn: string): Queue | undefined;
  create(record: Omit<QueueRecord, 'id'>): Queue;
  update(queue: Queue, change: Partial<Omit<QueueRecord, 'id' | 'name' | 'arn' | 'fifo'>>): void;
  delete(queue: Queue): void;
  /** ms since 1970; undefined where that is more than a minute ago. */
  deletedAt(name: string): number | undefined;
  /** As `store.transaction`; when that fails, what is in memory is made again of what is stored. */
  transaction<T>(work: () => T): T;
  close(): void;
}

const RECENTLY_MS = 60_000;

export function openQueueBook(context: ServiceContext): QueueBook {
  const { store, clock, accountId } = context;
  const records: Collection<QueueRecord> = store.collection('sqs', 'queues');
  const deletions: Collection<number> = store.collection('sqs', 'deletions');
  const queues = new Map<string, Changeable>();
  let lastSequence = 0;

  /** Grows with time, so that a new run goes on above all that an earlier one gave. */
  function nextSequence(): number {
    lastSequence = Math.max(lastSequence + 1, clock.now() * 1000);
    return lastSequence;
  }

  function open(record: QueueRecord): Changeable {
    const queue: Changeable = {
      record,
      settings: settingsOf(record),
      messages: new MessageQueue({
        id: record.id,
        fifo: record.fifo,
        settings: () => queue?.settings ?? settingsOf(record),
        store,
        clock,
        nextSequence,
        onStir: () => queue.receivers.stirred(),
      }),
      receivers: new WaitingReceivers(clock, () => queue.messages.nextVisibleAt()),
    };
    queues.set(record.name, queue);
    return queue;
  }

  for (const { value } of records.list()) open(value);

  const find = (address: QueueAddress): Queue | undefined =>
    address.accountId === accountId ? queues.get(address.name) : undefined;

  return {
    all: () => [...queues.values()].sort((a, b) => (a.record.name < b.record.name ? -1 : 1)),
    find,
    at(queueUrl) {
      const queue = find(addressOf(queueUrl, context));
      if (!queue) throw queueDoesNotExist();
      return queue;
    },
    findByArn(arn) {
      const address = addressOfArn(arn, context);
      return address && find(address);
    },
    create(given) {
      const record = { ...given, id: randomBytes(9).toString('base64url') };
      records.put(record.name, record);
      deletions.delete(record.name);
      return open(record);
    },
    update(queue, change) {
      const record = Object.fromEntries(
        Object.entries({ ...queue.record, ...change }).filter(([, value]) => value !== undefined),
      ) as unknown as QueueRecord;
      records.put(record.name, record);
      const changeable: Changeable = queue;
      changeable.record = record;
      changeable.settings = settingsOf(record);
    },
    delete(queue) {
      const { name } = queue.record;
      store.transaction(() => {
        records.delete(name);
        deletions.put(name, clock.now());
        queue.messages.drop();
      });
      queues.delete(name);
      queue.receivers.failAll(queueDoesNotExist());
    },
    deletedAt(name) {
      const at = deletions.get(name);
      if (at === undefined || clock.now() - at < RECENTLY_MS) return at;
      deletions.delete(name);
      return undefined;
    },
    transaction(work) {
      try {
        return store.transaction(work);
      } catch (error) {
        // A refusal comes before anything is changed.
        if (!(error instanceof AwsError)) for (const { messages } of queues.values()) messages.reload();
        throw error;
      }
    },
    close() {
      const stopping = new AwsError('ServiceUnavailable', 'The local cloud stops.', { statusCode: 503 });
      for (const { receivers } of queues.values()) receivers.failAll(stopping);
    },
  };
}
