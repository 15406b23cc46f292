/** What a model is asked, in the words of OpenAI's chat completions, which most local model servers speak. */
import type { JsonObject } from '../../../kernel/service.ts';
import type { Block, Prompt, Turn } from '../contract.ts';

const TEXTS = new Set(['txt', 'md', 'csv', 'html', 'plain']);

export function completionRequest(prompt: Prompt, model: string): object {
  const { tools, toolChoice, maxTokens, temperature, topP, stopSequences, textSchema } = prompt;
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: messagesOf(prompt),
    max_tokens: maxTokens,
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { top_p: topP }),
    ...(stopSequences.length > 0 && { stop: stopSequences }),
    ...(textSchema && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: textSchema, strict: true } },
    }),
    ...(toolChoice.kind !== 'none' && {
      tools: tools.map(({ name, description, schema }) => ({
        type: 'function',
        function: { name, ...(description && { description }), parameters: schema },
      })),
      tool_choice: choiceOf(prompt),
    }),
  };
}

function choiceOf({ toolChoice }: Prompt): string | object {
  if (toolChoice.kind === 'tool') return { type: 'function', function: { name: toolChoice.name } };
  return toolChoice.kind === 'any' ? 'required' : 'auto';
}

function messagesOf({ system, turns }: Prompt): object[] {
  const told = system.length === 0 ? [] : [{ role: 'system', content: system.join('\n\n') }];
  return [...told, ...turns.flatMap(turnMessages)];
}

function turnMessages({ role, blocks }: Turn): object[] {
  if (role === 'assistant') {
    const calls = blocks.flatMap((block) => (block.kind === 'tool-use' ? [callOf(block)] : []));
    const said = blocks.flatMap((block) => (block.kind === 'text' ? [block.text] : [])).join('');
    return [{ role, content: said === '' ? null : said, ...(calls.length > 0 && { tool_calls: calls }) }];
  }
  // Results come right after the calls, before whatever else is said.
  const results = blocks.flatMap((block) =>
    block.kind === 'tool-result' ? [{ role: 'tool', tool_call_id: block.id, content: block.text }] : [],
  );
  const parts = blocks.flatMap(partOf);
  if (parts.length === 0) return results;
  const isPlain = parts.every((part) => part['type'] === 'text');
  const content = isPlain ? parts.map((part) => part['text']).join('\n') : parts;
  return [...results, { role, content }];
}

function callOf({ id, name, input }: Extract<Block, { kind: 'tool-use' }>): object {
  return { id, type: 'function', function: { name, arguments: JSON.stringify(input) } };
}

function partOf(block: Block): JsonObject[] {
  if (block.kind === 'text') return [{ type: 'text', text: block.text }];
  if (block.kind !== 'media' || !block.bytes) return [];
  const bytes = Buffer.from(block.bytes);
  if (block.media === 'image') {
    const url = `data:image/${block.format};base64,${bytes.toString('base64')}`;
    return [{ type: 'image_url', image_url: { url } }];
  }
  return TEXTS.has(block.format) ? [{ type: 'text', text: bytes.toString('utf8') }] : [];
}
