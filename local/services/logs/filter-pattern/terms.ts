/** `ERROR "exact phrase" -DEBUG`, `?ERROR ?WARN`, `%regular expression%`. */
import { compileRegex, FilterPatternError, tooManyRegexes } from './error.ts';

interface Term {
  readonly kind: 'required' | 'optional' | 'excluded';
  readonly matches: (message: string) => boolean;
}

const TOKEN = /\s*([?-]?)(?:"((?:\\.|[^"\\])*)"|%((?:\\.|[^%\\])+)%|([^\s"]+))/y;

/** All required terms, none that is excluded; optional ones (`?`) count where nothing is required. */
export function parseTerms(text: string, mostRegexes: number): (message: string) => boolean {
  const terms = readTerms(text, mostRegexes);
  const of = (kind: Term['kind']) => terms.filter((term) => term.kind === kind);
  const [required, optional, excluded] = [of('required'), of('optional'), of('excluded')];
  return (message) =>
    !excluded.some((term) => term.matches(message)) &&
    (required.length > 0 || optional.length === 0
      ? required.every((term) => term.matches(message))
      : optional.some((term) => term.matches(message)));
}

function readTerms(text: string, mostRegexes: number): Term[] {
  const terms: Term[] = [];
  let regexes = 0;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const rest = text.slice(TOKEN.lastIndex);
    if (rest.trim() === '') break;
    const match = TOKEN.exec(text);
    if (!match) throw new FilterPatternError(`Invalid filter pattern near '${rest}'`);
    const [, sign, quoted, regex, bare] = match;
    if (regex !== undefined && ++regexes > mostRegexes) throw tooManyRegexes(mostRegexes);
    const kind = sign === '?' ? 'optional' : sign === '-' ? 'excluded' : 'required';
    terms.push({ kind, matches: matcherOf(quoted, regex, bare) });
  }
  return terms;
}

function matcherOf(quoted: string | undefined, regex: string | undefined, bare: string | undefined) {
  if (regex !== undefined) {
    const compiled = compileRegex(regex);
    return (message: string) => compiled.test(message);
  }
  if (bare !== undefined && !/^\w+$/.test(bare)) throw new FilterPatternError(`Invalid character(s) in term '${bare}'`);
  const term = bare ?? quoted!.replace(/\\(.)/g, '$1');
  return (message: string) => message.includes(term);
}
