/** Who answers in the stand-in's place: a small server of each kind, asked through the whole service by the SDK. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  InvokeModelCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { startTestCloud, type TestCloud } from '../../../doors/aws-endpoint/testing.ts';
import type { BedrockOptions } from '../contract.ts';
import { bedrockService } from '../index.ts';

const MODEL = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

/** A server that answers chat completions as it is told to, with everything it was asked. */
async function startServer(answer: (seen: Seen, response: ServerResponse) => void | Promise<void>) {
  const seen: Seen[] = [];
  const server: Server = createServer(async (request, response) => {
    if (request.method === 'GET')
      return void response.setHeader('content-type', 'application/json').end('{"data":[{"id":"tiny"}]}');
    const one = { path: request.url ?? '', headers: request.headers, body: (await json(request)) as Seen['body'] };
    seen.push(one);
    await answer(one, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const sse = (response: ServerResponse, ...chunks: object[]) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
};
const text = (content: string) => ({ choices: [{ delta: { content } }] });
const end = (finish_reason: string) => ({ choices: [{ delta: {}, finish_reason }] });
const usage = { choices: [], usage: { prompt_tokens: 11, completion_tokens: 3 } };

async function withCloud<T>(
  options: BedrockOptions,
  use: (client: BedrockRuntimeClient, cloud: TestCloud) => Promise<T>,
) {
  await using cloud = await startTestCloud([bedrockService(options)]);
  const client = new BedrockRuntimeClient(cloud.client);
  try {
    return await use(client, cloud);
  } finally {
    client.destroy();
  }
}

const ask = { modelId: MODEL, messages: [{ role: 'user' as const, content: [{ text: 'Hello' }] }] };
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'nothing was refused',
    (error) => `${error.name}: ${error.message}`,
  );

async function collect(stream: AsyncIterable<ConverseStreamOutput>): Promise<ConverseStreamOutput[]> {
  const events: ConverseStreamOutput[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe('an OpenAI-compatible server', () => {
  it('is asked with everything the caller says, and its answer is Bedrock’s', async () => {
    await using server = await startServer((_seen, response) => {
      sse(response, text('Hel'), text('lo'), end('length'), usage);
      response.end('data: [DONE]\n\n');
    });
    const source = { kind: 'openai', url: `${server.url}/v1`, apiKey: 'k' } as const;
    const output = await withCloud({ source }, (client) =>
      client.send(
        new ConverseCommand({
          modelId: MODEL,
          system: [{ text: 'Be brief.' }],
          messages: [
            {
              role: 'user',
              content: [{ text: 'Sum?' }, { image: { format: 'png', source: { bytes: Buffer.from('x') } } }],
            },
            { role: 'assistant', content: [{ toolUse: { toolUseId: 't1', name: 'add', input: { a: 1 } } }] },
            {
              role: 'user',
              content: [{ toolResult: { toolUseId: 't1', content: [{ json: { sum: 2 } }] } }, { text: 'So?' }],
            },
          ],
          toolConfig: {
            tools: [{ toolSpec: { name: 'add', description: 'Adds', inputSchema: { json: { type: 'object' } } } }],
            toolChoice: { any: {} },
          },
          inferenceConfig: { maxTokens: 5, temperature: 0.5, stopSequences: ['END'] },
        }),
      ),
    );
    expect(output).toMatchObject({
      output: { message: { role: 'assistant', content: [{ text: 'Hello' }] } },
      stopReason: 'max_tokens',
      usage: { inputTokens: 11, outputTokens: 3, totalTokens: 14 },
    });
    expect(server.seen).toHaveLength(1);
    expect(server.seen[0]).toMatchObject({ path: '/v1/chat/completions', headers: { authorization: 'Bearer k' } });
    expect(server.seen[0]?.body).toEqual({
      model: 'tiny',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 5,
      temperature: 0.5,
      stop: ['END'],
      tools: [{ type: 'function', function: { name: 'add', description: 'Adds', parameters: { type: 'object' } } }],
      tool_choice: 'required',
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Sum?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,eA==' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 't1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 't1', content: '{"sum":2}' },
        { role: 'user', content: 'So?' },
      ],
    });
  });

  it('streams: the first token is there before the last one is made', async () => {
    const gate = Promise.withResolvers<void>();
    await using server = await startServer(async (_seen, response) => {
      sse(response, text('one'));
      await gate.promise;
      response.end(`data: ${JSON.stringify(text(' two'))}\n\ndata: ${JSON.stringify(end('stop'))}\n\n`);
    });
    const told = await withCloud({ source: { kind: 'openai', url: server.url } }, async (client) => {
      const texts: (string | undefined)[] = [];
      for await (const event of (await client.send(new ConverseStreamCommand(ask))).stream!) {
        if (event.contentBlockDelta) texts.push(event.contentBlockDelta.delta?.text);
        gate.resolve();
      }
      return texts;
    });
    expect(told).toEqual(['one', ' two']);
  });

  it('calls tools, piece by piece, under ids that Bedrock has too', async () => {
    const call = (index: number, more: object) => ({ choices: [{ delta: { tool_calls: [{ index, ...more }] } }] });
    await using server = await startServer((_seen, response) => {
      sse(
        response,
        call(0, { id: 'call:1', function: { name: 'add', arguments: '' } }),
        call(0, { function: { arguments: '{"a":' } }),
        call(0, { function: { arguments: '1}' } }),
        call(1, { id: 'call_2', function: { name: 'add', arguments: '{}' } }),
        end('stop'),
      );
      response.end();
    });
    const toolConfig = {
      tools: [{ toolSpec: { name: 'add', inputSchema: { json: { type: 'object' } } } }],
      toolChoice: { tool: { name: 'add' } },
    };
    const output = await withCloud({ source: { kind: 'openai', url: server.url } }, (client) =>
      client.send(new ConverseCommand({ ...ask, toolConfig })),
    );
    expect(server.seen[0]?.body['tool_choice']).toEqual({ type: 'function', function: { name: 'add' } });
    expect(output.stopReason).toBe('tool_use');
    expect(output.output?.message?.content).toEqual([
      { toolUse: { toolUseId: expect.stringMatching(/^tooluse_[0-9a-f]{22}$/), name: 'add', input: { a: 1 } } },
      { toolUse: { toolUseId: 'call_2', name: 'add', input: {} } },
    ]);
    // Nobody counted: it is counted here.
    expect(output.usage?.outputTokens).toBeGreaterThan(3);
  });

  it.each([
    [
      400,
      '{"error":{"message":"no such parameter"}}',
      'ValidationException: The model returned the following errors: no such parameter',
    ],
    [
      404,
      '{"error":"model not found"}',
      'ValidationException: The model returned the following errors: model not found',
    ],
    [401, 'no key', 'AccessDeniedException: The server does not let this in: no key'],
    [429, '', 'ThrottlingException: Too many requests, please wait before trying again.'],
    [503, 'Loading model', 'ModelNotReadyException: The model is not ready for inference. Try your request again.'],
    [503, 'busy', 'ServiceUnavailableException: Bedrock is unable to process your request.'],
    [504, '', 'ModelTimeoutException: Model has timed out in processing the request. Try your request again.'],
    [500, 'oops', 'ModelErrorException: The model returned the following errors: oops'],
  ])('what it refuses with %i %s is said in AWS’s words', async (status, body, expected) => {
    await using server = await startServer((_seen, response) => void response.writeHead(status).end(body));
    const source = { kind: 'openai', url: server.url, model: 'm' } as const;
    expect(await withCloud({ source }, (client) => refusal(client.send(new ConverseStreamCommand(ask))))).toBe(
      expected,
    );
  });

  it('is said to be away when nobody listens, and to have broken off when it does', async () => {
    const source = { kind: 'openai', url: 'http://127.0.0.1:9', model: 'm' } as const;
    expect(await withCloud({ source }, (client) => refusal(client.send(new ConverseCommand(ask))))).toMatch(
      /^ServiceUnavailableException: http:\/\/127.0.0.1:9 does not answer/,
    );
    await using server = await startServer((_seen, response) => {
      sse(response, text('one'));
      setImmediate(() => response.destroy());
    });
    const broken = await withCloud({ source: { kind: 'openai', url: server.url } }, async (client) =>
      refusal(collect((await client.send(new ConverseStreamCommand(ask))).stream!)),
    );
    expect(broken).toMatch(/^ModelStreamErrorException: /);
  });
});

describe('real Bedrock, as far as it can be had here: another cloud of ours', () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

  it('is asked what the caller asks, signed by other credentials, and its answers are handed on', async () => {
    await using there = await startTestCloud([bedrockService()]);
    const source = { kind: 'aws', endpoint: there.endpoint.url, credentials } as const;
    await withCloud({ source }, async (client, here) => {
      const calls: string[] = [];
      there.kernel.telemetry.onCall(({ operation }) => calls.push(operation));
      const modelId = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${MODEL}`;
      const { output } = await client.send(new ConverseCommand({ ...ask, modelId }));
      expect(output?.message?.content?.[0]?.text).toContain('Hello');
      const events = await collect((await client.send(new ConverseStreamCommand(ask))).stream!);
      expect(events.at(-1)?.metadata?.usage?.totalTokens).toBeGreaterThan(10);
      const body = JSON.stringify({
        anthropic_version: 'bedrock-2023-05-31',
        max_tokens: 9,
        messages: [{ role: 'user', content: 'Hi' }],
      });
      const invoked = await client.send(new InvokeModelCommand({ modelId: MODEL, body }));
      expect(JSON.parse(invoked.body.transformToString())).toMatchObject({
        type: 'message',
        stop_reason: 'max_tokens',
      });
      expect(calls).toEqual(['Converse', 'ConverseStream', 'InvokeModel']);
      expect(here.kernel.telemetry.calls().map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    });
  });

  it('refuses in its own words', async () => {
    await using there = await startTestCloud([bedrockService({ faults: { ...NOTHING_WRONG, throttle: 1 } })]);
    const source = { kind: 'aws', endpoint: there.endpoint.url, credentials } as const;
    await withCloud({ source }, async (client) => {
      expect(await refusal(client.send(new ConverseCommand(ask)))).toMatch(/^ThrottlingException: Too many requests/);
      expect(await refusal(client.send(new ConverseCommand({ ...ask, modelId: 'anthropic.unheard-of' })))).toBe(
        'ValidationException: The provided model identifier is invalid.',
      );
    });
    await withCloud({ source: { ...source, endpoint: 'http://127.0.0.1:9' } }, async (client) => {
      expect(await refusal(client.send(new ConverseCommand(ask)))).toMatch(
        /^ServiceUnavailableException: Bedrock is not within reach/,
      );
    });
  });
});

const NOTHING_WRONG = {
  throttle: 0,
  notReady: 0,
  unavailable: 0,
  timeout: 0,
  error: 0,
  cut: 0,
  drop: 0,
  slowMs: 0,
  firstMs: 0,
  seed: 1,
};
