/** Ctrl-C in what takes its time, or goes on for ever: exit code 130, and nothing is left behind. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  eventually,
  type Launched,
  launchSampan,
  processesNaming,
  processTree,
  projectOf,
  type Running,
  removeTemporaryDirectories,
  sampan,
  startSampan,
  survivors,
  temporaryDirectory,
} from './sampan.ts';

jest.setTimeout(120_000);
afterAll(removeTemporaryDirectories);

const project = projectOf({
  'template.yaml': `AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: nodejs24.x, CodeUri: code/, Timeout: 60, Tracing: Active } }
Resources:
  Waits: { Type: AWS::Serverless::Function, Properties: { Handler: index.waits } }
  Answers: { Type: AWS::Serverless::Function, Properties: { Handler: index.answers } }
`,
  'code/index.js': `exports.waits = async () => { console.log('it has begun'); await new Promise((resolve) => setTimeout(resolve, 50_000)); };
exports.answers = async () => { console.log('it has answered'); };
`,
});

/** Ends it, and proves that nobody of it lives on. */
async function interrupt({ launchedPid, stop }: Launched, state: string): Promise<void> {
  const tree = processTree(launchedPid);
  expect(tree.length).toBeGreaterThan(0);
  expect(await stop()).toMatchObject({ code: 130, signal: null });
  const left = () => [...survivors(tree), ...processesNaming(state)].map(({ pid, command }) => `${pid} ${command}`);
  await eventually(
    () => left().length === 0,
    10_000,
    () => left().join('\n'),
  );
}

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('in a cloud of its own', () => {
  test.each([
    ['invoke', ['Waits'], /it has begun/],
    ['tune', ['Waits', '-i', '2', '--cold', '1', '--sizes', '128,256'], /Waits with 128 MB/],
  ])('sampan %s', async (command, args, begun) => {
    const state = temporaryDirectory('state');
    const launched = launchSampan([command, ...args, '--state', state], { cwd: project });
    await launched.said(begun);
    await interrupt(launched, state);
    expect(launched.stdout()).toBe('');
    expect(launched.stderr()).not.toContain('256 MB');
    // The state is nobody's: the next command takes it.
    expect(existsSync(join(state, 'running.json'))).toBe(false);
    expect(readdirSync(state).filter((name) => name.endsWith('-wal') || name.endsWith('.sock'))).toEqual([]);
    expect(await sampan(['invoke', 'Answers', '--state', state], { cwd: project })).toMatchObject({
      code: 0,
      stdout: 'null\n',
    });
  });
});

onLinux('beside a cloud that runs, which goes on', () => {
  let running: Running;
  beforeAll(async () => {
    running = await startSampan({ cwd: project, state: join(project, '.sampan') });
    await sampan(['invoke', 'Answers'], { cwd: project });
  });
  afterAll(() => running.stop());

  const isAlive = async () => (await fetch(`${running.awsUrl}/_sampan/health`)).status === 200;

  test('sampan invoke', async () => {
    const launched = launchSampan(['invoke', 'Waits'], { cwd: project });
    await launched.said(/it has begun/);
    // Nothing is to be put in order: it dies of the signal, which shells call 130.
    expect(await launched.stop()).toMatchObject({ code: null, signal: 'SIGINT' });
    expect(await isAlive()).toBe(true);
    expect(await sampan(['invoke', 'Answers'], { cwd: project })).toMatchObject({ code: 0 });
  });

  test.each([
    ['logs', /it has answered/],
    ['traces', /Answers/],
    ['alarms', /there are no alarms/],
  ])('sampan %s --follow', async (command, shown) => {
    await eventually(
      async () => shown.test((await sampan([command], { cwd: project })).stdout),
      60_000,
      () => `${command} shows nothing like ${shown}`,
    );
    const launched = launchSampan([command, '--follow'], { cwd: project });
    await eventually(
      () => shown.test(launched.stdout()),
      30_000,
      () => launched.stdout() + launched.stderr(),
    );
    expect(await launched.stop()).toMatchObject({ code: 130 });
    expect(launched.stderr()).toBe('');
    expect(await isAlive()).toBe(true);
  });
});
