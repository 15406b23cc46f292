/**
 * The Runtime API towards programs that misuse it: the function itself calls it beside its own runtime client.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 * Refusals are those of AWS's own emulator, github.com/aws/aws-lambda-runtime-interface-emulator.
 */
import { expect, jest, test } from '@jest/globals';
import { functions, onBothTransports } from '../house.ts';

jest.setTimeout(20_000);

const CALL = `
  const http = require('node:http');
  const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
  function call(method, path, body, headers = {}) {
    return new Promise((resolve, reject) => {
      const request = http.request({ host, port, method, path: '/2018-06-01/' + path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => { text += chunk; });
        response.on('end', () => resolve([response.statusCode, text]));
      });
      request.on('error', reject);
      request.end(body);
    });
  }
`;

const FUNCTIONS = functions({
  calling: `${CALL}
    const early = call('POST', 'runtime/invocation/00000000-0000-0000-0000-000000000000/response', '"early"');
    exports.handler = async ({ calls }, { awsRequestId }) => {
      const answers = [];
      for (const [method, path, body, headers] of calls) answers.push(await call(method, path.replace('ID', awsRequestId), body, headers));
      return { early: await early, answers };
    };`,
  answering: `${CALL}
    exports.handler = async ({ path, times, body, headers }, { awsRequestId }) => {
      const answers = [];
      for (let i = 0; i < times; i += 1) answers.push(await call('POST', path.replace('ID', awsRequestId), body, headers));
      console.log(JSON.stringify(answers));
      return 'the handler';
    };`,
  large: `${CALL}
    exports.handler = async ({ bytes }, { awsRequestId }) => {
      console.log(JSON.stringify(await call('POST', 'runtime/invocation/' + awsRequestId + '/response', 'x'.repeat(bytes))));
    };`,
  broken: `const net = require('node:net');
    exports.handler = async ({ text }) => {
      const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
      const socket = net.connect(Number(port), host);
      socket.on('error', () => {});
      socket.write(text);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
      return 'unharmed';
    };`,
});

const refusedState = (from: string, to: string) => ({
  errorType: 'InvalidStateTransition',
  errorMessage: `State transition from ${from} to ${to} failed for runtime. Error: State transition is not allowed`,
});

onBothTransports('the Runtime API refuses', FUNCTIONS, (house) => {
  const call = async (...calls: (string | object | undefined)[][]) => {
    const { value } = await house().invoke('calling', { calls });
    return value.answers.map(([status, text]: [number, string]) => [
      status,
      /^\{/.test(text) ? JSON.parse(text) : text,
    ]);
  };

  test('an answer to another invocation, and one before any', async () => {
    const { value } = await house().invoke('calling', { calls: [] });
    const invalid = { errorMessage: 'Invalid request ID', errorType: 'InvalidRequestID' };
    expect(value.early[0]).toBe(400);
    expect(JSON.parse(value.early[1])).toEqual(invalid);
    expect(
      await call(
        ['POST', 'runtime/invocation/nobody/response', '1'],
        ['POST', 'runtime/invocation/nobody/error', '{}'],
      ),
    ).toEqual([
      [400, invalid],
      [400, invalid],
    ]);
  });

  test('an init error after the init phase', async () => {
    expect(await call(['POST', 'runtime/init/error', '{}'])).toEqual([[403, refusedState('Running', 'InitError')]]);
  });

  test('paths and methods it does not have', async () => {
    expect(
      await call(
        ['GET', 'runtime/nowhere'],
        ['GET', 'runtime/invocation/ID/response'],
        ['POST', 'runtime/invocation/next', ''],
        ['POST', 'runtime/invocation/ID/elsewhere', ''],
        ['GET', 'ping'],
      ),
    ).toEqual([
      [404, '404 page not found\n'],
      [405, ''],
      [405, ''],
      [404, '404 page not found\n'],
      [200, 'pong'],
    ]);
  });

  test('a second answer: the first one counts', async () => {
    const { value } = await house().invoke('answering', {
      path: 'runtime/invocation/ID/response',
      times: 2,
      body: '"the first"',
    });
    expect(value).toBe('the first');
    const log = await house().log('answering', /InvalidStateTransition/);
    expect(log).toContain('202,');
    expect(log).toContain('403,');
    expect(log).toContain('State transition from RuntimeResponseSentState to InvocationResponse failed for runtime.');
  });

  test('a second answer after an error: the error counts', async () => {
    const { value, functionError } = await house().invoke('answering', {
      path: 'runtime/invocation/ID/error',
      times: 1,
      body: JSON.stringify({ errorType: 'Custom.Trouble', errorMessage: 'said by itself' }),
      headers: { 'Lambda-Runtime-Function-XRay-Error-Cause': `{"x":"${'x'.repeat(100_000)}"}` },
    });
    expect(functionError).toBe('Unhandled');
    expect(value).toEqual({ errorType: 'Custom.Trouble', errorMessage: 'said by itself' });
  });

  test('a response mode it does not know', async () => {
    const { functionError, payload } = await house().invoke('answering', {
      path: 'runtime/invocation/ID/response',
      times: 1,
      body: '1',
      headers: { 'Lambda-Runtime-Function-Response-Mode': 'sometimes' },
    });
    expect({ functionError, payload }).toEqual({ functionError: 'Unhandled', payload: '' });
    const log = await house().log('answering', /InvalidFunctionResponseMode/);
    expect(log).toMatch(/REPORT .*Status: error\tError Type: Runtime\.InvalidResponseModeHeader/);
  });

  test('a response larger than 6 MB', async () => {
    const { value } = await house().invoke('large', { bytes: 6_291_557 });
    expect(value.errorType).toBe('Function.ResponseSizeTooLarge');
    expect(await house().log('large', /413/)).toContain('Exceeded maximum allowed payload size (6291556 bytes).');
  });

  test.each([
    ['no HTTP at all', 'hello?\r\n\r\n'],
    ['half a request', 'POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf'],
    ['frames of nobody’s', '\u0002\u0000\u0000\u0000\u0001\u0000\u0000\u0000\u0001xx'],
    ['a frame that asks for work', '\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000'],
    ['a header without end', `GET /2018-06-01/ping HTTP/1.1\r\nX: ${'x'.repeat(2_000_000)}`],
  ])('%s, and the invocation goes on', async (_, text) => {
    expect((await house().invoke('broken', { text })).value).toBe('unharmed');
  });
});
