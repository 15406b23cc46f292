/** Bedrock Runtime: what answers, and what is not there. */
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { expect, test } from '@jest/globals';
import { startTestCloud } from '../../local/doors/aws-endpoint/testing.ts';
import { openAiBackend } from '../../local/services/bedrock/backends/openai.ts';
import type { Prompt } from '../../local/services/bedrock/contract.ts';
import { bedrockService } from '../../local/services/bedrock/index.ts';
import { findTarget } from '../../local/services/bedrock/models/target.ts';

const MODEL = 'amazon.nova-lite-v1:0';
const place = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };

async function withClient<T>(use: (send: (text: string) => ReturnType<typeof converse>) => Promise<T>): Promise<T> {
  await using cloud = await startTestCloud([bedrockService()]);
  const client = new BedrockRuntimeClient(cloud.client);
  try {
    return await use((text) => converse(client, text));
  } finally {
    client.destroy();
  }
}

const converse = (client: BedrockRuntimeClient, text: string) =>
  client.send(new ConverseCommand({ modelId: MODEL, messages: [{ role: 'user', content: [{ text }] }] }));

test('B1: the stand-in does not know the answer', async () => {
  const { output } = await withClient((send) => send('What is 6 times 7?'));
  expect(output?.message?.content?.[0]?.text).toContain('No model was asked: this is the stand-in of sampan');
});

test('B2: models of others, and profiles of one’s own, are not there', () => {
  for (const id of [
    'meta.llama3-3-70b-instruct-v1:0',
    'mistral.mistral-large-2402-v1:0',
    'amazon.titan-text-express-v1',
  ]) {
    expect(findTarget(id, place)).toBeUndefined();
  }
  const own = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdefghijkl';
  expect(findTarget(own, place)).toBeUndefined();
});

test('B3: a long word counts by its letters, whatever the model would make of it', async () => {
  const short = await withClient((send) => send('international'));
  const long = await withClient((send) => send('interna tional'));
  expect(short.usage?.inputTokens).toBe(long.usage?.inputTokens);
});

test('B4: hundreds of calls at once are all let through', async () => {
  const sent = await withClient((send) => Promise.allSettled(Array.from({ length: 300 }, () => send('Hello'))));
  expect(sent.filter(({ status }) => status === 'rejected')).toEqual([]);
}, 60_000);

test('B5: a server’s stop is the end of the turn, whatever stopped it', async () => {
  const answered = globalThis.fetch;
  globalThis.fetch = async () => Response.json({ choices: [{ message: { content: 'one ' }, finish_reason: 'stop' }] });
  try {
    const { reply } = openAiBackend({ kind: 'openai', url: 'http://127.0.0.1:9', model: 'm' });
    const prompt: Prompt = {
      system: [],
      turns: [{ role: 'user', blocks: [{ kind: 'text', text: 'Count to two.' }] }],
      tools: [],
      toolChoice: { kind: 'none' },
      maxTokens: 10,
      stopSequences: ['two'],
    };
    const pieces = [];
    for await (const piece of reply(prompt, findTarget(MODEL, place)!, undefined)) pieces.push(piece);
    expect(pieces.at(-1)).toMatchObject({ kind: 'end', stopReason: 'end_turn' });
  } finally {
    globalThis.fetch = answered;
  }
});
