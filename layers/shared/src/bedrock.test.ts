import type { ConverseStreamCommandInput, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { expect, jest, test } from '@jest/globals';
import {
  createModel,
  ModelBrokeOffError,
  type ModelOptions,
  ModelRefusedError,
  ModelUnavailableError,
  type Piece,
} from './bedrock.ts';

const QUESTION = {
  system: 'Be kind.',
  user: 'Hello',
  tool: { name: 'write', description: 'Writes', schema: { type: 'object' } },
};
const HAIKU = 'global.anthropic.claude-haiku-4-5-20251001-v1:0';

const input = (json: string) => ({ contentBlockDelta: { contentBlockIndex: 0, delta: { toolUse: { input: json } } } });
const WHOLE = [
  { messageStart: { role: 'assistant' } },
  input('{"reply":'),
  input('"Hi"}'),
  { messageStop: { stopReason: 'tool_use' } },
  { metadata: { usage: { inputTokens: 7, outputTokens: 3, totalTokens: 10 }, metrics: { latencyMs: 1 } } },
] as ConverseStreamOutput[];

const failure = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
const throttled = () => failure('ThrottlingException', { $metadata: { httpStatusCode: 429 } });

/** Answers call after call; what is an error is thrown, within a stream too. */
function model(
  answers: readonly (Error | readonly (ConverseStreamOutput | Error)[])[],
  options: Partial<ModelOptions> = {},
) {
  const sent: ConverseStreamCommandInput[] = [];
  const waits: number[] = [];
  let at = 0;
  const made = createModel({
    modelId: HAIKU,
    maximumTokens: 100,
    random: () => 1,
    now: () => 0,
    sleep: async (ms) => void waits.push(ms),
    async send(command) {
      sent.push(command);
      const answer = answers[Math.min(at++, answers.length - 1)]!;
      if (answer instanceof Error) throw answer;
      return (async function* () {
        for (const event of answer) {
          if (event instanceof Error) throw event;
          yield event;
        }
      })();
    },
    ...options,
  });
  return { made, sent, waits };
}

async function pieces(of: AsyncIterable<Piece>): Promise<Piece[]> {
  const all: Piece[] = [];
  for await (const piece of of) all.push(piece);
  return all;
}

test('asks for one call of the tool, and gives its input as it comes, then parsed', async () => {
  const { made, sent } = model([WHOLE]);
  expect(await pieces(made.stream(QUESTION, () => 20_000))).toEqual([
    { kind: 'input', json: '{"reply":' },
    { kind: 'input', json: '"Hi"}' },
    {
      kind: 'answer',
      answer: {
        input: { reply: 'Hi' },
        stopReason: 'tool_use',
        usage: { inputTokens: 7, outputTokens: 3 },
        attempts: 1,
        firstPieceMs: 0,
      },
    },
  ]);
  expect(sent).toEqual([
    {
      modelId: HAIKU,
      system: [{ text: 'Be kind.' }],
      messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
      inferenceConfig: { maxTokens: 100 },
      toolConfig: {
        tools: [{ toolSpec: { name: 'write', description: 'Writes', inputSchema: { json: { type: 'object' } } } }],
        toolChoice: { tool: { name: 'write' } },
      },
      additionalModelRequestFields: { anthropic_beta: ['fine-grained-tool-streaming-2025-05-14'] },
    },
  ]);
  const nova = model([WHOLE], { modelId: 'amazon.nova-lite-v1:0' });
  await nova.made.ask(QUESTION, () => 20_000);
  expect(nova.sent[0]).not.toHaveProperty('additionalModelRequestFields');
});

test('tries again what may pass, after longer and longer waits, and counts', async () => {
  const reset = failure('Error', { code: 'ECONNRESET' });
  const { made, waits } = model([throttled(), failure('ServiceUnavailableException'), reset, [throttled()], WHOLE]);
  expect(await made.ask(QUESTION, () => 60_000)).toMatchObject({ input: { reply: 'Hi' }, attempts: 5 });
  expect(waits).toEqual([500, 1_000, 2_000, 4_000]);
});

test('gives up while there is time to say so', async () => {
  let left = 10_000;
  const { made, sent } = model([throttled()], {
    sleep: async (ms) => {
      left -= ms;
    },
  });
  await expect(made.ask(QUESTION, () => left)).rejects.toThrow(ModelUnavailableError);
  expect(left).toBeGreaterThanOrEqual(2_000);
  expect(sent).toHaveLength(5);
});

test('a model that says nothing is left when the time is over', async () => {
  const { made } = model([], {
    send: (_input, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(failure('AbortError')))),
  });
  await expect(made.ask(QUESTION, () => 20)).rejects.toThrow(ModelUnavailableError);
});

test.each(['AccessDeniedException', 'ValidationException', 'ResourceNotFoundException'])(
  'does not try %s again',
  async (name) => {
    const { made, sent } = model([failure(name, { $metadata: { httpStatusCode: 400 } })]);
    await expect(made.ask(QUESTION, () => 20_000)).rejects.toThrow(ModelRefusedError);
    expect(sent).toHaveLength(1);
  },
);

test('does not begin anew what has begun', async () => {
  for (const broken of [[...WHOLE.slice(0, 2), throttled()], WHOLE.slice(0, 3), WHOLE.slice(0, 4)]) {
    const { made, sent } = model([broken]);
    await expect(pieces(made.stream(QUESTION, () => 20_000))).rejects.toThrow(ModelBrokeOffError);
    expect(sent).toHaveLength(1);
  }
});

test('an input that was cut off at the most tokens is none', async () => {
  const { made } = model([
    [WHOLE[0]!, WHOLE[1]!, { messageStop: { stopReason: 'max_tokens' } } as ConverseStreamOutput, WHOLE[4]!],
  ]);
  expect(await made.ask(QUESTION, () => 20_000)).toMatchObject({ input: undefined, stopReason: 'max_tokens' });
});

test('ends the request when nobody asks for more', async () => {
  const ended = jest.fn();
  const { made } = model([], {
    send: async (_input, signal) => {
      signal.addEventListener('abort', ended);
      return (async function* () {
        yield* WHOLE;
      })();
    },
  });
  for await (const _piece of made.stream(QUESTION, () => 20_000)) break;
  expect(ended).toHaveBeenCalled();
});
