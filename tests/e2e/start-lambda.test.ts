/**
 * `sampan start-lambda`, with the clients people point at `sam local start-lambda`.
 * https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-local-start-lambda.html
 */
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  type Launched,
  launchSampan,
  projectOf,
  removeTemporaryDirectories,
  sampan,
  temporaryDirectory,
} from './sampan.ts';

jest.setTimeout(120_000);
afterAll(removeTemporaryDirectories);

const TEMPLATE = `Transform: AWS::Serverless-2016-10-31
Globals: { Function: { Runtime: nodejs24.x, CodeUri: code/ } }
Resources:
  EchoFunction: { Type: AWS::Serverless::Function, Properties: { FunctionName: echo, Handler: index.echo } }
  HelloFunction: { Type: AWS::Serverless::Function, Properties: { Handler: index.hello } }
`;
const CODE = `exports.echo = async (event) => event;
exports.hello = async (event, { functionName }) => functionName;
`;
const project = projectOf({ 'template.yaml': TEMPLATE, 'code/index.js': CODE });

async function startLambda(...args: string[]): Promise<Launched & { readonly url: string }> {
  const state = temporaryDirectory('state');
  const launched = launchSampan(['start-lambda', '-p', '0', '--state', state, ...args], { cwd: project });
  await launched.said(/Ready in [\d.]+ s/);
  const url = /Lambda\s+(http:\S+)/.exec(launched.stderr())?.[1];
  if (url === undefined) throw new Error(launched.stderr());
  return { ...launched, url };
}

function clientOf(endpoint: string): LambdaClient {
  return new LambdaClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
}

const textOf = (payload: Uint8Array | undefined) => Buffer.from(payload ?? '').toString('utf8');

describe('all functions', () => {
  let running: Awaited<ReturnType<typeof startLambda>>;
  let client: LambdaClient;
  beforeAll(async () => {
    running = await startLambda();
    client = clientOf(running.url);
  });
  afterAll(async () => {
    client.destroy();
    await running.stop();
  });

  test.each(['EchoFunction', 'echo'])('%s is invoked by the SDK', async (FunctionName) => {
    const output = await client.send(new InvokeCommand({ FunctionName, Payload: '{"n":1}' }));
    expect({ status: output.StatusCode, payload: textOf(output.Payload) }).toEqual({ status: 200, payload: '{"n":1}' });
  });

  test('a request that nobody signed is answered: tests are told to use unsigned clients', async () => {
    const response = await fetch(`${running.url}/2015-03-31/functions/HelloFunction/invocations`, { method: 'POST' });
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(/-HelloFunction-/);
  });

  test('and nothing else: any web page could send it', async () => {
    const body = JSON.stringify({ FunctionName: 'other', Code: {}, Role: 'arn:aws:iam::123456789012:role/other' });
    const response = await fetch(`${running.url}/2015-03-31/functions`, { method: 'POST', body });
    expect(response.status).toBe(403);
    expect(response.headers.get('x-amzn-errortype')).toMatch(/^MissingAuthenticationToken/);
  });

  test('the rest of the Lambda API is there too', async () => {
    const { Functions } = await client.send(new ListFunctionsCommand({}));
    expect(Functions?.map(({ FunctionName }) => FunctionName)).toContain('echo');
  });

  test('Ctrl-C ends it', async () => {
    const other = await startLambda();
    expect(await other.stop()).toMatchObject({ code: 130 });
  });
});

test('only the functions named on the command line are served', async () => {
  const running = await startLambda('HelloFunction');
  const client = clientOf(running.url);
  try {
    expect(textOf((await client.send(new InvokeCommand({ FunctionName: 'HelloFunction' }))).Payload)).toMatch(/Hello/);
    await expect(client.send(new InvokeCommand({ FunctionName: 'EchoFunction' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
  } finally {
    client.destroy();
    await running.stop();
  }
});

test('a function that the template does not have is refused before anything is served', async () => {
  const { code, stderr } = await sampan(['start-lambda', 'HeloFunction', '-p', '0', '--state', 'memory'], {
    cwd: project,
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/there is no function HeloFunction; did you mean HelloFunction\?/);
});

test('--idle-timeout ends environments that nobody uses', async () => {
  const running = await startLambda('EchoFunction', '--idle-timeout', '1');
  const client = clientOf(running.url);
  try {
    const invoke = () => client.send(new InvokeCommand({ FunctionName: 'EchoFunction' }));
    await invoke();
    await invoke();
    await running.said(/REPORT[\s\S]*REPORT/);
    expect(running.stdout().match(/INIT_START/g)).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    await invoke();
    await running.said(/INIT_START[\s\S]*INIT_START/);
  } finally {
    client.destroy();
    await running.stop();
  }
});
