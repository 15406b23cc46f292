/** The operations on tables themselves, and on the account's limits. */
import type { DeleteTableInput, DescribeTableInput, ListTablesInput, UpdateTableInput } from '@aws-sdk/client-dynamodb';
import type { Operation, Requirement } from '../../../kernel/service.ts';
import { invalidParameter, validationError } from '../errors.ts';
import { onTable, resourceOf } from '../requirements.ts';
import type { Room, With } from '../room.ts';
import type { TableInput } from './definition.ts';
import { describe } from './description.ts';
import { encryptionOf, keyRequirements } from './encryption.ts';
import { createTable, deleteTable, existing, updateTable } from './lifecycle.ts';

type OnTable<T> = T & { readonly TableName: string };

export function tableOperations(room: Room): Record<string, Operation> {
  const { tables, region } = room;

  const create: Operation<TableInput> = {
    requires(input) {
      const tags = input.Tags ?? [];
      const resource = resourceOf(tables, input.TableName);
      const keys = {
        'aws:TagKeys': tags.map(({ Key = '' }) => Key),
        ...Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
      };
      const context = tags.length > 0 ? { context: keys } : {};
      const needed: Requirement[] = [{ action: 'dynamodb:CreateTable', resource, ...context }];
      if (tags.length > 0) needed.push({ action: 'dynamodb:TagResource', resource, ...context });
      if (input.ResourcePolicy !== undefined) needed.push({ action: 'dynamodb:PutResourcePolicy', resource });
      return [...needed, ...keyRequirements(input.SSESpecification, room)];
    },
    async handle(input) {
      const encryption = await encryptionOf(room, input.SSESpecification);
      return { TableDescription: createTable(room, input, encryption) };
    },
  };

  const update: Operation<OnTable<UpdateTableInput>> = {
    requires: (input) => [
      onTable(tables, 'UpdateTable', input.TableName),
      ...keyRequirements(input.SSESpecification, room),
    ],
    async handle(input) {
      refuseReplicas(input);
      const given = input.SSESpecification;
      const encryption = given ? await encryptionOf(room, given) : 'kept';
      return { TableDescription: updateTable(room, input, encryption) };
    },
  };

  const describeTable: Operation<With<DescribeTableInput, 'TableName'>> = {
    requires: (input) => [onTable(tables, 'DescribeTable', input.TableName)],
    handle(input) {
      const table = existing(room, input.TableName);
      return { Table: describe(table, tables.extents(table)) };
    },
  };

  const remove: Operation<With<DeleteTableInput, 'TableName'>> = {
    requires: (input) => [onTable(tables, 'DeleteTable', input.TableName)],
    handle: (input) => ({ TableDescription: deleteTable(room, existing(room, input.TableName)) }),
  };

  const list: Operation<ListTablesInput> = {
    requires: () => [{ action: 'dynamodb:ListTables', resource: '*' }],
    handle({ ExclusiveStartTableName: after = '', Limit = 100 }) {
      const names = tables.all().flatMap(({ name }) => (name > after ? [name] : []));
      const page = names.slice(0, Limit);
      return { TableNames: page, ...(names.length > page.length && { LastEvaluatedTableName: page.at(-1) }) };
    },
  };

  const limits: Operation = {
    requires: () => [{ action: 'dynamodb:DescribeLimits', resource: '*' }],
    handle: () => ({
      AccountMaxReadCapacityUnits: 80_000,
      AccountMaxWriteCapacityUnits: 80_000,
      TableMaxReadCapacityUnits: 40_000,
      TableMaxWriteCapacityUnits: 40_000,
    }),
  };

  const endpoints: Operation = {
    requires: () => [{ action: 'dynamodb:DescribeEndpoints', resource: '*' }],
    handle: () => ({ Endpoints: [{ Address: `dynamodb.${region}.amazonaws.com`, CachePeriodInMinutes: 1440 }] }),
  };

  return {
    CreateTable: create,
    UpdateTable: update,
    DescribeTable: describeTable,
    DeleteTable: remove,
    ListTables: list,
    DescribeLimits: limits,
    DescribeEndpoints: endpoints,
  };
}

function refuseReplicas(input: UpdateTableInput): void {
  for (const member of ['ReplicaUpdates', 'MultiRegionConsistency', 'GlobalTableWitnessUpdates'] as const) {
    if (input[member] !== undefined) throw invalidParameter(`${member} is not emulated here: there is one Region`);
  }
  const { AttributeDefinitions: _, TableName, ...changes } = input;
  if (Object.values(changes).some((value) => value !== undefined)) return;
  throw validationError(
    `At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, GlobalSecondaryIndexUpdates or SSESpecification or ReplicaUpdates is required`,
  );
}
