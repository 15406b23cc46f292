/** What CreateTable and UpdateTable say a table is to be, checked. Messages are DynamoDB's. */
import { randomUUID } from 'node:crypto';
import type {
  AttributeDefinition,
  CreateTableInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  OnDemandThroughput,
  Projection,
  ProvisionedThroughput,
  StreamSpecification,
  WarmThroughput,
} from '@aws-sdk/client-dynamodb';
import { invalidParameter, validationError } from '../errors.ts';
import type { KeyType } from '../values/attribute-value.ts';
import {
  attributesOf,
  type Index,
  type KeyAttribute,
  type KeySchema,
  type OnDemandLimits,
  type Throughput,
  type ViewType,
} from './table.ts';

const MOST_GLOBAL = 20;
const MOST_LOCAL = 5;
const MOST_PROJECTED = 100;
const MOST_KEY_PARTS = 4;
const NAME = /^[a-zA-Z0-9_.-]+$/;

export type AttributeTypes = ReadonlyMap<string, KeyType>;

/** Throws ValidationException. */
export function attributeTypes(definitions: readonly AttributeDefinition[] | undefined): AttributeTypes {
  const types = new Map<string, KeyType>();
  for (const { AttributeName = '', AttributeType } of definitions ?? []) {
    if (types.has(AttributeName))
      throw invalidParameter(`Duplicate AttributeName in AttributeDefinitions: ${AttributeName}`);
    types.set(AttributeName, AttributeType as KeyType);
  }
  return types;
}

/** Of a table or local index one attribute, or one and another; of a global index up to four and four. */
type KeyOf = 'table' | 'local index' | 'global index';

const invalidSchema = (message: string) => validationError(`Invalid KeySchema: ${message}`);

/** Throws ValidationException. */
export function keySchema(
  elements: readonly KeySchemaElement[] | undefined,
  types: AttributeTypes,
  of: KeyOf = 'table',
): KeySchema {
  const all = (elements ?? []).map(({ AttributeName = '', KeyType: role }) => ({ name: AttributeName, role }));
  const missing = all.filter(({ name }) => !types.has(name));
  if (missing.length > 0 && of === 'table') throw invalidSchema('Some index key attribute have no definition');
  if (missing.length > 0) {
    const keys = all.map(({ name }) => name).join(', ');
    throw invalidParameter(
      `Some index key attributes are not defined in AttributeDefinitions. Keys: [${keys}], AttributeDefinitions: [${[...types.keys()].join(', ')}]`,
    );
  }
  if (new Set(all.map(({ name }) => name)).size < all.length) {
    throw validationError('Both the Hash Key and the Range Key element in the KeySchema have the same name');
  }
  const parts = (role: string): KeyAttribute[] =>
    all.filter((part) => part.role === role).map(({ name }) => ({ name, type: types.get(name)! }));
  const [hash, range] = [parts('HASH'), parts('RANGE')];
  if (all[0]?.role !== 'HASH') throw invalidSchema('The first KeySchemaElement is not a HASH key type');
  const most = of === 'global index' ? MOST_KEY_PARTS : 1;
  if (hash.length > most || range.length > most) {
    throw invalidSchema('The second KeySchemaElement is not a RANGE key type');
  }
  return { hash, range };
}

/** Everything defined is a key of something, and the other way round. Throws ValidationException. */
export function checkAllUsed(types: AttributeTypes, keys: KeySchema, indexes: readonly Index[]): void {
  const used = new Set([keys, ...indexes.map((index) => index.keys)].flatMap(attributesOf).map(({ name }) => name));
  if ([...types.keys()].every((name) => used.has(name))) return;
  throw invalidParameter(
    `Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions`,
  );
}

function projectionOf(projection: Projection | undefined, name: string): Index['projection'] {
  const { ProjectionType: type, NonKeyAttributes: names = [] } = projection ?? {};
  if (type === undefined) throw invalidParameter(`Unknown ProjectionType: null`);
  if (type === 'INCLUDE' && names.length === 0) {
    throw invalidParameter('ProjectionType is INCLUDE, but NonKeyAttributes is not specified');
  }
  if (type !== 'INCLUDE' && names.length > 0) {
    throw invalidParameter(`ProjectionType is ${type}, but NonKeyAttributes is specified`);
  }
  if (new Set(names).size < names.length) throw invalidParameter(`Duplicate NonKeyAttributes in index ${name}`);
  return { type, names };
}

