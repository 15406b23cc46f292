/** AWS::DynamoDB::Table, and AWS::DynamoDB::GlobalTable as far as it has one replica, here. */
import type {
  CreateTableInput,
  GlobalSecondaryIndexUpdate,
  LocalSecondaryIndexDescription,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../../kernel/aws-error.ts';
import { readProperties } from '../../../kernel/property-reader.ts';
import type {
  ExistingResource,
  Provider,
  ResourceRequest,
  ResourceResult,
  Unsupported,
} from '../../../kernel/provider.ts';
import { documentFindings } from '../../../policy/iam/findings.ts';
import type { Room } from '../room.ts';
import { setRecovery, setTimeToLive } from '../settings/settings.ts';
import { checkTags } from '../settings/tags.ts';
import { viewOf } from '../tables/definition.ts';
import { describe } from '../tables/description.ts';
import { encryptionOf } from '../tables/encryption.ts';
import { createTable, deleteTable, updateTable } from '../tables/lifecycle.ts';
import type { Table } from '../tables/table.ts';
import type { OpenTable } from '../tables/tables.ts';
import { globalTableFindings, readGlobalTable } from './global-table.ts';
import { readTable, type TableProperties } from './table-properties.ts';

export function providers(room: Room): Record<string, Provider> {
  return {
    'AWS::DynamoDB::Table': tableProvider(room, (request) => readProperties(request, readTable), tableFindings),
    'AWS::DynamoDB::GlobalTable': tableProvider(
      room,
      (request) => readProperties(request, (reader) => readGlobalTable(reader, room.region)),
      (request) => globalTableFindings(request, room.region),
    ),
  };
}

type Read = (request: ResourceRequest) => TableProperties;

function tableProvider(room: Room, read: Read, unsupported: NonNullable<Provider['unsupported']>): Provider {
  const { tables } = room;

  async function make(request: ResourceRequest, name: string): Promise<ResourceResult> {
    const properties = read(request);
    // What a crash left behind of this very resource is taken over: it is made again.
    const left = request.interrupted ? tables.find(name) : undefined;
    if (left) deleteTable(room, { ...left, deletionProtection: false });
    const encryption = await encryptionOf(room, properties.table.SSESpecification);
    createTable(room, { ...properties.table, TableName: name, Tags: [...properties.tags] }, encryption);
    settle(request, properties, name);
    return result(tables.get(name));
  }

  /** What CreateTable does not take. */
  function settle(request: ResourceRequest, properties: TableProperties, name: string): void {
    const { ttl, recovery, insights, streamPolicy, tags } = properties;
    const wanted = ttl?.enabled ? ttl.attribute : undefined;
    const current = tables.get(name).ttl?.attribute;
    if (current !== undefined && current !== wanted) setTimeToLive(room, tables.get(name), current, false);
    if (wanted !== undefined && current !== wanted) setTimeToLive(room, tables.get(name), wanted, true);
    setRecovery(room, tables.get(name), recovery.enabled, recovery.days);
    const { ResourcePolicy: text } = properties.table;
    const table = tables.get(name);
    const place = {
      stackName: request.stackName,
      logicalId: request.logicalId,
      path: ['ResourcePolicy', 'PolicyDocument'],
    };
    tables.put({
      ...table,
      contributorInsights: insights,
      tags: checkTags(tags),
      policy: text === undefined ? undefined : { text, revision: table.policy?.revision ?? table.id, place },
      streamPolicy: streamPolicy === undefined ? undefined : { text: streamPolicy, revision: table.id },
    });
  }

  return {
    create: (request) => make(request, read(request).name ?? request.generatedName),
    async update(request, existing) {
      const properties = read(request);
      const table = tables.find(existing.physicalId);
      if (!table) return make(request, properties.name ?? request.generatedName);
      if ((properties.name ?? existing.physicalId) !== existing.physicalId) return make(request, properties.name!);
      if (isReplaced(table, properties.table)) {
        if (properties.name === undefined) return make(request, request.replacementName);
        throw new AwsError(
          'ValidationException',
          `CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename ${properties.name} and update the stack again.`,
        );
      }
      await change(room, table, properties);
      settle(request, properties, table.name);
      return result(tables.get(table.name));
    },
    delete({ physicalId }: ExistingResource) {
      const table = tables.find(physicalId);
      if (table) deleteTable(room, table);
    },
    unsupported,
  };
}

function result({ name, arn, id, stream }: Table): ResourceResult {
  return {
    physicalId: name,
    attributes: { Arn: arn, TableId: id, ...(stream?.enabled && { StreamArn: stream.arn }) },
  };
}

/** Another key, or other local indexes, are another table. */
function isReplaced(table: OpenTable, wanted: Omit<CreateTableInput, 'TableName'>): boolean {
  const described = describe(table, {});
  const types = new Map(
    wanted.AttributeDefinitions?.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  const retyped = described.AttributeDefinitions!.some(
    ({ AttributeName, AttributeType }) =>
      [...table.keys.hash, ...table.keys.range].some(({ name }) => name === AttributeName) &&
      types.get(AttributeName) !== AttributeType,
  );
  const locals = (list: readonly LocalSecondaryIndexDescription[] | undefined) =>
    JSON.stringify(
      (list ?? []).map(({ IndexName, KeySchema, Projection }) => [
        IndexName,
        KeySchema?.map(({ AttributeName, KeyType }) => [AttributeName, KeyType]),
        Projection?.ProjectionType,
        Projection?.NonKeyAttributes ?? [],
      ]),
    );
  const keys = (list: CreateTableInput['KeySchema']) =>
    JSON.stringify(list?.map(({ AttributeName, KeyType }) => [AttributeName, KeyType]));
  return (
    retyped ||
    keys(described.KeySchema) !== keys(wanted.KeySchema) ||
    locals(described.LocalSecondaryIndexes) !== locals(wanted.LocalSecondaryIndexes)
  );
}

/** One UpdateTable for all that changes at once, then one for each index that comes or goes, as there. */
async function change(room: Room, table: OpenTable, { table: wanted }: TableProperties): Promise<void> {
  const TableName = table.name;
  const fresh = () => room.tables.get(TableName);
  const encryption = await encryptionOf(room, wanted.SSESpecification);
  const { creates, deletes, updates } = indexChanges(table, wanted);
  const AttributeDefinitions = wanted.AttributeDefinitions;
  for (const update of deletes) updateTable(room, { TableName, GlobalSecondaryIndexUpdates: [update] }, 'kept');
  const billing = wanted.BillingMode ?? 'PROVISIONED';
  const view = viewOf(wanted.StreamSpecification);
  const { stream } = fresh();
  // A stream that gives other views is another stream.
  if (stream?.enabled && stream.view !== view) {
    updateTable(room, { TableName, StreamSpecification: { StreamEnabled: false } }, 'kept');
  }
  const restarts = view !== undefined && (!stream?.enabled || stream.view !== view);
  const { ProvisionedThroughput: throughput } = wanted;
  const sameThroughput =
    throughput?.ReadCapacityUnits === table.throughput?.read &&
    throughput?.WriteCapacityUnits === table.throughput?.write;
  updateTable(
    room,
    {
      TableName,
      BillingMode: billing,
      ...(throughput && !(sameThroughput && billing === table.billing) && { ProvisionedThroughput: throughput }),
      ...(restarts && { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
      TableClass: wanted.TableClass ?? 'STANDARD',
      DeletionProtectionEnabled: wanted.DeletionProtectionEnabled ?? false,
      OnDemandThroughput: wanted.OnDemandThroughput ?? { MaxReadRequestUnits: -1, MaxWriteRequestUnits: -1 },
      ...(wanted.WarmThroughput && { WarmThroughput: wanted.WarmThroughput }),
      ...(updates.length > 0 && { GlobalSecondaryIndexUpdates: updates }),
    },
    encryption,
  );
  for (const update of creates) {
    updateTable(room, { TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: [update] }, 'kept');
  }
}

function indexChanges(table: OpenTable, wanted: Omit<CreateTableInput, 'TableName'>) {
  const shape = ({ KeySchema, Projection }: LocalSecondaryIndexDescription): string => {
    return JSON.stringify([
      KeySchema?.map(({ AttributeName, KeyType }) => [AttributeName, KeyType]),
      Projection?.ProjectionType,
      Projection?.NonKeyAttributes ?? [],
    ]);
  };
  const before = new Map(
    (describe(table, {}).GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName!, shape(index)]),
  );
  const after = new Map((wanted.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName!, index]));
  const deletes: GlobalSecondaryIndexUpdate[] = [];
  const creates: GlobalSecondaryIndexUpdate[] = [];
  const updates: GlobalSecondaryIndexUpdate[] = [];
  for (const [name, old] of before) {
    const index = after.get(name);
    if (!index || shape(index) !== old) deletes.push({ Delete: { IndexName: name } });
    else if (index.ProvisionedThroughput || index.OnDemandThroughput) {
      const { ProvisionedThroughput, OnDemandThroughput } = index;
      updates.push({ Update: { IndexName: name, ProvisionedThroughput, OnDemandThroughput } });
    }
  }
  for (const [name, index] of after) if (before.get(name) !== shape(index)) creates.push({ Create: index });
  return { creates, deletes, updates };
}

async function tableFindings({ properties }: ResourceRequest): Promise<Unsupported[]> {
  const named = (name: string, message: string): Unsupported[] =>
    properties[name] === undefined ? [] : [{ path: [name], message }];
  return [
    ...named('KinesisStreamSpecification', 'changes are not sent to a Kinesis data stream: there are none here'),
    ...named('ImportSourceSpecification', 'nothing is imported from S3: the table is empty'),
    ...(await policyFindings(properties['ResourcePolicy'])),
  ];
}

async function policyFindings(policy: unknown): Promise<readonly Unsupported[]> {
  const document = (policy as { PolicyDocument?: never } | undefined)?.PolicyDocument;
  if (document === undefined) return [];
  return documentFindings(document, 'resource', ['ResourcePolicy', 'PolicyDocument']);
}
