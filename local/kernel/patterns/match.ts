/**
 * Whether an event has every field that is wanted. Lists of objects are looked into, and what is found in them must be of
 * the same objects: `{a: {b: [1], c: [2]}}` does not match `{a: [{b: 1}, {c: 2}]}`.
 */
import type { Conditions } from './conditions.ts';

export interface FieldTest extends Conditions {
  /**
   * By depth, under which names it may go on: AWS joins names by dots, so that `a.b` is the `b` in `a`.
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html#eb-filtering-considerations
   */
  readonly steps: Steps;
}

type Steps = readonly (readonly string[])[];

/** Of a field at this path. */
export function stepsOf(path: readonly string[]): Steps {
  const names = path.join('.').split('.');
  return names.map((_, depth) =>
    names.slice(depth).map((_name, more) => names.slice(depth, depth + more + 1).join('.')),
  );
}

/** How many names further than one the first is that an object has; as many as there are when it has none. */
function furtherThanOne(value: object, names: readonly string[]): number {
  let more = 0;
  while (more < names.length && !Object.hasOwn(value, names[more]!)) more += 1;
  return more;
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
  const { steps, test, absent } = field;
  const simple = leafOf(event, steps);
  if (simple !== MANY) {
    const isAsWanted = simple === NONE ? absent : test(simple);
    return isAsWanted && matchFrom(index + 1, fields, event, places);
  }
  let isThere = false;
  let tried: Places | undefined;
  for (const leaf of leavesOf(event, steps, 0, NOWHERE)) {
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
function leafOf(event: unknown, steps: Steps): unknown {
  let value = event;
  for (let depth = 0; depth < steps.length; depth += 1) {
    if (Array.isArray(value)) return MANY;
    if (typeof value !== 'object' || value === null) return NONE;
    const names = steps[depth]!;
    const more = furtherThanOne(value, names);
    if (more === names.length) return NONE;
    value = (value as Record<string, unknown>)[names[more]!];
    depth += more;
  }
  if (Array.isArray(value)) return MANY;
  return typeof value === 'object' && value !== null ? NONE : value;
}

function* leavesOf(value: unknown, steps: Steps, depth: number, places: Places): Generator<Leaf> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const isInside = typeof item === 'object' && item !== null;
      yield* leavesOf(item, steps, depth, isInside ? new Map(places).set(value, index) : places);
    }
  } else if (depth === steps.length) {
    if (typeof value !== 'object' || value === null) yield { value, places };
  } else if (typeof value === 'object' && value !== null) {
    const names = steps[depth]!;
    const more = furtherThanOne(value, names);
    if (more === names.length) return;
    yield* leavesOf((value as Record<string, unknown>)[names[more]!], steps, depth + more + 1, places);
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
