/** What sampan does when something of its own goes wrong: says so, ends in order, and leaves nothing behind. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  eventually,
  processTree,
  projectOf,
  type Running,
  removeTemporaryDirectories,
  sampan,
  startSampan,
  survivors,
} from './sampan.ts';

jest.setTimeout(120_000);
afterAll(removeTemporaryDirectories);

const FAULT = `process.on('SIGUSR2', () => { throw new Error('nobody expects this'); });
process.on('SIGWINCH', () => void Promise.reject(new Error('nor this')));`;
const project = projectOf({
  'template.yaml': `Transform: AWS::Serverless-2016-10-31
Resources:
  HelloFunction:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: hello, Runtime: nodejs24.x, CodeUri: code/, Handler: index.hello }
`,
  'code/index.js': 'exports.hello = async (event) => { console.log("said"); return event; };\n',
  'fault.cjs': FAULT,
});

async function invokeHello(running: Running): Promise<string> {
  const client = new LambdaClient({
    endpoint: running.awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
  const { Payload } = await client.send(new InvokeCommand({ FunctionName: 'hello', Payload: '{"n":1}' }));
  client.destroy();
  return Payload?.transformToString() ?? '';
}

describe.each([
  ['an error that nobody caught', 'SIGUSR2', /nobody expects this/],
  ['a rejection that nobody caught', 'SIGWINCH', /nor this/],
] as const)('%s', (_name, signal, message) => {
  test('is called a mistake of sampan, and everything ends', async () => {
    const env = { NODE_OPTIONS: `--require ${join(project, 'fault.cjs')}` };
    const running = await startSampan({ cwd: project, env });
    expect(await invokeHello(running)).toBe('{"n":1}');
    const tree = processTree(running.pid);
    expect(tree.length).toBeGreaterThan(1);
    process.kill(running.pid, signal);
    expect(await running.ended()).toMatchObject({ code: 70 });
    expect(running.stderr()).toMatch(/sampan: this is a mistake of sampan, please report it:\n/);
    expect(running.stderr()).toMatch(message);
    expect(running.stderr()).not.toMatch(/^Node\.js v/m);
    await eventually(
      () => survivors(tree).length === 0,
      2_000,
      () => JSON.stringify(survivors(tree)),
    );
    expect(existsSync(join(running.stateDirectory, 'running.json'))).toBe(false);
  });
});

test('a reader of its output that goes away ends it as a closed terminal would', async () => {
  const running = await startSampan({ cwd: project });
  await invokeHello(running);
  const tree = processTree(running.pid);
  running.closeStdout();
  await invokeHello(running).catch(() => {});
  expect(await running.ended()).toMatchObject({ code: 141 });
  expect(running.stderr()).not.toMatch(/EPIPE|mistake/);
  await eventually(
    () => survivors(tree).length === 0,
    2_000,
    () => JSON.stringify(survivors(tree)),
  );
});

test('a command whose reader has gone ends without a stack', async () => {
  const { code, stderr } = await sampan(['template'], { cwd: project, readsNothing: true });
  expect({ code, stderr }).toEqual({ code: 141, stderr: '' });
});

const onFullDisk = existsSync('/dev/full') ? test : test.skip;

onFullDisk('a log file on a full disk costs its lines, and nothing else', async () => {
  const running = await startSampan({ cwd: project, args: ['--log-file', '/dev/full'] });
  for (let n = 0; n < 3; n += 1) expect(await invokeHello(running)).toBe('{"n":1}');
  await running.said(/warning \/dev\/full misses log lines: the disk is full\n/);
  expect(running.stderr().match(/misses log lines/g)).toHaveLength(1);
  expect(await running.stop()).toMatchObject({ code: 130 });
});
