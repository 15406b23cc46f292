/**
 * Queues against a model that is as simple as can be: whatever is sent, received, given back and deleted in whatever
 * order, nothing is lost, nobody has what another has, and a group keeps its order.
 */
import fc from 'fast-check';
import { createKernel, type Kernel, ManualClock } from '../../kernel/index.ts';
import { sqsService } from './index.ts';

const CALLER = { kind: 'internal', service: 'test' } as const;
const VISIBILITY = 30;

type Step =
  | { readonly do: 'send'; readonly group: string; readonly id: number; readonly delay: number }
  | { readonly do: 'receive'; readonly most: number; readonly visibility: number }
  | { readonly do: 'delete' | 'give back'; readonly which: number }
  | { readonly do: 'keep'; readonly which: number; readonly seconds: number }
  | { readonly do: 'wait'; readonly seconds: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      group: fc.constantFrom('a', 'a', 'b'),
      id: fc.nat(200),
      delay: fc.constantFrom(0, 0, 5),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('receive' as const),
      most: fc.integer({ min: 1, max: 10 }),
      visibility: fc.constantFrom(0, 10, VISIBILITY, VISIBILITY),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'give back' as const), which: fc.nat(5) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('keep' as const),
      which: fc.nat(5),
      seconds: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.constantFrom(1, 5, 5, 10, 30, 300) }),
  },
);

interface Known {
  readonly body: string;
  readonly group: string;
  visibleAt: number;
  receives: number;
  deleted: boolean;
}

interface Handed {
  readonly message: Known;
  readonly handle: string;
  readonly receives: number;
}

/** What must be true of a queue, told by what was done to it. */
class Model {
  readonly messages: Known[] = [];
  readonly handed: Handed[] = [];
  /** When an id was last taken, FIFO. */
  readonly ids = new Map<number, number>();
  readonly fifo: boolean;

  constructor(fifo: boolean) {
    this.fifo = fifo;
  }

  alive(): Known[] {
    return this.messages.filter(({ deleted }) => !deleted);
  }

  isInFlight({ deleted, receives, visibleAt }: Known, now: number): boolean {
    return !deleted && receives > 0 && visibleAt > now;
  }

  /** In order; of FIFO queues by group, up to the first that waits. */
  receivable(now: number): Known[] {
    if (!this.fifo) return this.alive().filter(({ visibleAt }) => visibleAt <= now);
    return [...new Set(this.alive().map(({ group }) => group))].flatMap((name) => {
      const line = this.alive().filter(({ group }) => group === name);
      if (line.some((message) => this.isInFlight(message, now))) return [];
      const waits = line.findIndex(({ visibleAt }) => visibleAt > now);
      return waits < 0 ? line : line.slice(0, waits);
    });
  }
}

interface Answer {
  readonly Messages?: {
    readonly Body: string;
    readonly ReceiptHandle: string;
    readonly MessageId: string;
    readonly Attributes: Record<string, string>;
  }[];
}

let kernel: Kernel;
const clock = new ManualClock();
let count = 0;

beforeAll(() => {
  kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
  kernel.registry.add(sqsService());
});

afterAll(() => kernel.stop());

const call = (operation: string, input: object) =>
  kernel.dispatch({ caller: CALLER, service: 'sqs', operation, input });
const code = (sent: Promise<unknown>): Promise<string> =>
  sent.then(
    () => 'done',
    (error) => error.code as string,
  );

