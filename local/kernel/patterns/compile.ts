/** A pattern's fields as paths with conditions; `$or` multiplies them out, as AWS's own compiler does. */
import { type Conditions, compileConditions } from './conditions.ts';
import { InvalidPattern } from './invalid-pattern.ts';
import { type FieldTest, isMatch, stepsOf } from './match.ts';

export interface EventPattern {
  /** Whether an event (parsed JSON) is one of those meant. */
  matches(event: unknown): boolean;
  /**
   * The texts that the field at `path` must have one of, where the pattern says so whatever else holds; for whoever
   * keeps an index of patterns.
   */
  exactly(...path: string[]): readonly unknown[] | undefined;
}

type Path = readonly string[];

interface Field {
  readonly path: Path;
  readonly conditions: Conditions;
}

/** By path; of two conditions on one path the later counts. */
type Alternative = ReadonlyMap<string, Field>;

const OR = '$or';

/** Alternatives of one pattern; AWS refuses rules that fan out further. */
const MOST_ALTERNATIVES = 1_000;

/** Words of match expressions that may be no field's name inside `$or`. */
const RESERVED: ReadonlySet<string> = new Set(
  'exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before in-date-range ip-address-in-range ip-address-not-in-range'.split(
    ' ',
  ),
);

/**
 * @param pattern JSON text, or what it says
 * Throws InvalidPattern.
 */
export function compilePattern(pattern: unknown): EventPattern {
  const parsed = typeof pattern === 'string' ? parse(pattern) : pattern;
  if (!isObject(parsed)) throw new InvalidPattern('Filter is not an object');
  const alternatives = compileObject(parsed, [], [new Map()], false);
  const tests = alternatives.map(fieldTests);
  return {
    matches: (event) => tests.some((fields) => isMatch(fields, event)),
    exactly(...path) {
      const wanted = alternatives.map((fields) => fields.get(keyOf(path))?.conditions.exact);
      return wanted.every((values) => values !== undefined) ? wanted.flat() : undefined;
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidPattern((error as Error).message);
  }
}

function compileObject(
  object: object,
  path: Path,
  alternatives: readonly Alternative[],
  insideOr: boolean,
): readonly Alternative[] {
  const entries = Object.entries(object);
  if (entries.length === 0) throw new InvalidPattern('Empty objects are not allowed');
  let all = alternatives;
  for (const [name, value] of entries) {
    if (name === OR) {
      all = compileOr(value, path, all);
      continue;
    }
    if (insideOr && RESERVED.has(name)) {
      throw new InvalidPattern(`${name} is Ruler reserved fieldName which cannot be used inside ${OR}.`);
    }
    const at = [...path, name];
    if (Array.isArray(value)) {
      const field = { path: at, conditions: compileConditions(value) };
      all = all.map((fields) => new Map(fields).set(keyOf(at), field));
    } else if (isObject(value)) {
      all = compileObject(value, at, all, insideOr);
    } else throw new InvalidPattern(`"${name}" must be an object or an array`);
  }
  return all;
}

function compileOr(value: unknown, path: Path, alternatives: readonly Alternative[]): readonly Alternative[] {
  if (!Array.isArray(value)) throw new InvalidPattern(`It must be an Array followed with ${OR}.`);
  const all = value.flatMap((one) => {
    if (!isObject(one)) throw new InvalidPattern(`Only JSON object is allowed in array of ${OR} relationship.`);
    return compileObject(one, path, alternatives, true);
  });
  if (value.length < 2) throw new InvalidPattern(`There must have at least 2 Objects in ${OR} relationship.`);
  if (all.length > MOST_ALTERNATIVES) throw new InvalidPattern(`Too many combinations of ${OR} conditions`);
  return all;
}

/** In the order of names in which AWS looks at them: what is absent depends on what was chosen before. */
function fieldTests(fields: Alternative): readonly FieldTest[] {
  return [...fields.values()]
    .map(({ path, conditions }) => ({ steps: stepsOf(path), name: keyOf(path), ...conditions }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const keyOf = (path: Path): string => path.join('.');

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
