/** Where every value of a tree stood in its file. Offsets are kept; lines and columns are computed when asked for. */
import { readFileSync } from 'node:fs';
import type { Position, SourceMap } from './stack.ts';

/** A file's text with its line starts. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  positionAt(offset: number): Position {
    this.#lineStarts ??= lineStarts(this.text);
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: offset - starts[low]! + 1 };
  }
}

/** Line ends are LF, CRLF and a lone CR, as in YAML 1.1 and JSON. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 10 || (code === 13 && text.charCodeAt(index + 1) !== 10)) starts.push(index + 1);
  }
  return starts;
}

/** A stretch of a file, `end` exclusive. */
export interface Span {
  readonly in: SourceText;
  readonly start: number;
  readonly end: number;
}

interface Entry {
  /** Where the key starts; where the item starts in a list. */
  readonly at: number;
  readonly value: Span;
}

/** What is known of a map or list, and of what is in it. */
interface Place {
  span: Span | undefined;
  readonly entries: Map<string | number, Entry>;
  /** A tree is copied several times before it is a stack: copies have their original's, until one of them changes it. */
  shared: boolean;
}

/** The `SourceMap` of a parsed document, included files among it. */
export class TemplateSource implements SourceMap {
  readonly #places = new WeakMap<object, Place>();

  /** Records where a map or list stood. */
  place(container: object, span: Span): void {
    this.#own(container).span = span;
  }

  /** Records where `container[key]` stood; `at` is the offset of the key (of the item, in a list). */
  placeEntry(container: object, key: string | number, at: number, value: Span): void {
    this.#own(container).entries.set(key, { at, value });
  }

  /** Its place, to be changed: nobody else has it. */
  #own(container: object): Place {
    const known = this.#places.get(container);
    if (known && !known.shared) return known;
    const own: Place = { span: known?.span, entries: new Map(known?.entries), shared: false };
    this.#places.set(container, own);
    return own;
  }

  at(container: object, key?: string | number): Position | undefined {
    const place = this.#places.get(container);
    if (key === undefined) return place?.span?.in.positionAt(place.span.start);
    const entry = place?.entries.get(key);
    return entry?.value.in.positionAt(entry.at);
  }

  /** Where the value of an entry starts, which for a map is behind its key. */
  valueAt(container: object, key: string | number): Position | undefined {
    const entry = this.#places.get(container)?.entries.get(key);
    return entry?.value.in.positionAt(entry.value.start);
  }

  /** The exact place of `needle` inside a text value, such as `${Name}` inside a `Fn::Sub`; else where the value starts. */
  within(container: object, key: string | number, needle: string): Position | undefined {
    const entry = this.#places.get(container)?.entries.get(key);
    if (entry === undefined) return undefined;
    const { in: source, start, end } = entry.value;
    const offset = source.text.indexOf(needle, start);
    return source.positionAt(offset >= start && offset + needle.length <= end ? offset : start);
  }

  /** The author's own characters for a scalar, quotes and all. */
  written(container: object, key: string | number): string | undefined {
    const value = this.#places.get(container)?.entries.get(key)?.value;
    return value?.in.text.slice(value.start, value.end);
  }

  /** A number as its author wrote it (`8.0`), where that is plain digits; else as JavaScript would write it. */
  numberText(container: object, key: string | number, value: number): string {
    const written = this.written(container, key);
    const plain = written !== undefined && /^[-+]?[0-9]+\.[0-9]+$/.test(written) && Number(written) === value;
    return plain ? written : String(value);
  }

  /** Gives one entry of `copy` the position it has in `original`. */
  carryEntry(original: object, copy: object, key: string | number, newKey = key): void {
    const entry = this.#places.get(original)?.entries.get(key);
    if (entry) this.placeEntry(copy, newKey, entry.at, entry.value);
  }

  carry(original: object, copy: object): void {
    const place = this.#places.get(original);
    if (place === undefined) return;
    if (!this.#places.has(copy) && hasAll(copy, place.entries)) {
      place.shared = true;
      this.#places.set(copy, place);
      return;
    }
    const own = this.#own(copy);
    own.span = place.span ?? own.span;
    for (const [key, entry] of place.entries) {
      if (Object.hasOwn(copy, key)) own.entries.set(key, entry);
    }
  }
}

function hasAll(container: object, entries: Place['entries']): boolean {
  for (const key of entries.keys()) {
    if (!Object.hasOwn(container, key)) return false;
  }
  return true;
}

/**
 * The line of `position` with a caret under its column, for people:
 *
 *     12 |       Handler: !Ref Handlr
 *        |                ^
 *
 * Undefined when the file cannot be read or has no such line.
 */
export function formatSourceFrame(
  position: Position,
  read: (file: string) => string | undefined = readIfThere,
): string | undefined {
  const text = read(position.file);
  if (text === undefined) return undefined;
  const line = text.split(/\r\n|\n|\r/)[position.line - 1];
  if (line === undefined) return undefined;
  const number = String(position.line);
  // Tabs stay tabs, so that the caret stands under its character however wide they are shown.
  const indent = line.slice(0, position.column - 1).replace(/[^\t]/g, ' ');
  return `${number} | ${line}\n${' '.repeat(number.length)} | ${indent}^`;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
