/**
 * Tokens as they are counted here: pieces of words, groups of digits, single signs. Not a model's own count, which
 * nobody knows without the model; near enough for budgets, and always the same.
 */
import type { Block, Prompt } from './contract.ts';

const TOKEN = /\s*(?:[\p{L}\p{M}]{1,8}|\p{N}{1,3}|[^\s\p{L}\p{M}\p{N}])|\s+/gu;

/** What an image or another file takes, whatever its size. */
const MEDIA_TOKENS = 1_600;
/** What the frame of a turn takes. */
const TURN_TOKENS = 4;

/** Joined they are the text again. */
export function tokensOf(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

export function countTokens(text: string): number {
  let count = 0;
  for (const _token of text.matchAll(TOKEN)) count += 1;
  return count;
}

export function countPrompt({ system, turns, tools }: Pick<Prompt, 'system' | 'turns' | 'tools'>): number {
  const ofSystem = system.reduce((sum, text) => sum + countTokens(text), 0);
  const ofTurns = turns.reduce(
    (sum, { blocks }) => sum + TURN_TOKENS + blocks.reduce((all, block) => all + countBlock(block), 0),
    0,
  );
  const ofTools = tools.reduce((sum, tool) => sum + countTokens(JSON.stringify(tool)), 0);
  return ofSystem + ofTurns + ofTools;
}

function countBlock(block: Block): number {
  switch (block.kind) {
    case 'text':
    case 'tool-result':
      return countTokens(block.text);
    case 'tool-use':
      return countTokens(block.name) + countTokens(JSON.stringify(block.input));
    case 'media':
      return isText(block.format) && block.bytes
        ? countTokens(Buffer.from(block.bytes).toString('utf8'))
        : MEDIA_TOKENS;
  }
}

const isText = (format: string): boolean => ['txt', 'md', 'csv', 'html'].includes(format);
