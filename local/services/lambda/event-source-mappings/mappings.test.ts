import { openStore } from '../../../kernel/sqlite-store.ts';
import type { Store } from '../../../kernel/store.ts';
import type { Mapping, PollerRoom, StreamSettings } from './contract.ts';
import { createMappings, type Mappings } from './mappings.ts';

interface Reader {
  readonly mapping: Mapping;
  readonly said: (result: string) => void;
  /** Its stop has been asked for; called, it ends. */
  end?: () => void;
}

let store: Store;
let readers: Reader[];
let gone: Set<string>;

beforeEach(() => {
  store = openStore('memory');
  readers = [];
  gone = new Set();
});
afterEach(() => store.close());

const STREAM = { startingPosition: 'LATEST' } as StreamSettings;
const mapping = (uuid: string, more: Partial<Mapping> = {}): Mapping => ({
  uuid,
  eventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:jobs',
  functionArn: `arn:${uuid}`,
  enabled: true,
  batchSize: 10,
  batchingWindowSeconds: 0,
  filters: [],
  reportsBatchItemFailures: false,
  countsEvents: false,
  lastModified: 0,
  lastProcessingResult: 'No records processed',
  ...more,
});

function open(): Mappings {
  const start = (made: Mapping, room: PollerRoom) => {
    const reader: Reader = { mapping: made, said: room.said };
    readers.push(reader);
    return {
      isIdle: true,
      stop: () =>
        new Promise<void>((resolve) => {
          reader.end = resolve;
        }),
    };
  };
  return createMappings({
    mappings: store.collection('lambda', 'mappings'),
    checkpoints: store.collection('lambda', 'checkpoints'),
    hasFunction: ({ functionArn }) => !gone.has(functionArn),
    roomOf: (_, said) => ({ said }) as PollerRoom,
    startQueuePoller: start,
    startStreamPoller: start,
  });
}

const running = () => readers.filter(({ end }) => end === undefined).map(({ mapping: { uuid } }) => uuid);
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('what is enabled is read from the start on, and again after a restart', () => {
  const first = open();
  first.put(mapping('a'));
  first.put(mapping('b', { enabled: false }));
  expect(running()).toEqual([]);
  first.companion.resume();
  expect(running()).toEqual(['a']);
  readers = [];
  open().companion.resume();
  expect(running()).toEqual(['a']);
});

test('a change of a queue’s mapping takes over at once, one of a stream’s when the reader before has ended', async () => {
  const mappings = open();
  mappings.companion.resume();
  for (const made of [mapping('queue'), mapping('stream', { stream: STREAM })]) {
    mappings.put(made);
    mappings.put({ ...made, batchSize: 5 });
    expect(mappings.find(made.uuid)?.state).toBe('Updating');
  }
  expect(running()).toEqual(['queue']);
  for (const { end } of readers) end?.();
  await turn();
  expect(running()).toEqual(['queue', 'stream']);
  expect(readers.at(-1)?.mapping.batchSize).toBe(5);
  expect(mappings.all().map(({ state }) => state)).toEqual(['Enabled', 'Enabled']);
});

test('one that is deleted is being deleted until its reader has ended, and leaves no checkpoint', async () => {
  const mappings = open();
  mappings.companion.resume();
  mappings.put(mapping('a'));
  const checkpoints = store.collection('lambda', 'checkpoints');
  checkpoints.put('a/shard', 1);
  checkpoints.put('b/shard', 1);
  mappings.remove('a');
  expect(mappings.find('a')?.state).toBe('Deleting');
  expect(mappings.all()).toHaveLength(1);
  readers[0]?.end?.();
  await turn();
  expect(mappings.find('a')).toBeUndefined();
  expect(checkpoints.list().map(({ key }) => key)).toEqual(['b/shard']);
});

test('one whose function is gone waits for the next', async () => {
  const mappings = open();
  mappings.companion.resume();
  mappings.put(mapping('a'));
  gone.add('arn:a');
  mappings.functionsChanged();
  expect(running()).toEqual([]);
  expect(mappings.find('a')?.mapping.lastProcessingResult).toBe('PROBLEM: Function not found.');
  gone.clear();
  mappings.functionsChanged();
  expect(running()).toEqual(['a']);
  readers.at(-1)?.said('OK');
  expect(mappings.find('a')?.mapping.lastProcessingResult).toBe('OK');
});

test('at the end nothing is read any more, and nothing is written', async () => {
  const mappings = open();
  mappings.companion.resume();
  mappings.put(mapping('a'));
  const stopped = mappings.companion.stop(0);
  readers[0]?.end?.();
  await stopped;
  readers[0]?.said('too late');
  mappings.functionsChanged();
  expect(readers).toHaveLength(1);
  expect(mappings.find('a')?.mapping.lastProcessingResult).toBe('No records processed');
  await mappings.companion.idle();
});
