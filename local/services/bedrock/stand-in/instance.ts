/**
 * A value that a JSON schema allows, made of what the conversation says: enum values that are mentioned, numbers, dates
 * and addresses that stand there, sentences for texts. The same conversation and schema make the same value.
 * https://json-schema.org/understanding-json-schema/reference
 */
import type { Json, JsonObject } from '../../../kernel/service.ts';
import { type Material, wordsOf } from './material.ts';

/** Schemas may contain themselves: below this depth only what is required is filled. */
const DEEP = 4;
const TOO_DEEP = 24;

interface Making {
  readonly material: Material;
  /** Where `$ref` points. */
  readonly root: JsonObject;
  /** What a text that answers somebody says. */
  readonly answer: string;
}

export function instanceOf(schema: JsonObject, material: Material, answer: string): Json {
  return make(schema, '', 0, { material, root: schema, answer });
}

function make(given: Json | undefined, name: string, depth: number, making: Making): Json {
  if (!isObject(given) || depth > TOO_DEEP) return null;
  const schema = flattened(given, making.root);
  if ('const' in schema) return schema['const'] as Json;
  const choices = schema['enum'];
  if (Array.isArray(choices) && choices.length > 0) return choose(choices, schema, making.material);
  switch (typeOf(schema)) {
    case 'object':
      return makeObject(schema, depth, making);
    case 'array':
      return makeArray(schema, name, depth, making);
    case 'string':
      return makeText(schema, name, making);
    case 'integer':
    case 'number':
      return makeNumber(schema, making.material);
    case 'boolean':
      return schema['default'] === true;
    default:
      return null;
  }
}

/** References followed, `allOf` merged, the first of `anyOf` and `oneOf` that is not null taken. */
function flattened(schema: JsonObject, root: JsonObject, depth = 0): JsonObject {
  if (depth > TOO_DEEP) return {};
  const reference = schema['$ref'];
  if (typeof reference === 'string') return flattened(resolve(reference, root), root, depth + 1);
  const { allOf, anyOf, oneOf, ...own } = schema;
  let merged: JsonObject = own;
  const all = Array.isArray(allOf) ? allOf : [];
  const alternatives = [anyOf, oneOf].flatMap((list) => {
    const options = Array.isArray(list) ? list.filter(isObject) : [];
    const option = options.find(({ type }) => type !== 'null') ?? options[0];
    return option ? [option] : [];
  });
  for (const part of [...all, ...alternatives]) {
    if (isObject(part)) merged = joined(merged, flattened(part, root, depth + 1));
  }
  return merged;
}

