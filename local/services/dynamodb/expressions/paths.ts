/** Paths and projections. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html */
import { isReserved } from './reserved-words.ts';
import type { Path } from './syntax-tree.ts';
import { ExpressionError, TokenReader } from './tokens.ts';

/** `a.#b[3]`. Throws ExpressionError. */
export function readPath(reader: TokenReader): Path {
  const path: (string | number)[] = [readName(reader)];
  for (;;) {
    if (reader.acceptSymbol('.')) path.push(readName(reader));
    else if (reader.isSymbol('[') && reader.afterNext?.kind === 'integer') {
      reader.take();
      path.push(Number(reader.take().text));
      reader.expectSymbol(']');
    } else return path;
  }
}

function readName(reader: TokenReader): string {
  const { kind, text } = reader.next;
  if (kind !== 'word' && kind !== 'name') throw reader.unexpected();
  reader.take();
  if (kind === 'word' && isReserved(text)) {
    throw new ExpressionError(`Attribute name is a reserved keyword; reserved keyword: ${text}`);
  }
  return text;
}

/** `a, b.c`. Throws ExpressionError. */
export function parseProjection(text: string): readonly Path[] {
  const reader = new TokenReader(text);
  const paths = [readPath(reader)];
  while (reader.acceptSymbol(',')) paths.push(readPath(reader));
  reader.expectEnd();
  return paths;
}
