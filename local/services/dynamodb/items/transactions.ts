/**
 * TransactWriteItems and TransactGetItems: all or nothing.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
 */
import { createHash } from 'node:crypto';
import type {
  CancellationReason,
  ItemCollectionMetrics,
  TransactGetItem,
  TransactGetItemsInput,
  TransactWriteItem,
  TransactWriteItemsInput,
} from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Operation } from '../../../kernel/service.ts';
import { invalidParameter, validationError } from '../errors.ts';
import { project } from '../expressions/project.ts';
import { addPaths, attributesOfWrite, onItems } from '../requirements.ts';
import { once, type Room } from '../room.ts';
import type { OpenTable } from '../tables/tables.ts';
import { sizeOfItem } from '../values/attribute-value.ts';
import { type Consumed, readCost, readUnits, sumOf, told, writeCost } from './capacity.ts';
import { collectionMetrics } from './item-operations.ts';
import { checkKey, deepPaths, primaryKey, refuseBelowKeys } from './keys.ts';
import { outcomeOf, placeOf, type Write } from './one-write.ts';
import { prepareCheck, prepareDelete, prepareGet, preparePut, prepareUpdate } from './prepare.ts';

const MOST_BYTES = 4 * 1024 * 1024;
const TOKEN_MS = 600_000;

type WriteInput = TransactWriteItemsInput & { TransactItems: TransactWriteItem[] };
type GetInput = TransactGetItemsInput & { TransactItems: TransactGetItem[] };

interface Part {
  readonly action: 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem';
  readonly tableName: string;
  readonly write: Write;
}

/** What was done under a token, and what it cost. */
interface Done {
  readonly digest: string;
  readonly until: number;
  /** Units by table: reading it again costs as much as it wrote. */
  readonly units: readonly (readonly [table: string, units: number])[];
}

const prepareWrites = once(({ TransactItems }: WriteInput): readonly Part[] => TransactItems.map(partOf));

function partOf({ Put, Update, Delete, ConditionCheck }: TransactWriteItem): Part {
  const given = [Put, Update, Delete, ConditionCheck].filter((part) => part !== undefined);
  if (given.length !== 1) {
    throw validationError('TransactItems can only contain one of Check, Put, Update or Delete');
  }
  const tableName = given[0]!.TableName!;
  if (Put) return { action: 'PutItem', tableName, write: preparePut(Put) };
  if (Update) return { action: 'UpdateItem', tableName, write: prepareUpdate(Update) };
  if (Delete) return { action: 'DeleteItem', tableName, write: prepareDelete(Delete) };
  return { action: 'ConditionCheckItem', tableName, write: prepareCheck(ConditionCheck!) };
}

const prepareGets = once(({ TransactItems }: GetInput) =>
  TransactItems.map(({ Get }) => {
    if (!Get) throw invalidParameter('Get must not be null');
    return { name: Get.TableName!, ...prepareGet(Get) };
  }),
);

function refuseTwice(places: readonly { readonly table: OpenTable; readonly place: Buffer }[]): void {
  const all = new Set(places.map(({ table, place }) => `${table.id} ${place.toString('latin1')}`));
  if (all.size < places.length) {
    throw validationError('Transaction request cannot include multiple operations on one item');
  }
}

