/** The headers of a request as an event has them. Names repeat from request to request: what is made of one is kept. */
import { HOP_BY_HOP } from '../../protocols/http-message.ts';

interface HeaderName {
  readonly lower: string;
  /** As a key of a JSON object, the colon included. */
  readonly key: string;
  /** Concerns the connection, not the function. */
  readonly isDropped: boolean;
}

/** What is not the function's, and what API Gateway remaps or drops. */
const DROPPED = new Set([...HOP_BY_HOP, 'expect', 'content-length']);

/** Enough for every client there is; one that makes names up must not fill the memory. */
const NAMES_KEPT = 1_000;
const names = new Map<string, HeaderName>();

function nameOf(spelling: string): HeaderName {
  let name = names.get(spelling);
  if (name === undefined) {
    const lower = spelling.toLowerCase();
    name = { lower, key: `${JSON.stringify(spelling)}:`, isDropped: DROPPED.has(lower) };
    if (names.size < NAMES_KEPT) names.set(spelling, name);
  }
  return name;
}

export class RequestHeaders {
  readonly #names: HeaderName[] = [];
  readonly #values: string[] = [];

  /** @param raw names and values in turn, as sent */
  constructor(raw: readonly string[]) {
    for (let index = 0; index + 1 < raw.length; index += 2) this.add(raw[index] as string, raw[index + 1] as string);
  }

  add(spelling: string, value: string): void {
    const name = nameOf(spelling);
    if (name.isDropped) return;
    this.#names.push(name);
    this.#values.push(value);
  }

  /** Of several with one name the last. */
  get(lower: string): string | undefined {
    for (let index = this.#names.length - 1; index >= 0; index -= 1) {
      if ((this.#names[index] as HeaderName).lower === lower) return this.#values[index];
    }
    return undefined;
  }

  /**
   * `headers` and `multiValueHeaders` as JSON texts. Names keep their spelling, the first where there are several; of
   * several values the last counts as the single one.
   */
  toJson(): { readonly single: string; readonly multi: string } {
    let single = '';
    let multi = '';
    for (let index = 0; index < this.#names.length; index += 1) {
      const { key, lower } = this.#names[index] as HeaderName;
      if (this.#indexOf(lower) < index) continue;
      const separator = single === '' ? '{' : ',';
      const value = JSON.stringify(this.#values[index]);
      let last = value;
      let all = value;
      for (let other = index + 1; other < this.#names.length; other += 1) {
        if ((this.#names[other] as HeaderName).lower !== lower) continue;
        last = JSON.stringify(this.#values[other]);
        all += `,${last}`;
      }
      single += separator + key + last;
      multi += `${separator + key}[${all}]`;
    }
    return single === '' ? { single: '{}', multi: '{}' } : { single: `${single}}`, multi: `${multi}}` };
  }

  #indexOf(lower: string): number {
    for (let index = 0; ; index += 1) if (this.#names[index]?.lower === lower) return index;
  }
}