async function run(fifo: boolean, steps: readonly Step[]): Promise<void> {
  count += 1;
  const QueueName = fifo ? `model-${count}.fifo` : `model-${count}`;
  const made = { QueueName, Attributes: fifo ? { FifoQueue: 'true' } : {} };
  const { QueueUrl } = (await call('CreateQueue', made)) as { QueueUrl: string };
  const model = new Model(fifo);

  async function send({ group, id, delay }: Extract<Step, { do: 'send' }>): Promise<void> {
    const body = `${model.messages.length}`;
    const now = clock.now();
    const parameters = fifo ? { MessageGroupId: group, MessageDeduplicationId: `${id}` } : { DelaySeconds: delay };
    await call('SendMessage', { QueueUrl, MessageBody: body, ...parameters });
    if (fifo && now - (model.ids.get(id) ?? Number.NEGATIVE_INFINITY) < 300_000) return;
    model.ids.set(id, now);
    model.messages.push({ body, group, visibleAt: now + (fifo ? 0 : delay * 1000), receives: 0, deleted: false });
  }

  async function receive(most: number, visibility: number): Promise<void> {
    const now = clock.now();
    const receivable = model.receivable(now);
    const input = {
      QueueUrl,
      MaxNumberOfMessages: most,
      VisibilityTimeout: visibility,
      MessageSystemAttributeNames: ['All'],
    };
    const { Messages = [] } = (await call('ReceiveMessage', input)) as Answer;
    const bodies = Messages.map(({ Body }) => Body);
    expect(bodies).toHaveLength(Math.min(most, receivable.length));
    expect(new Set(bodies).size).toBe(bodies.length);
    const got = Messages.map(({ Body }) => model.messages[Number(Body)]!);
    expect(got.filter((message) => !receivable.includes(message))).toEqual([]);
    if (fifo) {
      for (const name of new Set(got.map(({ group }) => group))) {
        const line = receivable.filter(({ group }) => group === name);
        const ofGroup = got.filter(({ group }) => group === name);
        expect(ofGroup).toEqual(line.slice(0, ofGroup.length));
      }
    }
    got.forEach((message, index) => {
      message.receives += 1;
      message.visibleAt = now + visibility * 1000;
      expect(Messages[index]!.Attributes['ApproximateReceiveCount']).toBe(String(message.receives));
      model.handed.push({ message, handle: Messages[index]!.ReceiptHandle, receives: message.receives });
    });
  }

  async function remove({ message, handle, receives }: Handed): Promise<void> {
    const isLatest = message.receives === receives;
    const answer = await code(call('DeleteMessage', { QueueUrl, ReceiptHandle: handle }));
    const expired = fifo && !message.deleted && !(isLatest && model.isInFlight(message, clock.now()));
    expect(answer).toBe(expired ? 'InvalidParameterValue' : 'done');
    if (isLatest && !expired) message.deleted = true;
  }

  async function keep({ message, handle, receives }: Handed, seconds: number): Promise<void> {
    const mine = message.receives === receives && model.isInFlight(message, clock.now());
    const change = { QueueUrl, ReceiptHandle: handle, VisibilityTimeout: seconds };
    expect((await code(call('ChangeMessageVisibility', change))) === 'done').toBe(mine);
    if (mine) message.visibleAt = clock.now() + seconds * 1000;
  }

  async function perform(one: Step): Promise<void> {
    switch (one.do) {
      case 'send':
        return send(one);
      case 'receive':
        return receive(one.most, one.visibility);
      case 'wait':
        return clock.advance(one.seconds * 1000);
      default: {
        const handed = model.handed[model.handed.length - 1 - (one.which % Math.max(1, model.handed.length))];
        if (!handed) return;
        if (one.do === 'delete') await remove(handed);
        else await keep(handed, one.do === 'keep' ? one.seconds : 0);
      }
    }
  }

  for (const one of steps) {
    await perform(one);
    const now = clock.now();
    const { Attributes } = (await call('GetQueueAttributes', { QueueUrl, AttributeNames: ['All'] })) as {
      Attributes: Record<string, string>;
    };
    const alive = model.alive();
    expect([
      Attributes['ApproximateNumberOfMessages'],
      Attributes['ApproximateNumberOfMessagesNotVisible'],
      Attributes['ApproximateNumberOfMessagesDelayed'],
    ]).toEqual(
      [
        alive.filter(({ visibleAt }) => visibleAt <= now),
        alive.filter((message) => model.isInFlight(message, now)),
        alive.filter(({ visibleAt, receives }) => visibleAt > now && receives === 0),
      ].map(({ length }) => String(length)),
    );
  }

  // Nothing is lost: in the end all that was not deleted is received.
  await clock.advance(61_000);
  for (let left = model.alive().length; left > 0; left = model.alive().length) {
    const before = model.handed.length;
    await receive(10, VISIBILITY);
    for (const handed of model.handed.slice(before)) await remove(handed);
    expect(model.alive().length).toBeLessThan(left);
  }
  await call('DeleteQueue', { QueueUrl });
}

