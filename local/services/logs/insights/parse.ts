/**
 * Queries of CloudWatch Logs Insights, as far as they are run here.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
import { AGGREGATES, type Aggregate } from './aggregates.ts';
import { type Expression, ExpressionParser } from './expression.ts';
import { malformed } from './malformed.ts';
import { lineOf, tokensOf } from './tokens.ts';

export interface Named {
  readonly name: string;
  readonly expression: Expression;
}

export interface Aggregation {
  readonly name: string;
  readonly aggregate: Aggregate;
  readonly parameter: number | undefined;
  /** Absent of `count(*)`: every row counts. */
  readonly expression: Expression | undefined;
}

export type Command =
  | { readonly kind: 'fields'; readonly fields: readonly Named[] }
  | { readonly kind: 'display'; readonly fields: readonly Named[] }
  | { readonly kind: 'filter'; readonly condition: Expression }
  | {
      readonly kind: 'parse';
      readonly source: Expression;
      readonly read: (text: string) => Record<string, string> | undefined;
    }
  | { readonly kind: 'stats'; readonly aggregations: readonly Aggregation[]; readonly by: readonly Named[] }
  | { readonly kind: 'sort'; readonly by: readonly { readonly expression: Expression; readonly descending: boolean }[] }
  | { readonly kind: 'limit'; readonly count: number }
  | { readonly kind: 'dedup'; readonly by: readonly Expression[] };

/** Of AWS, and not run here: an answer without them would be a wrong one. */
const NOT_HERE = new Set([
  ...['pattern', 'diff', 'unmask', 'join', 'anomaly', 'unnest', 'source', 'filterindex', 'lookup', 'subquery'],
  ...['select', 'where', 'eval', 'rename', 'head', 'tail', 'top', 'rare', 'trendline', 'eventstats', 'fillnull'],
]);

const MOST_ROWS = 10_000;
const LONGEST = 10_000;

/** Throws MalformedQueryException. */
export function readQuery(query: string): readonly Command[] {
  if (query.trim() === '') throw malformed('The query is empty', 0, query.length);
  if (query.length > LONGEST) throw malformed(`The query has more than ${LONGEST} characters`, LONGEST, query.length);
  const parser = new QueryParser(query);
  return parser.commands();
}

class QueryParser extends ExpressionParser {
  constructor(query: string) {
    super(tokensOf(query), query);
  }

