/** Answers in pieces: gathered into a whole, or given out block by block. */
import type { Json } from '../../kernel/service.ts';
import type { Piece, Reply } from './contract.ts';
import { modelError } from './errors.ts';

/** The blocks of an answer as they begin, grow and end. */
export type BlockEvent =
  | { readonly kind: 'start-text'; readonly index: number }
  | { readonly kind: 'start-tool'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly kind: 'text'; readonly index: number; readonly text: string }
  | { readonly kind: 'tool-input'; readonly index: number; readonly json: string }
  | { readonly kind: 'stop'; readonly index: number }
  | Extract<Piece, { kind: 'end' }>;

export async function* blockEvents(pieces: AsyncIterable<Piece>): AsyncGenerator<BlockEvent> {
  let index = -1;
  let open: 'text' | 'tool' | undefined;
  for await (const piece of pieces) {
    switch (piece.kind) {
      case 'text':
        if (open !== 'text') {
          if (open) yield { kind: 'stop', index };
          index += 1;
          open = 'text';
          yield { kind: 'start-text', index };
        }
        yield { kind: 'text', index, text: piece.text };
        break;
      case 'tool-use':
        if (open) yield { kind: 'stop', index };
        index += 1;
        open = 'tool';
        yield { kind: 'start-tool', index, id: piece.id, name: piece.name };
        break;
      case 'tool-input':
        yield { kind: 'tool-input', index, json: piece.json };
        break;
      case 'end':
        if (open) yield { kind: 'stop', index };
        yield piece;
        return;
    }
  }
}

/** Rejects when the stream ends before its `end`. */
export async function gather(pieces: AsyncIterable<Piece>): Promise<Reply> {
  const blocks: ({ kind: 'text'; text: string } | { kind: 'tool-use'; id: string; name: string; json: string })[] = [];
  for await (const piece of pieces) {
    const last = blocks.at(-1);
    switch (piece.kind) {
      case 'text':
        if (last?.kind === 'text') last.text += piece.text;
        else blocks.push({ ...piece });
        break;
      case 'tool-use':
        blocks.push({ ...piece, json: '' });
        break;
      case 'tool-input':
        if (last?.kind === 'tool-use') last.json += piece.json;
        break;
      case 'end':
        return {
          blocks: blocks.map((block) =>
            block.kind === 'text'
              ? block
              : { kind: block.kind, id: block.id, name: block.name, input: inputOf(block.json) },
          ),
          stopReason: piece.stopReason,
          stopSequence: piece.stopSequence,
          usage: piece.usage,
        };
    }
  }
  throw modelError('The model did not complete its answer.');
}

/** An input that was cut short at `maxTokens` is no JSON any more. */
function inputOf(json: string): Json {
  try {
    return JSON.parse(json) as Json;
  } catch {
    return {};
  }
}

/**
 * Waits for the first piece, so that what fails before anything was said is answered as an error, not as a stream.
 */
export async function begun<T>(pieces: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  return {
    [Symbol.asyncIterator]: () => {
      let given = false;
      return {
        next: () => {
          if (given) return iterator.next();
          given = true;
          return Promise.resolve(first);
        },
        return: async (value?: unknown) => {
          await iterator.return?.(value);
          return { done: true as const, value: undefined };
        },
      };
    },
  };
}
