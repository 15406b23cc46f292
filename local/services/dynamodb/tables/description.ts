/** A table as DescribeTable tells it. */
import type {
  GlobalSecondaryIndexDescription,
  IndexStatus,
  KeySchemaElement,
  LocalSecondaryIndexDescription,
  TableDescription,
  TableStatus,
} from '@aws-sdk/client-dynamodb';
import { TABLE_ITSELF } from '../items/writer.ts';
import { attributesOf, type Index, type KeySchema, type OnDemandLimits, type Table, type Throughput } from './table.ts';
import type { Extents } from './tables.ts';

const NOTHING = { items: 0, bytes: 0 };
/** What a table on demand can do from the start. */
const WARM: Throughput = { read: 12_000, write: 4_000 };

export interface Describing {
  readonly status?: TableStatus;
  /** Of indexes that are coming or going. */
  readonly indexStatus?: Readonly<Record<string, IndexStatus>>;
}

export function describe(
  table: Table,
  extents: Extents,
  { status = 'ACTIVE', indexStatus = {} }: Describing = {},
): TableDescription {
  const { items, bytes } = extents[TABLE_ITSELF] ?? NOTHING;
  const locals = table.indexes.filter(({ kind }) => kind === 'local');
  const globals = table.indexes.filter(({ kind }) => kind === 'global');
  const { stream } = table;
  return {
    AttributeDefinitions: definitionsOf(table),
    TableName: table.name,
    KeySchema: schemaOf(table.keys),
    TableStatus: status,
    CreationDateTime: new Date(table.createdAt),
    ProvisionedThroughput: {
      ...(table.throughputRaisedAt !== undefined && { LastIncreaseDateTime: new Date(table.throughputRaisedAt) }),
      ...(table.throughputLoweredAt !== undefined && { LastDecreaseDateTime: new Date(table.throughputLoweredAt) }),
      NumberOfDecreasesToday: 0,
      ReadCapacityUnits: table.throughput?.read ?? 0,
      WriteCapacityUnits: table.throughput?.write ?? 0,
    },
    TableSizeBytes: bytes,
    ItemCount: items,
    TableArn: table.arn,
    TableId: table.id,
    ...((table.billing === 'PAY_PER_REQUEST' || table.billingChangedAt !== undefined) && {
      BillingModeSummary: {
        BillingMode: table.billing,
        ...(table.billing === 'PAY_PER_REQUEST' && {
          LastUpdateToPayPerRequestDateTime: new Date(table.billingChangedAt ?? table.createdAt),
        }),
      },
    }),
    ...(locals.length > 0 && { LocalSecondaryIndexes: locals.map((index) => localIndex(table, index, extents)) }),
    ...(globals.length > 0 && {
      GlobalSecondaryIndexes: globals.map((index) => globalIndex(table, index, extents, indexStatus[index.name])),
    }),
    ...(stream?.enabled && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.view } }),
    ...(stream && { LatestStreamLabel: stream.label, LatestStreamArn: stream.arn }),
    ...(table.encryption && {
      SSEDescription: { Status: 'ENABLED', SSEType: 'KMS', KMSMasterKeyArn: table.encryption.keyArn },
    }),
    ...(table.tableClass !== 'STANDARD' && { TableClassSummary: { TableClass: table.tableClass } }),
    DeletionProtectionEnabled: table.deletionProtection,
    ...(table.onDemand && { OnDemandThroughput: limits(table.onDemand) }),
    WarmThroughput: warm(table.warm ?? table.throughput),
  };
}

function definitionsOf(table: Table) {
  const all = [table.keys, ...table.indexes.map(({ keys }) => keys)].flatMap(attributesOf);
  const types = new Map(all.map(({ name, type }) => [name, type]));
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}

function schemaOf({ hash, range }: KeySchema): KeySchemaElement[] {
  return [
    ...hash.map(({ name }) => ({ AttributeName: name, KeyType: 'HASH' as const })),
    ...range.map(({ name }) => ({ AttributeName: name, KeyType: 'RANGE' as const })),
  ];
}

function common(table: Table, index: Index, extents: Extents) {
  const { items, bytes } = extents[index.name] ?? NOTHING;
  const { type, names } = index.projection;
  return {
    IndexName: index.name,
    KeySchema: schemaOf(index.keys),
    Projection: { ProjectionType: type, ...(type === 'INCLUDE' && { NonKeyAttributes: [...names] }) },
    IndexSizeBytes: bytes,
    ItemCount: items,
    IndexArn: `${table.arn}/index/${index.name}`,
  };
}

const localIndex = (table: Table, index: Index, extents: Extents): LocalSecondaryIndexDescription =>
  common(table, index, extents);

function globalIndex(
  table: Table,
  index: Index,
  extents: Extents,
  status: IndexStatus = 'ACTIVE',
): GlobalSecondaryIndexDescription {
  return {
    ...common(table, index, extents),
    IndexStatus: status,
    ...(status === 'CREATING' && { Backfilling: false }),
    ProvisionedThroughput: {
      NumberOfDecreasesToday: 0,
      ReadCapacityUnits: index.throughput?.read ?? 0,
      WriteCapacityUnits: index.throughput?.write ?? 0,
    },
    ...(index.onDemand && { OnDemandThroughput: limits(index.onDemand) }),
    WarmThroughput: warm(index.warm ?? index.throughput),
  };
}

const limits = ({ read, write }: OnDemandLimits) => ({
  MaxReadRequestUnits: read ?? -1,
  MaxWriteRequestUnits: write ?? -1,
});

const warm = ({ read, write }: Throughput = WARM) => ({
  ReadUnitsPerSecond: read,
  WriteUnitsPerSecond: write,
  Status: 'ACTIVE' as const,
});
