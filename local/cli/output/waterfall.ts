/** One trace on a terminal: what was called under what, when, for how long, and what went wrong. */
import { at, isFields, numberAt, type TraceNode, textAt, walk } from '../../services/xray/trace-tree.ts';
import type { Output } from './terminal.ts';

const NARROWEST = 60;
const USUAL = 80;
const WIDEST = 160;
const TIME_WIDTH = 11;

/** Lines without line feeds. `width` in columns; the usual 80 where nothing is known. */
export function waterfall(
  roots: readonly TraceNode[],
  { colours }: Pick<Output, 'colours'>,
  width = USUAL,
): readonly string[] {
  const nodes = [...walk(roots)];
  if (nodes.length === 0) return [];
  const start = Math.min(...nodes.map(({ node }) => node.start));
  const end = Math.max(...nodes.map(({ node }) => node.end ?? node.start));
  const total = Math.min(Math.max(width, NARROWEST), WIDEST);
  const named = nodes.map(({ node, depth }) => ({ node, text: `${'  '.repeat(Math.min(depth, 12))}${labelOf(node)}` }));
  const longest = Math.max(...named.map(({ text }) => [...text].length));
  const nameWidth = Math.min(longest, Math.floor(total * 0.55));
  const barWidth = total - nameWidth - TIME_WIDTH - 2;
  return named.flatMap(({ node, text }) => {
    const paint = isBad(node) ? colours.red : (line: string) => line;
    const bar = barOf(node, start, end, barWidth);
    const colour = isBad(node) ? colours.red : node.kind === 'segment' ? colours.cyan : colours.green;
    const line = `${paint(fitted(text, nameWidth))} ${colour(bar)} ${durationOf(node).padStart(TIME_WIDTH)}`;
    const indent = /^ */.exec(text)?.[0] ?? '';
    const trouble = troubleOf(node).map((said) => colours.red(cut(`${indent}  ! ${said}`, total)));
    return [line, ...trouble];
  });
}

function barOf(node: TraceNode, start: number, end: number, width: number): string {
  const span = Math.max(end - start, 1e-6);
  const column = (time: number) => Math.round(((time - start) / span) * width);
  const from = Math.min(Math.max(column(node.start), 0), width - 1);
  const to = Math.max(column(node.end ?? end), from + 1);
  const mark = node.end === undefined ? '░' : '█';
  return (' '.repeat(from) + mark.repeat(to - from)).padEnd(width).slice(0, width);
}

/** e.g. `Secrets Manager GetSecretValue`, `helpdesk@127.0.0.1 SELECT …`, `HelpDesk/v1 GET /tickets 200` */
function labelOf(node: TraceNode): string {
  const { fields } = node;
  const operation = textAt(fields, 'aws', 'operation');
  if (operation !== undefined) {
    const what = resourceOf(node);
    // The X-Ray SDK counts attempts here.
    const attempts = numberAt(fields, 'aws', 'retries') ?? 0;
    return [node.name, operation, what, attempts > 1 ? `(${attempts} attempts)` : undefined].filter(isText).join(' ');
  }
  const query = textAt(fields, 'sql', 'sanitized_query');
  if (query !== undefined) return `${node.name.split('@', 1)[0]} ${query.replace(/\s+/g, ' ')}`;
  const method = textAt(fields, 'http', 'request', 'method');
  if (method !== undefined) {
    const url = textAt(fields, 'http', 'request', 'url') ?? '';
    return [node.name, method, pathOf(url), numberAt(fields, 'http', 'response', 'status')].filter(isText).join(' ');
  }
  const origin = textAt(fields, 'origin');
  if (origin === 'AWS::Lambda') return `${node.name} (Lambda)`;
  if (origin === 'AWS::Lambda::Function') return `${node.name} (function)`;
  return node.name;
}

const isText = (value: string | number | undefined): value is string | number => value !== undefined && value !== '';

function resourceOf({ name, fields }: TraceNode): string | undefined {
  const named = ['table_name', 'bucket_name', 'queue_url', 'topic_arn', 'function_name', 'model_id']
    .map((member) => textAt(fields, 'aws', member))
    .find((value) => value !== undefined);
  if (named !== undefined && named !== name) return named;
  const names = at(fields, 'aws', 'resource_names');
  return Array.isArray(names) && typeof names[0] === 'string' ? names[0] : undefined;
}

export function pathOf(url: string): string {
  return url.replace(/^[a-z]+:\/\/[^/?]*/i, '').replace(/\?.*$/, '') || '/';
}

function isBad({ fields }: TraceNode): boolean {
  return fields['fault'] === true || fields['error'] === true || fields['throttle'] === true;
}

/** What was thrown, where it was first seen. */
function troubleOf(node: TraceNode): string[] {
  if (!isBad(node)) return [];
  const exceptions = at(node.fields, 'cause', 'exceptions');
  const said = (Array.isArray(exceptions) ? exceptions : [])
    .filter(isFields)
    .map((one) => [textAt(one, 'type'), textAt(one, 'message')].filter(isText).join(': '))
    .filter((text) => text !== '');
  const below = new Set(node.children.flatMap((child) => troubleOf(child)));
  return [...new Set(said)].filter((text) => !below.has(text));
}

function durationOf({ start, end }: TraceNode): string {
  return end === undefined ? 'in progress' : milliseconds(end - start);
}

/** Of seconds: `1.2 ms`, `340 ms`, `12.3 s`. */
export function milliseconds(seconds: number): string {
  const ms = Math.max(seconds, 0) * 1000;
  if (ms >= 10_000) return `${seconds.toFixed(1)} s`;
  return `${ms < 100 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

const fitted = (text: string, width: number): string => cut(text, width).padEnd(width);

function cut(text: string, width: number): string {
  // Control characters would move the cursor of whoever looks.
  const plain = [...text.replace(/\p{C}+/gu, ' ')];
  return plain.length <= width ? plain.join('') : `${plain.slice(0, width - 1).join('')}…`;
}
