/**
 * Streamed responses between a runtime and whoever takes them, on both transports.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { EnvironmentSpec, InvocationOutcome, ResponseStream } from '../services/lambda/contract.ts';
import { eventually, startTestLauncher, type TestLauncher } from './testing/launch.ts';

jest.setTimeout(30_000);

interface Taken {
  readonly contentType: string | undefined;
  readonly chunks: { readonly at: number; readonly text: string }[];
  readonly bytes: number;
}

/** Takes everything at once, unless `room` says otherwise. */
function taker(room?: () => Promise<void> | undefined): { readonly stream: ResponseStream; readonly taken: Taken } {
  const taken = {
    contentType: undefined as string | undefined,
    chunks: [] as { at: number; text: string }[],
    bytes: 0,
  };
  const stream: ResponseStream = {
    begin(contentType) {
      if (taken.contentType !== undefined) throw new Error('begun twice');
      taken.contentType = contentType;
    },
    write(chunk) {
      taken.bytes += chunk.length;
      if (taken.chunks.length < 100) taken.chunks.push({ at: performance.now(), text: Buffer.from(chunk).toString() });
      return room?.();
    },
  };
  return { stream, taken };
}

let requests = 0;

describe.each(['frames', 'http'] as const)('a streaming handler (%s)', (transport) => {
  let house: TestLauncher;
  beforeAll(async () => {
    house = await startTestLauncher({ transport });
  });
  afterAll(() => house.stop());

  const launch = (body: string, overrides?: Partial<EnvironmentSpec>) =>
    house.launch(`exports.handler = awslambda.streamifyResponse(async (event, stream) => { ${body} });`, overrides);

  async function run(
    environment: Awaited<ReturnType<typeof launch>>,
    stream?: ResponseStream,
    event: unknown = {},
  ): Promise<InvocationOutcome> {
    requests += 1;
    const payload = JSON.stringify(event);
    return environment.invoke({
      requestId: `r-${requests}`,
      payload,
      traceHeader: '',
      invokedFunctionArn: 'arn',
      stream,
    });
  }

  test('is heard chunk by chunk while it runs, with its content type', async () => {
    const environment = await launch(`
      stream.setContentType('text/plain');
      for (const word of ['one', 'two', 'three']) { stream.write(word); await new Promise((r) => setTimeout(r, 60)); }
      stream.end();`);
    await run(environment, taker().stream);
    const { stream, taken } = taker();
    const outcome = await run(environment, stream);
    expect(outcome).toMatchObject({ kind: 'response', payload: '' });
    expect(taken.contentType).toBe('text/plain');
    expect(taken.chunks.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    // Each is followed by a pause; on a busy machine some of them pass before anybody hears the first.
    expect(performance.now() - (taken.chunks[0]?.at ?? 0)).toBeGreaterThan(60);
  });

  test('sends a prelude before its first byte when it answers as HTTP', async () => {
    const environment = await launch(`
      const http = awslambda.HttpResponseStream.from(stream, { statusCode: 201, headers: { 'x-a': 'b' } });
      http.write('body'); http.end();`);
    const { stream, taken } = taker();
    await run(environment, stream);
    expect(taken.contentType).toBe('application/vnd.awslambda.http-integration-response');
    const text = taken.chunks.map((chunk) => chunk.text).join('');
    expect(text).toBe(`{"statusCode":201,"headers":{"x-a":"b"}}${'\u0000'.repeat(8)}body`);
  });

  test('is given to a caller who wants it whole', async () => {
    const environment = await launch(`stream.write('a'); await null; stream.end('ä');`);
    expect(await run(environment)).toMatchObject({ kind: 'response', payload: 'aä' });
  });

  test('is too large for such a caller over 6 MB', async () => {
    const environment = await launch(`
      const { pipeline } = require('node:stream/promises');
      await pipeline((function* () { for (let left = event.bytes; left > 0; left -= 98304) yield Buffer.alloc(Math.min(left, 98304), 'x'); })(), stream);`);
    const outcome = await run(environment, undefined, { bytes: 6_291_557 });
    expect(outcome).toMatchObject({ kind: 'error', errorType: 'Function.ResponseSizeTooLarge' });
    expect((await run(environment, undefined, { bytes: 6_291_556 })).payload).toHaveLength(6_291_556);
  });

  test('is too large for anybody over 200 MB', async () => {
    const environment = await launch(
      `const chunk = Buffer.alloc(1048576, 'x');
       const { pipeline } = require('node:stream/promises');
       await pipeline((function* () { for (let i = 0; i < 201; i += 1) yield chunk; })(), stream);`,
      { memorySizeMb: 1024, timeoutMs: 30_000 },
    );
    const { stream, taken } = taker();
    const outcome = await run(environment, stream);
    expect(outcome).toMatchObject({ kind: 'error', errorType: 'Function.ResponseSizeTooLarge' });
    expect(JSON.parse(String(outcome.payload)).errorMessage).toContain('(209715200 bytes)');
    expect(taken.bytes).toBeLessThanOrEqual(209_715_200);
    expect(taken.bytes).toBeGreaterThan(208_000_000);
  }, 40_000);

  test('goes no faster than it is taken', async () => {
    const environment = await launch(`
      let sent = 0;
      const chunk = Buffer.alloc(65536, 'x');
      for (; sent < 400; sent += 1) if (!stream.write(chunk)) {
        console.log('full after', sent);
        await new Promise((r) => stream.once('drain', r));
      }
      stream.end();`);
    let open = (): void => {};
    const closed = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { stream, taken } = taker(() => closed);
    const outcome = run(environment, stream);
    await eventually(() => house.messages.join('').includes('full after'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(taken.chunks).toHaveLength(1);
    open();
    expect(await outcome).toMatchObject({ kind: 'response' });
    expect(taken.bytes).toBe(400 * 65_536);
  });

  test('that throws midstream: what it sent is there, and the outcome is its error', async () => {
    const environment = await launch(`await new Promise((r) => stream.write('half', r)); throw new RangeError('way');`);
    const { stream, taken } = taker();
    const outcome = await run(environment, stream);
    expect(taken.chunks.map(({ text }) => text)).toEqual(['half']);
    expect(outcome).toMatchObject({ kind: 'error', errorType: 'RangeError' });
    expect(JSON.parse(String(outcome.payload))).toMatchObject({ errorMessage: 'way' });
  });

  test.each([
    ['exits', 'process.exit(2);', 'Runtime.ExitError'],
    ['hangs', 'await new Promise((r) => setTimeout(r, 20_000));', 'Sandbox.Timedout'],
  ])('that %s midstream is that error, and the environment goes on', async (_, end, errorType) => {
    const environment = await launch(
      `if (event.well) return stream.end('well');
       await new Promise((r) => stream.write('half', r)); ${end}`,
      { timeoutMs: 2500 },
    );
    const { stream, taken } = taker();
    expect(await run(environment, stream)).toMatchObject({ kind: 'error', errorType });
    expect(taken.chunks.map(({ text }) => text)).toEqual(['half']);
    expect(await run(environment, undefined, { well: true })).toMatchObject({ payload: 'well' });
  });

  test('a handler that does not stream is written to the taker at once', async () => {
    const environment = await house.launch(`exports.handler = async () => ({ plain: 'ü' });`);
    const { stream, taken } = taker();
    expect(await run(environment, stream)).toMatchObject({ kind: 'response', payload: '' });
    expect(taken.contentType).toBe('application/json');
    expect(taken.chunks.map(({ text }) => text)).toEqual(['{"plain":"ü"}']);
  });

  test('an error before the first byte begins nothing', async () => {
    const environment = await launch(`throw new Error('at once');`);
    const { stream, taken } = taker();
    expect(await run(environment, stream)).toMatchObject({ kind: 'error', errorType: 'Error' });
    expect(taken).toMatchObject({ contentType: undefined, bytes: 0 });
  });
});