function joined(one: JsonObject, other: JsonObject): JsonObject {
  const properties = { ...(one['properties'] as JsonObject), ...(other['properties'] as JsonObject) };
  const required = [...listOf(one['required']), ...listOf(other['required'])];
  return {
    ...one,
    ...other,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

/** `#/$defs/Name`, within the schema itself only. */
function resolve(reference: string, root: JsonObject): JsonObject {
  if (!reference.startsWith('#')) return {};
  let at: Json | undefined = root;
  for (const step of reference.slice(1).split('/').filter(Boolean)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return isObject(at) ? at : {};
}

function typeOf(schema: JsonObject): string {
  const { type } = schema;
  if (typeof type === 'string') return type;
  if (Array.isArray(type)) return String(type.find((name) => name !== 'null') ?? 'null');
  if (schema['properties'] || schema['required']) return 'object';
  if (schema['items']) return 'array';
  return 'string';
}

/** The one that is mentioned first, word for word; else the default; else the first. */
function choose(choices: readonly Json[], schema: JsonObject, { text }: Material): Json {
  const words = ` ${wordsOf(text).join(' ')} `;
  let best: { readonly value: Json; readonly at: number } | undefined;
  for (const value of choices) {
    const at = words.indexOf(` ${wordsOf(String(value)).join(' ')} `);
    if (typeof value === 'string' && at >= 0 && (!best || at < best.at)) best = { value, at };
  }
  if (best) return best.value;
  const usual = schema['default'];
  return usual !== undefined && choices.includes(usual) ? usual : choices[0]!;
}

function makeObject(schema: JsonObject, depth: number, making: Making): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = listOf(schema['required']);
  const wanted = Object.keys(properties).filter((name) => depth < DEEP || required.includes(name));
  const made = Object.fromEntries(wanted.map((name) => [name, make(properties[name], name, depth + 1, making)]));
  for (const name of required) if (!Object.hasOwn(made, name)) made[name] = making.answer;
  return made;
}

function makeArray(schema: JsonObject, name: string, depth: number, making: Making): Json[] {
  const { minItems, maxItems, items } = schema;
  const least = typeof minItems === 'number' ? minItems : 0;
  const most = typeof maxItems === 'number' ? maxItems : Math.max(least, 1);
  const count = depth < DEEP ? Math.min(most, Math.max(least, 1)) : least;
  const item = isObject(items) ? flattened(items, making.root) : {};
  const choices = item['enum'];
  if (Array.isArray(choices)) return distinct(choices, item, count, making.material);
  return Array.from({ length: count }, (_, index) => {
    const sentences = making.material.sentences.slice(index);
    const one = make(items ?? {}, name, depth + 1, { ...making, material: { ...making.material, sentences } });
    return one;
  });
}

function distinct(choices: readonly Json[], schema: JsonObject, count: number, material: Material): Json[] {
  const first = choose(choices, schema, material);
  return [first, ...choices.filter((choice) => choice !== first)].slice(0, count);
}

const FORMATS: Readonly<Record<string, { readonly find: RegExp; readonly otherwise: string }>> = {
  email: { find: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/, otherwise: 'nobody@example.com' },
  uri: { find: /https?:\/\/[^\s<>"']+/, otherwise: 'https://example.com/' },
  date: { find: /\d{4}-\d{2}-\d{2}/, otherwise: '2026-01-01' },
  'date-time': { find: /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/, otherwise: '2026-01-01T00:00:00Z' },
  time: { find: /\d{2}:\d{2}:\d{2}Z/, otherwise: '00:00:00Z' },
  uuid: { find: /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i, otherwise: '00000000-0000-4000-8000-000000000000' },
  ipv4: { find: /(?:\d{1,3}\.){3}\d{1,3}/, otherwise: '192.0.2.1' },
};

/** Texts of such a name are what somebody is told; others are taken from what somebody said. */
const ANSWERING = /reply|answer|response|draft|message|body|text/i;

function makeText(schema: JsonObject, name: string, { material, answer }: Making): string {
  const { format, pattern, maxLength, minLength } = schema;
  if (typeof format === 'string' && Object.hasOwn(FORMATS, format)) {
    const { find, otherwise } = FORMATS[format]!;
    return find.exec(material.text)?.[0] ?? otherwise;
  }
  if (typeof pattern === 'string') {
    const found = matching(pattern, material);
    if (found !== undefined) return found;
  }
  const text = ANSWERING.test(name) ? answer : (material.sentences[0] ?? answer);
  return fitted(
    text,
    typeof minLength === 'number' ? minLength : 0,
    typeof maxLength === 'number' ? maxLength : undefined,
  );
}

/** A word or sentence of the conversation that the pattern allows. */
function matching(pattern: string, { text, sentences }: Material): string | undefined {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern, 'u');
  } catch {
    return undefined;
  }
  return [...text.split(/\s+/), ...wordsOf(text), ...sentences].find((word) => word !== '' && expression.test(word));
}

/** Lengths are counted in characters, as JSON Schema does. */
function fitted(text: string, least: number, most: number | undefined): string {
  let characters = [...text];
  while (characters.length < least) characters = [...characters, ...' …'].slice(0, least);
  return most !== undefined && characters.length > most ? characters.slice(0, most).join('') : characters.join('');
}

function makeNumber(schema: JsonObject, { text }: Material): number {
  const isWhole = typeOf(schema) === 'integer';
  const step = numberOf(schema['multipleOf']) ?? (isWhole ? 1 : undefined);
  const above = numberOf(schema['exclusiveMinimum']);
  const below = numberOf(schema['exclusiveMaximum']);
  const least = Math.max(
    numberOf(schema['minimum']) ?? -Infinity,
    above === undefined ? -Infinity : above + (step ?? Number.EPSILON),
  );
  const most = Math.min(
    numberOf(schema['maximum']) ?? Infinity,
    below === undefined ? Infinity : below - (step ?? Number.EPSILON),
  );
  const fits = (value: number) =>
    value >= least && value <= most && (step === undefined || Math.abs(value / step - Math.round(value / step)) < 1e-9);
  const said = (text.match(/(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g) ?? []).map(Number).find(fits);
  if (said !== undefined) return said;
  const usual = numberOf(schema['default']);
  if (usual !== undefined && fits(usual)) return usual;
  const middle =
    Number.isFinite(least) && Number.isFinite(most) ? (least + most) / 2 : Math.min(Math.max(0, least), most);
  if (step === undefined || fits(middle)) return middle;
  return [Math.floor(middle / step) * step, Math.ceil(middle / step) * step].find(fits) ?? middle;
}

const numberOf = (value: Json | undefined): number | undefined => (typeof value === 'number' ? value : undefined);

const listOf = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
