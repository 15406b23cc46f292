/** Tables come, change and go. */
import { randomUUID } from 'node:crypto';
import type {
  GlobalSecondaryIndexUpdate,
  IndexStatus,
  SSESpecification,
  TableDescription,
  UpdateTableInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext } from '../../../kernel/service.ts';
import { invalidParameter, limitExceeded, tableExists, tableNotFound, validationError } from '../errors.ts';
import { indexKey } from '../items/keys.ts';
import { entryOf } from '../items/writer.ts';
import type { Room } from '../room.ts';
import { checkPolicy } from '../settings/resource-policies.ts';
import { checkTags } from '../settings/tags.ts';
import { sizeOfItem } from '../values/attribute-value.ts';
import {
  type AttributeTypes,
  attributeTypes,
  checkAllUsed,
  checkIndexes,
  checkTableName,
  globalIndex,
  keySchema,
  limitsOf,
  localIndexes,
  type TableInput,
  throughputFor,
  viewOf,
  warmOf,
} from './definition.ts';
import { describe } from './description.ts';
import { attributesOf, type Index, type Table, type ViewType } from './table.ts';
import { nameOf, type OpenTable } from './tables.ts';

const MOST_TABLES = 2_500;

/** The key that encrypts a table, by ARN. Rejects with ValidationException and AccessDeniedException as AWS does. */
export type FindKey = (specification: SSESpecification | undefined, call?: CallContext) => Promise<Table['encryption']>;

/** Throws ResourceNotFoundException in the words of the operations on tables. */
export function existing({ tables }: Pick<Room, 'tables'>, nameOrArn: string): OpenTable {
  const table = tables.find(nameOrArn);
  if (!table) throw tableNotFound(nameOf(nameOrArn));
  return table;
}

/** @param encryption the key that was found for it */
export function createTable(room: Room, input: TableInput, encryption: Table['encryption']): TableDescription {
  const { tables, streams, store, clock } = room;
  const name = nameOf(input.TableName);
  checkTableName(name);
  const types = attributeTypes(input.AttributeDefinitions);
  const keys = keySchema(input.KeySchema, types);
  const billing = input.BillingMode ?? 'PROVISIONED';
  const throughput = throughputFor(billing, input.ProvisionedThroughput);
  for (const name of ['LocalSecondaryIndexes', 'GlobalSecondaryIndexes'] as const) {
    if (input[name]?.length === 0) throw invalidParameter(`List of ${name} is empty`);
  }
  const indexes = [
    ...localIndexes(input.LocalSecondaryIndexes, types, keys),
    ...(input.GlobalSecondaryIndexes ?? []).map((index) => globalIndex(index, types, billing)),
  ];
  checkIndexes(indexes);
  checkAllUsed(types, keys, indexes);
  const view = viewOf(input.StreamSpecification);
  const tags = checkTags(input.Tags);
  if (input.ResourcePolicy !== undefined) checkPolicy(input.ResourcePolicy);
  return store.transaction(() => {
    if (tables.find(name)) throw tableExists(name);
    if (tables.all().length >= MOST_TABLES) {
      throw limitExceeded('Subscriber limit exceeded: There is a limit of 2500 tables per subscriber');
    }
    const base = { id: randomUUID(), name, arn: tables.arnOf(name), keys };
    const table: Table = {
      ...base,
      createdAt: clock.now(),
      indexes,
      billing,
      throughput,
      onDemand: limitsOf(input.OnDemandThroughput),
      warm: warmOf(input.WarmThroughput),
      stream: view && enabledStream(streams.create(base, view)),
      encryption,
      tableClass: input.TableClass ?? 'STANDARD',
      deletionProtection: input.DeletionProtectionEnabled ?? false,
      policy: input.ResourcePolicy === undefined ? undefined : { text: input.ResourcePolicy, revision: randomUUID() },
      tags,
    };
    tables.put(table);
    return describe(table, {}, { status: 'CREATING', indexStatus: ofAll(indexes, 'CREATING') });
  });
}

const ofAll = (indexes: readonly Index[], status: IndexStatus): Record<string, IndexStatus> =>
  Object.fromEntries(indexes.map(({ name }) => [name, status]));

const enabledStream = ({ arn, label, view }: { arn: string; label: string; view: ViewType }) => ({
  arn,
  label,
  view,
  enabled: true,
});

export function deleteTable({ tables, streams, store }: Room, table: OpenTable): TableDescription {
  if (table.deletionProtection) {
    throw validationError(
      'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
    );
  }
  const extents = tables.extents(table);
  store.transaction(() => {
    if (table.stream?.enabled) streams.end(table.stream.arn);
    tables.delete(table);
  });
  return describe(table, extents, { status: 'DELETING' });
}

/** @param encryption what the key is to be; `kept` where nothing was said of it */
export function updateTable(
  room: Room,
  input: UpdateTableInput & { TableName: string },
  encryption: Table['encryption'] | 'kept',
): TableDescription {
  const { tables, store, clock } = room;
  const table = existing(room, input.TableName);
  const billing = input.BillingMode ?? table.billing;
  const types = typesOf(table, input);
  return store.transaction(() => {
    const { indexes, status } = changedIndexes(room, table, input.GlobalSecondaryIndexUpdates ?? [], types, billing);
    const throughput = changedThroughput(table, input, billing);
    const now = clock.now();
    const changed: Table = {
      ...table,
      indexes: billing === 'PAY_PER_REQUEST' ? indexes.map((index) => ({ ...index, throughput: undefined })) : indexes,
      billing,
      ...(billing !== table.billing && { billingChangedAt: now }),
      throughput,
      ...(isRaised(table, throughput, 1) && { throughputRaisedAt: now }),
      ...(isRaised(table, throughput, -1) && { throughputLoweredAt: now }),
      ...(input.OnDemandThroughput && { onDemand: limitsOf(input.OnDemandThroughput) }),
      ...(input.WarmThroughput && { warm: warmOf(input.WarmThroughput) }),
      ...(input.StreamSpecification && { stream: changedStream(room, table, viewOf(input.StreamSpecification)) }),
      ...(encryption !== 'kept' && { encryption }),
      ...(input.TableClass && { tableClass: input.TableClass }),
      ...(input.DeletionProtectionEnabled !== undefined && { deletionProtection: input.DeletionProtectionEnabled }),
    };
    checkIndexes(changed.indexes);
    tables.put(changed);
    return describe(changed, tables.extents(changed), { status: 'UPDATING', indexStatus: status });
  });
}

