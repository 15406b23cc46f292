/** However it ends, nothing is left running, nothing acknowledged is lost, and the next start is clean. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  COMMAND,
  cacheWithNode24,
  call,
  eventually,
  launchSampan,
  madeStateDirectory,
  otherNode,
  type Process,
  processesNaming,
  processTree,
  type Running,
  removeTemporaryDirectories,
  type StartOptions,
  startArguments,
  startSampan,
  survivors,
  TICKET,
  temporaryDirectory,
} from './sampan.ts';
import { type SignedIn, signIn } from './signed-in.ts';

jest.setTimeout(120_000);
afterAll(removeTemporaryDirectories);

const WITHIN_MS = 2_000;
/** At once; each has an environment of its own, and every one of those is a cold start. */
const CALLERS = 4;

/** Processes of this state directory: the tree as it was, and whatever names the directory, a late-comer too. */
function remains(tree: readonly Process[], state: string): string[] {
  return [...survivors(tree), ...processesNaming(state)].map(({ pid, command }) => `${pid} ${command}`);
}

/** Of what was killed. Nobody waits for it, so it may take as long as a busy machine makes it. */
async function expectNothingLeft(tree: readonly Process[], state: string): Promise<void> {
  await eventually(
    () => remains(tree, state).length === 0,
    10_000,
    () => remains(tree, state).join('\n'),
  );
}

/** What takes longer to end is tried again: others use this machine too. */
async function soon(endAfter: () => Promise<number>): Promise<void> {
  let ms = await endAfter();
  for (let tries = 1; ms >= WITHIN_MS && tries < 3; tries += 1) ms = await endAfter();
  expect(ms).toBeLessThan(WITHIN_MS);
}

interface Load {
  /** The ids of tickets that were answered with 201. */
  readonly acknowledged: string[];
  /** Ends when the server does, or when asked. */
  finish(): Promise<void>;
}

/** Callers that open tickets, one after the other, until the server is gone. */
function load(agent: SignedIn): Load {
  const acknowledged: string[] = [];
  let over = false;
  const caller = async () => {
    while (!over) {
      try {
        const { status, body } = await agent.call('/tickets', 'POST', TICKET);
        if (status === 201) acknowledged.push((body as { id: string }).id);
      } catch {
        return;
      }
    }
  };
  const callers = Array.from({ length: CALLERS }, caller);
  return {
    acknowledged,
    async finish() {
      over = true;
      await Promise.all(callers);
    },
  };
}

/** Under load, with environments that work and one that is frozen. */
async function underLoad(options: StartOptions & { state: string }) {
  const running = await startSampan(options);
  expect((await call(`${running.apiUrl}/health`)).status).toBe(200);
  const requests = load(await signIn(running));
  await eventually(
    () => requests.acknowledged.length > 40,
    60_000,
    () => `${requests.acknowledged.length} tickets\n${running.stderr()}`,
  );
  const tree = processTree(running.pid);
  const commands = tree.map(({ command }) => command);
  expect(commands.filter((command) => /aws-lambda-ric\.mjs/.test(command)).length).toBeGreaterThanOrEqual(2);
  expect(commands).toContainEqual(expect.stringMatching(/mariadbd|mysqld/));
  expect(commands).toContainEqual(expect.stringMatching(/sampan-watchdog/));
  expect(tree.filter(({ state }) => state === 'T').length).toBeGreaterThan(0);
  return { running, requests, tree };
}

async function expectAllThere(running: Running, ids: readonly string[]): Promise<void> {
  const agent = await signIn(running);
  const wanted = [...ids];
  const lost: string[] = [];
  const reader = async () => {
    for (let id = wanted.pop(); id; id = wanted.pop()) {
      if ((await agent.call(`/tickets/${id}`)).status !== 200) lost.push(id);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, reader));
  expect(lost).toEqual([]);
}

const onLinux = process.platform === 'linux';
const namespacesWork = onLinux && spawnSync('unshare', ['-Urnm', 'true']).status === 0;

const LEVELS = [
  { level: 'process', run: onLinux ? describe : describe.skip, why: onLinux ? '' : ' (skipped: needs /proc)' },
  {
    level: 'namespaces',
    run: namespacesWork ? describe : describe.skip,
    why: namespacesWork ? '' : ' (skipped: user namespaces do not work here)',
  },
];