export function localIndexes(
  specifications: readonly LocalSecondaryIndex[] | undefined,
  types: AttributeTypes,
  table: KeySchema,
): Index[] {
  const indexes = (specifications ?? []).map(({ IndexName = '', KeySchema, Projection }): Index => {
    if (table.range.length === 0) {
      throw invalidParameter(
        'Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex',
      );
    }
    const keys = keySchema(KeySchema, types, 'local index');
    if (keys.range.length === 0)
      throw invalidParameter(`Index KeySchema does not have a range key for index: ${IndexName}`);
    const [own, tables] = [keys.hash[0]!.name, table.hash[0]!.name];
    if (own !== tables) {
      throw invalidParameter(
        `Index KeySchema does not have the same leading hash key as table KeySchema for index: ${IndexName}. index hash key: ${own}, table hash key: ${tables}`,
      );
    }
    return { name: IndexName, kind: 'local', keys, projection: projectionOf(Projection, IndexName), id: randomUUID() };
  });
  if (indexes.length > MOST_LOCAL) {
    throw invalidParameter('Number of LocalSecondaryIndexes exceeds per-table limit of 5');
  }
  return indexes;
}

export function globalIndex(
  {
    IndexName = '',
    KeySchema,
    Projection,
    ProvisionedThroughput,
    OnDemandThroughput,
    WarmThroughput,
  }: GlobalSecondaryIndex,
  types: AttributeTypes,
  billing: 'PAY_PER_REQUEST' | 'PROVISIONED',
): Index {
  return {
    name: IndexName,
    kind: 'global',
    keys: keySchema(KeySchema, types, 'global index'),
    projection: projectionOf(Projection, IndexName),
    throughput: throughputFor(billing, ProvisionedThroughput, `for index: ${IndexName}`),
    onDemand: limitsOf(OnDemandThroughput),
    warm: warmOf(WarmThroughput),
    id: randomUUID(),
  };
}

/** Names are of one index each, and what all project together has a bound. Throws ValidationException. */
export function checkIndexes(indexes: readonly Index[]): void {
  const names = indexes.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalidParameter(`Duplicate index name: ${twice}`);
  for (const name of names) {
    if (!NAME.test(name) || name.length < 3) throw invalidParameter(`Index name is not valid: ${name}`);
  }
  if (indexes.filter(({ kind }) => kind === 'global').length > MOST_GLOBAL) {
    throw invalidParameter('GlobalSecondaryIndex count exceeds the per-table limit of 20');
  }
  const projected = indexes.reduce((sum, { projection }) => sum + projection.names.length, 0);
  if (projected > MOST_PROJECTED) {
    throw invalidParameter(`NonKeyAttributes count exceeds the per-table limit of ${MOST_PROJECTED}`);
  }
}

export function throughputFor(
  billing: 'PAY_PER_REQUEST' | 'PROVISIONED',
  given: ProvisionedThroughput | undefined,
  of = '',
): Throughput | undefined {
  if (billing === 'PAY_PER_REQUEST') {
    if (!given) return undefined;
    if (of !== '') {
      throw invalidParameter(`ProvisionedThroughput should not be specified ${of} when BillingMode is PAY_PER_REQUEST`);
    }
    throw invalidParameter(
      'Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST',
    );
  }
  if (!given) {
    if (of !== '') throw invalidParameter(`ProvisionedThroughput must be specified ${of}`);
    throw invalidParameter(
      'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
    );
  }
  return { read: given.ReadCapacityUnits!, write: given.WriteCapacityUnits! };
}

export function limitsOf(given: OnDemandThroughput | undefined): OnDemandLimits | undefined {
  if (!given) return undefined;
  const set = (units: number | undefined) => (units === undefined || units === -1 ? undefined : units);
  return { read: set(given.MaxReadRequestUnits), write: set(given.MaxWriteRequestUnits) };
}

export function warmOf(given: WarmThroughput | undefined): Throughput | undefined {
  return given && { read: given.ReadUnitsPerSecond ?? 12_000, write: given.WriteUnitsPerSecond ?? 4_000 };
}

/** Undefined: no stream. Throws ValidationException. */
export function viewOf(specification: StreamSpecification | undefined): ViewType | undefined {
  if (!specification) return undefined;
  const { StreamEnabled: enabled, StreamViewType: view } = specification;
  if (enabled && view === undefined) {
    throw invalidParameter('StreamViewType must be specified when StreamEnabled is true');
  }
  if (!enabled && view !== undefined) {
    throw invalidParameter('StreamViewType cannot be specified when StreamEnabled is false');
  }
  return enabled ? view : undefined;
}

/** Attribute definitions and throughput fit together. Throws ValidationException. */
export function checkTableName(name: string): void {
  if (NAME.test(name) && name.length >= 3 && name.length <= 255) return;
  throw validationError(
    name.length < 3 || name.length > 255
      ? 'TableName must be at least 3 characters long and at most 255 characters long'
      : `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+`,
  );
}

export type TableInput = CreateTableInput & { TableName: string };
