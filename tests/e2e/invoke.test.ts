/** `sampan invoke` as scripts use it: what is on which stream, and what the exit code says. */
import { join } from 'node:path';
import {
  type Finished,
  projectOf,
  REPOSITORY,
  type Running,
  type RunOptions,
  removeTemporaryDirectories,
  sampan,
  startSampan,
  type Ticket,
  temporaryDirectory,
} from './sampan.ts';
import { signIn } from './signed-in.ts';

jest.setTimeout(120_000);
afterAll(removeTemporaryDirectories);

const CREATE = join(REPOSITORY, 'events', 'tickets-create.json');

const TEMPLATE = `AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: nodejs24.x, CodeUri: code/ } }
Resources:
  EchoFunction: { Type: AWS::Serverless::Function, Properties: { FunctionName: echo, Handler: index.echo } }
  ThrowFunction: { Type: AWS::Serverless::Function, Properties: { Handler: index.throws } }
  ExitFunction: { Type: AWS::Serverless::Function, Properties: { Handler: index.exits } }
  SlowFunction: { Type: AWS::Serverless::Function, Properties: { Handler: index.slow, Timeout: 1 } }
`;

const CODE = `exports.echo = async (event) => { console.log('logged'); console.error('complained'); return event; };
exports.throws = async () => { throw new RangeError('on purpose'); };
exports.exits = async () => process.exit(3);
exports.slow = () => new Promise((resolve) => setTimeout(resolve, 60_000));
`;

const project = projectOf({ 'template.yaml': TEMPLATE, 'code/index.js': CODE });

function invoke(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return sampan(['invoke', ...args], { cwd: project, ...options });
}

/** The one line a wrong call ends in. */
function expectRefusal({ code, stdout, stderr }: Finished, line: RegExp): void {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(line);
  expect(stderr.trimEnd()).not.toContain('\n');
}

describe.each(['without a running instance', 'through a running instance'])('%s', (how) => {
  let running: Running | undefined;
  beforeAll(async () => {
    if (how.startsWith('through')) running = await startSampan({ cwd: project, state: join(project, '.sampan') });
  });
  afterAll(() => running?.stop());

  test('the response is all there is on stdout, what the function logs is on stderr', async () => {
    const { code, stdout, stderr } = await invoke(['EchoFunction', '-e', '-'], {
      input: '{"n": 1.5, "text": "Grüße"}',
    });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '{"n":1.5,"text":"Grüße"}\n' });
    expect(stderr).toMatch(/START RequestId: [\s\S]*logged[\s\S]*complained[\s\S]*REPORT RequestId: /);
  });

  test.each([
    ['ThrowFunction', { errorType: 'RangeError', errorMessage: 'on purpose' }],
    ['ExitFunction', { errorType: 'Runtime.ExitError', errorMessage: expect.stringMatching(/exit status 3/) }],
    ['SlowFunction', { errorType: 'Sandbox.Timedout', errorMessage: expect.stringMatching(/timed out after 1.00 s/) }],
  ])('%s: a function error is the response, and exit code 1', async (name, error) => {
    const { code, stdout, stderr } = await invoke([name]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject(error);
    expect(stderr).toContain('REPORT RequestId: ');
  });

  test('a function may be called by its FunctionName; without an event it gets {}', async () => {
    expect(await invoke(['echo'])).toMatchObject({ code: 0, stdout: '{}\n' });
  });
});

describe('a wrong call is said in one line, before anything starts, with exit code 2', () => {
  const badJson = projectOf({ 'bad.json': '{\n  "a": 1,\n  b\n}\n' });

  test('a wrong name, with what was meant', async () => {
    expectRefusal(
      await invoke(['EcoFunction']),
      /^sampan: there is no function EcoFunction; did you mean EchoFunction\?$/m,
    );
    expectRefusal(await invoke(['Zebra']), /there is no function Zebra; there are .*EchoFunction.*ThrowFunction/);
  });

  test('no name where there are several', async () => {
    expectRefusal(await invoke([]), /which function\? There are .*EchoFunction/);
  });

  test('a missing event file, and one that is a folder', async () => {
    expectRefusal(await invoke(['EchoFunction', '-e', 'none.json']), /the event file none\.json does not exist/);
    expectRefusal(await invoke(['EchoFunction', '-e', project]), /the event file .* cannot be read \(EISDIR\)/);
  });

  test('invalid JSON, in a file and on stdin', async () => {
    const file = join(badJson, 'bad.json');
    expectRefusal(await invoke(['EchoFunction', '-e', file]), /the event file .*bad\.json is not valid JSON: .*line 3/);
    expectRefusal(await invoke(['EchoFunction', '-e', '-'], { input: '' }), /the event on stdin is not valid JSON/);
    expectRefusal(
      await invoke(['EchoFunction', '-e', '-'], { input: Buffer.from('{"a":"\xe9"}', 'latin1') }),
      /the event on stdin is not valid JSON: it is not UTF-8/,
    );
  });

  test('an unknown option, with what was meant', async () => {
    const { code, stderr } = await invoke(['EchoFunction', '--evnt', 'x.json']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/'--evnt'[\s\S]*--event/) });
  });
});

test('the help desk opens a ticket without a running instance, and another through one; both are kept', async () => {
  const state = temporaryDirectory('state');
  const open = async () => {
    const { code, stdout, stderr } = await sampan(['invoke', 'TicketsFunction', '-e', CREATE, '--state', state]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('platform.report') });
    const response = JSON.parse(stdout) as { statusCode: number; body: string };
    expect(response.statusCode).toBe(201);
    return (JSON.parse(response.body) as Ticket).id;
  };
  const alone = await open();
  const running = await startSampan({ state });
  try {
    const agent = await signIn(running);
    for (const id of [alone, await open()]) {
      expect((await agent.call(`/tickets/${id}`)).status).toBe(200);
    }
  } finally {
    await running.stop();
  }
});