export function transactionOperations(room: Room): Record<string, Operation> {
  const { tables, writer, store, clock, metrics } = room;
  const tokens = store.collection<Done>('dynamodb', 'client-tokens');
  let sweptAt = 0;

  /** Tokens whose ten minutes are over are forgotten, now and then. */
  function sweepTokens(): void {
    if (clock.now() - sweptAt < TOKEN_MS) return;
    sweptAt = clock.now();
    for (const { key, value } of tokens.list()) if (value.until <= sweptAt) tokens.delete(key);
  }

  function repeated(token: string | undefined, digest: string): Done | undefined {
    const done = token === undefined ? undefined : tokens.get(token);
    if (!done || done.until <= clock.now()) return undefined;
    if (done.digest === digest) return done;
    throw new AwsError(
      'IdempotentParameterMismatchException',
      'DynamoDB Transaction: the same ClientRequestToken was used with different parameters',
    );
  }

  const transactWriteItems: Operation<WriteInput> = {
    requires: (input) =>
      prepareWrites(input).map(({ action, tableName, write }) =>
        onItems(tables, action, tableName, {
          keys: [write.kind === 'put' ? write.item : write.key],
          attributes: attributesOfWrite(write),
          input: {
            ReturnConsumedCapacity: input.ReturnConsumedCapacity,
            ReturnValues: write.onFailure,
          },
          enclosing: 'TransactWriteItems',
        }),
      ),
    handle(input) {
      const startedAt = performance.now();
      const digest = input.ClientRequestToken === undefined ? '' : digestOf(input);
      const parts = prepareWrites(input).map((part) => ({ ...part, table: tables.get(part.tableName) }));
      const before = repeated(input.ClientRequestToken, digest);
      if (before) return answerAgain(input, before);
      const placed = parts.map((part) => ({ ...part, place: checkedPlace(part.table, part.write) }));
      refuseTwice(placed);
      const results = store.transaction(() => {
        const outcomes = allOutcomes(placed);
        const bytes = outcomes.reduce((sum, { after }) => sum + (after ? sizeOfItem(after) : 0), 0);
        if (bytes > MOST_BYTES) throw validationError('Collection size has exceeded the maximum allowed size');
        const costs = placed.map(({ table, place, write }, index) => {
          const outcome = outcomes[index]!;
          const cost =
            write.kind === 'check'
              ? { table: Math.max(1, Math.ceil((outcome.before ? sizeOfItem(outcome.before) : 0) / 1024)), indexes: {} }
              : writer.write({ table, key: place, ...outcome });
          return writeCost(cost, table.indexes, 2);
        });
        const byTable = grouped(placed.map(({ table }, index) => ({ table, cost: costs[index]! })));
        if (input.ClientRequestToken !== undefined) {
          sweepTokens();
          const units = byTable.map(({ table, consumed }) => [table.name, consumed.table] as const);
          tokens.put(input.ClientRequestToken, { digest, until: clock.now() + TOKEN_MS, units });
        }
        return byTable;
      });
      for (const { table, consumed } of results) {
        metrics.consumed(table.name, consumed);
        metrics.succeeded(table.name, 'TransactWriteItems', performance.now() - startedAt);
      }
      const capacities = results.flatMap(
        ({ table, consumed }) => told(input.ReturnConsumedCapacity, table.name, consumed, true) ?? [],
      );
      const collections = collectionsOf(input, placed);
      return {
        ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
        ...(Object.keys(collections).length > 0 && { ItemCollectionMetrics: collections }),
      };
    },
  };

  /** Throws TransactionCanceledException when any of them cannot be; nothing has been written by then. */
  function allOutcomes(placed: readonly { table: OpenTable; write: Write; place: Buffer }[]) {
    const reasons: CancellationReason[] = [];
    const outcomes = placed.map(({ table, write, place }) => {
      try {
        const outcome = outcomeOf(table, write, place);
        reasons.push({ Code: 'None' });
        return outcome;
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const failed = error.code === 'ConditionalCheckFailedException';
        if (failed) metrics.conditionFailed(table.name);
        const found = error.members['Item'] as CancellationReason['Item'];
        const Code = failed ? 'ConditionalCheckFailed' : 'ValidationError';
        reasons.push({ Code, Message: error.message, ...(found && { Item: found }) });
        return { before: undefined, after: undefined };
      }
    });
    if (reasons.every(({ Code }) => Code === 'None')) return outcomes;
    const codes = reasons.map(({ Code }) => Code).join(', ');
    throw new AwsError(
      'TransactionCanceledException',
      `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
      { members: { CancellationReasons: reasons } },
    );
  }

  function answerAgain(input: WriteInput, { units }: Done) {
    const capacities = units.flatMap(([table, used]) => {
      const consumed: Consumed = { ...readCost(used), kind: 'read' };
      return told(input.ReturnConsumedCapacity, table, consumed, true) ?? [];
    });
    return capacities.length > 0 ? { ConsumedCapacity: capacities } : {};
  }

  const transactGetItems: Operation<GetInput> = {
    requires: (input) =>
      prepareGets(input).map(({ name, key, paths }) => {
        const attributes = new Set(Object.keys(key));
        addPaths(attributes, paths);
        return onItems(tables, 'GetItem', name, { keys: [key], attributes, input, enclosing: 'TransactGetItems' });
      }),
    handle(input) {
      const startedAt = performance.now();
      const places = prepareGets(input).map(({ name, key, paths }) => {
        const table = tables.get(name);
        checkKey(table, key);
        if (paths) refuseBelowKeys(table, deepPaths(paths, undefined));
        return { table, place: primaryKey(table, key), paths };
      });
      refuseTwice(places);
      let bytes = 0;
      const found = places.map(({ table, place, paths }) => {
        const item = table.items.get(place);
        const size = item ? sizeOfItem(item) : 0;
        bytes += size;
        return {
          table,
          item: item && (paths ? project(item, paths) : item),
          cost: readCost(readUnits(size, true) * 2),
        };
      });
      if (bytes > MOST_BYTES) throw validationError('Collection size has exceeded the maximum allowed size');
      const capacities = grouped(found).flatMap(({ table, consumed }) => {
        metrics.consumed(table.name, consumed);
        metrics.succeeded(table.name, 'TransactGetItems', performance.now() - startedAt);
        return told(input.ReturnConsumedCapacity, table.name, consumed, true) ?? [];
      });
      return {
        Responses: found.map(({ item }) => (item ? { Item: item } : {})),
        ...(capacities.length > 0 && { ConsumedCapacity: capacities }),
      };
    },
  };

  return { TransactWriteItems: transactWriteItems, TransactGetItems: transactGetItems };
}

/** What is wrong with one of a transaction's items is wrong with the request. */
const checkedPlace = (table: OpenTable, write: Write): Buffer => placeOf(table, write);

function grouped(
  parts: readonly { readonly table: OpenTable; readonly cost: Consumed }[],
): { table: OpenTable; consumed: Consumed }[] {
  const byTable = new Map<OpenTable, Consumed[]>();
  for (const { table, cost } of parts) byTable.set(table, [...(byTable.get(table) ?? []), cost]);
  return [...byTable].map(([table, costs]) => ({ table, consumed: sumOf(costs) }));
}

function collectionsOf(
  input: WriteInput,
  placed: readonly { readonly table: OpenTable; readonly write: Write }[],
): Record<string, ItemCollectionMetrics[]> {
  const all: Record<string, ItemCollectionMetrics[]> = {};
  for (const { table, write } of placed) {
    const metrics = collectionMetrics(table, input, write.kind === 'put' ? write.item : write.key);
    if (metrics) all[table.name] = [...(all[table.name] ?? []), metrics];
  }
  return all;
}

/** The same transaction has the same digest, whatever it wants to be told. */
function digestOf({ TransactItems }: WriteInput): string {
  const text = JSON.stringify(TransactItems, (_name, value) => {
    if (ArrayBuffer.isView(value)) return { bytes: Buffer.from(value as Uint8Array).toString('base64') };
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256').update(text).digest('base64');
}
