/** BatchGetItem and BatchWriteItem: many items of many tables, each for itself. */
import type {
  BatchGetItemInput,
  BatchWriteItemInput,
  ConsumedCapacity,
  ItemCollectionMetrics,
  KeysAndAttributes,
  WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Operation } from '../../../kernel/service.ts';
import { validationError } from '../errors.ts';
import { project } from '../expressions/project.ts';
import { type Expressions, readExpressions } from '../expressions/read-expressions.ts';
import { addPaths, attributesOfWrite, onItems } from '../requirements.ts';
import { once, type Room } from '../room.ts';
import type { OpenTable } from '../tables/tables.ts';
import { type Item, sizeOfItem } from '../values/attribute-value.ts';
import { normaliseItem } from '../values/normalise.ts';
import { type Consumed, readCost, readUnits, sumOf, told, writeCost } from './capacity.ts';
import { collectionMetrics } from './item-operations.ts';
import { checkKey, checkKeyOf, deepPaths, primaryKey, refuseBelowKeys } from './keys.ts';
import { pathsToGet } from './legacy.ts';
import { checkParameters } from './mixed-parameters.ts';
import { placeOf, type Write } from './one-write.ts';

const MOST_READ = 100;
const MOST_WRITTEN = 25;
const MOST_BYTES = 16 * 1024 * 1024;

type GetInput = BatchGetItemInput & { RequestItems: Record<string, KeysAndAttributes & { Keys: Item[] }> };
type WriteInput = BatchWriteItemInput & { RequestItems: Record<string, WriteRequest[]> };

const prepareGets = once(({ RequestItems }: GetInput) => {
  const asked = Object.entries(RequestItems).map(([name, part]) => {
    checkParameters(part, ['ProjectionExpression'], ['AttributesToGet']);
    const keys = part.Keys.map(normaliseItem);
    const paths = readExpressions(part as Expressions).projection ?? pathsToGet(part.AttributesToGet);
    return { name, part, keys, paths };
  });
  const count = asked.reduce((sum, { keys }) => sum + keys.length, 0);
  if (count > MOST_READ) throw validationError('Too many items requested for the BatchGetItem call');
  return asked;
});

const prepareWrites = once(({ RequestItems }: WriteInput) => {
  const asked = Object.entries(RequestItems).map(([name, requests]) => ({
    name,
    requests,
    writes: requests.map(writeOf),
  }));
  const count = asked.reduce((sum, { writes }) => sum + writes.length, 0);
  if (count > MOST_WRITTEN) throw validationError('Too many items requested for the BatchWriteItem call');
  return asked;
});

function writeOf({ PutRequest: put, DeleteRequest: remove }: WriteRequest): Write {
  if ((put === undefined) === (remove === undefined)) {
    throw validationError(
      'Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes',
    );
  }
  if (put) return { kind: 'put', item: normaliseItem(put.Item as Item) };
  return { kind: 'delete', key: normaliseItem(remove!.Key as Item) };
}

/** Each place of a table once. */
function refuseTwice(places: readonly Buffer[]): void {
  if (new Set(places.map((place) => place.toString('latin1'))).size < places.length) {
    throw validationError('Provided list of item keys contains duplicates');
  }
}

