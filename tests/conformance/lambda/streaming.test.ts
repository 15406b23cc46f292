/**
 * Responses that leave while the handler still runs, as an SDK client sees them.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 * https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
 */
import {
  InvokeAsyncCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  type InvokeWithResponseStreamCommandInput,
} from '@aws-sdk/client-lambda';
import { eventually, functions, type House, onBothTransports } from '../house.ts';

const CONTENTS = functions({
  tell: `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    for (const word of event.words) {
      stream.write(word);
      await new Promise((resolve) => setTimeout(resolve, event.pauseMs ?? 0));
    }
    if (event.fail) throw new Error(event.fail);
    stream.end();
  });`,
  fail: `exports.handler = awslambda.streamifyResponse(async () => { throw new TypeError('not today'); });`,
  large: {
    Timeout: 30,
    code: `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    const { pipeline } = require('node:stream/promises');
    const { Readable } = require('node:stream');
    const chunk = Buffer.alloc(65536, 'x');
    await pipeline(Readable.from((function* () { for (let i = 0; i < event.chunks; i += 1) yield chunk; })()), stream);
  });`,
  },
  bytes: `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    stream.setContentType('image/png');
    for (let from = 0; from < 256; from += 50) stream.write(Uint8Array.from({ length: Math.min(50, 256 - from) }, (_, i) => from + i));
    stream.end();
  });`,
  plain: `exports.handler = async (event, context) => ({ event, client: context.clientContext ?? null });`,
  remember: `exports.handler = async (event) => { console.log('remembered', JSON.stringify(event)); };`,
});

interface Streamed {
  readonly output: { StatusCode?: number; ExecutedVersion?: string; ResponseStreamContentType?: string };
  /** ms after the request was sent, and the text. */
  readonly chunks: { readonly at: number; readonly text: string }[];
  readonly text: string;
  readonly complete: { ErrorCode?: string; ErrorDetails?: string; LogResult?: string } | undefined;
}

async function stream(
  house: House,
  FunctionName: string,
  event: unknown,
  more: Partial<InvokeWithResponseStreamCommandInput> = {},
): Promise<Streamed> {
  const from = performance.now();
  const command = new InvokeWithResponseStreamCommand({ FunctionName, Payload: JSON.stringify(event), ...more });
  const output = await house.lambda.send(command);
  const chunks: { at: number; text: string }[] = [];
  let complete: Streamed['complete'];
  for await (const part of output.EventStream ?? []) {
    if (part.PayloadChunk) {
      chunks.push({ at: performance.now() - from, text: Buffer.from(part.PayloadChunk.Payload ?? []).toString() });
    }
    if (part.InvokeComplete) complete = part.InvokeComplete;
  }
  return { output, chunks, text: chunks.map(({ text }) => text).join(''), complete };
}

/** What `bytes` writes: no UTF-8. */
const BYTES = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

