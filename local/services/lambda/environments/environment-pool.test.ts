import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type {
  EnvironmentLauncher,
  EnvironmentSpec,
  ExecutionEnvironment,
  InitializationType,
  Invocation,
  InvocationOutcome,
} from '../contract.ts';
import { EnvironmentPool, type PoolLimits } from './environment-pool.ts';

const invocation: Invocation = { requestId: 'r', payload: '{}', traceHeader: '', invokedFunctionArn: 'arn' };

/** Environments that answer with their number when told to. */
class Stage implements EnvironmentLauncher {
  launched = 0;
  readonly stopped: string[] = [];
  readonly running: { id: string; finish(how?: 'crash'): void }[] = [];
  failures = 0;

  /** Of each one that was launched. */
  readonly background: boolean[] = [];

  async launch(
    _spec: EnvironmentSpec,
    _type: InitializationType,
    isBackground: boolean,
  ): Promise<ExecutionEnvironment> {
    this.launched += 1;
    this.background.push(isBackground);
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error('no environment to be had');
    }
    const id = String(this.launched);
    let healthy = true;
    let isFirst = true;
    return {
      id,
      get healthy() {
        return healthy;
      },
      invoke: () =>
        new Promise<InvocationOutcome>((resolve) => {
          this.running.push({
            id,
            finish: (how) => {
              healthy = how !== 'crash';
              this.running.splice(
                this.running.findIndex((one) => one.id === id),
                1,
              );
              resolve({ kind: 'response', payload: id, durationMs: 1, ...(isFirst && { initDurationMs: 5 }) });
              isFirst = false;
            },
          });
        }),
      stop: async () => {
        healthy = false;
        this.stopped.push(id);
      },
    };
  }

  async stop(): Promise<void> {}
}

