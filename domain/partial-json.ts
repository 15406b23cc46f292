/** One text of a JSON object that is still being written: given out as far as it is there. */

export interface TextOfField {
  /** Takes the next part of the JSON; gives what it adds to the field's text. */
  push(json: string): string;
}

type State = 'outside' | 'key' | 'before-value' | 'wanted' | 'other-text' | 'done';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** @param field a name at the top of the object, whose value is a text; whatever is no JSON yields nothing */
export function textOfField(field: string): TextOfField {
  let state: State = 'outside';
  let depth = 0;
  let key = '';
  let escaped: string | undefined;

  /** A character of a text, its escapes taken off; undefined while one is not complete, or at the end. */
  function character(sign: string): string | 'end' | undefined {
    if (escaped !== undefined) {
      escaped += sign;
      if (escaped[0] === 'u' && escaped.length < 5) return undefined;
      const [kind = '', hex] = [escaped[0], escaped.slice(1)];
      escaped = undefined;
      return kind === 'u' ? String.fromCharCode(Number.parseInt(hex, 16)) : (ESCAPES[kind] ?? kind);
    }
    if (sign === '\\') {
      escaped = '';
      return undefined;
    }
    return sign === '"' ? 'end' : sign;
  }

  function outside(sign: string): void {
    if (sign === '{' || sign === '[') depth += 1;
    else if (sign === '}' || sign === ']') depth -= 1;
    else if (sign === ':' && depth === 1) state = 'before-value';
    else if (sign === '"') {
      key = '';
      state = 'key';
    }
  }

  return {
    push(json) {
      let text = '';
      for (const sign of json.match(/[\s\S]/g) ?? []) {
        switch (state) {
          case 'done':
            return text;
          case 'outside':
            outside(sign);
            break;
          case 'before-value':
            if (sign === '"') state = key === field ? 'wanted' : 'other-text';
            else if (!/\s/.test(sign)) {
              state = 'outside';
              outside(sign);
            }
            break;
          default: {
            const found = character(sign);
            if (found === undefined) break;
            if (found === 'end' && sign === '"') state = state === 'wanted' ? 'done' : 'outside';
            else if (state === 'wanted') text += found;
            else if (state === 'key') key += found;
          }
        }
      }
      return text;
    },
  };
}
