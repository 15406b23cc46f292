/** PutItem, GetItem, UpdateItem and DeleteItem. */
import type {
  DeleteItemInput,
  GetItemInput,
  ItemCollectionMetrics,
  PutItemInput,
  UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { pick, project } from '../expressions/project.ts';
import { addPaths, attributesOfWrite, onItems } from '../requirements.ts';
import type { Room, With } from '../room.ts';
import type { OpenTable } from '../tables/tables.ts';
import { type Item, sizeOfItem } from '../values/attribute-value.ts';
import { readCost, readUnits, told, writeCost } from './capacity.ts';
import { checkKey, deepPaths, primaryKey, refuseBelowKeys } from './keys.ts';
import { perform, type Write, type Written } from './one-write.ts';
import { checkReturnValues, prepareDelete, prepareGet, preparePut, prepareUpdate } from './prepare.ts';

type PutInput = With<PutItemInput, 'TableName'>;
type UpdateInput = With<UpdateItemInput, 'TableName'>;
type DeleteInput = With<DeleteItemInput, 'TableName'>;
type GetInput = With<GetItemInput, 'TableName'>;

export function itemOperations(room: Room): Record<string, Operation> {
  const { tables, writer, metrics, store } = room;

  const needs = (action: string, input: PutInput | UpdateInput | DeleteInput, write: Write) => {
    const keys = [write.kind === 'put' ? write.item : write.key];
    return [onItems(tables, action, input.TableName, { keys, attributes: attributesOfWrite(write), input })];
  };

  function run(operation: string, input: PutInput | UpdateInput | DeleteInput, write: Write) {
    const startedAt = performance.now();
    const table = tables.get(input.TableName);
    let written: Written;
    try {
      written = store.transaction(() => perform(writer, table, write));
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ConditionalCheckFailedException') {
        metrics.conditionFailed(table.name);
      }
      throw error;
    }
    const consumed = writeCost(written.cost, table.indexes);
    metrics.consumed(table.name, consumed);
    metrics.succeeded(table.name, operation, performance.now() - startedAt);
    const capacity = told(input.ReturnConsumedCapacity, table.name, consumed);
    const collection = collectionMetrics(table, input, write.kind === 'put' ? write.item : write.key);
    const told_ = {
      ...(capacity && { ConsumedCapacity: capacity }),
      ...(collection && { ItemCollectionMetrics: collection }),
    };
    return { written, told: told_ };
  }

  const putItem: Operation<PutInput> = {
    requires: (input) => needs('PutItem', input, preparePut(input)),
    handle(input) {
      checkReturnValues('put', input.ReturnValues);
      const { written, told } = run('PutItem', input, preparePut(input));
      return { ...(input.ReturnValues === 'ALL_OLD' && written.before && { Attributes: written.before }), ...told };
    },
  };

  const deleteItem: Operation<DeleteInput> = {
    requires: (input) => needs('DeleteItem', input, prepareDelete(input)),
    handle(input) {
      checkReturnValues('delete', input.ReturnValues);
      const { written, told } = run('DeleteItem', input, prepareDelete(input));
      return { ...(input.ReturnValues === 'ALL_OLD' && written.before && { Attributes: written.before }), ...told };
    },
  };

  const updateItem: Operation<UpdateInput> = {
    requires: (input) => needs('UpdateItem', input, prepareUpdate(input)),
    handle(input) {
      const write = prepareUpdate(input);
      const { written, told } = run('UpdateItem', input, write);
      const Attributes = updatedAttributes(input.ReturnValues, write, written);
      return { ...(Attributes && { Attributes }), ...told };
    },
  };

  const getItem: Operation<GetInput> = {
    requires(input) {
      const { key, paths } = prepareGet(input);
      const attributes = new Set(Object.keys(key));
      addPaths(attributes, paths);
      return [onItems(tables, 'GetItem', input.TableName, { keys: [key], attributes, input })];
    },
    handle(input) {
      const startedAt = performance.now();
      const { key, paths } = prepareGet(input);
      const table = tables.get(input.TableName);
      checkKey(table, key);
      if (paths) refuseBelowKeys(table, deepPaths(paths, undefined));
      const item = table.items.get(primaryKey(table, key));
      const consumed = readCost(readUnits(item ? sizeOfItem(item) : 0, input.ConsistentRead));
      metrics.consumed(table.name, consumed);
      metrics.succeeded(table.name, 'GetItem', performance.now() - startedAt);
      const capacity = told(input.ReturnConsumedCapacity, table.name, consumed);
      return {
        ...(item && { Item: paths ? project(item, paths) : item }),
        ...(capacity && { ConsumedCapacity: capacity }),
      };
    },
  };

  return { PutItem: putItem, GetItem: getItem, UpdateItem: updateItem, DeleteItem: deleteItem };
}

function updatedAttributes(wanted: string | undefined, write: Write, { before, after }: Written): Item | undefined {
  if (write.kind !== 'update') return undefined;
  const paths = write.actions.map(({ path }) => path);
  const some = (item: Item | undefined) => {
    const part = item && project(item, paths);
    return part && Object.keys(part).length > 0 ? part : undefined;
  };
  switch (wanted) {
    case 'ALL_OLD':
      return before;
    case 'ALL_NEW':
      return after;
    case 'UPDATED_OLD':
      return some(before);
    case 'UPDATED_NEW':
      return some(after);
    default:
      return undefined;
  }
}

/** Of tables with local indexes, whose partitions may hold 10 GB. */
export function collectionMetrics(
  table: OpenTable,
  { ReturnItemCollectionMetrics: asked }: Pick<PutItemInput, 'ReturnItemCollectionMetrics'>,
  item: Item,
): ItemCollectionMetrics | undefined {
  if (asked !== 'SIZE' || !table.indexes.some(({ kind }) => kind === 'local')) return undefined;
  const ItemCollectionKey = pick(
    item,
    table.keys.hash.map(({ name }) => name),
  );
  return {
    ItemCollectionKey: ItemCollectionKey as NonNullable<ItemCollectionMetrics['ItemCollectionKey']>,
    SizeEstimateRangeGB: [0, 1],
  };
}