test.each([
  ['a standard queue', false],
  ['a FIFO queue', true],
])('%s does what its model does', async (_, fifo) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 60 }), (steps) => run(fifo, steps)),
    { numRuns: 40 },
  );
});

test('consumers side by side take each message once, and each group in its order, whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 40 }),
      fc.infiniteStream(fc.nat(9)),
      async (groups, chances) => {
        const QueueName = `parallel-${++count}.fifo`;
        const Attributes = { FifoQueue: 'true', VisibilityTimeout: '5' };
        const { QueueUrl } = (await call('CreateQueue', { QueueName, Attributes })) as { QueueUrl: string };
        for (const [index, MessageGroupId] of groups.entries()) {
          await call('SendMessage', {
            QueueUrl,
            MessageBody: `${index}`,
            MessageGroupId,
            MessageDeduplicationId: `${index}`,
          });
        }
        const done: number[] = [];
        const consumer = async (): Promise<void> => {
          while (done.length < groups.length) {
            const { Messages = [] } = (await call('ReceiveMessage', {
              QueueUrl,
              MaxNumberOfMessages: 3,
              WaitTimeSeconds: 20,
            })) as Answer;
            for (const { Body, ReceiptHandle } of Messages) {
              // One in five fails, and all behind it of this receive are given up with it.
              if (chances.next().value! < 2) break;
              await call('DeleteMessage', { QueueUrl, ReceiptHandle });
              done.push(Number(Body));
            }
          }
        };
        const all = Promise.all([consumer(), consumer(), consumer()]);
        let over = false;
        void all.then(() => {
          over = true;
        });
        while (!over) await clock.advance(1000);
        await all;
        expect([...done].sort((a, b) => a - b)).toEqual(groups.map((_, index) => index));
        for (const name of new Set(groups)) {
          const ofGroup = done.filter((index) => groups[index] === name);
          expect(ofGroup).toEqual([...ofGroup].sort((a, b) => a - b));
        }
        await call('DeleteQueue', { QueueUrl });
      },
    ),
    { numRuns: 15 },
  );
});

test('a hundred times the messages make a receive no slower', async () => {
  const { QueueUrl } = (await call('CreateQueue', { QueueName: 'large' })) as { QueueUrl: string };
  const Entries = Array.from({ length: 10 }, (_, n) => ({ Id: `i${n}`, MessageBody: 'x' }));
  const cycle = async () => {
    const { Messages = [] } = (await call('ReceiveMessage', { QueueUrl })) as Answer;
    await call('DeleteMessage', { QueueUrl, ReceiptHandle: Messages[0]!.ReceiptHandle });
    await call('SendMessage', { QueueUrl, MessageBody: 'x' });
  };
  const timeOf = async (times: number) => {
    const startedAt = performance.now();
    for (let n = 0; n < times; n += 1) await cycle();
    return (performance.now() - startedAt) / times;
  };
  for (let n = 0; n < 10; n += 1) await call('SendMessageBatch', { QueueUrl, Entries });
  await timeOf(200);
  const few = await timeOf(200);
  for (let n = 0; n < 1_000; n += 1) await call('SendMessageBatch', { QueueUrl, Entries });
  const many = await timeOf(200);
  expect(many).toBeLessThan(Math.max(few * 6, 2));
});
