/**
 * Inputs held against AWS's models, in the words nearly every AWS service has in common: one sentence for each rule
 * that is broken, all of them in one message.
 */
import { javaText, lowerFirst, numberText } from './java-text.ts';
import { matches } from './pattern.ts';
import type { ConstraintTable, ScalarRules, ShapeRules } from './table.ts';

/** Adds a sentence for each rule that `value` breaks. */
type Check = (value: unknown, path: string, found: string[]) => void;

/** Whether `value` breaks none: asked of every input, and makes nothing. */
type Test = (value: unknown) => boolean;

export interface Validator {
  /** `2 validation errors detected: …`, or undefined for an input that breaks no rule. */
  problemsOf(operation: string, input: Readonly<Record<string, unknown>>): string | undefined;
}

/** Compiles an operation's checks when it is first called. */
export function createValidator({ operations, shapes }: ConstraintTable): Validator {
  const checks = new Map<number, Check>();
  const testAt = createTests(shapes);

  function checkAt(place: number): Check {
    const known = checks.get(place);
    if (known) return known;
    // A shape that contains itself is asked for again while it is being made.
    let made: Check | undefined;
    checks.set(place, (value, path, found) => made?.(value, path, found));
    made = checkOf(shapes[place] as ShapeRules, place);
    checks.set(place, made);
    return made;
  }

  function checkOf(shape: ShapeRules, place: number): Check {
    const quote = (value: unknown): string => (shape.sensitive ? '' : ` '${javaText(value, shapes, place)}'`);
    const failed = (value: unknown, path: string, rule: string): string =>
      `Value${quote(value)} at '${path}' failed to satisfy constraint: ${rule}`;
    switch (shape.kind) {
      case 'structure':
        return structureCheck(shape);
      case 'list': {
        const { member } = shape;
        const each = member === undefined ? undefined : entryCheck(member, 'Member');
        const nested = member === undefined || !isNested(member) ? undefined : checkAt(member);
        return (value, path, found) => {
          const items = value as readonly unknown[];
          for (const rule of sizeRules(shape, items.length)) found.push(failed(value, path, rule));
          if (each && items.some((item) => item != null && !each.fits(item)))
            found.push(failed(value, path, each.rule));
          if (!nested) return;
          items.forEach((item, index) => {
            if (item != null) nested(item, `${path}.${index + 1}.member`, found);
          });
        };
      }
      case 'map': {
        const keys = shape.key === undefined ? undefined : entryCheck(shape.key, 'Map keys');
        const values = shape.value === undefined ? undefined : entryCheck(shape.value, 'Map value');
        const nested = shape.value === undefined || !isNested(shape.value) ? undefined : checkAt(shape.value);
        return (value, path, found) => {
          const entries = Object.entries(value as Readonly<Record<string, unknown>>);
          for (const rule of sizeRules(shape, entries.length)) found.push(failed(value, path, rule));
          if (keys && entries.some(([key]) => !keys.fits(key))) found.push(failed(value, path, keys.rule));
          if (values && entries.some(([, item]) => item != null && !values.fits(item))) {
            found.push(failed(value, path, values.rule));
          }
          if (!nested) return;
          for (const [key, item] of entries) if (item != null) nested(item, `${path}.${key}.member`, found);
        };
      }
      default:
        return (value, path, found) => {
          for (const rule of brokenRules(shape, value)) found.push(failed(value, path, rule));
        };
    }
  }

  function structureCheck({ members, required = [] }: Extract<ShapeRules, { kind: 'structure' }>): Check {
    const names = [...new Set([...required, ...Object.keys(members)])];
    const parts = names.map((name) => ({
      name,
      field: lowerFirst(name),
      required: required.includes(name),
      check: members[name] === undefined ? undefined : checkAt(members[name]),
    }));
    return (value, path, found) => {
      const fields = value as Readonly<Record<string, unknown>>;
      for (const part of parts) {
        const item = fields[part.name];
        if (item == null) {
          if (part.required) {
            const here = path === '' ? part.field : `${path}.${part.field}`;
            found.push(`Value null at '${here}' failed to satisfy constraint: Member must not be null`);
          }
        } else if (part.check && !isStream(item)) {
          part.check(item, path === '' ? part.field : `${path}.${part.field}`, found);
        }
      }
    };
  }

  function isNested(place: number): boolean {
    const { kind } = shapes[place] as ShapeRules;
    return kind === 'list' || kind === 'map' || kind === 'structure';
  }

  /** Entries that are no structures are judged together: one sentence with everything they must satisfy. */
  function entryCheck(place: number, subject: string): { fits(value: unknown): boolean; rule: string } | undefined {
    if (isNested(place)) return undefined;
    const rules = shapes[place] as ScalarRules;
    return {
      fits: (value) => brokenRules(rules, value).length === 0,
      rule: `${subject} must satisfy constraint: [${allRules(rules).join(', ')}]`,
    };
  }

  return {
    problemsOf(operation, input) {
      const place = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
      if (place === undefined || testAt(place)(input)) return undefined;
      const found: string[] = [];
      checkAt(place)(input, '', found);
      if (found.length === 0) return undefined;
      return `${found.length} validation error${found.length === 1 ? '' : 's'} detected: ${found.join('; ')}`;
    },
  };
}

