import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createKernel, type Delivery, type Kernel, ManualClock, Refusal } from './index.ts';

const kernels: Kernel[] = [];
const directories: string[] = [];

interface Message {
  readonly id: number;
}

/** A service whose `Take` does as it is told. */
function open(
  take: (message: Message) => unknown,
  options: { stateDirectory?: string; clock?: ManualClock; deliveries?: number } = {},
) {
  const { stateDirectory = 'memory', clock = new ManualClock(), deliveries } = options;
  const kernel = createKernel({
    stateDirectory,
    accountId: '123456789012',
    region: 'us-east-1',
    clock,
    limits: { deliveries },
  });
  kernels.push(kernel);
  const dead: Message[] = [];
  const operations = {
    Take: { requires: () => [], handle: take },
    Bury: { requires: () => [], handle: (message: Message) => void dead.push(message) },
  };
  kernel.registry.add({ name: 'inbox', resourceTypes: [], load: async () => ({ operations, providers: {} }) });
  return { kernel, clock, dead };
}

const to = (operation: string, id: number) =>
  ({ caller: { kind: 'service', service: 'test' }, service: 'inbox', operation, input: { id } }) as const;

const delivery = (id: number, more: Partial<Delivery> = {}): Delivery => ({
  call: to('Take', id),
  retryDelaysMs: [],
  ...more,
});

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  directories.push(directory);
  return directory;
}

afterEach(async () => {
  for (const kernel of kernels.splice(0)) await kernel.stop();
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const ownLog = (kernel: Kernel) =>
  kernel.telemetry.logs.filter({ group: '/sampan' })?.events.map(({ message }) => message);

describe('the outbox', () => {
  test('delivers what was committed and nothing that was rolled back', async () => {
    const taken: number[] = [];
    const { kernel } = open(({ id }) => void taken.push(id));
    kernel.store.transaction(() => {
      kernel.outbox.emit(delivery(1));
      expect(() =>
        kernel.store.transaction(() => {
          kernel.outbox.emit(delivery(2));
          throw new Error('no');
        }),
      ).toThrow('no');
    });
    await kernel.outbox.idle();
    expect(taken).toEqual([1]);
  });

  test('retries after each delay in turn, then gives the event to its dead-letter queue', async () => {
    const times: number[] = [];
    const { kernel, clock, dead } = open(() => {
      times.push(clock.now());
      throw new Error('no');
    });
    const start = clock.now();
    kernel.outbox.emit(delivery(1, { retryDelaysMs: [60_000, 120_000], deadLetter: to('Bury', 1) }));
    await clock.advance(3_600_000);
    expect(times.map((time) => time - start)).toEqual([0, 60_000, 180_000]);
    expect(dead).toEqual([{ id: 1 }]);
    expect(kernel.store.collection('kernel', 'outbox').list()).toEqual([]);
  });

  test('gives up on an event that would be too old by its next try', async () => {
    let tries = 0;
    const { kernel, clock, dead } = open(() => {
      tries++;
      throw new Error('no');
    });
    kernel.outbox.emit(
      delivery(1, { retryDelaysMs: [50_000, 50_000, 50_000], maximumAgeMs: 60_000, deadLetter: to('Bury', 1) }),
    );
    await clock.advance(3_600_000);
    expect(tries).toBe(2);
    expect(dead).toEqual([{ id: 1 }]);
  });

  test('says so when an event is lost: no dead-letter queue, or one that refuses', async () => {
    const { kernel, clock } = open(() => {
      throw new Error('full');
    });
    kernel.outbox.emit(delivery(1));
    kernel.outbox.emit(delivery(2, { deadLetter: to('Take', 2) }));
    await clock.advance(600_000);
    expect(ownLog(kernel)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^gave up on inbox:Take after 1 tries/),
        expect.stringMatching(/^gave up on inbox:Take after 4 tries/),
      ]),
    );
  });

  test('does not try again what was refused, and hands it to whom it may concern', async () => {
    let tries = 0;
    const { kernel, dead } = open(() => {
      tries += 1;
      throw new Refusal('AccessDenied', 'no', 403, 'no policy allows it');
    });
    kernel.outbox.emit(delivery(1, { retryDelaysMs: [1000, 1000], deadLetter: to('Bury', 1) }));
    await kernel.outbox.idle();
    expect([tries, dead]).toEqual([1, [{ id: 1 }]]);
  });

  test('never has more under way than it may', async () => {
    let underWay = 0;
    let most = 0;
    const { kernel } = open(
      async () => {
        most = Math.max(most, ++underWay);
        await new Promise<void>((resolve) => setImmediate(resolve));
        underWay--;
      },
      { deliveries: 3 },
    );
    for (let id = 0; id < 20; id++) kernel.outbox.emit(delivery(id));
    await kernel.outbox.idle();
    expect(most).toBe(3);
    expect(kernel.store.collection('kernel', 'outbox').list()).toEqual([]);
  });

  test('delivers at least once and loses nothing, whatever fails and however often the process is restarted', async () => {
    const event = fc.record({ failures: fc.nat(3), retries: fc.nat(3), asynchronous: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(4_000), { maxLength: 3 }),
        async (events, restarts) => {
          const stateDirectory = temporaryDirectory();
          const clock = new ManualClock();
          const failuresLeft = events.map(({ failures }) => failures);
          const taken = new Set<number>();
          const buried = new Set<number>();
          const take = ({ id }: Message) => {
            const fails = failuresLeft[id]!-- > 0;
            const outcome = () => {
              if (fails) throw new Error('not yet');
              taken.add(id);
            };
            return events[id]!.asynchronous ? Promise.resolve().then(outcome) : outcome();
          };
          let { kernel, dead } = open(take, { stateDirectory, clock });
          kernel.store.transaction(() => {
            events.forEach(({ retries }, id) => {
              const retryDelaysMs = Array.from({ length: retries }, () => 1_000);
              kernel.outbox.emit(delivery(id, { retryDelaysMs, deadLetter: to('Bury', id) }));
            });
          });
          for (const pause of restarts) {
            await clock.advance(pause);
            await kernel.stop();
            for (const { id } of dead) buried.add(id);
            ({ kernel, dead } = open(take, { stateDirectory, clock }));
            kernel.outbox.resume();
          }
          await clock.advance(100_000);
          await kernel.outbox.idle();
          for (const { id } of dead) buried.add(id);
          events.forEach(({ failures, retries }, id) => {
            expect({ id, taken: taken.has(id), buried: buried.has(id) }).toEqual({
              id,
              taken: failures <= retries,
              buried: failures > retries,
            });
          });
          expect(kernel.store.collection('kernel', 'outbox').list()).toEqual([]);
          await kernel.stop();
        },
      ),
      { numRuns: 25 },
    );
  }, 60_000);
});
