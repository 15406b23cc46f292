/**
 * `*` and `?` as policies mean them: any run of characters, colons and slashes too, and any one character.
 * A pattern is cut at its stars, and each piece is looked for once, from left to right: nothing is ever tried again, so
 * a hostile pattern costs no more than its length and the text's.
 */

/** A part of a pattern: literal text, or one of the two wildcards. */
export type Token = string | typeof ANY | typeof ONE;
export const ANY = Symbol('*');
export const ONE = Symbol('?');

/** What stands between two stars. */
interface Piece {
  readonly text: string;
  /** Where in `text` any character will do; absent in most. */
  readonly holes?: readonly boolean[];
}

export interface Glob {
  /** The pattern cut at its stars; one piece alone has no star. Runs of stars are one. */
  readonly pieces: readonly Piece[];
}

export function tokensOf(pattern: string): Token[] {
  return pattern
    .split(/([*?])/)
    .filter((part) => part !== '')
    .map((part) => (part === '*' ? ANY : part === '?' ? ONE : part));
}

export function globOf(tokens: readonly Token[]): Glob {
  const pieces: Piece[] = [];
  let text = '';
  let holes: boolean[] | undefined;
  let afterStar = false;
  const cut = () => {
    pieces.push(holes ? { text, holes } : { text });
    text = '';
    holes = undefined;
  };
  for (const token of tokens) {
    if (token === ANY) {
      if (!afterStar) cut();
      afterStar = true;
      continue;
    }
    afterStar = false;
    if (token === ONE) {
      holes ??= [];
      holes[text.length] = true;
      text += '?';
    } else text += token;
  }
  cut();
  return { pieces };
}

export const compileGlob = (pattern: string): Glob => globOf(tokensOf(pattern));

export function matchesGlob({ pieces }: Glob, text: string): boolean {
  const first = pieces[0] as Piece;
  if (pieces.length === 1) {
    return first.holes ? first.text.length === text.length && standsAt(first, text, 0) : first.text === text;
  }
  const last = pieces[pieces.length - 1] as Piece;
  const end = text.length - last.text.length;
  let position = first.text.length;
  if (position > end || !standsAt(first, text, 0) || !standsAt(last, text, end)) return false;
  for (let index = 1; index < pieces.length - 1; index++) {
    const piece = pieces[index] as Piece;
    const found = find(piece, text, position, end);
    if (found < 0) return false;
    position = found + piece.text.length;
  }
  return true;
}

function standsAt({ text: piece, holes }: Piece, text: string, position: number): boolean {
  if (!holes) return text.startsWith(piece, position);
  if (position + piece.length > text.length) return false;
  for (let index = 0; index < piece.length; index++) {
    if (!holes[index] && piece.charCodeAt(index) !== text.charCodeAt(position + index)) return false;
  }
  return true;
}

/** The first place from `start` on where the piece stands and ends before `end`, or -1. */
function find(piece: Piece, text: string, start: number, end: number): number {
  const latest = end - piece.text.length;
  if (!piece.holes) {
    const found = text.indexOf(piece.text, start);
    return found <= latest ? found : -1;
  }
  for (let position = start; position <= latest; position++) {
    if (standsAt(piece, text, position)) return position;
  }
  return -1;
}
