/** Checks of values deeper inside a property, worded as the official translator words them. */
import type { Json, JsonObject } from '../stack.ts';
import { InvalidAttribute, InvalidEvent, InvalidResource, type SamError } from './errors.ts';
import { isList, isMap, isNone, isString, type Maybe } from './python/values.ts';

/** Who holds the value: a resource's property, a resource's attribute, or an event's property. */
export type Holder = 'resource' | 'attribute' | 'event';

class Expectation {
  readonly #value: Maybe;
  readonly #id: string;
  readonly #path: string;
  readonly #holder: Holder;

  constructor(value: Maybe, id: string, path: string, holder: Holder) {
    this.#value = value;
    this.#id = id;
    this.#path = path;
    this.#holder = holder;
  }

  map(message?: string): JsonObject {
    return isMap(this.#value) ? this.#value : this.#refuse('map', message);
  }

  list(message?: string): Json[] {
    return isList(this.#value) ? this.#value : this.#refuse('list', message);
  }

  string(message?: string): string {
    return isString(this.#value) ? this.#value : this.#refuse('string', message);
  }

  boolean(message?: string): boolean {
    return typeof this.#value === 'boolean' ? this.#value : this.#refuse('boolean', message);
  }

  listOfStrings(): string[] {
    return this.list().map((item, index) =>
      new Expectation(item, this.#id, `${this.#path}[${index}]`, this.#holder).string(),
    );
  }

  present(): Json {
    if (!isNone(this.#value)) return this.#value;
    throw this.#error(`Property '${this.#path}' is required.`);
  }

  #refuse(type: string, message: string | undefined): never {
    const noun = this.#holder === 'attribute' ? 'Attribute' : 'Property';
    throw this.#error(message ?? `${noun} '${this.#path}' should be a ${type}.`);
  }

  #error(message: string): SamError {
    if (this.#holder === 'event') return new InvalidEvent(this.#id, message);
    if (this.#holder === 'attribute') return new InvalidAttribute(this.#id, this.#path, message);
    return new InvalidResource(this.#id, message, this.#path);
  }
}

export function expect(value: Maybe, id: string, path: string, holder: Holder = 'resource'): Expectation {
  return new Expectation(value, id, path, holder);
}