onBothTransports('InvokeWithResponseStream', CONTENTS, (house) => {
  it('carries bytes as they are, streamed and whole', async () => {
    const command = new InvokeWithResponseStreamCommand({ FunctionName: 'bytes', Payload: '{}' });
    const { EventStream = [] } = await house().lambda.send(command);
    const parts: Uint8Array[] = [];
    for await (const { PayloadChunk } of EventStream) if (PayloadChunk?.Payload) parts.push(PayloadChunk.Payload);
    expect(Buffer.concat(parts)).toEqual(BYTES);
    const whole = await house().lambda.send(new InvokeCommand({ FunctionName: 'bytes', Payload: '{}' }));
    expect(Buffer.from(whole.Payload ?? [])).toEqual(BYTES);
    expect(whole.FunctionError).toBeUndefined();
  });

  it('gives the first chunk while the handler still runs, and says when it is over', async () => {
    await stream(house(), 'tell', { words: ['warm'] });
    const { output, chunks, text, complete } = await stream(house(), 'tell', {
      words: ['one ', 'two ', 'three'],
      pauseMs: 500,
    });
    expect(output).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(output.ResponseStreamContentType).toBe('application/vnd.amazon.eventstream');
    expect(text).toBe('one two three');
    expect(chunks.length).toBeGreaterThanOrEqual(3);
    expect(chunks.at(-1)!.at - chunks[0]!.at).toBeGreaterThan(250);
    expect(complete).toEqual({});
  });

  it('gives the log with LogType Tail', async () => {
    const { complete } = await stream(house(), 'tell', { words: ['a'] }, { LogType: 'Tail' });
    const log = Buffer.from(complete!.LogResult!, 'base64').toString();
    expect(log).toMatch(/START RequestId: [\s\S]*END RequestId: [\s\S]*REPORT RequestId: /);
  });

  it('tells an error before the first byte at the end of an empty stream', async () => {
    const { output, text, complete } = await stream(house(), 'fail', {});
    expect([output.StatusCode, text]).toEqual([200, '']);
    expect(complete!.ErrorCode).toBe('Unhandled');
    expect(JSON.parse(complete!.ErrorDetails!)).toMatchObject({ errorType: 'TypeError', errorMessage: 'not today' });
  });

  it('tells an error midstream after what was sent', async () => {
    const { text, complete } = await stream(house(), 'tell', { words: ['half'], pauseMs: 20, fail: 'of it' });
    expect(text).toBe('half');
    expect(complete).toMatchObject({ ErrorCode: 'Unhandled' });
    expect(JSON.parse(complete!.ErrorDetails!)).toMatchObject({ errorMessage: 'of it' });
    expect((await stream(house(), 'tell', { words: ['healthy'] })).text).toBe('healthy');
  });

  it('streams more than a buffered response may have', async () => {
    const { text } = await stream(house(), 'large', { chunks: 160 });
    expect(text.length).toBe(160 * 65_536);
  }, 30_000);

  it('answers what a function that does not stream returned', async () => {
    const ClientContext = Buffer.from(JSON.stringify({ custom: { a: 'b' } })).toString('base64');
    const { text } = await stream(house(), 'plain', { n: 1 }, { ClientContext });
    expect(JSON.parse(text)).toMatchObject({ event: { n: 1 }, client: { custom: { a: 'b' } } });
  });

  it('runs nothing in a dry run', async () => {
    const { output, chunks } = await stream(house(), 'plain', {}, { InvocationType: 'DryRun' });
    expect(output).toMatchObject({ StatusCode: 204, ExecutedVersion: '$LATEST' });
    expect(chunks).toEqual([]);
  });

  it('refuses what Invoke refuses, before any event', async () => {
    await expect(stream(house(), 'nobody', {})).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      $metadata: { httpStatusCode: 404 },
    });
    await expect(stream(house(), 'plain', {}, { Payload: '{' })).rejects.toMatchObject({
      name: 'InvalidRequestContentException',
    });
    await expect(stream(house(), 'plain', 'x'.repeat(6_291_456))).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
  });

  it('lets the function finish when the client goes away', async () => {
    const command = new InvokeWithResponseStreamCommand({
      FunctionName: 'tell',
      Payload: JSON.stringify({ words: ['one', 'two', 'three'], pauseMs: 50 }),
    });
    const reports = () =>
      house()
        .messages('tell')
        .filter((line) => line.startsWith('REPORT')).length;
    const before = reports();
    const { EventStream } = await house().lambda.send(command);
    for await (const _part of EventStream!) break;
    await eventually(() => reports() > before);
    expect((await stream(house(), 'tell', { words: ['again'] })).text).toBe('again');
  });
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html */
onBothTransports('InvokeAsync', CONTENTS, (house) => {
  it('answers 202 and invokes', async () => {
    const InvokeArgs = JSON.stringify({ from: 'InvokeAsync' });
    const { Status } = await house().lambda.send(new InvokeAsyncCommand({ FunctionName: 'remember', InvokeArgs }));
    expect(Status).toBe(202);
    await house().log('remember', /remembered \{"from":"InvokeAsync"\}/);
  });

  it('refuses what is not JSON', async () => {
    const command = new InvokeAsyncCommand({ FunctionName: 'remember', InvokeArgs: '{' });
    await expect(house().lambda.send(command)).rejects.toMatchObject({ name: 'InvalidRequestContentException' });
  });
});