function typesOf(table: Table, { AttributeDefinitions }: UpdateTableInput): AttributeTypes {
  const known = [table.keys, ...table.indexes.map(({ keys }) => keys)].flatMap(attributesOf);
  const given = attributeTypes(AttributeDefinitions);
  for (const { name, type } of known) {
    const other = given.get(name);
    if (other !== undefined && other !== type) {
      throw invalidParameter(`Cannot change the type of the key attribute ${name}`);
    }
  }
  return new Map([...known.map(({ name, type }) => [name, type] as const), ...given]);
}

function changedThroughput(table: Table, input: UpdateTableInput, billing: Table['billing']) {
  const { ProvisionedThroughput: given } = input;
  if (billing === 'PAY_PER_REQUEST') return throughputFor(billing, given);
  if (!given) return table.throughput ?? throughputFor(billing, undefined);
  const throughput = throughputFor(billing, given)!;
  const { throughput: old } = table;
  const onlyThis = !input.GlobalSecondaryIndexUpdates && !input.BillingMode && !input.StreamSpecification;
  if (onlyThis && old && old.read === throughput.read && old.write === throughput.write) {
    throw validationError(
      `The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: ${old.read}. Requested ReadCapacityUnits: ${throughput.read}. Current WriteCapacityUnits provisioned for the table: ${old.write}. Requested WriteCapacityUnits: ${throughput.write}. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.`,
    );
  }
  return throughput;
}

function isRaised({ throughput: old }: Table, fresh: Table['throughput'], direction: 1 | -1): boolean {
  if (!old || !fresh) return false;
  return Math.sign(fresh.read - old.read) === direction || Math.sign(fresh.write - old.write) === direction;
}

/** A stream that is switched on again is another one. */
function changedStream({ streams }: Room, table: Table, view: ViewType | undefined): Table['stream'] {
  const { stream } = table;
  if (view === undefined) {
    if (!stream?.enabled) {
      throw validationError('Table is not currently enabled for streams. Cannot disable a stream that is not enabled.');
    }
    streams.end(stream.arn);
    return { ...stream, enabled: false };
  }
  if (stream?.enabled) {
    throw validationError(`Table already has an enabled stream: TableName: ${table.name}`);
  }
  return enabledStream(streams.create(table, view));
}

function changedIndexes(
  room: Room,
  table: OpenTable,
  updates: readonly GlobalSecondaryIndexUpdate[],
  types: AttributeTypes,
  billing: Table['billing'],
) {
  let indexes: readonly Index[] = table.indexes;
  const status: Record<string, IndexStatus> = {};
  const find = (name: string | undefined) => {
    const found = indexes.find((index) => index.name === name && index.kind === 'global');
    if (found) return found;
    throw new AwsError('ResourceNotFoundException', `Requested resource not found: Index: ${name} not found`);
  };
  const structural = updates.filter(({ Create, Delete }) => Create || Delete).length;
  if (structural > 1) {
    throw limitExceeded(
      'Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table',
    );
  }
  for (const { Create, Update, Delete } of updates) {
    if (Create) {
      if (indexes.some(({ name }) => name === Create.IndexName)) {
        throw validationError(`Attempting to create an index which already exists`);
      }
      const index = globalIndex(Create as Parameters<typeof globalIndex>[0], types, billing);
      backfill(room, table, index);
      indexes = [...indexes, index];
      status[index.name] = 'CREATING';
    }
    if (Update) {
      const index = find(Update.IndexName);
      const throughput = Update.ProvisionedThroughput
        ? throughputFor(billing, Update.ProvisionedThroughput)
        : index.throughput;
      const fresh = {
        ...index,
        throughput,
        onDemand: limitsOf(Update.OnDemandThroughput) ?? index.onDemand,
        warm: warmOf(Update.WarmThroughput) ?? index.warm,
      };
      indexes = indexes.map((other) => (other === index ? fresh : other));
      status[index.name] = 'UPDATING';
    }
    if (Delete) {
      const index = find(Delete.IndexName);
      room.tables.clearIndex(table, index);
      const { [index.name]: _, ...extents } = room.tables.extents(table);
      room.tables.putExtents(table, extents);
      indexes = indexes.filter((other) => other !== index);
    }
  }
  return { indexes, status };
}

/** Items whose key attribute is of another type are not in the index, as on AWS. */
function backfill({ tables, store }: Room, table: OpenTable, index: Index): void {
  const entries = store.sorted('dynamodb', `index/${table.id}/${index.id}`);
  let [items, bytes] = [0, 0];
  for (const { value } of table.items.range({ from: Buffer.alloc(0), to: Buffer.alloc(8, 255) })) {
    const key = indexKey(table, index, value);
    if (!key) continue;
    const entry = entryOf(table, index, value);
    entries.put(key, entry);
    items += 1;
    bytes += sizeOfItem(entry);
  }
  tables.putExtents(table, { ...tables.extents(table), [index.name]: { items, bytes } });
}
