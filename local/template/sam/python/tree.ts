/**
 * Trees that remember what Python 2.7 would make of them.
 *
 * The logical id of a REST API's deployment ends in a hash over Python 2.7's printed form of the whole OpenAPI
 * document: dictionaries in hash order, and a `u` before every string that the author wrote, none before those the
 * transform adds. Our trees stay plain JSON; which keys and strings are the author's, and the order of the keys, are
 * kept beside them here.
 */
import type { Json, JsonObject, SourceMap } from '../../stack.ts';
import { HashOrder, InsertionOrder, type KeyEntry, type Keys } from './hash.ts';

type Container = JsonObject | Json[];

const tables = new WeakMap<object, Keys>();
const authoredValues = new WeakMap<object, Set<string | number>>();

/** A string with its origin, for text that is computed from what an author wrote. */
export class Text {
  readonly text: string;
  readonly authored: boolean;
  constructor(text: string, authored: boolean) {
    this.text = text;
    this.authored = authored;
  }
}

/**
 * A map without a prototype: names such as `__proto__` or `constructor`, which an author may write, are names like any
 * other.
 */
const emptyMap = (): JsonObject => Object.create(null) as JsonObject;

/** An ordered dictionary holding `entries`, all of them the transform's own. */
export function dict(entries: JsonObject = {}): JsonObject {
  const made = emptyMap();
  tables.set(made, new HashOrder());
  tables.get(made)!.merge(Object.keys(entries).map((key) => [key, false] as const));
  for (const [key, value] of Object.entries(entries)) put(made, key, value);
  return made;
}

/** A dictionary in the order of insertion, whose entries are those of `others`, later ones winning. */
export function insertionOrdered(...others: JsonObject[]): JsonObject {
  const made = emptyMap();
  tables.set(made, new InsertionOrder());
  for (const other of others) update(made, other);
  return made;
}

/** A list whose strings are the author's where `items` says so. */
export function list(items: readonly (Json | Text)[]): Json[] {
  const made: Json[] = [];
  for (const item of items) {
    if (item instanceof Text) {
      if (item.authored) markAuthored(made, made.length);
      made.push(item.text);
    } else made.push(item);
  }
  return made;
}

/** `dict[key] = value`. */
export function put(container: JsonObject, key: string | Text, value: Json | Text): void {
  const name = key instanceof Text ? key.text : key;
  const keyIsAuthored = key instanceof Text && key.authored;
  tables.get(container)?.add(name, keyIsAuthored);
  if (value instanceof Text) {
    container[name] = value.text;
    if (value.authored) markAuthored(container, name);
    else authoredValues.get(container)?.delete(name);
  } else {
    container[name] = value;
    authoredValues.get(container)?.delete(name);
  }
}

/** `dict.setdefault(key, value)`, and for a None as well: what stands at `key`, put there when nothing does. */
export function setDefault(container: JsonObject, key: string, value: Json): Json {
  const existing = container[key];
  if (existing !== undefined && existing !== null) return existing;
  put(container, key, value);
  return value;
}

/** `del dict[key]`. */
export function drop(container: JsonObject, key: string): void {
  delete container[key];
  tables.get(container)?.remove(key);
  authoredValues.get(container)?.delete(key);
}

/** `dict.update(other)`; what `other` knows about its entries comes along. */
export function update(container: JsonObject, other: JsonObject): void {
  tables.get(container)?.merge(entryKeys(other));
  for (const [key, keyIsAuthored] of entryKeys(other)) {
    put(container, new Text(key, keyIsAuthored), read(other, key));
  }
}

/** The value at `container[key]`, as a `Text` when it is a string, so that its origin goes wherever it is put. */
export function read(container: Container, key: string | number): Json | Text {
  const value = (container as { [key: string | number]: Json })[key]!;
  return typeof value === 'string' ? new Text(value, isAuthored(container, key)) : value;
}

/** `dict.copy()`: shallow, keys merged at once. */
export function shallowCopy(original: JsonObject, source: SourceMap): JsonObject {
  const copy = emptyMap();
  if (tables.has(original)) {
    const table = new HashOrder();
    table.merge(entryKeys(original));
    tables.set(copy, table);
  }
  for (const [key, keyIsAuthored] of entryKeys(original)) {
    put(copy, new Text(key, keyIsAuthored), read(original, key));
  }
  source.carry(original, copy);
  return copy;
}

