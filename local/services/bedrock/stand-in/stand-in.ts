/**
 * Answers when no model is asked: the same answer to the same question, in the form that was asked for. It says of
 * itself what it is, in the text and in the ids it gives.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../kernel/service.ts';
import type { Backend, Piece, Prompt, StopReason, Tool } from '../contract.ts';
import type { Target } from '../models/target.ts';
import { countPrompt, tokensOf } from '../tokens.ts';
import { instanceOf } from './instance.ts';
import { type Material, materialOf, wordsOf } from './material.ts';

/** Stands in every text, so that nobody takes it for a model's. */
const SIGNATURE = 'No model was asked: this is the stand-in of sampan';

export function standIn(): Extract<Backend, { kind: 'model' }> {
  return { kind: 'model', reply };
}

async function* reply(prompt: Prompt, { requested }: Target): AsyncGenerator<Piece> {
  const material = materialOf(prompt);
  const inputTokens = countPrompt(prompt);
  const tool = toolFor(prompt, material);
  const answer = answerTo(material, prompt);
  if (tool) yield* useTool(tool, material, prompt, inputTokens, `${answer} (${SIGNATURE}.)`);
  else {
    const signed = `${answer} (${SIGNATURE}, for ${requested}.)`;
    yield* say(textOf(prompt.textSchema, material, signed), prompt, inputTokens);
  }
}

function textOf(schema: JsonObject | undefined, material: Material, answer: string): string {
  return schema ? JSON.stringify(instanceOf(schema, material, answer)) : answer;
}

function answerTo({ sentences }: Material, { turns }: Prompt): string {
  const hasResults = turns.at(-1)?.blocks.some(({ kind }) => kind === 'tool-result');
  const quoted =
    sentences.length === 0 ? '' : ` ${hasResults ? 'The tool said' : 'You wrote'}: “${anonymous(sentences[0]!)}”`;
  return `Thank you for your message.${quoted} We are looking into it.`;
}

/** What addresses somebody is not repeated. */
function anonymous(sentence: string): string {
  return sentence
    .replace(/https?:\/\/\S+|www\.\S+/gi, '[link]')
    .replace(/\S+@\S+/g, '[address]')
    .replace(/\+?\d[\d\s().-]{5,}\d/g, '[number]');
}

/** Left to choose, it takes a tool that speaks of what the user speaks of, until it has that tool's result. */
function toolFor({ tools, toolChoice, turns }: Prompt, { text }: Material): Tool | undefined {
  switch (toolChoice.kind) {
    case 'none':
      return undefined;
    case 'tool':
      return tools.find(({ name }) => name === toolChoice.name);
    case 'any':
      return best(tools, text) ?? tools[0];
    case 'auto':
      return turns.at(-1)?.blocks.some(({ kind }) => kind === 'tool-result') ? undefined : best(tools, text);
  }
}

function best(tools: readonly Tool[], text: string): Tool | undefined {
  const said = new Set(wordsOf(text).filter((word) => word.length > 3));
  const scored = tools.map((tool) => ({
    tool,
    score: new Set(wordsOf(`${tool.name} ${tool.description ?? ''}`).filter((word) => said.has(word))).size,
  }));
  const [first] = scored.sort((one, other) => other.score - one.score);
  return first && first.score > 0 ? first.tool : undefined;
}

async function* useTool(
  tool: Tool,
  material: Material,
  prompt: Prompt,
  inputTokens: number,
  answer: string,
): AsyncGenerator<Piece> {
  const json = JSON.stringify(instanceOf(tool.schema, material, answer));
  const tokens = tokensOf(json);
  const told = tokens.slice(0, prompt.maxTokens);
  yield { kind: 'tool-use', id: toolUseId(prompt, tool), name: tool.name };
  for (const token of told) yield { kind: 'tool-input', json: token };
  yield {
    kind: 'end',
    stopReason: told.length < tokens.length ? 'max_tokens' : 'tool_use',
    usage: { inputTokens, outputTokens: told.length },
  };
}

/** Of the form that Bedrock's have; the same question has the same one. */
function toolUseId({ turns }: Prompt, { name }: Tool): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([name, turns]))
    .digest('base64url');
  return `tooluse_standin_${digest.slice(0, 14)}`;
}

async function* say(text: string, prompt: Prompt, inputTokens: number): AsyncGenerator<Piece> {
  const stop = firstOf(prompt.stopSequences, text);
  const tokens = tokensOf(stop ? text.slice(0, stop.at) : text);
  const told = tokens.slice(0, prompt.maxTokens);
  for (const token of told) yield { kind: 'text', text: token };
  const isCut = told.length < tokens.length;
  const stopReason: StopReason = isCut ? 'max_tokens' : stop ? 'stop_sequence' : 'end_turn';
  yield {
    kind: 'end',
    stopReason,
    ...(stopReason === 'stop_sequence' && { stopSequence: stop?.sequence }),
    usage: { inputTokens, outputTokens: told.length },
  };
}

function firstOf(sequences: readonly string[], text: string): { sequence: string; at: number } | undefined {
  return sequences
    .map((sequence) => ({ sequence, at: text.indexOf(sequence) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at)[0];
}
