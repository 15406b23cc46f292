/**
 * One item is written: in its table, in each index it is or was in, among what expires, in the count, and in the stream,
 * all in the transaction that is open.
 */

import { pick } from '../expressions/project.ts';
import type { Streams } from '../streams/streams.ts';
import { attributesOf, type Index, keyNames } from '../tables/table.ts';
import type { Extent, Extents, OpenTable, Tables } from '../tables/tables.ts';
import { areEqual, type Item, sizeOfItem } from '../values/attribute-value.ts';
import { expiryKey } from './expiry.ts';
import { indexKey } from './keys.ts';

export interface Change {
  readonly table: OpenTable;
  readonly key: Buffer;
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  /** DynamoDB itself deletes what has expired. */
  readonly expired?: boolean;
}

/** What it cost: units of the table, and of each index that it changed. */
export interface WriteCost {
  readonly table: number;
  readonly indexes: Readonly<Record<string, number>>;
}

const NO_INDEXES: WriteCost['indexes'] = {};

export interface Writer {
  /** To be called inside a transaction. */
  write(change: Change): WriteCost;
}

/** The table's own count is under this name; no index can have it. */
export const TABLE_ITSELF = '';

export function createWriter(tables: Tables, streams: Streams, onExpiry: (at: number) => void): Writer {
  return {
    write(change) {
      const { table, key, before, after } = change;
      const sizeBefore = before ? sizeOfItem(before) : 0;
      const sizeAfter = after ? sizeOfItem(after) : 0;
      const cost = Math.max(1, Math.ceil(Math.max(sizeBefore, sizeAfter) / 1024));
      if (!before && !after) return { table: cost, indexes: NO_INDEXES };
      if (after) table.items.put(key, after);
      else table.items.delete(key);
      const counted: Counted[] = [[TABLE_ITSELF, before && sizeBefore, after && sizeAfter]];
      let indexes: Record<string, number> | undefined;
      for (const index of table.indexes) {
        const units = writeEntry(table, index, before, after, counted);
        if (units > 0) {
          indexes ??= {};
          indexes[index.name] = units;
        }
      }
      if (table.ttl) writeExpiry(table, table.ttl.attribute, key, before, after);
      count(table, counted);
      if (table.stream?.enabled && !(before && after && isSame(before, after))) {
        streams.append(table, { ...change, size: sizeBefore + sizeAfter });
      }
      return { table: cost, indexes: indexes ?? NO_INDEXES };
    },
  };

  function writeExpiry(table: OpenTable, attribute: string, key: Buffer, before?: Item, after?: Item): void {
    const was = before && expiryKey(attribute, before, key);
    const is = after && expiryKey(attribute, after, key);
    const stays = was !== undefined && is !== undefined && was.key.equals(is.key);
    if (was && !stays) table.expiries.delete(was.key);
    if (!is || stays) return;
    table.expiries.put(is.key, pick(after, keyNames(table)));
    onExpiry(is.at);
  }

  function count(table: OpenTable, counted: readonly Counted[]): void {
    const changed = counted.filter(([, before, after]) => before !== after);
    if (changed.length === 0) return;
    const extents: Record<string, Extent> = { ...tables.extents(table) };
    for (const [name, before, after] of changed) {
      const { items, bytes } = extents[name] ?? { items: 0, bytes: 0 };
      extents[name] = {
        items: items + (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1),
        bytes: bytes + (after ?? 0) - (before ?? 0),
      };
    }
    tables.putExtents(table, extents as Extents);
  }
}

/** Of a table or index, by name: the size that was, and that is; undefined where there was or is none. */
type Counted = readonly [name: string, before: number | undefined, after: number | undefined];

/** Gives the units it took. */
function writeEntry(
  table: OpenTable,
  index: Index,
  before: Item | undefined,
  after: Item | undefined,
  counted: Counted[],
): number {
  const was = before && indexKey(table, index, before);
  const is = after && indexKey(table, index, after);
  if (!was && !is) return 0;
  const old = was && entryOf(table, index, before!);
  const fresh = is && entryOf(table, index, after!);
  const same = was && is && was.equals(is);
  if (same && isSame(old!, fresh!)) return 0;
  const entries = table.entries(index);
  if (was && !same) entries.delete(was);
  if (is) entries.put(is, fresh!);
  const oldSize = old && sizeOfItem(old);
  const freshSize = fresh && sizeOfItem(fresh);
  counted.push([index.name, oldSize, freshSize]);
  const unitsOf = (size: number | undefined) => Math.ceil((size ?? 0) / 1024);
  return same ? unitsOf(Math.max(oldSize!, freshSize!)) : unitsOf(oldSize) + unitsOf(freshSize);
}

/** What of an item is in an index. */
export function entryOf(table: OpenTable, { keys, projection }: Index, item: Item): Item {
  if (projection.type === 'ALL') return item;
  const names = new Set(keyNames(table));
  for (const { name } of attributesOf(keys)) names.add(name);
  if (projection.type === 'INCLUDE') for (const name of projection.names) names.add(name);
  return pick(item, names);
}

const isSame = (a: Item, b: Item): boolean => a === b || areEqual({ M: a }, { M: b });