export function batchOperations(room: Room): Record<string, Operation> {
  const { tables, writer, store, metrics } = room;

  const batchGetItem: Operation<GetInput> = {
    requires: (input) =>
      prepareGets(input).map(({ name, keys, paths }) => {
        const attributes = new Set(keys.flatMap((key) => Object.keys(key)));
        addPaths(attributes, paths);
        return onItems(tables, 'BatchGetItem', name, { keys, attributes, input });
      }),
    handle(input) {
      const startedAt = performance.now();
      const places = prepareGets(input).map((asked) => {
        const table = tables.get(asked.name);
        for (const key of asked.keys) checkKey(table, key);
        if (asked.paths) refuseBelowKeys(table, deepPaths(asked.paths, undefined));
        const at = asked.keys.map((key) => primaryKey(table, key));
        refuseTwice(at);
        return { ...asked, table, at };
      });
      let bytes = 0;
      const Responses: Record<string, Item[]> = {};
      const UnprocessedKeys: Record<string, KeysAndAttributes> = {};
      const capacities: ConsumedCapacity[] = [];
      for (const { name, part, table, keys, at, paths } of places) {
        const found: Item[] = [];
        const costs: Consumed[] = [];
        for (const [index, place] of at.entries()) {
          const item = table.items.get(place);
          const size = item ? sizeOfItem(item) : 0;
          if (bytes + size > MOST_BYTES) {
            UnprocessedKeys[name] = { ...part, Keys: keys.slice(index) as KeysAndAttributes['Keys'] };
            // What comes after does not fit either.
            bytes = MOST_BYTES;
            break;
          }
          bytes += size;
          costs.push(readCost(readUnits(size, part.ConsistentRead)));
          if (item) found.push(paths ? project(item, paths) : item);
        }
        Responses[name] = found;
        if (costs.length === 0) continue;
        const consumed = sumOf(costs);
        metrics.consumed(table.name, consumed);
        metrics.succeeded(table.name, 'BatchGetItem', performance.now() - startedAt);
        metrics.returned(table.name, 'BatchGetItem', found.length);
        const capacity = told(input.ReturnConsumedCapacity, table.name, consumed);
        if (capacity) capacities.push(capacity);
      }
      return { Responses, UnprocessedKeys, ...(capacities.length > 0 && { ConsumedCapacity: capacities }) };
    },
  };

  function checkedWrites(input: WriteInput) {
    return prepareWrites(input).map(({ name, writes }) => {
      const table: OpenTable = tables.get(name);
      for (const write of writes) if (write.kind === 'put') checkKeyOf(table, write.item);
      const at = writes.map((write) => placeOf(table, write));
      refuseTwice(at);
      return { name, table, writes, at };
    });
  }

  const batchWriteItem: Operation<WriteInput> = {
    requires: (input) =>
      prepareWrites(input).map(({ name, writes }) => {
        const keys = writes.flatMap((write) =>
          write.kind === 'put' ? [write.item] : 'key' in write ? [write.key] : [],
        );
        const attributes = new Set(writes.flatMap((write) => [...attributesOfWrite(write)]));
        return onItems(tables, 'BatchWriteItem', name, { keys, attributes, input });
      }),
    handle(input) {
      const startedAt = performance.now();
      const all = checkedWrites(input);
      const capacities: ConsumedCapacity[] = [];
      const collections: Record<string, ItemCollectionMetrics[]> = {};
      store.transaction(() => {
        for (const { name, table, writes, at } of all) {
          const costs = writes.map((write, index) => {
            const key = at[index]!;
            const after = write.kind === 'put' ? write.item : undefined;
            return writeCost(writer.write({ table, key, before: table.items.get(key), after }), table.indexes);
          });
          const consumed = sumOf(costs);
          metrics.consumed(table.name, consumed);
          metrics.succeeded(table.name, 'BatchWriteItem', performance.now() - startedAt);
          const capacity = told(input.ReturnConsumedCapacity, table.name, consumed);
          if (capacity) capacities.push(capacity);
          const touched = writes.flatMap((write) => {
            const item = write.kind === 'put' ? write.item : 'key' in write ? write.key : {};
            return collectionMetrics(table, input, item) ?? [];
          });
          if (touched.length > 0) collections[name] = touched;
        }
      });
      return {
        UnprocessedItems: {},
        ...(Object.keys(collections).length > 0 && { ItemCollectionMetrics: collections }),
        ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
      };
    },
  };

  return { BatchGetItem: batchGetItem, BatchWriteItem: batchWriteItem };
}
