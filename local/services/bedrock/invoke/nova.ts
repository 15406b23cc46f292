/**
 * Amazon Nova's bodies, which are Converse's structures with a frame of their own.
 * https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
 */
import type { Json, JsonObject } from '../../../kernel/service.ts';
import type { Reply, Usage } from '../contract.ts';
import { promptOf } from '../converse/read.ts';
import { checkConversation } from '../converse/rules.ts';
import type { ConverseBlock, ConverseInput, ConverseMessage } from '../converse/types.ts';
import { converseEvents } from '../converse/write.ts';
import { type Family, malformed } from './events.ts';

const KNOWN = ['schemaVersion', 'messages', 'system', 'inferenceConfig', 'toolConfig'];

export const nova: Family = {
  read(body, model) {
    const unknown = Object.keys(body).find((key) => !KNOWN.includes(key));
    if (unknown !== undefined) throw malformed(`#: extraneous key [${unknown}] is not permitted`);
    if (!Array.isArray(body['messages'])) throw malformed('#: required key [messages] not found');
    const input: ConverseInput = {
      ...(body as unknown as ConverseInput),
      messages: body['messages'].map(messageOf),
    };
    checkConversation(input, model);
    return promptOf(input, model);
  },

  write: ({ blocks, stopReason, usage }: Reply) => ({
    output: {
      message: {
        content: blocks.map((block) =>
          block.kind === 'text'
            ? { text: block.text }
            : { toolUse: { toolUseId: block.id, name: block.name, input: block.input } },
        ),
        role: 'assistant',
      },
    },
    stopReason,
    usage: novaUsage(usage),
  }),

  async *stream(pieces, { metrics }) {
    for await (const event of converseEvents(pieces, () => 0, undefined)) {
      const [[name = '', value] = []] = Object.entries(event);
      if (name !== 'metadata') yield { [name]: value };
      else {
        const { usage } = value as { usage: Usage };
        yield {
          metadata: { usage: novaUsage(usage), metrics: {}, trace: {} },
          'amazon-bedrock-invocationMetrics': metrics(usage),
        };
      }
    }
  },
};

function novaUsage({ inputTokens, outputTokens }: Usage): object {
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cacheReadInputTokenCount: 0,
    cacheWriteInputTokenCount: 0,
  };
}

function messageOf(message: Json): ConverseMessage {
  const { role, content } = (message ?? {}) as JsonObject;
  if (role !== 'user' && role !== 'assistant') {
    throw malformed(`#/messages/role: ${JSON.stringify(role ?? null)} is not a valid enum value`);
  }
  if (!Array.isArray(content)) throw malformed('#/messages/content: expected type: JSONArray');
  return { role, content: content.map(blockOf) };
}

/** Bytes are base64 here. */
function blockOf(block: Json): ConverseBlock {
  if (typeof block !== 'object' || block === null) throw malformed('#/messages/content: expected type: JSONObject');
  const media = Object.entries(block as JsonObject).map(([kind, value]) => {
    const { source, ...more } = (value ?? {}) as JsonObject;
    const { bytes } = (source ?? {}) as JsonObject;
    return [kind, typeof bytes === 'string' ? { ...more, source: { bytes: Buffer.from(bytes, 'base64') } } : value];
  });
  return Object.fromEntries(media) as ConverseBlock;
}
