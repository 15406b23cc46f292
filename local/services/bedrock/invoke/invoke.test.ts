import {
  BedrockRuntimeClient,
  CountTokensCommand,
  InvokeModelCommand,
  InvokeModelWithResponseStreamCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { startTestCloud, type TestCloud } from '../../../doors/aws-endpoint/testing.ts';
import { bedrockService } from '../index.ts';

const CLAUDE = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const NOVA = 'amazon.nova-lite-v1:0';
const hello = { role: 'user', content: 'My printer is on fire.' };
const claude = { anthropic_version: 'bedrock-2023-05-31', max_tokens: 200, messages: [hello] };
const nova = { messages: [{ role: 'user', content: [{ text: 'My printer is on fire.' }] }] };
const schema = { type: 'object', required: ['what'], properties: { what: { enum: ['fire', 'flood'] } } };

describe('InvokeModel through the SDK', () => {
  let cloud: TestCloud;
  let client: BedrockRuntimeClient;

  beforeAll(async () => {
    cloud = await startTestCloud([bedrockService()]);
    client = new BedrockRuntimeClient(cloud.client);
  });

  afterAll(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  async function invoke(modelId: string, body: object) {
    const output = await client.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));
    expect(output.contentType).toBe('application/json');
    return JSON.parse(output.body.transformToString());
  }

  async function chunks(modelId: string, body: object) {
    const command = new InvokeModelWithResponseStreamCommand({ modelId, body: JSON.stringify(body) });
    const read = [];
    for await (const { chunk } of (await client.send(command)).body!)
      read.push(JSON.parse(Buffer.from(chunk!.bytes!).toString()));
    return read;
  }

  const refusal = (sent: Promise<unknown>) =>
    sent.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );

  it('takes and gives Anthropic’s Messages', async () => {
    const answer = await invoke(CLAUDE, { ...claude, system: 'Be kind.' });
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^msg_bdrk_standin_\w{16}$/),
      type: 'message',
      role: 'assistant',
      model: 'claude-haiku-4-5-20251001',
      stop_reason: 'end_turn',
      stop_sequence: null,
      content: [{ type: 'text', text: expect.stringContaining('My printer is on fire.') }],
    });
    expect(answer.usage.input_tokens).toBeGreaterThan(5);
  });

  it('streams them event by event, with Bedrock’s own figures at the end', async () => {
    const events = await chunks(CLAUDE, claude);
    const deltas = events.filter(({ type }) => type === 'content_block_delta');
    expect(events.map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      ...deltas.map(() => 'content_block_delta'),
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
    const { content } = await invoke(CLAUDE, claude);
    expect(deltas.map(({ delta }) => delta.text).join('')).toBe(content[0].text);
    expect(events.at(-1)['amazon-bedrock-invocationMetrics']).toEqual({
      inputTokenCount: events[0].message.usage.input_tokens,
      outputTokenCount: deltas.length,
      invocationLatency: 0,
      firstByteLatency: 0,
    });
  });

  it('uses tools, and goes on with their results', async () => {
    const tools = [{ name: 'report', description: 'Reports a disaster', input_schema: schema }];
    const body = { ...claude, tools, tool_choice: { type: 'tool', name: 'report' } };
    const answer = await invoke(CLAUDE, body);
    expect(answer).toMatchObject({
      stop_reason: 'tool_use',
      content: [{ type: 'tool_use', name: 'report', input: { what: 'fire' } }],
    });
    const streamed = await chunks(CLAUDE, body);
    const json = streamed.map(({ delta }) => delta?.partial_json ?? '').join('');
    expect(JSON.parse(json)).toEqual({ what: 'fire' });
    const result = { type: 'tool_result', tool_use_id: answer.content[0].id, content: 'The brigade is on its way.' };
    const messages = [hello, { role: 'assistant', content: answer.content }, { role: 'user', content: [result] }];
    expect((await invoke(CLAUDE, { ...claude, tools, messages })).content[0].text).toContain(
      'The brigade is on its way.',
    );
    expect(await refusal(invoke(CLAUDE, { ...claude, tools, messages: [...messages.slice(0, 2), hello] }))).toContain(
      '`tool_use` ids were found without `tool_result` blocks immediately after',
    );
  });

  it('takes and gives Nova’s bodies, whole and streamed', async () => {
    const answer = await invoke(NOVA, { schemaVersion: 'messages-v1', ...nova });
    expect(answer).toMatchObject({
      output: {
        message: { role: 'assistant', content: [{ text: expect.stringContaining('My printer is on fire.') }] },
      },
      stopReason: 'end_turn',
      usage: { totalTokens: answer.usage.inputTokens + answer.usage.outputTokens },
    });
    const events = await chunks(NOVA, nova);
    expect(Object.keys(events[0])).toEqual(['messageStart']);
    expect(events.at(-2)).toEqual({ messageStop: { stopReason: 'end_turn' } });
    expect(events.at(-1)).toMatchObject({
      metadata: { usage: answer.usage },
      'amazon-bedrock-invocationMetrics': { inputTokenCount: answer.usage.inputTokens },
    });
  });

  it.each<[object, string]>([
    [
      { ...claude, anthropic_version: undefined },
      'Malformed input request: #: required key [anthropic_version] not found',
    ],
    [{ ...claude, max_tokens: undefined }, 'max_tokens: Field required'],
    [{ ...claude, max_tokens: 0 }, 'max_tokens: Input should be greater than or equal to 1'],
    [{ ...claude, max_tokens: 64_001 }, 'max_tokens: 64001 > 64000'],
    [{ ...claude, messages: [] }, 'messages: at least one message is required'],
    [
      { ...claude, messages: [{ role: 'assistant', content: 'a' }] },
      'messages: first message must use the "user" role',
    ],
    [
      { ...claude, messages: [{ role: 'system', content: 'a' }] },
      "messages.0.role: Input should be 'user' or 'assistant'",
    ],
    [{ ...claude, messages: [{ role: 'user', content: '' }] }, 'messages.0: all messages must have non-empty content'],
    [
      { ...claude, messages: [{ role: 'user', content: ' ' }] },
      'messages: text content blocks must contain non-whitespace text',
    ],
    [
      { ...claude, messages: [{ role: 'user', content: [{ type: 'dance' }] }] },
      "messages.0.content.0: Input tag 'dance'",
    ],
    [
      { ...claude, tools: [{ name: 'a', input_schema: schema }], tool_choice: { type: 'tool', name: 'b' } },
      "Tool 'b' not found",
    ],
  ])('refuses case %#', async (body, message) => {
    expect(await refusal(invoke(CLAUDE, body))).toContain(message);
    expect(await refusal(chunks(CLAUDE, body))).toContain(message);
  });

  it('refuses what is no JSON, and bodies of another model', async () => {
    const raw = (modelId: string, body: string) => refusal(client.send(new InvokeModelCommand({ modelId, body })));
    expect(await raw(CLAUDE, '{')).toMatch(/^ValidationException: Malformed input request: invalid json/);
    expect(await raw(NOVA, JSON.stringify(claude))).toContain('extraneous key [anthropic_version] is not permitted');
    expect(await raw(CLAUDE, JSON.stringify(nova))).toContain('required key [anthropic_version] not found');
  });

  it('counts tokens as a call would', async () => {
    const body = Buffer.from(JSON.stringify(nova));
    const { inputTokens } = await client.send(
      new CountTokensCommand({ modelId: NOVA, input: { invokeModel: { body } } }),
    );
    expect(inputTokens).toBe((await invoke(NOVA, nova)).usage.inputTokens);
  });

  it('names what it does not have', async () => {
    const { ApplyGuardrailCommand } = await import('@aws-sdk/client-bedrock-runtime');
    const sent = client.send(
      new ApplyGuardrailCommand({
        guardrailIdentifier: 'abc',
        guardrailVersion: '1',
        source: 'INPUT',
        content: [{ text: { text: 'x' } }],
      }),
    );
    expect(await refusal(sent)).toBe(
      'OperationNotEmulated: ApplyGuardrail is not emulated here: there are no guardrails.',
    );
  });
});
