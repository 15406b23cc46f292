/**
 * Anthropic's Messages, as Bedrock takes and gives them.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html
 */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../kernel/service.ts';
import type { Block, Reply, Tool, ToolChoice, Turn } from '../contract.ts';
import { validation } from '../errors.ts';
import { blockEvents } from '../pieces.ts';
import { type Family, malformed } from './events.ts';

const VERSION = 'bedrock-2023-05-31';

export const anthropic: Family = {
  read(body, model) {
    const { anthropic_version: version, max_tokens: maxTokens, messages, system, stop_sequences: stops } = body;
    if (version === undefined) throw malformed('#: required key [anthropic_version] not found');
    if (version !== VERSION) throw validation('Invalid API version');
    if (maxTokens === undefined) throw validation('max_tokens: Field required');
    if (!Number.isInteger(maxTokens) || (maxTokens as number) < 1) {
      throw validation('max_tokens: Input should be greater than or equal to 1');
    }
    if ((maxTokens as number) > model.maxOutput) {
      throw validation(
        `max_tokens: ${maxTokens} > ${model.maxOutput}, which is the maximum allowed number of output tokens for ${model.id}`,
      );
    }
    if (!Array.isArray(messages)) throw validation('messages: Field required');
    const turns = messages.map(turnOf);
    checkTurns(turns);
    const { temperature, top_p: topP } = body;
    if (model.refusesSampling && (temperature !== undefined || topP !== undefined)) {
      throw validation(`\`${temperature === undefined ? 'top_p' : 'temperature'}\` is deprecated for this model.`);
    }
    return {
      system: textsOf(system),
      turns: merged(turns),
      tools: toolsOf(body['tools']),
      toolChoice: choiceOf(body, model.refusesForcedTools ?? false),
      maxTokens: maxTokens as number,
      stopSequences: Array.isArray(stops) ? stops.map(String) : [],
      ...(typeof temperature === 'number' && { temperature }),
      ...(typeof topP === 'number' && { topP }),
    };
  },

  write: (reply, model, requestId) => ({
    model: nameOf(model.id),
    id: messageId(requestId),
    type: 'message',
    role: 'assistant',
    content: reply.blocks.map((block) =>
      block.kind === 'text'
        ? { type: 'text', text: block.text }
        : { type: 'tool_use', id: block.id, name: block.name, input: block.input },
    ),
    stop_reason: stopReasonOf(reply),
    stop_sequence: reply.stopSequence ?? null,
    usage: { input_tokens: reply.usage.inputTokens, output_tokens: reply.usage.outputTokens },
  }),

  async *stream(pieces, { model, requestId, inputTokens, metrics }) {
    yield {
      type: 'message_start',
      message: {
        model: nameOf(model.id),
        id: messageId(requestId),
        type: 'message',
        role: 'assistant',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: inputTokens, output_tokens: 1 },
      },
    };
    for await (const event of blockEvents(pieces)) {
      switch (event.kind) {
        case 'start-text':
          yield { type: 'content_block_start', index: event.index, content_block: { type: 'text', text: '' } };
          break;
        case 'start-tool':
          yield {
            type: 'content_block_start',
            index: event.index,
            content_block: { type: 'tool_use', id: event.id, name: event.name, input: {} },
          };
          break;
        case 'text':
          yield { type: 'content_block_delta', index: event.index, delta: { type: 'text_delta', text: event.text } };
          break;
        case 'tool-input':
          yield {
            type: 'content_block_delta',
            index: event.index,
            delta: { type: 'input_json_delta', partial_json: event.json },
          };
          break;
        case 'stop':
          yield { type: 'content_block_stop', index: event.index };
          break;
        case 'end':
          yield {
            type: 'message_delta',
            delta: { stop_reason: stopReasonOf(event), stop_sequence: event.stopSequence ?? null },
            usage: { output_tokens: event.usage.outputTokens },
          };
          yield { type: 'message_stop', 'amazon-bedrock-invocationMetrics': metrics(event.usage) };
      }
    }
  },
};

/** Models call themselves without their provider: `claude-haiku-4-5-20251001`. */
const nameOf = (id: string): string => id.replace(/^anthropic\./, '').replace(/-v\d+(?::\d+)?$/, '');

const messageId = (requestId: string): string =>
  `msg_bdrk_standin_${createHash('sha256').update(requestId).digest('base64url').replaceAll(/[-_]/g, '0').slice(0, 16)}`;

const stopReasonOf = ({ stopReason }: Pick<Reply, 'stopReason'>): string =>
  stopReason === 'content_filtered' ? 'refusal' : stopReason;

function turnOf(message: Json, index: number): Turn {
  const { role, content } = (message ?? {}) as JsonObject;
  if (role !== 'user' && role !== 'assistant') {
    throw validation(`messages.${index}.role: Input should be 'user' or 'assistant'`);
  }
  if (typeof content === 'string') return { role, blocks: content === '' ? [] : [{ kind: 'text', text: content }] };
  if (!Array.isArray(content)) throw validation(`messages.${index}.content: Input should be a valid list`);
  return {
    role,
    blocks: content.flatMap((block, at) => blockOf(block as JsonObject, `messages.${index}.content.${at}`)),
  };
}

