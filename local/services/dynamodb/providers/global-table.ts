/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { ResourceRequest, Unsupported } from '../../../kernel/provider.ts';
import {
  optional,
  policyText,
  readDefinitions,
  readKeySchema,
  readProjection,
  readRecovery,
  readTags,
  readTtl,
  type TableProperties,
  VIEWS,
} from './table-properties.ts';

/** The replica of this Region; the others are named at start and not made. */
export function readGlobalTable(reader: PropertyReader, region: string): TableProperties {
  const replicas = reader.objects('Replicas', (replica) => ({
    region: replica.requiredText('Region'),
    tableClass: replica.oneOf('TableClass', ['STANDARD', 'STANDARD_INFREQUENT_ACCESS'] as const),
    protection: replica.boolean('DeletionProtectionEnabled'),
    insights: replica.object('ContributorInsightsSpecification', (inner) => inner.boolean('Enabled')) ?? false,
    recovery: readRecovery(replica),
    key: replica.object('SSESpecification', (inner) => inner.text('KMSMasterKeyId')),
    policy: replica.object('ResourcePolicy', policyText),
    tags: readTags(replica),
  }));
  const own = replicas.find((replica) => replica.region === region);
  if (!own) reader.refuse(['Replicas'], `Replicas must have one in ${region}, the Region of the stack`);
  const view = reader.object('StreamSpecification', (inner) => inner.oneOf('StreamViewType', VIEWS));
  const encrypted = reader.object('SSESpecification', (inner) => inner.boolean('SSEEnabled') ?? false);
  return {
    name: reader.text('TableName'),
    table: {
      AttributeDefinitions: readDefinitions(reader),
      KeySchema: readKeySchema(reader),
      // Provisioned throughput of a global table scales by itself: here nothing is ever too much.
      BillingMode: 'PAY_PER_REQUEST',
      GlobalSecondaryIndexes: optional(reader.objects('GlobalSecondaryIndexes', readIndex)),
      LocalSecondaryIndexes: optional(reader.objects('LocalSecondaryIndexes', readIndex)),
      ...(view && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
      ...(encrypted !== undefined && {
        SSESpecification: { Enabled: encrypted, SSEType: 'KMS' as const, ...(own?.key && { KMSMasterKeyId: own.key }) },
      }),
      DeletionProtectionEnabled: own?.protection,
      TableClass: own?.tableClass,
      ResourcePolicy: own?.policy,
    },
    ttl: readTtl(reader),
    recovery: own?.recovery ?? { enabled: false, days: undefined },
    insights: own?.insights ? [''] : [],
    streamPolicy: undefined,
    tags: own?.tags ?? [],
  };
}

const readIndex = (index: PropertyReader) => ({
  IndexName: index.requiredText('IndexName'),
  KeySchema: readKeySchema(index),
  Projection: index.object('Projection', readProjection),
});

export function globalTableFindings({ properties }: ResourceRequest, region: string): Unsupported[] {
  const { Replicas: replicas, BillingMode } = properties;
  const elsewhere = (Array.isArray(replicas) ? replicas : []).flatMap((replica, index): Unsupported[] => {
    const there = (replica as { Region?: unknown } | null)?.Region;
    if (there === region) return [];
    return [
      { path: ['Replicas', index], message: `there is no replica in ${String(there)}: there is one Region here` },
    ];
  });
  if (BillingMode !== 'PROVISIONED') return elsewhere;
  return [
    ...elsewhere,
    { path: ['BillingMode'], message: 'provisioned throughput is not scaled: the table is on demand' },
  ];
}