function open(limits: Partial<PoolLimits> = {}, hasSpareCpu = () => false) {
  const stage = new Stage();
  const clock = new ManualClock();
  const whereabouts = new Map<string, EnvironmentPool>();
  const pool = new EnvironmentPool(
    {} as EnvironmentSpec,
    stage,
    clock,
    { immediate: 2, maximum: 4, idleMs: 600_000, ...limits },
    { hasSpareCpu, whereabouts },
  );
  return { stage, clock, pool, whereabouts };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a pool of environments', () => {
  test('starts one in the background only where nobody waits', async () => {
    const { stage, pool } = open();
    for (const isBackground of [true, false, true]) void pool.run({ ...invocation, isBackground });
    await turn();
    expect(stage.background).toEqual([true, false]);
  });

  test('uses the most recently used one again', async () => {
    const { stage, pool } = open();
    const answers = [pool.run(invocation), pool.run(invocation)];
    await turn();
    stage.running[0]?.finish();
    stage.running[0]?.finish();
    await Promise.all(answers);
    const last = pool.run(invocation);
    await turn();
    expect(stage.running.map(({ id }) => id)).toEqual(['2']);
    stage.running[0]?.finish();
    await expect(last).resolves.toMatchObject({ payload: '2' });
    expect(stage.launched).toBe(2);
  });

  test('starts as many as there are cores at once, more only when nothing moves', async () => {
    const { stage, pool } = open();
    for (let i = 0; i < 6; i += 1) void pool.run(invocation);
    await turn();
    expect(stage.launched).toBe(2);
    for (let waited = 0; stage.launched < 4 && waited < 2_000; waited += 20) await pause(20);
    await pause(100);
    // Nothing has finished yet, but the limit is reached.
    expect(stage.launched).toBe(4);
    expect(stage.running).toHaveLength(4);
  });

  test('while invocations come and go quickly, two serve many', async () => {
    const { stage, pool } = open();
    let done = 0;
    for (let i = 0; i < 40; i += 1)
      void pool.run(invocation).then(() => {
        done += 1;
      });
    const end = performance.now() + 2000;
    while (done < 40 && performance.now() < end) {
      await new Promise(setImmediate);
      for (const one of [...stage.running]) one.finish();
    }
    expect(done).toBe(40);
    expect(stage.launched).toBe(2);
  });

  test('a deadlock is broken: after a second without progress there is one more', async () => {
    const { stage, pool } = open({ immediate: 1, maximum: 1 });
    const outer = pool.run(invocation);
    const inner = pool.run(invocation);
    await turn();
    expect(stage.launched).toBe(1);
    await pause(500);
    expect(stage.launched).toBe(1);
    for (let waited = 0; stage.running.length < 2 && waited < 3000; waited += 20) await pause(20);
    expect(stage.launched).toBe(2);
    for (const one of [...stage.running]) one.finish();
    await Promise.all([outer, inner]);
  });

  test('replaces one that broke, for whoever waits', async () => {
    const { stage, pool } = open({ immediate: 1, maximum: 1 });
    const first = pool.run(invocation);
    const second = pool.run(invocation);
    await turn();
    stage.running[0]?.finish('crash');
    await first;
    await turn();
    expect(stage.launched).toBe(2);
    stage.running[0]?.finish();
    await expect(second).resolves.toMatchObject({ payload: '2' });
    expect(pool.size).toBe(1);
  });

  test('tells one waiting request that nothing can be started; the others try again', async () => {
    const { stage, pool } = open({ immediate: 1, maximum: 1 });
    stage.failures = 1;
    const first = pool.run(invocation);
    const second = pool.run(invocation);
    await expect(first).rejects.toThrow('no environment to be had');
    await turn();
    stage.running[0]?.finish();
    await expect(second).resolves.toMatchObject({ payload: '2' });
  });

  test('stops what was idle for ten minutes, oldest first', async () => {
    const { stage, clock, pool } = open();
    const both = [pool.run(invocation), pool.run(invocation)];
    await turn();
    stage.running[0]?.finish();
    await both[0];
    await clock.advance(300_000);
    stage.running[0]?.finish();
    await both[1];
    await clock.advance(300_000);
    expect(stage.stopped).toEqual(['1']);
    await clock.advance(299_999);
    expect(stage.stopped).toEqual(['1']);
    await clock.advance(1);
    expect(stage.stopped).toEqual(['1', '2']);
    expect(pool.size).toBe(0);
  });

  test('draining ends idle ones now, busy ones when they are done, and serves those who wait', async () => {
    const { stage, pool } = open({ immediate: 1, maximum: 1 });
    const running = pool.run(invocation);
    const waiting = pool.run(invocation);
    await turn();
    let drained = false;
    const drain = pool.drain().then(() => {
      drained = true;
    });
    await turn();
    expect(drained).toBe(false);
    stage.running[0]?.finish();
    await running;
    await turn();
    stage.running[0]?.finish();
    await waiting;
    await drain;
    expect(stage.stopped).toEqual(['1']);
  });

  test('beyond its maximum it grows only while processors are idle, up to the ceiling', async () => {
    let spare = false;
    const { stage, pool } = open({ ceiling: 7 }, () => spare);
    for (let i = 0; i < 20; i += 1) void pool.run(invocation);
    await pause(100);
    expect(stage.launched).toBe(4);
    spare = true;
    await pause(150);
    expect(stage.launched).toBe(7);
  });

  test('an environment that waits for another function counts for nothing', async () => {
    const { stage, pool, whereabouts } = open({ immediate: 1, maximum: 1 });
    void pool.run(invocation);
    await turn();
    const answered = whereabouts.get('1')?.calls('1');
    void pool.run(invocation);
    await turn();
    expect(stage.launched).toBe(2);
    void pool.run(invocation);
    await turn();
    expect(stage.launched).toBe(2);
    answered?.();
    stage.running[1]?.finish();
    await turn();
    // The one that waited got the place that became free.
    expect(stage.launched).toBe(2);
    expect(stage.running).toHaveLength(2);
  });

  test('knows where its environments are until they end', async () => {
    const { stage, pool, whereabouts } = open();
    const run = pool.run(invocation);
    await turn();
    expect(whereabouts.get('1')).toBe(pool);
    stage.running[0]?.finish('crash');
    await run;
    expect(whereabouts.size).toBe(0);
  });
});

