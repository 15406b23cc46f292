/** Reads evaluated CloudFormation properties, where a number or a boolean may have come as text. */
import type { ResourceRequest } from '../../kernel/provider.ts';
import { type Diagnostic, type Json, type JsonObject, TemplateError } from '../../template/stack.ts';

type Path = readonly (string | number)[];

export interface PropertyReader {
  /** Notes a finding at `path` below this reader's place. */
  refuse(path: Path, message: string): void;
  /** Notes that `name` is missing, and gives `instead` so that reading goes on. */
  missing<T>(name: string, instead: T): T;
  text(name: string, options?: { pattern?: RegExp }): string | undefined;
  requiredText(name: string, options?: { pattern?: RegExp }): string;
  integer(name: string, options: { minimum: number; maximum: number }): number | undefined;
  number(name: string, options: { minimum: number; maximum: number }): number | undefined;
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined;
  texts(name: string): readonly string[] | undefined;
  textMap(name: string): Record<string, string> | undefined;
  /** Reads an object; undefined when there is none. */
  within<T>(name: string, read: (at: PropertyReader) => T): T | undefined;
  /** Reads a list of objects; empty when there is none. */
  each<T>(name: string, read: (at: PropertyReader) => T): readonly T[];
}

/** Runs `read`; throws TemplateError with everything it refused. */
export function readProperties<T>(request: ResourceRequest, read: (reader: PropertyReader) => T): T {
  const findings: Diagnostic[] = [];
  const refuse = (path: Path, message: string): void => {
    findings.push({
      severity: 'error',
      code: 'invalid-property',
      message,
      at: request.positionOf(path) ?? request.at,
      resource: request.logicalId,
      property: ['Properties', ...path].join('.'),
    });
  };
  const result = read(readerOf(request.properties, [], refuse));
  if (findings.length > 0) throw new TemplateError(findings);
  return result;
}

function readerOf(properties: JsonObject, base: Path, refuseAt: (path: Path, message: string) => void): PropertyReader {
  const refuse = (path: Path, message: string): void => refuseAt([...base, ...path], message);

  const text: PropertyReader['text'] = (name, { pattern } = {}) => {
    const value = scalar(properties[name]);
    if (value === undefined) return undefined;
    if (value === null) {
      refuse([name], `${name} must be a string`);
      return undefined;
    }
    if (pattern && !pattern.test(value))
      refuse(
        [name],
        `Value '${value}' at '${lowerFirst(name)}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern.source.replace(/^\^|\$$/g, '')}`,
      );
    return value;
  };
  const number: PropertyReader['number'] = (name, { minimum, maximum }) => {
    const value = text(name);
    if (value === undefined) return undefined;
    const parsed = value.trim() === '' ? Number.NaN : Number(value);
    if (Number.isNaN(parsed)) refuse([name], `${name} must be a number, not ${JSON.stringify(value)}`);
    else if (parsed < minimum)
      refuse(
        [name],
        `Value ${value} at '${lowerFirst(name)}' failed to satisfy constraint: Member must have value greater than or equal to ${minimum}`,
      );
    else if (parsed > maximum)
      refuse(
        [name],
        `Value ${value} at '${lowerFirst(name)}' failed to satisfy constraint: Member must have value less than or equal to ${maximum}`,
      );
    return parsed;
  };
  const object = (name: string): JsonObject | undefined => {
    const value = properties[name];
    if (value === undefined || value === null) return undefined;
    if (isObject(value)) return value;
    refuse([name], `${name} must be an object`);
    return undefined;
  };
  const list = (name: string): readonly Json[] | undefined => {
    const value = properties[name];
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value;
    refuse([name], `${name} must be a list`);
    return undefined;
  };
  const missing: PropertyReader['missing'] = (name, instead) => {
    refuse([name], `the property ${name} is required`);
    return instead;
  };

  return {
    refuse,
    missing,
    text,
    requiredText: (name, options) => text(name, options) ?? missing(name, ''),
    number,
    integer(name, range) {
      const value = number(name, range);
      if (value !== undefined && !Number.isNaN(value) && !Number.isInteger(value))
        refuse([name], `${name} must be an integer, not ${value}`);
      return value;
    },
    oneOf(name, values) {
      const value = text(name);
      if (value === undefined) return undefined;
      const found = values.find((one) => one === value);
      if (found === undefined)
        refuse(
          [name],
          `Value '${value}' at '${lowerFirst(name)}' failed to satisfy constraint: Member must satisfy enum value set: [${values.join(', ')}]`,
        );
      return found;
    },
    texts: (name) =>
      list(name)?.flatMap((item, index) => {
        const value = scalar(item);
        if (typeof value === 'string') return [value];
        refuse([name, index], 'must be a string');
        return [];
      }),
    textMap(name) {
      const entries = Object.entries(object(name) ?? {}).flatMap(([key, item]) => {
        const value = scalar(item);
        if (typeof value === 'string') return [[key, value] as const];
        refuse([name, key], 'must be a string');
        return [];
      });
      return properties[name] === undefined ? undefined : Object.fromEntries(entries);
    },
    within(name, read) {
      const value = object(name);
      return value && read(readerOf(value, [...base, name], refuseAt));
    },
    each: (name, read) =>
      (list(name) ?? []).flatMap((item, index) => {
        if (isObject(item)) return [read(readerOf(item, [...base, name, index], refuseAt))];
        refuse([name, index], 'must be an object');
        return [];
      }),
  };
}

/** Null for what is no scalar. */
function scalar(value: Json | undefined): string | null | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' ? null : String(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