  commands(): readonly Command[] {
    const commands: Command[] = [];
    // A query may begin with the bar.
    this.takeSign('|');
    do commands.push(this.#command());
    while (this.takeSign('|'));
    if (this.peek().kind !== 'end') this.fail();
    if (commands.filter(({ kind }) => kind === 'stats').length > 2) {
      throw malformed('A query has two stats commands at most', 0, this.text.length);
    }
    return commands;
  }

  #command(): Command {
    const token = this.next();
    const word = token.kind === 'word' ? token.text.toLowerCase() : '';
    switch (word) {
      case 'fields':
        return { kind: 'fields', fields: this.list(() => this.#named()) };
      case 'display':
        return { kind: 'display', fields: this.list(() => this.#named()) };
      case 'filter':
        return { kind: 'filter', condition: this.expression() };
      case 'parse':
        return this.#parse();
      case 'stats':
        return this.#stats();
      case 'sort':
      case 'order':
        if (word === 'order') this.expectWord('by');
        return { kind: 'sort', by: this.list(() => this.#sorting()) };
      case 'limit':
        return { kind: 'limit', count: this.#count() };
      case 'dedup':
        return { kind: 'dedup', by: this.list(() => this.operand()) };
    }
    if (NOT_HERE.has(word)) {
      throw malformed(`the command ${word} is not run by this local CloudWatch Logs`, token.start, token.end);
    }
    const line = lineOf(this.text, token.start);
    throw malformed(`unexpected symbol found ${this.textOf(token)} at line ${line}`, token.start, token.end);
  }

  #named(): Named {
    const start = this.peek().start;
    const expression = this.expression();
    const written = this.text.slice(start, this.previousEnd()).trim();
    const name = this.takeWord('as') ? this.name() : written.replace(/^`|`$/g, '');
    return { name, expression };
  }

  #sorting() {
    const expression = this.operand();
    const descending = this.takeWord('desc') || (!this.takeWord('asc') && false);
    return { expression, descending };
  }

  #count(): number {
    const token = this.next();
    if (token.kind !== 'number' || !Number.isInteger(token.value) || token.value < 1 || token.value > MOST_ROWS) {
      throw malformed(`limit takes a number from 1 to ${MOST_ROWS}`, token.start, token.end);
    }
    return token.value;
  }

  /** `parse @message "user=* id=*" as user, id`, `parse @message /id=(?<id>\d+)/` */
  #parse(): Command {
    const first = this.peek();
    const source: Expression =
      first.kind === 'text' || first.kind === 'regex' ? (row) => row.get('@message') : this.operand();
    const pattern = this.next();
    if (pattern.kind === 'regex') {
      const regex = this.compile(pattern);
      const names = this.takeWord('as') ? this.list(() => this.name()) : undefined;
      if (names === undefined && !/\(\?<[A-Za-z]/.test(pattern.source)) {
        throw malformed('parse needs names: (?<name>…) in the expression, or as a, b', pattern.start, pattern.end);
      }
      return {
        kind: 'parse',
        source,
        read(text) {
          const match = regex.exec(text);
          if (!match) return undefined;
          if (names === undefined) return { ...match.groups };
          return Object.fromEntries(names.map((name, index) => [name, match[index + 1] ?? '']));
        },
      };
    }
    if (pattern.kind !== 'text') return this.fail(pattern);
    this.expectWord('as');
    const names = this.list(() => this.name());
    const parts = pattern.text.split('*');
    if (parts.length - 1 !== names.length) {
      throw malformed(
        `parse has ${parts.length - 1} wildcards and ${names.length} names`,
        pattern.start,
        this.previousEnd(),
      );
    }
    return { kind: 'parse', source, read: (text) => readGlob(parts, names, text) };
  }

  #stats(): Command {
    const aggregations = this.list(() => this.#aggregation());
    const by = this.takeWord('by') ? this.list(() => this.#named()) : [];
    return { kind: 'stats', aggregations, by };
  }

  #aggregation(): Aggregation {
    const token = this.next();
    const called = token.kind === 'word' ? token.text.toLowerCase() : '';
    const aggregate = Object.hasOwn(AGGREGATES, called) ? AGGREGATES[called] : undefined;
    if (!aggregate) {
      throw malformed(`${this.textOf(token)} is no statistic that is computed here`, token.start, token.end);
    }
    this.expectSign('(');
    let expression: Expression | undefined;
    let parameter: number | undefined;
    if (!this.takeSign('*') && !this.isSign(')')) expression = this.expression();
    if (this.takeSign(',')) {
      const given = this.next();
      if (given.kind !== 'number') return this.fail(given);
      parameter = given.value;
    }
    this.expectSign(')');
    if (expression === undefined && called !== 'count') {
      throw malformed(`${called} needs a field`, token.start, this.previousEnd());
    }
    if ((called === 'pct' || called === 'percentile') !== (parameter !== undefined)) {
      throw malformed(`${called} has the wrong number of arguments`, token.start, this.previousEnd());
    }
    const written = this.text.slice(token.start, this.previousEnd());
    return { name: this.takeWord('as') ? this.name() : written, aggregate, parameter, expression };
  }
}

/** The text between the fixed parts, each as short as it can be; the last goes to the end. */
function readGlob(
  parts: readonly string[],
  names: readonly string[],
  text: string,
): Record<string, string> | undefined {
  const found: Record<string, string> = {};
  let at = text.indexOf(parts[0]!);
  if (at < 0) return undefined;
  at += parts[0]!.length;
  for (let index = 0; index < names.length; index++) {
    const next = parts[index + 1]!;
    const end = next === '' && index === names.length - 1 ? text.length : text.indexOf(next, at);
    if (end < 0) return undefined;
    found[names[index]!] = text.slice(at, end);
    at = end + next.length;
  }
  return found;
}
