/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html */
import type { QueryInput } from '@aws-sdk/client-dynamodb';
import type { Operation } from '../../../kernel/service.ts';
import { validationError } from '../errors.ts';
import { type KeyTest, keyTests } from '../expressions/key-conditions.ts';
import { pathsOfCondition } from '../expressions/paths-of.ts';
import type { Condition } from '../expressions/syntax-tree.ts';
import { parameterKeys, resourceOf, textOf } from '../requirements.ts';
import { once, type Room, type With } from '../room.ts';
import { attributesOf, type Index, type KeySchema } from '../tables/table.ts';
import type { OpenTable } from '../tables/tables.ts';
import type { Item } from '../values/attribute-value.ts';
import { type Range, rangeOf } from './key-range.ts';
import { conditionOf, type OldCondition } from './legacy.ts';
import { checkParameters } from './mixed-parameters.ts';
import { answerOf, attributesOfSearch, indexOf, prepareSearch, readPage, type Search, startPlace } from './search.ts';

type Input = With<QueryInput, 'TableName'>;

const prepare = once((input: Input): Search & { readonly tests: ReadonlyMap<string, KeyTest> } => {
  checkParameters(
    input,
    ['ProjectionExpression', 'FilterExpression', 'KeyConditionExpression'],
    ['AttributesToGet', 'QueryFilter', 'ConditionalOperator', 'KeyConditions'],
  );
  if (input.KeyConditions === undefined && input.KeyConditionExpression === undefined) {
    throw validationError(
      'Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.',
    );
  }
  const search = prepareSearch(input, input.QueryFilter as Record<string, OldCondition> | undefined);
  const tests = search.keyCondition
    ? keyTests(search.keyCondition)
    : oldTests(input.KeyConditions as Record<string, OldCondition>);
  return { ...search, tests };
});

function oldTests(conditions: Record<string, OldCondition>): Map<string, KeyTest> {
  const all = Object.entries(conditions).map(([name, condition]): Condition => {
    if (['NULL', 'NOT_NULL', 'NE', 'CONTAINS', 'NOT_CONTAINS', 'IN'].includes(condition.ComparisonOperator ?? '')) {
      throw validationError('Attempted conditional constraint is not an indexable operation');
    }
    return conditionOf(name, condition);
  });
  if (all.length === 0 || all.length > 2) throw validationError('Conditions can be of length 1 or 2 only');
  return keyTests(all.reduce((left, right) => ({ kind: 'and', left, right })));
}

export function queryOperation({ tables, metrics }: Room): Operation<Input> {
  return {
    requires(input) {
      const search = prepare(input);
      const table = tables.find(input.TableName);
      const keys = table && (table.indexes.find(({ name }) => name === input.IndexName)?.keys ?? table.keys);
      const test = keys && search.tests.get(keys.hash[0]!.name);
      const leading = test?.kind === 'compare' ? textOf(test.value) : undefined;
      const attributes = [...attributesOfSearch(search), ...search.tests.keys()];
      return [
        {
          action: 'dynamodb:Query',
          resource: resourceOf(tables, input.TableName, input.IndexName),
          context: {
            ...parameterKeys('Query', input),
            'dynamodb:Select': search.select,
            'dynamodb:Attributes': [...new Set(attributes)],
            ...(leading !== undefined && { 'dynamodb:LeadingKeys': [leading] }),
          },
        },
      ];
    },
    handle(input) {
      const startedAt = performance.now();
      const search = prepare(input);
      const table = tables.get(input.TableName);
      const index = indexOf(table, input, search);
      const keys = (index ?? table).keys;
      const range = rangeOf(keys, search.tests);
      refuseKeysInFilter(input, table, index, search);
      const bounds = search.start ? continued(range, table, index, search, input) : range;
      const { page, consumed } = readPage(table, index, search, input, {
        ...bounds,
        reverse: input.ScanIndexForward === false,
      });
      metrics.consumed(table.name, consumed);
      metrics.succeeded(table.name, 'Query', performance.now() - startedAt);
      metrics.returned(table.name, 'Query', page.Count);
      return answerOf(input, table, page, consumed);
    },
  };

  function continued(
    range: { from: Buffer; to: Buffer },
    table: OpenTable,
    index: Index | undefined,
    { start = {}, tests }: ReturnType<typeof prepare>,
    { ScanIndexForward }: Input,
  ) {
    const place = startPlace(table, index, start);
    if (!isWithin(place, range)) throw elsewhere((index ?? table).keys, place, start, tests);
    return ScanIndexForward === false
      ? { from: range.from, to: place }
      : { from: Buffer.concat([place, Buffer.alloc(1)]), to: range.to };
  }
}

const isWithin = (place: Buffer, { from, to }: Range): boolean =>
  Buffer.compare(place, from) >= 0 && Buffer.compare(place, to) < 0;

/** Why a query cannot go on at a place that it does not reach. */
function elsewhere(keys: KeySchema, place: Buffer, start: Item, tests: ReadonlyMap<string, KeyTest>): Error {
  if (tests.size === keys.hash.length) {
    return validationError('The provided starting key is outside query boundaries based on provided conditions');
  }
  const ofStart = keys.hash.map(({ name }) => [name, { kind: 'compare', by: '=', value: start[name]! }] as const);
  return isWithin(place, rangeOf(keys, new Map([...tests, ...ofStart])))
    ? validationError('The query can return at most one row and cannot be restarted')
    : validationError('The provided starting key does not match the range key predicate');
}

function refuseKeysInFilter(input: Input, table: OpenTable, index: Index | undefined, { filter }: Search): void {
  if (!filter) return;
  const names = new Set(pathsOfCondition(filter).map(([name]) => name));
  const key = attributesOf((index ?? table).keys).find(({ name }) => names.has(name));
  if (!key) return;
  const who = input.QueryFilter ? 'QueryFilter' : 'Filter Expression';
  throw validationError(`${who} can only contain non-primary key attributes: Primary key attribute: ${key.name}`);
}
