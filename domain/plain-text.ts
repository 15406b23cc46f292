/** Whether bytes are text at all, and what it says. */
import type { Encoding, TextMetadata } from './file-metadata.ts';
import { visible } from './untrusted.ts';

export interface PlainText {
  readonly text: string;
  readonly encoding: Encoding;
}

/** What nobody types and no log has; escape, form feed and backspace are left to those who colour what they print. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is about them
const NO_TEXT = /[\u0000-\u0007\u000b\u000e-\u001a\u001c-\u001f\u007f]/;

/**
 * Undefined: it is no text.
 * @param whole whether the file ends here; where it does not, its last character may be cut in two
 */
export function plainText(bytes: Uint8Array, whole: boolean): PlainText | undefined {
  const { text, encoding } = decoded(bytes, whole);
  return NO_TEXT.test(text) ? undefined : { text, encoding };
}

function decoded(bytes: Uint8Array, whole: boolean): PlainText {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: !whole }), encoding: 'utf-8' };
  } catch {
    // Which of the old sets it is, nobody can tell; Western Europe's is the most frequent.
    return { text: Buffer.from(bytes).toString('latin1'), encoding: '8-bit' };
  }
}

const EXCERPT = 300;

/** The beginning of a text, as a line to be shown: without what people do not see. */
export function excerptOf(text: string): string {
  // A character may be two units; what was cut in two is left out.
  const seen = visible(text.slice(0, 4 * EXCERPT))
    .replaceAll(/\s+/g, ' ')
    .trim();
  return [...seen].slice(0, EXCERPT).join('').toWellFormed();
}

export function textMetadata({ text, encoding }: PlainText, whole: boolean): TextMetadata {
  return { kind: 'text', encoding, lines: whole ? linesOf(text) : null, excerpt: excerptOf(text) };
}

function linesOf(text: string): number {
  if (text === '') return 0;
  const breaks = text.match(/\r\n|\n|\r/g)?.length ?? 0;
  return /[\r\n]$/.test(text) ? breaks : breaks + 1;
}
