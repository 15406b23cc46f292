/** What a model answered → Converse's output, whole or event by event. */
import type { Json } from '../../../kernel/service.ts';
import type { Piece, Reply, Usage } from '../contract.ts';
import { blockEvents } from '../pieces.ts';

export function converseOutput(reply: Reply, latencyMs: number, fieldPaths: readonly string[] | undefined): object {
  const content = reply.blocks.map((block) =>
    block.kind === 'text'
      ? { text: block.text }
      : { toolUse: { toolUseId: block.id, name: block.name, input: block.input } },
  );
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: reply.stopReason,
    usage: usageOf(reply.usage),
    metrics: { latencyMs },
    ...additional(reply.stopSequence, fieldPaths),
  };
}

/** Rejects when the answer ends before it is complete. */
export async function* converseEvents(
  pieces: AsyncIterable<Piece>,
  latencyMs: () => number,
  fieldPaths: readonly string[] | undefined,
): AsyncGenerator<Record<string, object>> {
  yield { messageStart: { role: 'assistant' } };
  for await (const event of blockEvents(pieces)) {
    switch (event.kind) {
      case 'start-text':
        // Converse announces tools' blocks only.
        break;
      case 'start-tool':
        yield {
          contentBlockStart: {
            contentBlockIndex: event.index,
            start: { toolUse: { toolUseId: event.id, name: event.name } },
          },
        };
        break;
      case 'text':
        yield { contentBlockDelta: { contentBlockIndex: event.index, delta: { text: event.text } } };
        break;
      case 'tool-input':
        yield { contentBlockDelta: { contentBlockIndex: event.index, delta: { toolUse: { input: event.json } } } };
        break;
      case 'stop':
        yield { contentBlockStop: { contentBlockIndex: event.index } };
        break;
      case 'end':
        yield { messageStop: { stopReason: event.stopReason, ...additional(event.stopSequence, fieldPaths) } };
        yield { metadata: { usage: usageOf(event.usage), metrics: { latencyMs: latencyMs() } } };
    }
  }
}

export function usageOf({ inputTokens, outputTokens }: Usage): Usage & { readonly totalTokens: number } {
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens };
}

/** Of the fields that can be asked for, there is one here. */
function additional(stopSequence: string | undefined, paths: readonly string[] = []): object {
  const fields: Record<string, Json> = paths.includes('/stop_sequence') ? { stop_sequence: stopSequence ?? null } : {};
  return Object.keys(fields).length > 0 ? { additionalModelResponseFields: fields } : {};
}
