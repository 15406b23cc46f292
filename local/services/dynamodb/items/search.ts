/** What Query and Scan have in common: a range of a table or index is read, a page at a time. */
import type { QueryInput, ScanInput } from '@aws-sdk/client-dynamodb';
import { invalidParameter, validationError } from '../errors.ts';
import { isTrue } from '../expressions/evaluate.ts';
import { pathsOfCondition } from '../expressions/paths-of.ts';
import { project } from '../expressions/project.ts';
import { type Expressions, readExpressions } from '../expressions/read-expressions.ts';
import type { Condition, Path } from '../expressions/syntax-tree.ts';
import { addPaths } from '../requirements.ts';
import { attributesOf, type Index, keyNames } from '../tables/table.ts';
import type { OpenTable } from '../tables/tables.ts';
import { type Item, sizeOfItem, typeOf } from '../values/attribute-value.ts';
import { normaliseItem } from '../values/normalise.ts';
import { type Consumed, readCost, readUnits, sumOf, told } from './capacity.ts';
import type { Range } from './key-range.ts';
import { checkKey, deepPaths, indexKey, primaryKey, refuseBelowKeys } from './keys.ts';
import { filterCondition, type OldCondition, pathsToGet } from './legacy.ts';

const PAGE_BYTES = 1024 * 1024;

export type SearchInput = (QueryInput | ScanInput) & { TableName: string };
type Select = 'ALL_ATTRIBUTES' | 'ALL_PROJECTED_ATTRIBUTES' | 'SPECIFIC_ATTRIBUTES' | 'COUNT';

/** As far as that goes without the table. */
export interface Search {
  readonly select: Select;
  readonly paths: readonly Path[] | undefined;
  readonly filter: Condition | undefined;
  readonly keyCondition: Condition | undefined;
  readonly start: Item | undefined;
  /** Paths that lead below an attribute. */
  readonly deep: readonly Path[];
}

/** Throws ValidationException. */
export function prepareSearch(input: SearchInput, oldFilter: Record<string, OldCondition> | undefined): Search {
  const start = input.ExclusiveStartKey && normaliseItem(input.ExclusiveStartKey as Item);
  const read = readExpressions(input as Expressions);
  const paths = read.projection ?? pathsToGet(input.AttributesToGet);
  const filter = read.filter ?? filterCondition(oldFilter, input.ConditionalOperator);
  const deep = deepPaths(paths ?? [], filter);
  return { select: selected(input, paths), paths, filter, keyCondition: read.keyCondition, start, deep };
}

function selected({ Select, IndexName }: SearchInput, paths: readonly Path[] | undefined): Select {
  if (Select === undefined)
    return paths ? 'SPECIFIC_ATTRIBUTES' : IndexName ? 'ALL_PROJECTED_ATTRIBUTES' : 'ALL_ATTRIBUTES';
  if (Select === 'SPECIFIC_ATTRIBUTES' && !paths) {
    throw invalidParameter(
      'Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES',
    );
  }
  if (Select !== 'SPECIFIC_ATTRIBUTES' && paths) {
    const wanted = Select === 'COUNT' ? 'only the Count' : Select;
    throw invalidParameter(`Cannot specify the AttributesToGet when choosing to get ${wanted}`);
  }
  if (Select === 'ALL_PROJECTED_ATTRIBUTES' && !IndexName) {
    throw invalidParameter('ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName');
  }
  return Select;
}

/** For conditions on `dynamodb:Attributes`. */
export function attributesOfSearch({ paths, filter, keyCondition }: Search): Set<string> {
  const names = new Set<string>();
  addPaths(names, paths);
  if (filter) addPaths(names, pathsOfCondition(filter));
  if (keyCondition) addPaths(names, pathsOfCondition(keyCondition));
  return names;
}

/** Throws ValidationException. */
export function indexOf(
  table: OpenTable,
  { IndexName, ConsistentRead }: SearchInput,
  { deep }: Search,
): Index | undefined {
  refuseBelowKeys(table, deep);
  if (IndexName === undefined) return undefined;
  const index = table.indexes.find(({ name }) => name === IndexName);
  if (!index) throw validationError(`The table does not have the specified index: ${IndexName}`);
  if (index.kind === 'global' && ConsistentRead) {
    throw validationError('Consistent reads are not supported on global secondary indexes');
  }
  return index;
}