/** `copy.deepcopy()`; what `kept` has is not copied, and the copy refers to it. */
export function deepCopy<T extends Json>(original: T, source: SourceMap, kept?: ReadonlySet<Json>): T {
  if (original === null || typeof original !== 'object' || kept?.has(original)) return original;
  const copy: Container = Array.isArray(original)
    ? original.map((item) => deepCopy(item, source, kept))
    : copiedEntries(original, source, kept);
  const table = tables.get(original);
  if (table) tables.set(copy, table.copy());
  const marks = authoredValues.get(original);
  if (marks) authoredValues.set(copy, new Set(marks));
  source.carry(original, copy);
  return copy as T;
}

function copiedEntries(original: JsonObject, source: SourceMap, kept?: ReadonlySet<Json>): JsonObject {
  const copy = emptyMap();
  for (const [key, value] of Object.entries(original)) copy[key] = deepCopy(value, source, kept);
  return copy;
}

/** The tree as ordinary objects, for those who know nothing of this module. */
export function ordinary<T extends Json>(tree: T, source: SourceMap): T {
  if (tree === null || typeof tree !== 'object') return tree;
  const copy: Container = Array.isArray(tree)
    ? tree.map((item) => ordinary(item, source))
    : Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, ordinary(value, source)]));
  source.carry(tree, copy);
  return copy as T;
}

/** Declares everything at and below `value` to be the author's, in dictionaries ordered as Python 2.7's. */
export function declareAuthored(value: Json, source: SourceMap): void {
  if (value === null || typeof value !== 'object') return;
  const keys = Array.isArray(value) ? [...value.keys()] : writtenOrder(value, source);
  if (!Array.isArray(value)) {
    const table = new HashOrder();
    for (const key of keys) table.add(String(key), true);
    tables.set(value, table);
  }
  for (const key of keys) {
    const child = (value as { [key: string | number]: Json })[key]!;
    if (typeof child === 'string') markAuthored(value, key);
    else declareAuthored(child, source);
  }
}

/** Puts the author's keys of one dictionary into Python 2.7's order, and leaves what they hold alone. */
export function orderAuthored(container: JsonObject, source: SourceMap): void {
  const table = new HashOrder();
  for (const key of writtenOrder(container, source)) table.add(key, true);
  tables.set(container, table);
}

/** Declares the string at `container[key]` the author's (or not). */
export function declareText(container: Container, key: string | number, isAuthors: boolean): void {
  if (isAuthors) markAuthored(container, key);
  else authoredValues.get(container)?.delete(key);
}

export function isAuthored(container: Container, key: string | number): boolean {
  return authoredValues.get(container)?.has(key) ?? false;
}

/** `dict.keys()` with each key's origin. Entries that were set or deleted without `put` and `drop` are as they are. */
export function entryKeys(container: JsonObject): KeyEntry[] {
  const plain = Object.keys(container);
  const known = tables.get(container)?.entries() ?? [];
  const present = known.filter(([key]) => Object.hasOwn(container, key));
  if (present.length === plain.length) return present;
  const tracked = new Set(present.map(([key]) => key));
  return [...present, ...plain.filter((key) => !tracked.has(key)).map((key) => [key, false] as const)];
}

/** `dict.keys()`. */
export function keysOf(container: JsonObject): string[] {
  return entryKeys(container).map(([key]) => key);
}

/** `dict.items()`. */
export function entriesOf(container: JsonObject): [key: string, value: Json][] {
  return keysOf(container).map((key) => [key, container[key]!]);
}

function markAuthored(container: Container, key: string | number): void {
  const marks = authoredValues.get(container);
  if (marks) marks.add(key);
  else authoredValues.set(container, new Set([key]));
}

/** JavaScript moves keys such as `200` to the front; where each stood in the file tells the author's order. */
function writtenOrder(value: JsonObject, source: SourceMap): string[] {
  const keys = Object.keys(value);
  if (!keys.some((key) => /^\d+$/.test(key))) return keys;
  const places = new Map(keys.map((key) => [key, source.at(value, key)]));
  return keys.sort((a, b) => {
    const [first, second] = [places.get(a), places.get(b)];
    if (!first || !second) return 0;
    return first.line - second.line || first.column - second.column;
  });
}
