/**
 * The rule of a composite alarm.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 */
import { validationError } from '../errors.ts';
import { ALARM_STATES, type AlarmState } from './evaluation.ts';

export type Rule =
  | { readonly kind: 'constant'; readonly value: boolean }
  /** `alarm` is a name or an ARN, as written. */
  | { readonly kind: 'state'; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: 'not'; readonly of: Rule }
  | { readonly kind: 'and' | 'or'; readonly left: Rule; readonly right: Rule };

const TOKEN =
  /\s*(?:(?<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"(?<quoted>(?:[^"\\]|\\.)*)"|(?<plain>[^"()\s][^()]*?))\s*\)|(?<word>AND|OR|NOT|TRUE|FALSE)(?![A-Za-z0-9_])|(?<sign>[()]))/y;
const MOST_CHILDREN = 100;
const MOST_ELEMENTS = 500;
const LONGEST = 10_240;
const DEEPEST = 500;

type Token =
  | { readonly kind: 'state'; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: 'word'; readonly word: string };

/** Throws ValidationError. */
export function parseRule(text: string): Rule {
  if (text.length > LONGEST) throw invalid(`it is longer than ${LONGEST} characters`);
  const tokens = tokensOf(text);
  if (tokens.filter(({ kind }) => kind === 'state').length > MOST_ELEMENTS) {
    throw invalid(`it has more than ${MOST_ELEMENTS} elements`);
  }
  let next = 0;
  let depth = 0;
  const isWord = (word: string): boolean => {
    const token = tokens[next];
    return token?.kind === 'word' && token.word === word;
  };

  function either(word: 'OR' | 'AND', below: () => Rule): Rule {
    let left = below();
    while (isWord(word)) {
      next += 1;
      left = { kind: word === 'OR' ? 'or' : 'and', left, right: below() };
    }
    return left;
  }
  // AND binds tighter than OR, NOT tighter than both.
  const any = (): Rule => either('OR', all);
  const all = (): Rule => either('AND', single);
  function single(): Rule {
    depth += 1;
    if (depth > DEEPEST) throw invalid('it is nested too deeply');
    const rule = element(tokens[next]);
    depth -= 1;
    return rule;
  }
  function element(token: Token | undefined): Rule {
    next += 1;
    if (token?.kind === 'state') return token;
    switch (token?.word) {
      case 'NOT':
        return { kind: 'not', of: single() };
      case 'TRUE':
      case 'FALSE':
        return { kind: 'constant', value: token.word === 'TRUE' };
      case '(': {
        const inner = any();
        if (!isWord(')')) throw invalid('a parenthesis is not closed');
        next += 1;
        return inner;
      }
      default:
        throw invalid(token ? `unexpected ${token.word}` : 'it ends too early');
    }
  }

  const rule = any();
  if (next < tokens.length) throw invalid('something follows after its end');
  if (new Set(alarmsOf(rule)).size > MOST_CHILDREN) throw invalid(`it names more than ${MOST_CHILDREN} alarms`);
  return rule;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups) throw invalid(`cannot be read from character ${at + 1}: ${text.slice(at, at + 20).trim()}`);
    const { state, quoted, plain, word, sign } = groups;
    if (state === undefined) tokens.push({ kind: 'word', word: word ?? sign ?? '' });
    else {
      const alarm = quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1');
      tokens.push({ kind: 'state', state: ALARM_STATES.find((one) => one === state)!, alarm });
    }
  }
  return tokens;
}

/** Names and ARNs, as written. */
export function alarmsOf(rule: Rule): readonly string[] {
  switch (rule.kind) {
    case 'constant':
      return [];
    case 'state':
      return [rule.alarm];
    case 'not':
      return alarmsOf(rule.of);
    case 'and':
    case 'or':
      return [...alarmsOf(rule.left), ...alarmsOf(rule.right)];
  }
}

/** An alarm that is no more is in no state. */
export function holds(rule: Rule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  switch (rule.kind) {
    case 'constant':
      return rule.value;
    case 'state':
      return stateOf(rule.alarm) === rule.state;
    case 'not':
      return !holds(rule.of, stateOf);
    case 'and':
      return holds(rule.left, stateOf) && holds(rule.right, stateOf);
    case 'or':
      return holds(rule.left, stateOf) || holds(rule.right, stateOf);
  }
}

const invalid = (why: string) => validationError(`AlarmRule is not valid: ${why}.`);
