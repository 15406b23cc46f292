/** A queue of the real service, and a function that is a callback: what lies between is the poller. */
import { createKernel, type Kernel, ManualClock } from '../../../../kernel/index.ts';
import { sqsService } from '../../../sqs/index.ts';
import type { Invoked, Mapping, Poller, PollerRoom } from '../contract.ts';
import { compileFilters } from '../filters.ts';
import { startQueuePoller } from './queue-poller.ts';
import type { QueueRecord } from './queue-record.ts';

export interface Given {
  readonly records: readonly QueueRecord[];
  readonly bodies: readonly string[];
  readonly payload: string;
  readonly traceHeader: string | undefined;
}

export type Respond = (given: Given) => Invoked | Promise<Invoked>;

export interface House {
  readonly kernel: Kernel;
  readonly clock: ManualClock;
  /** Everything the function was given. */
  readonly seen: Given[];
  readonly said: string[];
  readonly reported: string[];
  readonly counted: Map<string, number>;
  /** What the function does; at first it answers null. */
  respond: Respond;
  most: number;
  crowded: boolean;
  start(mapping?: Partial<Mapping>): Poller;
  call<O = Record<string, unknown>>(operation: string, input: object): Promise<O>;
  send(body: string, more?: object): Promise<unknown>;
  /** Visible, hidden and delayed messages. */
  left(queue?: string): Promise<number>;
  close(): Promise<void>;
}

const CLIENT = { kind: 'internal', service: 'test' } as const;
export const VISIBILITY = 30;

export const answer = (value: unknown): Invoked => ({
  kind: 'ran',
  outcome: { kind: 'response', payload: JSON.stringify(value) },
  requestId: 'r',
  version: '$LATEST',
});
export const failure: Invoked = {
  kind: 'ran',
  outcome: { kind: 'error', unhandled: true, errorType: 'Error', payload: '{}' },
  requestId: 'r',
  version: '$LATEST',
};
export const refused = (throttled: boolean, code = 'TooManyRequestsException'): Invoked => ({
  kind: 'not-run',
  throttled,
  code,
  message: 'Rate Exceeded.',
});

/** @param attributes of the queue `work`, whose dead letters go to `dead` where `most` says so */
export async function openHouse(attributes: Record<string, string> = {}, fifo = false): Promise<House> {
  const clock = new ManualClock();
  const kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  kernel.registry.add(sqsService());
  const name = fifo ? 'work.fifo' : 'work';
  const QueueUrl = `https://sqs.us-east-1.amazonaws.com/123456789012/${name}`;
  const call: House['call'] = async (operation, input) =>
    (await kernel.dispatch({ caller: CLIENT, service: 'sqs', operation, input: { QueueUrl, ...input } })) as never;
  await call('CreateQueue', { QueueName: fifo ? 'dead.fifo' : 'dead', Attributes: fifo ? { FifoQueue: 'true' } : {} });
  const Attributes = { VisibilityTimeout: String(VISIBILITY), ...(fifo && { FifoQueue: 'true' }), ...attributes };
  await call('CreateQueue', { QueueName: name, Attributes });
  const pollers: Poller[] = [];
  const house: House = {
    kernel,
    clock,
    seen: [],
    said: [],
    reported: [],
    counted: new Map(),
    respond: () => answer(null),
    most: 1000,
    crowded: false,
    start(more = {}) {
      const mapping: Mapping = {
        uuid: 'u',
        eventSourceArn: `arn:aws:sqs:us-east-1:123456789012:${name}`,
        functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f',
        enabled: true,
        batchSize: 10,
        batchingWindowSeconds: 0,
        filters: [],
        reportsBatchItemFailures: true,
        countsEvents: true,
        lastModified: 0,
        lastProcessingResult: '',
        ...more,
      };
      const poller = startQueuePoller(mapping, roomOf(mapping));
      pollers.push(poller);
      return poller;
    },
    call,
    send: (MessageBody, more = {}) => call('SendMessage', { MessageBody, ...more }),
    async left(queue = name) {
      const { Attributes: all } = await call<{ Attributes: Record<string, string> }>('GetQueueAttributes', {
        QueueUrl: QueueUrl.replace(name, queue),
        AttributeNames: ['All'],
      });
      const counts = ['', 'NotVisible', 'Delayed'].map((which) => `ApproximateNumberOfMessages${which}`);
      return counts.reduce((sum, count) => sum + Number(all[count]), 0);
    },
    async close() {
      await Promise.all(pollers.map((poller) => poller.stop(0)));
      await kernel.stop();
    },
  };

  function roomOf(mapping: Mapping): PollerRoom {
    const dispatch = (operation: string, input: object, signal?: AbortSignal) =>
      kernel.dispatch({ caller: CLIENT, service: 'sqs', operation, input, signal }) as Promise<never>;
    return {
      clock,
      call: dispatch,
      callInternally: dispatch,
      passes: compileFilters(mapping.filters),
      async invoke(payload, traceHeader) {
        const { Records: records } = JSON.parse(payload) as { Records: QueueRecord[] };
        const given = { records, bodies: records.map(({ body }) => body), payload, traceHeader };
        house.seen.push(given);
        return house.respond(given);
      },
      mostAtOnce: () => house.most,
      isCrowded: () => house.crowded,
      deliver: () => {},
      checkpoints: kernel.store.collection('lambda', 'checkpoints'),
      transaction: (work) => kernel.store.transaction(work),
      said: (result) => void house.said.push(result),
      count: (metric, value = 1) => void house.counted.set(metric, (house.counted.get(metric) ?? 0) + value),
      report: (message) => void house.reported.push(message),
    };
  }

  return house;
}
