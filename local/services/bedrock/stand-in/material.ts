/** What the stand-in has to work with: the words of the conversation, without the frames that programs put round them. */
import type { Prompt } from '../contract.ts';

export interface Material {
  /** Of the last user turn that says something. */
  readonly text: string;
  readonly sentences: readonly string[];
}

/** Longer ones are cut: the stand-in quotes, it does not reproduce. */
const LONGEST_SENTENCE = 160;

export function materialOf({ turns }: Pick<Prompt, 'turns'>): Material {
  for (const { role, blocks } of turns.toReversed()) {
    if (role !== 'user') continue;
    const text = blocks
      .map((block) => ('text' in block ? plainText(block.text) : ''))
      .join('\n')
      .trim();
    if (text !== '') return { text, sentences: sentencesOf(text) };
  }
  return { text: '', sentences: [] };
}

/** Tags and Markdown fences are frames; what stands between them is said by somebody. */
function plainText(text: string): string {
  return text.replace(/<[^<>]{0,200}>/g, '\n').replace(/^\s*(?:```|~~~).*$/gm, '');
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.replace(/\s+/g, ' ').trim())
    .filter((sentence) => /\p{L}{2}/u.test(sentence))
    .map((sentence) => (sentence.length > LONGEST_SENTENCE ? `${sentence.slice(0, LONGEST_SENTENCE - 1)}…` : sentence));
}

/** Lower case, without punctuation. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
