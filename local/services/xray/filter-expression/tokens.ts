/** A filter expression cut into tokens. */

export class FilterExpressionError extends Error {
  override readonly name = 'FilterExpressionError';
}

export type Token =
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'end' };

/** Words may have dots in them: `http.status`, `annotation.route`. */
const TOKEN =
  /\s*(?:("(?:\\.|[^"\\])*")|(-?\d+(?:\.\d+)?(?![\w.]))|([A-Za-z_][\w.-]*)|(!=|<=|>=|[=<>!(){}[\],:])|([\s\S]))/y;

/** Throws FilterExpressionError. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const length = text.trimEnd().length;
  while (TOKEN.lastIndex < length) {
    const [, quoted, number, word, sign, other] = TOKEN.exec(text) ?? [];
    if (quoted !== undefined) tokens.push({ kind: 'text', text: quoted.slice(1, -1).replace(/\\(.)/g, '$1') });
    else if (number !== undefined) tokens.push({ kind: 'number', value: Number(number) });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else throw new FilterExpressionError(`Invalid filter expression: unexpected ${other ?? 'end'}`);
  }
  tokens.push({ kind: 'end' });
  return tokens;
}
