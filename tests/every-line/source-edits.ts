/** Edits of a YAML text that leave everything else in it, and so every line number above, as it was. */
import { type Document, isMap, isPair, isScalar, isSeq, type Node, type Pair, parseDocument, type YAMLMap } from 'yaml';

export type Path = readonly (string | number)[];

/** One stretch of the text and what comes in its place; `end` exclusive. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A parsed YAML text that keeps where everything stood. Tags nobody has registered stay on their nodes. */
export function parse(text: string): Document.Parsed {
  const document = parseDocument(text, { keepSourceTokens: true, logLevel: 'silent' });
  if (document.errors.length > 0) throw new Error(`not YAML: ${document.errors[0]!.message}`);
  return document as Document.Parsed;
}

export function applyEdits(text: string, edits: readonly Edit[]): string {
  let changed = text;
  for (const { start, end, text: instead } of [...edits].sort((a, b) => b.start - a.start)) {
    changed = changed.slice(0, start) + instead + changed.slice(end);
  }
  return changed;
}

/** 1-based. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let index = text.indexOf('\n'); index !== -1 && index < offset; index = text.indexOf('\n', index + 1)) line += 1;
  return line;
}

/** Of the key of a map's entry, or of a list's item; throws when there is none. */
export function offsetOf(document: Document, path: Path): number {
  const { item } = entryAt(document, path);
  return item.start;
}

/** Takes an entry out of its list or map, the comma or the whole lines with it. */
export function removal(text: string, document: Document, path: Path): Edit {
  const { item, siblings, index, flow } = entryAt(document, path);
  if (flow) {
    const next = siblings[index + 1];
    if (next) return { start: item.start, end: next.start, text: '' };
    const previous = siblings[index - 1];
    return { start: previous ? previous.end : item.start, end: item.end, text: '' };
  }
  return { start: text.lastIndexOf('\n', item.start) + 1, end: lineEnd(text, item.end), text: '' };
}

/** Puts a text in place of a value, tag and all. */
export function replacement(document: Document, path: Path, instead: string): Edit {
  const { item } = entryAt(document, path);
  return { start: item.valueStart, end: item.end, text: instead };
}

interface Extent {
  /** Of the key, or of a list's item; in block lists, of its dash. */
  readonly start: number;
  readonly valueStart: number;
  /** Behind the last character of the value. */
  readonly end: number;
}

interface Entry {
  readonly item: Extent;
  readonly index: number;
  readonly siblings: readonly Extent[];
  readonly flow: boolean;
}

function entryAt(document: Document, path: Path): Entry {
  const container = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = path.at(-1)!;
  if (!isMap(container) && !isSeq(container)) throw new Error(`nothing at ${path.join('.')}`);
  const index = isSeq(container) ? Number(key) : indexOfKey(container, String(key));
  const siblings = container.items.map((_item, at) => extentOf(container, at));
  const item = siblings[index];
  if (!item) throw new Error(`nothing at ${path.join('.')}`);
  return { item, index, siblings, flow: container.flow === true };
}

function indexOfKey(map: YAMLMap, key: string): number {
  return map.items.findIndex((pair) => isScalar(pair.key) && String(pair.key.value) === key);
}

interface Token {
  readonly type: string;
  readonly offset: number;
}

/** What the parser keeps of each item: dashes, keys and tags, with their offsets. */
interface ItemToken {
  readonly start?: readonly Token[];
  readonly key?: Token | null;
  readonly sep?: readonly Token[];
  readonly value?: Token;
}

function extentOf(container: { items: unknown[]; srcToken?: unknown }, index: number): Extent {
  const token = (container.srcToken as { items: ItemToken[] }).items[index]!;
  const item = container.items[index];
  const value = (isPair(item) ? (item as Pair).value : item) as Node | null;
  const props = (isPair(item) ? token.sep : token.start) ?? [];
  const tag = props.find(({ type }) => type === 'tag' || type === 'anchor');
  const valueStart = tag?.offset ?? value?.range?.[0] ?? token.value?.offset;
  const dash = token.start?.find(({ type }) => type === 'seq-item-ind');
  const start = token.key?.offset ?? dash?.offset ?? valueStart;
  if (start === undefined || valueStart === undefined) throw new Error('an item without a place');
  return { start, valueStart, end: Math.max(endOf(value), valueStart) };
}

/** Behind the last character: where a block collection ends itself, its trailing comments are counted in. */
function endOf(node: unknown): number {
  if ((isMap(node) || isSeq(node)) && node.flow !== true) {
    const last = node.items.at(-1);
    return endOf(isPair(last) ? (last.value ?? last.key) : last);
  }
  return (node as Node | null)?.range?.[1] ?? 0;
}

function lineEnd(text: string, offset: number): number {
  // The text of a block scalar (`>-`) has its last line end in it.
  if (text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}