/** Gives what asks of a value at a place of the table whether it breaks a rule; compiled when it is first wanted. */
function createTests(shapes: readonly ShapeRules[]): (place: number) => Test {
  const tests = new Map<number, Test>();

  function testAt(place: number): Test {
    const known = tests.get(place);
    if (known) return known;
    // A shape that contains itself is asked for again while it is being made.
    let made: Test | undefined;
    tests.set(place, (value) => made?.(value) ?? true);
    made = testOf(shapes[place] as ShapeRules);
    tests.set(place, made);
    return made;
  }

  const testOrNone = (place: number | undefined): Test | undefined => (place === undefined ? undefined : testAt(place));

  function testOf(shape: ShapeRules): Test {
    switch (shape.kind) {
      case 'structure':
        return structureTest(shape);
      case 'list': {
        const member = testOrNone(shape.member);
        return (value) => {
          const items = value as readonly unknown[];
          if (!isSized(shape, items.length)) return false;
          if (member) for (const item of items) if (item != null && !member(item)) return false;
          return true;
        };
      }
      case 'map': {
        const keyTest = testOrNone(shape.key);
        const itemTest = testOrNone(shape.value);
        return (value) => {
          const map = value as Readonly<Record<string, unknown>>;
          const keys = Object.keys(map);
          if (!isSized(shape, keys.length)) return false;
          for (const key of keys) {
            if (keyTest && !keyTest(key)) return false;
            if (itemTest && map[key] != null && !itemTest(map[key])) return false;
          }
          return true;
        };
      }
      default:
        return (value) => fits(shape, value);
    }
  }

  function structureTest({ members, required = [] }: Extract<ShapeRules, { kind: 'structure' }>): Test {
    const parts = Object.entries(members).map(([name, place]) => ({ name, test: testAt(place) }));
    return (value) => {
      const fields = value as Readonly<Record<string, unknown>>;
      for (const name of required) if (fields[name] == null) return false;
      for (const { name, test } of parts) {
        const item = fields[name];
        if (item != null && !isStream(item) && !test(item)) return false;
      }
      return true;
    };
  }

  return testAt;
}

const NONE: readonly string[] = [];

/** The pattern is named before the length, as AWS does. */
function brokenRules(rules: ScalarRules, value: unknown): readonly string[] {
  if (fits(rules, value)) return NONE;
  const broken: string[] = [];
  const { pattern, min, max } = rules;
  if (pattern !== undefined && !matches(pattern, String(value), max)) broken.push(patternRule(pattern));
  if (rules.enum && !rules.enum.includes(String(value))) broken.push(enumRule(rules.enum));
  const size = sizeOf(rules, value);
  if (max !== undefined && size > max) broken.push(most(rules, max));
  if (min !== undefined && size < min) broken.push(least(rules, min));
  return broken;
}

function fits(rules: ScalarRules, value: unknown): boolean {
  const size = sizeOf(rules, value);
  if ((rules.max !== undefined && size > rules.max) || (rules.min !== undefined && size < rules.min)) return false;
  if (rules.enum && !rules.enum.includes(String(value))) return false;
  return rules.pattern === undefined || matches(rules.pattern, String(value), rules.max);
}

function sizeOf({ kind }: ScalarRules, value: unknown): number {
  if (kind === 'number') return Number(value);
  return (value as { readonly length?: number }).length ?? 0;
}

/** Everything a value of this kind must satisfy, in the order AWS names it. */
function allRules(rules: ScalarRules): string[] {
  const { min, max, pattern } = rules;
  const all: string[] = [];
  if (max !== undefined) all.push(most(rules, max));
  if (max !== undefined || min !== undefined) all.push(least(rules, min ?? 0));
  if (pattern !== undefined) all.push(patternRule(pattern));
  if (rules.enum) all.push(enumRule(rules.enum));
  if (rules.enum || rules.kind === 'number') all.push('Member must not be null');
  return all;
}

function isSized({ min, max }: { readonly min?: number; readonly max?: number }, size: number): boolean {
  return (max === undefined || size <= max) && (min === undefined || size >= min);
}

function sizeRules({ min, max }: { readonly min?: number; readonly max?: number }, size: number): string[] {
  if (max !== undefined && size > max) return [`Member must have length less than or equal to ${max}`];
  if (min !== undefined && size < min) return [`Member must have length greater than or equal to ${min}`];
  return [];
}

function most({ kind, double }: ScalarRules, max: number): string {
  return `Member must have ${kind === 'number' ? 'value' : 'length'} less than or equal to ${numberText(max, double === true)}`;
}

function least({ kind, double }: ScalarRules, min: number): string {
  return `Member must have ${kind === 'number' ? 'value' : 'length'} greater than or equal to ${numberText(min, double === true)}`;
}

function patternRule(pattern: string): string {
  return `Member must satisfy regular expression pattern: ${pattern}`;
}

function enumRule(values: readonly string[]): string {
  return `Member must satisfy enum value set: [${values.join(', ')}]`;
}

/** A body that has not been read yet. */
function isStream(value: unknown): boolean {
  return typeof (value as { pipe?: unknown }).pipe === 'function';
}