/** Where the page before ended. Throws ValidationException. */
export function startPlace(table: OpenTable, index: Index | undefined, start: Item): Buffer {
  const names = keyNames(table, index);
  const invalid = validationError('The provided starting key is invalid');
  if (Object.keys(start).length !== names.length) throw invalid;
  for (const { name, type } of [...attributesOf(table.keys), ...(index ? attributesOf(index.keys) : [])]) {
    const value = Object.hasOwn(start, name) ? start[name] : undefined;
    if (value === undefined) throw invalid;
    if (typeOf(value) !== type) {
      throw validationError('The provided starting key is invalid: The provided key element does not match the schema');
    }
  }
  if (!index) checkKey(table, start);
  return index ? indexKey(table, index, start)! : primaryKey(table, start);
}

export interface Page {
  readonly Items?: Item[];
  readonly Count: number;
  readonly ScannedCount: number;
  readonly LastEvaluatedKey?: Item;
}

/** Reads until the limit, 1 MB, or the end of the range. Gives the page and what it cost. */
export function readPage(
  table: OpenTable,
  index: Index | undefined,
  search: Search,
  input: SearchInput,
  range: Range & { readonly reverse: boolean },
): { page: Page; consumed: Consumed } {
  const fetches = fetchesWhole(table, index, search);
  const { Limit: limit = Number.POSITIVE_INFINITY, ConsistentRead } = input;
  const found: Item[] = [];
  let [bytes, scanned, matching, fetchUnits] = [0, 0, 0, 0];
  let last: Item | undefined;
  let endsEarly = false;
  const source = index ? table.entries(index) : table.items;
  for (const { value } of source.range(range)) {
    const size = sizeOfItem(value);
    endsEarly = scanned > 0 && bytes + size > PAGE_BYTES;
    if (endsEarly) break;
    bytes += size;
    scanned += 1;
    last = value;
    let item = value;
    if (fetches) {
      item = table.items.get(primaryKey(table, value))!;
      fetchUnits += readUnits(sizeOfItem(item), ConsistentRead);
    }
    if (!search.filter || isTrue(search.filter, item)) {
      matching += 1;
      if (search.select !== 'COUNT') found.push(search.paths ? project(item, search.paths) : item);
    }
    // Whatever comes after it, and if nothing does.
    endsEarly = scanned >= limit;
    if (endsEarly) break;
  }
  const read = readCost(readUnits(bytes, ConsistentRead), index);
  return {
    page: {
      ...(search.select !== 'COUNT' && { Items: found }),
      Count: matching,
      ScannedCount: scanned,
      ...(endsEarly && last && { LastEvaluatedKey: keyOf(last, keyNames(table, index)) }),
    },
    consumed: fetchUnits > 0 ? sumOf([read, readCost(fetchUnits)]) : read,
  };
}

const keyOf = (item: Item, names: readonly string[]): Item =>
  project(
    item,
    names.map((name) => [name]),
  );

/** What a local index lacks is read from the table; a global one has what it has. Throws ValidationException. */
function fetchesWhole(table: OpenTable, index: Index | undefined, search: Search): boolean {
  if (!index || index.projection.type === 'ALL') return false;
  const projected = new Set([
    ...keyNames(table, index),
    ...(index.projection.type === 'INCLUDE' ? index.projection.names : []),
  ]);
  const missing = [...attributesOfSearch({ ...search, keyCondition: undefined })].filter(
    (name) => !projected.has(name),
  );
  if (index.kind === 'local') return search.select === 'ALL_ATTRIBUTES' || missing.length > 0;
  if (search.select === 'ALL_ATTRIBUTES') {
    throw invalidParameter(
      `Select type ALL_ATTRIBUTES is not supported for global secondary index ${index.name} because its projection type is not ALL`,
    );
  }
  const wanted = new Set((search.paths ?? []).map(([name]) => name as string));
  const lacking = missing.filter((name) => wanted.has(name));
  if (lacking.length > 0) {
    throw invalidParameter(`Global secondary index ${index.name} does not project [${lacking.join(', ')}]`);
  }
  return false;
}

/** The answer to Query and Scan. */
export function answerOf(input: SearchInput, table: OpenTable, page: Page, consumed: Consumed) {
  const capacity = told(input.ReturnConsumedCapacity, table.name, consumed);
  return { ...page, ...(capacity && { ConsumedCapacity: capacity }) };
}
