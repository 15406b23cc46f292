import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseCommandOutput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  type Message,
  type Tool,
} from '@aws-sdk/client-bedrock-runtime';
import { startTestCloud, type TestCloud } from '../../../doors/aws-endpoint/testing.ts';
import { bedrockService } from '../index.ts';

const MODEL = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';
const user = (text: string): Message => ({ role: 'user', content: [{ text }] });
const assistant = (text: string): Message => ({ role: 'assistant', content: [{ text }] });

const TRIAGE: Tool = {
  toolSpec: {
    name: 'classify_ticket',
    description: 'Sorts a ticket',
    inputSchema: {
      json: {
        type: 'object',
        required: ['category', 'urgent', 'summary'],
        properties: {
          category: { type: 'string', enum: ['billing', 'printer', 'other'] },
          urgent: { type: 'boolean' },
          summary: { type: 'string', maxLength: 40 },
        },
      },
    },
  },
};

describe('Converse through the SDK', () => {
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

  const converse = (input: Partial<ConverseCommandInput>): Promise<ConverseCommandOutput> =>
    client.send(new ConverseCommand({ modelId: MODEL, messages: [user('My printer is on fire.')], ...input }));
  const streamed = async (input: Partial<ConverseCommandInput>): Promise<ConverseStreamOutput[]> => {
    const command = new ConverseStreamCommand({ modelId: MODEL, messages: [user('My printer is on fire.')], ...input });
    const events: ConverseStreamOutput[] = [];
    for await (const event of (await client.send(command)).stream!) events.push(event);
    return events;
  };
  const textOf = ({ output }: ConverseCommandOutput) => output?.message?.content?.map(({ text }) => text).join('');
  const refusal = (sent: Promise<unknown>): Promise<string> =>
    sent.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );

  it('answers, says that no model was asked, and counts', async () => {
    const output = await converse({ system: [{ text: 'You answer customers.' }] });
    expect(textOf(output)).toContain('My printer is on fire.');
    expect(textOf(output)).toContain(`No model was asked: this is the stand-in of sampan, for ${MODEL}.`);
    expect(output.stopReason).toBe('end_turn');
    const { inputTokens = 0, outputTokens = 0, totalTokens } = output.usage!;
    expect(inputTokens).toBeGreaterThan(8);
    expect(outputTokens).toBeGreaterThan(20);
    expect(totalTokens).toBe(inputTokens + outputTokens);
    expect(output.metrics?.latencyMs).toBe(0);
    expect(await converse({ system: [{ text: 'You answer customers.' }] })).toMatchObject({ output: output.output });
  });

  it('streams the same answer, piece by piece, in the order of events that AWS has', async () => {
    const events = await streamed({});
    const kinds = events.map((event) => Object.keys(event)[0]);
    const deltas = events.flatMap(({ contentBlockDelta }) => contentBlockDelta ?? []);
    expect(kinds).toEqual([
      'messageStart',
      ...deltas.map(() => 'contentBlockDelta'),
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    expect(deltas.length).toBeGreaterThan(20);
    const whole = await converse({});
    expect(deltas.map(({ delta }) => delta?.text).join('')).toBe(textOf(whole));
    expect(events.at(-1)?.metadata?.usage).toEqual(whole.usage);
  });

  it('uses the tool that it must, by its schema, whole and streamed', async () => {
    const toolConfig = { tools: [TRIAGE], toolChoice: { tool: { name: 'classify_ticket' } } };
    const { output, stopReason } = await converse({ toolConfig });
    const { toolUse } = output!.message!.content![0]!;
    expect(stopReason).toBe('tool_use');
    expect(toolUse).toEqual({
      toolUseId: expect.stringMatching(/^tooluse_standin_[\w-]{14}$/),
      name: 'classify_ticket',
      input: { category: 'printer', urgent: false, summary: 'My printer is on fire.' },
    });
    const events = await streamed({ toolConfig });
    expect(events[1]).toMatchObject({
      contentBlockStart: { contentBlockIndex: 0, start: { toolUse: { toolUseId: toolUse!.toolUseId } } },
    });
    const json = events.map(({ contentBlockDelta }) => contentBlockDelta?.delta?.toolUse?.input ?? '').join('');
    expect(JSON.parse(json)).toEqual(toolUse!.input);
    expect(events.at(-2)).toEqual({ messageStop: { stopReason: 'tool_use' } });
  });

  it('takes a tool or none where it may choose, and answers once it has the result', async () => {
    const toolConfig = { tools: [TRIAGE] };
    expect((await converse({ toolConfig, messages: [user('Please sort this ticket.')] })).stopReason).toBe('tool_use');
    expect((await converse({ toolConfig, messages: [user('Hello!')] })).stopReason).toBe('end_turn');
    const any = { ...toolConfig, toolChoice: { any: {} } };
    const asked = await converse({ toolConfig: any, messages: [user('Hello!')] });
    expect(asked.stopReason).toBe('tool_use');
    const { toolUseId } = asked.output!.message!.content![0]!.toolUse!;
    const result: Message = {
      role: 'user',
      content: [{ toolResult: { toolUseId, content: [{ json: { queue: 'second line' } }] } }],
    };
    const last = await converse({ toolConfig, messages: [user('Hello!'), asked.output!.message!, result] });
    expect(textOf(last)).toContain('second line');
  });

  it('stops at a stop sequence and at the most tokens, and says at which', async () => {
    const stopped = await converse({
      inferenceConfig: { stopSequences: ['on fire'] },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
    });
    expect(stopped.stopReason).toBe('stop_sequence');
    expect(textOf(stopped)).toMatch(/My printer is $/);
    expect(stopped.additionalModelResponseFields).toEqual({ stop_sequence: 'on fire' });
    const short = await converse({ inferenceConfig: { maxTokens: 3 } });
    expect(short).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 3 } });
    expect(textOf(short)).toBe('Thank you for');
  });

  it('answers in JSON of the schema that the text is to have', async () => {
    const schema = JSON.stringify({ type: 'object', properties: { mood: { enum: ['angry', 'happy'] } } });
    const textFormat = { type: 'json_schema' as const, structure: { jsonSchema: { schema, name: 'mood' } } };
    const output = await converse({ messages: [user('I am happy, not angry.')], outputConfig: { textFormat } });
    expect(JSON.parse(textOf(output)!)).toEqual({ mood: 'happy' });
  });

  const image = { image: { format: 'png' as const, source: { bytes: new Uint8Array([1]) } } };
  const toolUse = { toolUse: { toolUseId: 'a', name: 'classify_ticket', input: {} } };
  const toolResult = (toolUseId: string) => ({ toolResult: { toolUseId, content: [{ text: 'done' }] } });
  const tools = { tools: [TRIAGE] };
  it.each<[string, Partial<ConverseCommandInput>, string]>([
    ['an unknown model', { modelId: 'anthropic.claude-9' }, 'The provided model identifier is invalid.'],
    ['a profile of other Regions', { modelId: `eu.${MODEL.slice(7)}` }, 'The provided model identifier is invalid.'],
    [
      'no profile',
      { modelId: MODEL.slice(7) },
      `Invocation of model ID ${MODEL.slice(7)} with on-demand throughput isn’t`,
    ],
    ['no message', { messages: [] }, 'A conversation must start with a user message.'],
    ['an assistant who begins', { messages: [assistant('Hi')] }, 'A conversation must start with a user message.'],
    ['two of the same role', { messages: [user('a'), user('b')] }, 'A conversation must alternate between user and'],
    [
      'an empty message',
      { messages: [{ role: 'user', content: [] }] },
      'The content field in the Message object at messages.0 is empty.',
    ],
    [
      'a blank text',
      { messages: [user(' \n')] },
      'The text field in the ContentBlock object at messages.0.content.0 is blank.',
    ],
    [
      'a blank system prompt',
      { system: [{ text: ' ' }] },
      'The text field in the SystemContentBlock object at system.0 is blank.',
    ],
    [
      'too many tokens',
      { inferenceConfig: { maxTokens: 64_001 } },
      'The maximum tokens you requested exceeds the model limit of 64000.',
    ],
    [
      'no tokens',
      { inferenceConfig: { maxTokens: 0 } },
      "1 validation error detected: Value '0' at 'inferenceConfig.maxTokens'",
    ],
    [
      'tools that are not there',
      { messages: [user('a'), { role: 'assistant', content: [toolUse] }] },
      'The toolConfig field must be defined',
    ],
    [
      'a result nobody asked for',
      { toolConfig: tools, messages: [{ role: 'user', content: [toolResult('a')] }] },
      'The number of toolResult blocks at messages.0.content exceeds',
    ],
    [
      'a missing result',
      { toolConfig: tools, messages: [user('a'), { role: 'assistant', content: [toolUse] }, user('b')] },
      'Expected toolResult blocks at messages.2.content for the following Ids: a',
    ],
    [
      'a choice that is no tool',
      { toolConfig: { ...tools, toolChoice: { tool: { name: 'x' } } } },
      'The tool name x in toolConfig.toolChoice.tool',
    ],
    [
      'a forced tool',
      { modelId: 'global.anthropic.claude-sonnet-5-5', toolConfig: { ...tools, toolChoice: { any: {} } } },
      'The model returned the following errors: tool_choice',
    ],
    [
      'a temperature',
      { modelId: 'global.anthropic.claude-haiku-5-5', inferenceConfig: { temperature: 0 } },
      'The model returned the following errors: `temperature` is deprecated',
    ],
    [
      'too long a prompt',
      { modelId: 'us.amazon.nova-micro-v1:0', messages: [user('word '.repeat(130_000))] },
      'Input is too long for requested model.',
    ],
    [
      'a tool that is none',
      { messages: [user('hello')], toolConfig: { tools: [{} as never] } },
      'The Tool object at toolConfig.tools.0 must set one of the following keys: toolSpec, systemTool, cachePoint.',
    ],
  ])('refuses %s', async (_what, input, message) => {
    expect(await refusal(converse(input))).toContain(`ValidationException: ${message}`);
    expect(await refusal(streamed(input))).toContain(`ValidationException: ${message}`);
  });

  it('takes a model by its ARN and by that of its profile, in this account and Region', async () => {
    const profile = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0`;
    const model = 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0';
    for (const modelId of [profile, model]) {
      const output = await converse({
        modelId,
        messages: [{ role: 'user', content: [image, { text: 'What is it?' }] }],
      });
      expect(output.usage?.inputTokens).toBeGreaterThan(1_600);
    }
    for (const modelId of [profile.replace('123456789012', '210987654321'), model.replace('east', 'west')]) {
      expect(await refusal(converse({ modelId }))).toContain('The provided model identifier is invalid.');
    }
  });

  it('says of a model whose time is over that it is no longer there', async () => {
    expect(await refusal(converse({ modelId: 'anthropic.claude-3-haiku-20240307-v1:0' }))).toBe(
      'ResourceNotFoundException: This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
    );
  });
});
