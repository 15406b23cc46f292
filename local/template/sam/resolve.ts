/** References the transform follows itself: parameters' values, and the resources it makes or renames. */
import type { Json, JsonObject, SourceMap } from '../stack.ts';
import { invalidDocument } from './errors.ts';
import { printed } from './python/print.ts';
import { declareAuthored, declareText, deepCopy } from './python/tree.ts';
import { isList, isMap, isString, type Maybe } from './python/values.ts';

/** Values of parameters while nested stacks are still being created: to be left alone. */
const PLACEHOLDER = '{{IntrinsicFunction:';

export class ParameterResolver {
  readonly #values: Readonly<Record<string, Json>>;
  readonly #source: SourceMap;
  /** Whether strings from parameters count as the author's (see `python/tree.ts`). */
  readonly #authored: boolean;

  constructor(values: Readonly<Record<string, Json>>, source: SourceMap, authored: boolean) {
    this.#values = values;
    this.#source = source;
    this.#authored = authored;
  }

  /** Replaces `Ref`s and `Fn::Sub` variables that name parameters, in place, and gives what stands there now. */
  resolve<T extends Maybe>(value: T): T;
  resolve(value: Maybe): Maybe {
    if (!isMap(value) && !isList(value)) return value;
    const resolved = this.#resolveIntrinsic(value);
    if (!isMap(resolved) && !isList(resolved)) return resolved;
    for (const [key, item] of Object.entries(resolved)) {
      const replaced = this.resolve(item);
      if (replaced === item) continue;
      const container = resolved as { [key: string]: Json };
      container[key] = replaced;
      if (isString(replaced)) {
        const parameter = (item as JsonObject)['Ref'];
        declareText(resolved, isList(resolved) ? Number(key) : key, this.#authored && !isPseudo(parameter));
      }
    }
    return resolved;
  }

  #resolveIntrinsic(value: JsonObject | Json[]): Json {
    if (isList(value) || Object.keys(value).length !== 1) return value;
    if ('Ref' in value) {
      const found = this.#value(value['Ref']!);
      if (found === undefined) return value;
      if (this.#authored) declareAuthored(found, this.#source);
      return found;
    }
    if ('Fn::Sub' in value) {
      const text = value['Fn::Sub'];
      if (isString(text)) value['Fn::Sub'] = this.#substitute(text);
      else if (isList(text) && isString(text[0])) text[0] = this.#substitute(text[0]);
    }
    return value;
  }

  #substitute(text: string): string {
    return substituted(text, (reference, name) => {
      const found = this.#value(name) ?? reference;
      if (!isString(found)) {
        if (this.#authored) declareAuthored(found, this.#source);
        throw invalidDocument(
          `Invalid Fn::Sub variable value ${printed(found)}. Fn::Sub expects all variables to be strings.`,
        );
      }
      return found;
    });
  }

  #value(name: Json): Json | undefined {
    if (!isString(name) || !Object.hasOwn(this.#values, name)) return undefined;
    const value = this.#values[name]!;
    if (isString(value) && value.startsWith(PLACEHOLDER)) return undefined;
    return deepCopy(value, this.#source);
  }
}

/** `Fn::FindInMap` with literal keys. */
export function resolveMappings(value: Maybe, mappings: JsonObject): Maybe {
  if (isList(value)) return value.map((item) => resolveMappings(item, mappings) as Json);
  if (!isMap(value)) return value;
  if (Object.keys(value).length !== 1 || !('Fn::FindInMap' in value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolveMappings(item, mappings)!]));
  }
  const path = value['Fn::FindInMap']!;
  if (!isList(path) || path.length !== 3) {
    throw invalidDocument(`Invalid FindInMap value ${printed(path)}. FindInMap expects an array with 3 values.`);
  }
  const [name, top, second] = path.map((key) => resolveMappings(key, mappings));
  if (!isString(name) || !isString(top) || !isString(second)) return value;
  const notTwoLevels = () =>
    invalidDocument(`Cannot use Fn::FindInMap on Mapping '${name}' which is not a a two-level map.`);
  const map = mappings[name];
  if (map === undefined) return value;
  if (!isMap(map)) throw notTwoLevels();
  const row = map[top];
  if (row === undefined) return value;
  if (!isMap(row)) throw notTwoLevels();
  return row[second] === undefined ? value : row[second];
}

/** What references to a SAM resource become once it is made of several, or bears another id. */
export interface Renamings {
  /** `Function.Version` → the version's logical id. */
  readonly properties: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Old logical id → new one. */
  readonly ids: ReadonlyMap<string, string>;
}

/** Follows `renamings` in every `Ref`, `Fn::GetAtt`, `Fn::Sub` and `DependsOn` below `value`, in place. */
export function rename(value: Json, renamings: Renamings): void {
  if (isList(value)) {
    for (const item of value) rename(item, renamings);
    return;
  }
  if (!isMap(value)) return;
  renameDependsOn(value, renamings.ids);
  const items = Object.values(value);
  if (items.length === 1) renameReference(value, renamings);
  // What a reference has become may be another list.
  for (const item of items.length === 1 ? Object.values(value) : items) rename(item, renamings);
}

function renameDependsOn(value: JsonObject, ids: ReadonlyMap<string, string>): void {
  const dependsOn = value['DependsOn'];
  if (isString(dependsOn)) value['DependsOn'] = ids.get(dependsOn) ?? dependsOn;
  else if (isList(dependsOn)) {
    for (const [index, id] of dependsOn.entries()) if (isString(id)) dependsOn[index] = ids.get(id) ?? id;
  }
}

function renameReference(value: JsonObject, { ids, properties }: Renamings): void {
  const referred = value['Ref'];
  if (isString(referred)) {
    const [, id, property] = /^([^.]+)\.(.+)$/s.exec(referred) ?? [];
    value['Ref'] = (property === undefined ? ids.get(referred) : properties.get(id!)?.get(property)) ?? referred;
  }
  const attribute = value['Fn::GetAtt'];
  if (isList(attribute) && attribute.length >= 2 && attribute.every(isString)) {
    let parts = attribute.join('.').split('.');
    const newId = ids.get(parts[0]!);
    if (newId !== undefined) value['Fn::GetAtt'] = parts = [newId, ...parts.slice(1)];
    const made = properties.get(parts[0]!)?.get(parts[1]!);
    if (made !== undefined) value['Fn::GetAtt'] = [made, ...parts.slice(2)];
  }
  const text = value['Fn::Sub'];
  const renamed = (original: string) => renameInSub(original, { ids, properties });
  if (isString(text)) value['Fn::Sub'] = renamed(text);
  else if (isList(text) && isString(text[0])) text[0] = renamed(text[0]);
}

function renameInSub(text: string, { ids, properties }: Renamings): string {
  const withIds = substituted(text, (reference, name) => {
    const [id] = name.split('.');
    const newId = ids.get(id!);
    return newId === undefined ? reference : reference.replaceAll(id!, newId);
  });
  return substituted(withIds, (reference, name) => {
    const [id, property] = name.split('.');
    const made = property === undefined ? undefined : properties.get(id!)?.get(property);
    return made === undefined ? reference : reference.replaceAll(`${id}.${property}`, made);
  });
}

function substituted(text: string, replacement: (reference: string, name: string) => string): string {
  return text.replace(/\$\{([A-Za-z0-9.]+|AWS::[A-Z][A-Za-z]*)\}/g, (reference, name: string) =>
    replacement(reference, name),
  );
}

function isPseudo(name: Maybe): boolean {
  return isString(name) && name.startsWith('AWS::');
}
