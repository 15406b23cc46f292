/**
 * AWS's own schemas, as the SDK clients export them, compiled once into shapes that codecs can walk without asking.
 * The layout of those schemas is the SDK's; only this module knows it.
 */
import { NormalizedSchema } from '@smithy/core/schema';

/** The traits that matter on the wire, named as in https://smithy.io/2.0/ */
export interface Traits {
  readonly jsonName?: string;
  readonly xmlName?: string;
  readonly xmlAttribute?: unknown;
  readonly xmlFlattened?: unknown;
  readonly xmlNamespace?: unknown;
  readonly ec2QueryName?: string;
  readonly httpLabel?: unknown;
  readonly httpQuery?: string;
  readonly httpQueryParams?: unknown;
  readonly httpHeader?: string;
  readonly httpPrefixHeaders?: string;
  readonly httpPayload?: unknown;
  readonly httpResponseCode?: unknown;
  readonly mediaType?: string;
  readonly streaming?: unknown;
  /** Members of an event that travel in its message's headers, or are its whole body. */
  readonly eventHeader?: unknown;
  readonly eventPayload?: unknown;
  readonly sparse?: unknown;
  /** Not to be shown to anybody but whom it is for. */
  readonly sensitive?: unknown;
  /** The client makes one up where the caller gives none. */
  readonly idempotencyToken?: unknown;
  /** `[method, uri, code]`, on operations. */
  readonly http?: readonly [string, string, number];
  /** `client` or `server`, on error structures. */
  readonly error?: string;
  readonly httpError?: number;
  /** `[code, status]`: what the query protocols call an error that has another name in the model. */
  readonly awsQueryError?: readonly [string, number];
}

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

export interface Member {
  readonly name: string;
  /** Of the member and of what it targets, the member's own first. */
  readonly traits: Traits;
  /** AWS refuses an input without it. */
  readonly required: boolean;
  readonly shape: Shape;
}

export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  readonly traits: Traits;
  /** Exactly one member is present. */
  readonly union: boolean;
  readonly members: readonly Member[];
}

export interface ListShape {
  readonly kind: 'list';
  readonly traits: Traits;
  readonly member: Member;
}

export interface MapShape {
  readonly kind: 'map';
  readonly traits: Traits;
  readonly key: Member;
  readonly value: Member;
}

export type ScalarShape =
  | { readonly kind: 'string' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'number' }
  | { readonly kind: 'big-integer' }
  | { readonly kind: 'big-decimal' }
  | { readonly kind: 'document' }
  | { readonly kind: 'blob'; readonly streaming: boolean }
  /** Without a format: the protocol's default for the place it stands in. */
  | { readonly kind: 'timestamp'; readonly format?: TimestampFormat };

export type Shape = StructureShape | ListShape | MapShape | ScalarShape;

export interface OperationShape {
  readonly name: string;
  readonly http?: { readonly method: string; readonly uri: string; readonly code: number };
  readonly input: StructureShape;
  readonly output: StructureShape;
}

type OperationSchema = readonly [9, string, string, Traits | number, unknown, unknown];

/** `[kind, namespace, name, traits, memberNames, memberSchemas, count of required members, which come first]` */
type StructureSchema = readonly [number, string, string, unknown, readonly string[], readonly unknown[], number?];

const EMPTY: StructureShape = { kind: 'structure', name: 'Unit', traits: {}, union: false, members: [] };

const TIMESTAMP_FORMATS: Readonly<Record<number, TimestampFormat | undefined>> = {
  5: 'date-time',
  6: 'http-date',
  7: 'epoch-seconds',
};

/** Shapes may contain themselves, so each structure is made once and its members when first looked at. */
const structures = new WeakMap<object, StructureShape>();

/** Compiles `GetSecretValue$` and its like; undefined for anything else a client exports. */
export function operationShape(schema: unknown): OperationShape | undefined {
  if (!Array.isArray(schema) || schema[0] !== 9) return undefined;
  const [, , name, traits, input, output] = schema as unknown as OperationSchema;
  const http = typeof traits === 'object' ? traits.http : undefined;
  return {
    name,
    http: http && { method: http[0], uri: http[1], code: http[2] },
    input: structureOf(input),
    output: structureOf(output),
  };
}

/** Compiles the schema of an error, e.g. `ResourceNotFoundException$`; undefined for anything else. */
export function errorShape(schema: unknown): StructureShape | undefined {
  return Array.isArray(schema) && schema[0] === -3 ? structureOf(schema) : undefined;
}

function structureOf(ref: unknown): StructureShape {
  const schema = normalized(ref);
  if (schema.isUnitSchema()) return EMPTY;
  const shape = shapeOf(schema);
  if (shape.kind !== 'structure') throw new Error(`${schema.getName(true)} is a ${shape.kind}, not a structure`);
  return shape;
}

function normalized(ref: unknown): NormalizedSchema {
  return NormalizedSchema.of(ref as Parameters<typeof NormalizedSchema.of>[0]);
}

function shapeOf(schema: NormalizedSchema): Shape {
  if (schema.isStructSchema()) return structure(schema);
  if (schema.isListSchema()) return list(schema);
  if (schema.isMapSchema()) return map(schema);
  if (schema.isBlobSchema()) return { kind: 'blob', streaming: schema.isStreaming() };
  if (schema.isTimestampSchema()) return { kind: 'timestamp', format: TIMESTAMP_FORMATS[schema.getSchema() as number] };
  if (schema.isStringSchema()) return { kind: 'string' };
  if (schema.isBooleanSchema()) return { kind: 'boolean' };
  if (schema.isNumericSchema()) return { kind: 'number' };
  if (schema.isBigIntegerSchema()) return { kind: 'big-integer' };
  if (schema.isBigDecimalSchema()) return { kind: 'big-decimal' };
  if (schema.isDocumentSchema()) return { kind: 'document' };
  if (schema.isUnitSchema()) return EMPTY;
  throw new Error(`${schema.getName(true)} has a schema this version of sampan does not know: update it with the SDK`);
}

function structure(schema: NormalizedSchema): StructureShape {
  const raw = schema.getSchema() as unknown as StructureSchema;
  const known = structures.get(raw);
  if (known) return known;
  const required = raw[6] ?? 0;
  const shape: StructureShape = {
    kind: 'structure',
    name: raw[2],
    traits: schema.getMergedTraits() as Traits,
    union: schema.isUnionSchema(),
    get members() {
      const members = raw[4].map((name, index) => member(schema.getMemberSchema(name), name, index < required));
      Object.defineProperty(this, 'members', { value: members });
      return members;
    },
  };
  structures.set(raw, shape);
  return shape;
}

function list(schema: NormalizedSchema): ListShape {
  return {
    kind: 'list',
    traits: schema.getMergedTraits() as Traits,
    member: member(schema.getValueSchema(), 'member', false),
  };
}

function map(schema: NormalizedSchema): MapShape {
  return {
    kind: 'map',
    traits: schema.getMergedTraits() as Traits,
    key: member(schema.getKeySchema(), 'key', false),
    value: member(schema.getValueSchema(), 'value', false),
  };
}

function member(schema: NormalizedSchema, name: string, required: boolean): Member {
  return {
    name,
    required,
    traits: schema.getMergedTraits() as Traits,
    get shape() {
      const shape = shapeOf(schema);
      Object.defineProperty(this, 'shape', { value: shape });
      return shape;
    },
  };
}
