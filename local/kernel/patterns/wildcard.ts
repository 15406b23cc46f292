/** `*` for any characters; `\*` and `\\` for themselves. Two stars in a row are refused, as AWS does. */
import { InvalidPattern } from './invalid-pattern.ts';

/** Throws InvalidPattern. The test never takes longer than pattern and value multiplied. */
export function compileWildcard(pattern: string): (value: string) => boolean {
  const [first = '', ...rest] = literalsOf(pattern);
  const last = rest.pop();
  if (last === undefined) return (value) => value === first;
  return (value) => {
    if (!value.startsWith(first)) return false;
    let at = first.length;
    for (const literal of rest) {
      const found = value.indexOf(literal, at);
      if (found < 0) return false;
      at = found + literal.length;
    }
    return value.length - last.length >= at && value.endsWith(last);
  };
}

/** What stands between the stars. AWS counts the quotation mark before them. */
function literalsOf(pattern: string): string[] {
  const literals = [''];
  const add = (text: string): void => void literals.push(literals.pop() + text);
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === '*') {
      if (pattern[at + 1] === '*') throw new InvalidPattern(`Consecutive wildcard characters at pos ${at + 1}`);
      literals.push('');
    } else if (character === '\\') {
      const next = pattern[++at];
      if (next !== '*' && next !== '\\') throw new InvalidPattern(`Invalid escape character at pos ${at}`);
      add(next);
    } else add(character);
  }
  return literals;
}
