/** What a template says of a table, as the API's own inputs. */
import type {
  AttributeDefinition,
  CreateTableInput,
  GlobalSecondaryIndex,
  KeySchemaElement,
  LocalSecondaryIndex,
  OnDemandThroughput,
  Projection,
  ProvisionedThroughput,
  WarmThroughput,
} from '@aws-sdk/client-dynamodb';
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { Tag } from '../tables/table.ts';

export interface TableProperties {
  readonly name: string | undefined;
  readonly table: Omit<CreateTableInput, 'TableName'>;
  readonly ttl: { readonly attribute: string; readonly enabled: boolean } | undefined;
  readonly recovery: { readonly enabled: boolean; readonly days: number | undefined };
  readonly insights: readonly string[];
  readonly streamPolicy: string | undefined;
  readonly tags: readonly Tag[];
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html */
export function readTable(reader: PropertyReader): TableProperties {
  const stream = reader.object('StreamSpecification', (inner) => ({
    view: inner.oneOf('StreamViewType', VIEWS),
    policy: inner.object('ResourcePolicy', policyText),
  }));
  const insights = reader.object('ContributorInsightsSpecification', (inner) => inner.boolean('Enabled')) ?? false;
  const globals = reader.objects('GlobalSecondaryIndexes', readGlobalIndex);
  return {
    name: reader.text('TableName'),
    table: {
      AttributeDefinitions: readDefinitions(reader),
      KeySchema: readKeySchema(reader),
      BillingMode: reader.oneOf('BillingMode', ['PROVISIONED', 'PAY_PER_REQUEST']),
      ProvisionedThroughput: readThroughput(reader),
      GlobalSecondaryIndexes: optional(globals.map(({ index }) => index)),
      LocalSecondaryIndexes: optional(reader.objects('LocalSecondaryIndexes', readLocalIndex)),
      ...(stream?.view && { StreamSpecification: { StreamEnabled: true, StreamViewType: stream.view } }),
      SSESpecification: readEncryption(reader),
      DeletionProtectionEnabled: reader.boolean('DeletionProtectionEnabled'),
      TableClass: reader.oneOf('TableClass', ['STANDARD', 'STANDARD_INFREQUENT_ACCESS']),
      ResourcePolicy: reader.object('ResourcePolicy', policyText),
      OnDemandThroughput: readOnDemand(reader),
      WarmThroughput: readWarm(reader),
    },
    ttl: readTtl(reader),
    recovery: readRecovery(reader),
    insights: [
      ...(insights ? [''] : []),
      ...globals.flatMap(({ index, insights }) => (insights ? [index.IndexName!] : [])),
    ],
    streamPolicy: stream?.policy,
    tags: readTags(reader),
  };
}

export const VIEWS = ['NEW_IMAGE', 'OLD_IMAGE', 'NEW_AND_OLD_IMAGES', 'KEYS_ONLY'] as const;

export const optional = <T>(list: readonly T[]): T[] | undefined => (list.length > 0 ? [...list] : undefined);

export const readDefinitions = (reader: PropertyReader): AttributeDefinition[] => [
  ...reader.objects('AttributeDefinitions', (one) => ({
    AttributeName: one.requiredText('AttributeName'),
    AttributeType: one.oneOf('AttributeType', ['S', 'N', 'B'] as const),
  })),
];

export const readKeySchema = (reader: PropertyReader): KeySchemaElement[] => [
  ...reader.objects('KeySchema', (one) => ({
    AttributeName: one.requiredText('AttributeName'),
    KeyType: one.oneOf('KeyType', ['HASH', 'RANGE'] as const),
  })),
];

export const readTags = (reader: PropertyReader): readonly Tag[] =>
  reader.objects('Tags', (tag) => ({ Key: tag.requiredText('Key'), Value: tag.text('Value') ?? '' }));

export const readTtl = (reader: PropertyReader) =>
  reader.object('TimeToLiveSpecification', (inner) => ({
    attribute: inner.text('AttributeName') ?? '',
    enabled: inner.boolean('Enabled') ?? false,
  }));

export function readRecovery(reader: PropertyReader): TableProperties['recovery'] {
  const read = reader.object('PointInTimeRecoverySpecification', (inner) => ({
    enabled: inner.boolean('PointInTimeRecoveryEnabled') ?? false,
    days: inner.integer('RecoveryPeriodInDays', [1, 35]),
  }));
  return read ?? { enabled: false, days: undefined };
}

export function policyText(reader: PropertyReader): string | undefined {
  const document = reader.properties['PolicyDocument'];
  return typeof document === 'object' && document !== null ? JSON.stringify(document) : reader.text('PolicyDocument');
}

export const readProjection = (reader: PropertyReader): Projection => ({
  ProjectionType: reader.oneOf('ProjectionType', ['ALL', 'KEYS_ONLY', 'INCLUDE'] as const),
  NonKeyAttributes: optional(reader.texts('NonKeyAttributes')),
});

function readLocalIndex(reader: PropertyReader): LocalSecondaryIndex {
  return {
    IndexName: reader.requiredText('IndexName'),
    KeySchema: readKeySchema(reader),
    Projection: reader.object('Projection', readProjection),
  };
}

function readGlobalIndex(reader: PropertyReader): { index: GlobalSecondaryIndex; insights: boolean } {
  return {
    index: {
      ...readLocalIndex(reader),
      ProvisionedThroughput: readThroughput(reader),
      OnDemandThroughput: readOnDemand(reader),
      WarmThroughput: readWarm(reader),
    },
    insights: reader.object('ContributorInsightsSpecification', (inner) => inner.boolean('Enabled')) ?? false,
  };
}

const readThroughput = (reader: PropertyReader): ProvisionedThroughput | undefined =>
  reader.object('ProvisionedThroughput', (inner) => ({
    ReadCapacityUnits: inner.requiredInteger('ReadCapacityUnits', [1, 1_000_000]),
    WriteCapacityUnits: inner.requiredInteger('WriteCapacityUnits', [1, 1_000_000]),
  }));

const readOnDemand = (reader: PropertyReader): OnDemandThroughput | undefined =>
  reader.object('OnDemandThroughput', (inner) => ({
    MaxReadRequestUnits: inner.integer('MaxReadRequestUnits'),
    MaxWriteRequestUnits: inner.integer('MaxWriteRequestUnits'),
  }));

const readWarm = (reader: PropertyReader): WarmThroughput | undefined =>
  reader.object('WarmThroughput', (inner) => ({
    ReadUnitsPerSecond: inner.integer('ReadUnitsPerSecond'),
    WriteUnitsPerSecond: inner.integer('WriteUnitsPerSecond'),
  }));

const readEncryption = (reader: PropertyReader): CreateTableInput['SSESpecification'] =>
  reader.object('SSESpecification', (inner) => ({
    Enabled: inner.boolean('SSEEnabled'),
    SSEType: inner.oneOf('SSEType', ['KMS', 'AES256'] as const),
    KMSMasterKeyId: inner.text('KMSMasterKeyId'),
  }));
