/**
 * Whether an event has every field that is wanted. Lists of objects are looked into, and what is found in them must be of
 * the same objects: `{a: {b: [1], c: [2]}}` does not match `{a: [{b: 1}, {c: 2}]}`.
 */
import type { Conditions } from './conditions.ts';

export interface FieldTest extends Conditions {
  readonly path: readonly string[];
}

/** In which place of which list a value stands. */
type Places = ReadonlyMap<object, number>;

interface Leaf {
  readonly value: unknown;
  readonly places: Places;
}

const NOWHERE: Places = new Map();

export function isMatch(fields: readonly FieldTest[], event: unknown): boolean {
  return matchFrom(0, fields, event, NOWHERE);
}

function matchFrom(index: number, fields: readonly FieldTest[], event: unknown, places: Places): boolean {
  const field = fields[index];
  if (field === undefined) return true;
  const { path, test, absent } = field;
  const simple = leafOf(event, path);
  if (simple !== MANY) {
    const isAsWanted = simple === NONE ? absent : test(simple);
    return isAsWanted && matchFrom(index + 1, fields, event, places);
  }
  let isThere = false;
  let tried: Places | undefined;
  for (const leaf of leavesOf(event, path, 0, NOWHERE)) {
    if (leaf.places === tried) continue;
    const together = union(places, leaf.places);
    if (together === undefined) continue;
    isThere = true;
    if (!test(leaf.value)) continue;
    if (matchFrom(index + 1, fields, event, together)) return true;
    // Another value of the same place would lead no further.
    tried = leaf.places;
  }
  return absent && !isThere && matchFrom(index + 1, fields, event, places);
}

const NONE = Symbol('none');
const MANY = Symbol('many');

/** The one value at a path that leads through no list. */
function leafOf(event: unknown, path: readonly string[]): unknown {
  let value = event;
  for (const name of path) {
    if (Array.isArray(value)) return MANY;
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return NONE;
    value = (value as Record<string, unknown>)[name];
  }
  if (Array.isArray(value)) return MANY;
  return typeof value === 'object' && value !== null ? NONE : value;
}

function* leavesOf(value: unknown, path: readonly string[], depth: number, places: Places): Generator<Leaf> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const isInside = typeof item === 'object' && item !== null;
      yield* leavesOf(item, path, depth, isInside ? new Map(places).set(value, index) : places);
    }
  } else if (depth === path.length) {
    if (typeof value !== 'object' || value === null) yield { value, places };
  } else if (typeof value === 'object' && value !== null && Object.hasOwn(value, path[depth]!)) {
    yield* leavesOf((value as Record<string, unknown>)[path[depth]!], path, depth + 1, places);
  }
}

/** Undefined where the two are of different items of one list. */
function union(one: Places, other: Places): Places | undefined {
  if (one.size === 0) return other;
  const together = new Map(one);
  for (const [list, index] of other) {
    if ((together.get(list) ?? index) !== index) return undefined;
    together.set(list, index);
  }
  return together;
}