describe('provisioned environments', () => {
  function counting() {
    const seen: string[] = [];
    const metrics = {
      used: (running: number, provisioned: number) => void seen.push(`${running} of ${provisioned}`),
      spilledOver: () => void seen.push('spilled over'),
    };
    return { seen, metrics };
  }

  test('are there before the first request, kept while idle, and the rest runs on demand', async () => {
    const { stage, clock, pool } = open();
    const { seen, metrics } = counting();
    pool.provision(2, metrics);
    await turn();
    expect(stage.launched).toBe(2);
    expect(pool.provisioned).toEqual({ target: 2, allocated: 2, available: 2, failure: undefined });
    await clock.advance(3_600_000);
    expect(stage.stopped).toEqual([]);
    const runs = [pool.run(invocation), pool.run(invocation), pool.run(invocation)];
    await turn();
    expect(seen).toEqual(['1 of 2', '2 of 2', 'spilled over']);
    expect(stage.launched).toBe(3);
    for (const one of [...stage.running]) one.finish();
    await Promise.all(runs);
    await clock.advance(600_000);
    expect(stage.stopped).toEqual(['3']);
  });

  test('are replaced when they die', async () => {
    const { stage, pool } = open();
    pool.provision(1, counting().metrics);
    await turn();
    const run = pool.run(invocation);
    await turn();
    stage.running[0]?.finish('crash');
    await run;
    await turn();
    expect(stage.launched).toBe(2);
    expect(pool.provisioned).toMatchObject({ available: 1 });
  });

  test('say why they cannot be initialised, and are tried again later', async () => {
    const { stage, clock, pool } = open();
    stage.failures = 1;
    pool.provision(1, counting().metrics);
    await turn();
    expect(pool.provisioned).toEqual({ target: 1, allocated: 0, available: 0, failure: 'no environment to be had' });
    await clock.advance(1000);
    expect(pool.provisioned).toMatchObject({ available: 1, failure: undefined });
  });

  test('end when there are to be fewer, and with the pool', async () => {
    const { stage, pool } = open();
    pool.provision(3, counting().metrics);
    await turn();
    pool.provision(1, counting().metrics);
    await turn();
    expect(stage.stopped).toHaveLength(2);
    await pool.drain();
    expect(stage.stopped).toHaveLength(3);
  });
});

describe('an environment that nobody has asked for yet', () => {
  test('serves the first request, which did not wait for its init phase; a second one is not started', async () => {
    const { stage, pool, whereabouts } = open();
    await pool.initialiseAhead();
    await pool.initialiseAhead();
    expect([stage.launched, whereabouts.size]).toEqual([1, 1]);
    for (const initialised of [{ initDurationMs: 5, initialisedAhead: true }, {}]) {
      const answer = pool.run(invocation);
      stage.running[0]?.finish();
      expect(await answer).toEqual({ kind: 'response', payload: '1', durationMs: 1, ...initialised });
    }
    expect(stage.launched).toBe(1);
  });

  test('is what a request gets that comes meanwhile', async () => {
    const { stage, pool } = open();
    void pool.initialiseAhead();
    const answer = pool.run(invocation);
    await turn();
    stage.running[0]?.finish();
    expect(await answer).toEqual({ kind: 'response', payload: '1', durationMs: 1, initDurationMs: 5 });
    expect(stage.launched).toBe(1);
  });

  test('ends after the idle time, and with the pool', async () => {
    const { stage, clock, pool } = open();
    await pool.initialiseAhead();
    await clock.advance(600_000);
    expect([pool.size, stage.stopped]).toEqual([0, ['1']]);
    await pool.initialiseAhead();
    await pool.drain();
    await pool.initialiseAhead();
    expect([stage.launched, stage.stopped]).toEqual([2, ['1', '2']]);
  });

  test('is tried again by the first request when it could not be started', async () => {
    const { stage, pool } = open();
    stage.failures = 1;
    await pool.initialiseAhead();
    const answer = pool.run(invocation);
    await turn();
    stage.running[0]?.finish();
    expect(await answer).toMatchObject({ payload: '2' });
  });
});
