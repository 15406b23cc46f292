/** A stream of the real DynamoDB, its poller, and a function that does as it is told. */
import { openRoom, type Room as Tables, tableOf } from '../../../dynamodb/dynamodb.fixture.ts';
import type { Invoked, Mapping, Poller, PollerRoom, StreamSettings } from '../contract.ts';
import { compileFilters } from '../filters.ts';
import { startStreamPoller } from './index.ts';

export interface Seen {
  readonly Records: readonly {
    readonly eventName: string;
    readonly dynamodb: {
      readonly Keys: { readonly id: { readonly S: string } };
      readonly NewImage?: Record<string, Record<string, unknown>>;
      readonly SequenceNumber: string;
    };
  }[];
  readonly window?: { readonly start: string; readonly end: string };
  readonly state?: unknown;
  readonly isFinalInvokeForWindow?: boolean;
  readonly isWindowTerminatedEarly?: boolean;
}

export const answer = (payload: unknown): Invoked => ({
  kind: 'ran',
  outcome: { kind: 'response', payload: JSON.stringify(payload) },
  requestId: 'a-request',
  version: '$LATEST',
});
export const failure: Invoked = {
  kind: 'ran',
  outcome: { kind: 'error', unhandled: true, errorType: 'Error', payload: '{"errorMessage":"no"}' },
  requestId: 'a-request',
  version: '$LATEST',
};
export const throttled: Invoked = {
  kind: 'not-run',
  throttled: true,
  code: 'TooManyRequestsException',
  message: 'Rate Exceeded.',
};

export interface House {
  readonly tables: Tables;
  readonly arn: string;
  /** Events of all invocations, in order. */
  readonly seen: Seen[];
  readonly delivered: { readonly arn: string; readonly record: object }[];
  readonly said: string[];
  readonly reports: string[];
  readonly counted: { readonly metric: string; readonly value: number }[];
  readonly calls: string[];
  /** What the function answers; `null` unless told otherwise. */
  respond: (event: Seen, index: number) => Invoked | Promise<Invoked>;
  /** What is called instead of the service, to refuse. */
  refuse: (operation: string) => Error | undefined;
  put(id: string, more?: object): Promise<unknown>;
  start(changes?: MappingChanges): Poller;
  /** Moves time, in steps, until what was to happen has. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

export type MappingChanges = Partial<Omit<Mapping, 'stream'>> & { readonly stream?: Partial<StreamSettings> };

let count = 0;

export async function openHouse(stateDirectory = 'memory'): Promise<House> {
  const tables = openRoom(stateDirectory);
  const TableName = `streamed-${++count}`;
  const stream = { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } };
  const { TableDescription } = await tables.call('CreateTable', tableOf(TableName, {}, stream));
  return houseOf(tables, TableName, TableDescription.LatestStreamArn as string);
}

export function houseOf(tables: Tables, TableName: string, arn: string): House {
  const { kernel, clock } = tables;
  const pollers: Poller[] = [];
  const house: House = {
    tables,
    arn,
    seen: [],
    delivered: [],
    said: [],
    reports: [],
    counted: [],
    calls: [],
    respond: () => answer(null),
    refuse: () => undefined,
    put: (id, more = {}) => tables.call('PutItem', { TableName, Item: { id: { S: id }, ...more } }),
    start(changes = {}) {
      const mapping = mappingOf(arn, changes);
      const poller = startStreamPoller(mapping, roomOf(mapping));
      pollers.push(poller);
      return poller;
    },
    async advance(ms) {
      await clock.advance(ms);
    },
    async close() {
      await Promise.all(pollers.map((poller) => poller.stop(1_000)));
      await tables.close();
    },
  };

  async function call<Output>(operation: string, input: object, signal?: AbortSignal): Promise<Output> {
    house.calls.push(operation);
    const refusal = house.refuse(operation);
    if (refusal) throw refusal;
    return (await tables.call(operation, input, signal)) as Output;
  }

  function roomOf({ filters }: Mapping): PollerRoom {
    return {
      clock,
      call,
      callInternally: call,
      passes: compileFilters(filters),
      async invoke(payload) {
        const event = JSON.parse(payload) as Seen;
        house.seen.push(event);
        return house.respond(event, house.seen.length - 1);
      },
      mostAtOnce: () => 1_000,
      deliver: (to, record) => {
        house.delivered.push({ arn: to, record });
      },
      checkpoints: kernel.store.collection('lambda', 'mapping-checkpoints'),
      transaction: (work) => kernel.store.transaction(work),
      said: (result) => {
        house.said.push(result);
      },
      count: (metric, value = 1) => {
        house.counted.push({ metric, value });
      },
      report: (message) => {
        house.reports.push(message);
      },
    };
  }

  return house;
}

export function mappingOf(eventSourceArn: string, { stream, ...changes }: MappingChanges = {}): Mapping {
  return {
    uuid: 'a-mapping',
    eventSourceArn,
    functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:handler',
    enabled: true,
    batchSize: 100,
    batchingWindowSeconds: 0,
    filters: [],
    reportsBatchItemFailures: false,
    countsEvents: true,
    lastModified: 0,
    lastProcessingResult: 'No records processed',
    stream: {
      startingPosition: 'TRIM_HORIZON',
      parallelizationFactor: 1,
      maximumRecordAgeSeconds: -1,
      maximumRetryAttempts: -1,
      bisectsOnError: false,
      tumblingWindowSeconds: 0,
      ...stream,
    },
    ...changes,
  };
}

export const idsOf = ({ Records }: Seen): string => Records.map(({ dynamodb }) => dynamodb.Keys.id.S).join('');
