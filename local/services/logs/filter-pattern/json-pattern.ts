/** `{ ($.level = "ERROR") && ($.duration > 100) }` */
import { comparison } from './comparison.ts';
import { createReader, parseLogic, type Reader } from './tokens.ts';

type Step = string | number | '[*]';
type Condition = (event: unknown) => boolean;

export interface JsonPattern {
  readonly matches: (message: string) => boolean;
  /** As written: `$.user.id`. */
  readonly selectors: readonly string[];
}

export function parseJsonPattern(text: string, mostRegexes: number): JsonPattern {
  const reader = createReader(text, mostRegexes);
  const selectors = new Set<string>();
  reader.expect('{');
  const condition = parseLogic<unknown>(reader, () => parseCondition(reader, selectors));
  reader.expect('}');
  if (!reader.done) reader.fail();
  const matches = (message: string) => {
    const event = parse(message);
    return event !== undefined && condition(event);
  };
  return { matches, selectors: [...selectors] };
}

/** The first value that a selector such as `$.user.id` finds in a message, as text; undefined where it finds none. */
export function selectText(message: string, selector: string): string | undefined {
  if (!selector.startsWith('$.') && !selector.startsWith('$[')) return undefined;
  const reader = createReader(selector);
  const path = parsePath(reader);
  const event = parse(message);
  const [value] = event === undefined ? [] : valuesAt(event, path);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Only objects and lists count: a log line that happens to be a number is no JSON event. */
function parse(message: string): unknown {
  const start = message.trimStart()[0];
  if (start !== '{' && start !== '[') return undefined;
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

function parseCondition(reader: Reader, selectors: Set<string>): Condition {
  const before = reader.rest;
  const path = parsePath(reader);
  selectors.add(before.slice(0, before.length - reader.rest.length).trim());
  const keyword = reader.match(/^(IS\s+(NOT\s+)?(TRUE|FALSE|NULL)|NOT\s+EXISTS|EXISTS)(?!\w)/);
  if (keyword !== undefined) return keywordCondition(keyword.replace(/\s+/g, ' '), path);
  const matches = comparison(reader.operator(), reader.operand());
  return (event) => valuesAt(event, path).some(matches);
}

function keywordCondition(keyword: string, path: readonly Step[]): Condition {
  switch (keyword) {
    case 'EXISTS':
      return (event) => valuesAt(event, path).length > 0;
    case 'NOT EXISTS':
      return (event) => valuesAt(event, path).length === 0;
    default: {
      const wanted = { TRUE: true, FALSE: false, NULL: null }[keyword.split(' ').at(-1)!];
      const negated = keyword.startsWith('IS NOT');
      return (event) => valuesAt(event, path).some((value) => (value === wanted) !== negated);
    }
  }
}

/** `$.a.b[0].c`, `$.a[*]`, `$.['a-b']`, `$["a b"]` */
function parsePath(reader: Reader): readonly Step[] {
  reader.expect('$');
  const path: Step[] = [];
  for (;;) {
    const named = reader.match(/^\.[^\s.[\](){}=<>!&|"',]+/);
    if (named !== undefined) {
      path.push(named.slice(1));
      continue;
    }
    const bracketed = reader.match(/^\.?\[\s*(\d+|\*|'[^']*'|"[^"]*")\s*\]/);
    if (bracketed === undefined) break;
    path.push(stepOf(bracketed.slice(bracketed.indexOf('[') + 1, -1).trim()));
  }
  return path.length > 0 ? path : reader.fail();
}

function stepOf(text: string): Step {
  if (text === '*') return '[*]';
  return /^\d+$/.test(text) ? Number(text) : text.slice(1, -1);
}

function valuesAt(event: unknown, path: readonly Step[]): unknown[] {
  let values = [event];
  for (const step of path) values = values.flatMap((value) => follow(value, step));
  return values;
}

function follow(value: unknown, step: Step): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (step === '[*]') return Array.isArray(value) ? value : [];
  if (typeof step === 'number') return Array.isArray(value) && step < value.length ? [value[step]] : [];
  return !Array.isArray(value) && Object.hasOwn(value, step) ? [(value as Record<string, unknown>)[step]] : [];
}