function blockOf(block: JsonObject, where: string): Block[] {
  switch (block?.['type']) {
    case 'text':
      return [{ kind: 'text', text: String(block['text'] ?? '') }];
    case 'tool_use':
      return [{ kind: 'tool-use', id: String(block['id']), name: String(block['name']), input: block['input'] ?? {} }];
    case 'tool_result':
      return [
        {
          kind: 'tool-result',
          id: String(block['tool_use_id']),
          text: textsOf(block['content']).join('\n'),
          failed: block['is_error'] === true,
        },
      ];
    case 'image':
    case 'document': {
      const { media_type: type, data } = (block['source'] ?? {}) as JsonObject;
      const bytes = typeof data === 'string' ? Buffer.from(data, 'base64') : undefined;
      return [
        {
          kind: 'media',
          media: block['type'],
          format:
            String(type ?? '')
              .split('/')
              .at(-1) ?? '',
          bytes,
        },
      ];
    }
    case 'thinking':
    case 'redacted_thinking':
      return [];
    default:
      throw validation(
        `${where}: Input tag '${String(block?.['type'])}' found using 'type' does not match any of the expected tags`,
      );
  }
}

function textsOf(value: Json | undefined): string[] {
  if (typeof value === 'string') return [value];
  if (!Array.isArray(value)) return [];
  return value.flatMap((block) => {
    const { text } = (block ?? {}) as JsonObject;
    return typeof text === 'string' ? [text] : [];
  });
}

function checkTurns(turns: readonly Turn[]): void {
  if (turns.length === 0) throw validation('messages: at least one message is required');
  if (turns[0]?.role !== 'user') throw validation('messages: first message must use the "user" role');
  for (const [index, { blocks }] of turns.entries()) {
    const isPrefill = index === turns.length - 1 && turns[index]?.role === 'assistant';
    if (blocks.length === 0 && !isPrefill) {
      throw validation(
        `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
      );
    }
    for (const block of blocks) {
      if (block.kind !== 'text') continue;
      if (block.text === '') throw validation('messages: text content blocks must be non-empty');
      if (block.text.trim() === '') throw validation('messages: text content blocks must contain non-whitespace text');
    }
    checkResults(turns, index);
  }
}

function checkResults(turns: readonly Turn[], index: number): void {
  const { role, blocks } = turns[index]!;
  if (role !== 'user') return;
  const asked = (turns[index - 1]?.blocks ?? []).flatMap((block) => (block.kind === 'tool-use' ? [block.id] : []));
  const answered = blocks.flatMap((block) => (block.kind === 'tool-result' ? [block.id] : []));
  const missing = asked.filter((id) => !answered.includes(id));
  if (missing.length > 0) {
    throw validation(
      `messages.${index - 1}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
  }
  const stray = answered.find((id) => !asked.includes(id));
  if (stray !== undefined) {
    throw validation(
      `messages.${index}.content.0: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    );
  }
}

/** Messages of the same role in a row count as one. */
function merged(turns: readonly Turn[]): Turn[] {
  const together: Turn[] = [];
  for (const turn of turns) {
    const last = together.at(-1);
    if (last?.role === turn.role)
      together[together.length - 1] = { role: turn.role, blocks: [...last.blocks, ...turn.blocks] };
    else together.push(turn);
  }
  return together;
}

function toolsOf(tools: Json | undefined): Tool[] {
  if (!Array.isArray(tools)) return [];
  return tools.map((tool, index) => {
    const { name, description, input_schema: schema } = (tool ?? {}) as JsonObject;
    if (typeof name !== 'string') throw validation(`tools.${index}.custom.name: Field required`);
    if (typeof schema !== 'object' || schema === null) {
      throw validation(`tools.${index}.custom.input_schema: Field required`);
    }
    return { name, schema: schema as JsonObject, ...(typeof description === 'string' && { description }) };
  });
}

function choiceOf({ tools, tool_choice: choice }: JsonObject, refusesForced: boolean): ToolChoice {
  const { type, name } = (choice ?? {}) as JsonObject;
  if (!Array.isArray(tools) || tools.length === 0 || type === 'none') return { kind: 'none' };
  if (refusesForced && (type === 'any' || type === 'tool')) {
    throw validation('tool_choice: type tool and any are not supported for this model');
  }
  if (type === 'tool') {
    if (!tools.some((tool) => (tool as JsonObject)?.['name'] === name)) {
      throw validation(`tool_choice.tool: Tool '${String(name)}' not found in provided tools`);
    }
    return { kind: 'tool', name: String(name) };
  }
  return { kind: type === 'any' ? 'any' : 'auto' };
}