for (const { level, run, why } of LEVELS) {
  run(`at the ${level} level${why}`, () => {
    let state: string;
    let options: StartOptions & { state: string };
    const acknowledged: string[] = [];

    beforeAll(async () => {
      state = await madeStateDirectory();
      options = { state, args: ['--sandbox', level] };
    });

    test('Ctrl-C under load ends everything within two seconds', async () => {
      await soon(async () => {
        const { running, requests, tree } = await underLoad(options);
        const { code, ms } = await running.stop();
        await requests.finish();
        acknowledged.push(...requests.acknowledged);
        expect(code).toBe(130);
        expect(remains(tree, state)).toEqual([]);
        expect(readdirSync(join(state, 'environments'))).toEqual([]);
        expect(existsSync(join(state, 'running.json'))).toBe(false);
        return ms;
      });
    });

    test('kill -9 under load leaves no process behind, frozen ones neither', async () => {
      const { running, requests, tree } = await underLoad(options);
      await running.stop('SIGKILL');
      await expectNothingLeft(tree, state);
      await requests.finish();
      acknowledged.push(...requests.acknowledged);
    });

    test('the next start is clean: every acknowledged ticket is there, and what the crash left is swept', async () => {
      expect(readdirSync(join(state, 'environments'))).toHaveLength(1);
      const running = await startSampan(options);
      await expectAllThere(running, acknowledged);
      expect(readdirSync(join(state, 'environments'))).toEqual([String(running.pid)]);
      expect(running.stderr()).not.toMatch(/\berror\b|sampan:/);
      const tree = processTree(running.pid);
      await running.stop();
      expect(remains(tree, state)).toEqual([]);
    });
  });
}

(onLinux ? describe : describe.skip)('during start', () => {
  const moments: [string, RegExp][] = [
    ['at once', /Starting …/],
    ['while functions are built', /Building HealthFunction/],
    ['while the database is made', /Making Database …/],
    ['while migrations run', /Making DatabaseSchema …/],
  ];

  test.each(moments)('Ctrl-C %s ends everything within two seconds', async (_name, moment) => {
    await soon(async () => {
      const state = temporaryDirectory('state');
      const started = launchSampan(startArguments(state));
      await started.said(moment);
      const tree = processTree(started.launchedPid);
      const { code, ms } = await started.stop();
      expect(code).toBe(130);
      expect(started.stderr()).not.toMatch(/please report|\n {4}at /);
      await expectNothingLeft(tree, state);
      return ms;
    });
  });

  test('kill -9 at any of these moments does not spoil the state for the next start', async () => {
    const state = temporaryDirectory('state');
    for (const [, moment] of moments) {
      const started = launchSampan(startArguments(state));
      await started.said(moment);
      const tree = processTree(started.launchedPid);
      await started.stop('SIGKILL');
      await expectNothingLeft(tree, state);
    }
    const running = await startSampan({ state });
    const agent = await signIn(running);
    expect((await agent.call('/tickets', 'POST', TICKET)).status).toBe(201);
    await running.stop();
  });
});

const behindWrapper = onLinux && otherNode ? describe : describe.skip;

behindWrapper(
  `started by another Node${otherNode ? '' : ' (skipped: this machine has no Node from 20 but 24)'}`,
  () => {
    let state: string;
    beforeAll(async () => {
      state = await madeStateDirectory();
    });
    const start = async () => {
      const options = { state, command: [otherNode as string, COMMAND], env: { SAMPAN_CACHE: cacheWithNode24() } };
      const running = await startSampan({ ...options, detached: true });
      expect(running.pid).not.toBe(running.launchedPid);
      return { running, tree: processTree(running.launchedPid) };
    };

    test('kill -9 of the Node the user called ends everything', async () => {
      const { running, tree } = await start();
      const requests = load(await signIn(running));
      await eventually(
        () => requests.acknowledged.length > 20,
        60_000,
        () => running.stderr(),
      );
      process.kill(running.launchedPid, 'SIGKILL');
      await expectNothingLeft([...tree, ...processTree(running.pid)], state);
      await requests.finish();
    });

    test('Ctrl-C in the terminal, and a signal to that Node alone, end everything in order', async () => {
      for (const send of [
        // As a terminal does it, to the whole job.
        (pid: number) => process.kill(-pid, 'SIGINT'),
        (pid: number) => process.kill(pid, 'SIGINT'),
      ]) {
        await soon(async () => {
          const { running, tree } = await start();
          send(running.launchedPid);
          const { code, ms } = await running.stop('SIGCONT');
          expect(code).toBe(130);
          expect(remains(tree, state)).toEqual([]);
          // In order, not by force.
          expect(existsSync(join(state, 'running.json'))).toBe(false);
          return ms;
        });
      }
    });
  },
);

test('sampan logs --tail goes on until Ctrl-C, and says when what it followed is gone', async () => {
  const running = await startSampan();
  const follow = () => launchSampan(['logs', '--tail', '--since', '1h', '--state', running.stateDirectory]);
  const [stopped, orphaned] = [follow(), follow()];
  await call(`${running.apiUrl}/health`);
  await Promise.all([stopped, orphaned].map(({ said }) => said(/platform\.report/)));
  expect(await stopped.stop()).toMatchObject({ code: 130 });
  expect(stopped.stderr()).toBe('');
  await running.stop('SIGKILL');
  expect(await orphaned.ended()).toMatchObject({ code: 1 });
  expect(orphaned.stderr()).toMatch(/^sampan: the connection to the running sampan broke: .*\n$/);
});
