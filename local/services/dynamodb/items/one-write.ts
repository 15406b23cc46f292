/** One item is put, changed, deleted or checked: alone, in a batch or in a transaction. */
import type { ReturnValuesOnConditionCheckFailure } from '@aws-sdk/client-dynamodb';
import { conditionFailed, invalidParameter, validationError } from '../errors.ts';
import { applyUpdate } from '../expressions/apply-update.ts';
import { isTrue } from '../expressions/evaluate.ts';
import type { Condition, Path, UpdateAction } from '../expressions/syntax-tree.ts';
import { keyNames } from '../tables/table.ts';
import type { OpenTable } from '../tables/tables.ts';
import { attributeOf, type Item, setAttribute, sizeOfItem } from '../values/attribute-value.ts';
import { checkItemDepth } from '../values/normalise.ts';
import { checkIndexKeys, checkIndexValues, checkKey, checkKeysOfItem, primaryKey, refuseBelowKeys } from './keys.ts';
import type { WriteCost, Writer } from './writer.ts';

const MOST_BYTES = 400 * 1024;

/** Everything that can be said before the table is looked at has been checked. */
export type Write = {
  readonly condition?: Condition | undefined;
  readonly onFailure?: ReturnValuesOnConditionCheckFailure | undefined;
  /** Paths of its expressions that lead below an attribute. */
  readonly deep?: readonly Path[];
} & (
  | { readonly kind: 'put'; readonly item: Item }
  | {
      readonly kind: 'update';
      readonly key: Item;
      readonly actions: readonly UpdateAction[];
      /** What only takes away makes no item. */
      readonly createsItem: boolean;
    }
  | { readonly kind: 'delete' | 'check'; readonly key: Item }
);

export interface Written {
  readonly before: Item | undefined;
  readonly after: Item | undefined;
  readonly cost: WriteCost;
}

/** The keys of a write fit the table. Throws ValidationException. Gives where the item stands. */
export function placeOf(table: OpenTable, write: Write): Buffer {
  if (write.kind === 'put') {
    checkKeysOfItem(table, write.item);
    if (write.deep) refuseBelowKeys(table, write.deep);
    if (sizeOfItem(write.item) > MOST_BYTES) {
      throw validationError('Item size has exceeded the maximum allowed size');
    }
    return primaryKey(table, write.item);
  }
  checkKey(table, write.key);
  if (write.kind === 'update') {
    const names = keyNames(table);
    for (const { path } of write.actions) {
      if (!names.includes(path[0] as string)) continue;
      throw invalidParameter(`Cannot update attribute ${path[0]}. This attribute is part of the key`);
    }
    if (table.indexes.length > 0) checkIndexValues(table, literalsOf(write.actions));
  }
  if (write.deep) refuseBelowKeys(table, write.deep);
  return primaryKey(table, write.key);
}

/** What is there and what is to be. Throws ConditionalCheckFailedException and ValidationException; writes nothing. */
export function outcomeOf(table: OpenTable, write: Write, place: Buffer): Omit<Written, 'cost'> {
  const before = table.items.get(place);
  if (write.condition && !isTrue(write.condition, before ?? {})) {
    throw conditionFailed(write.onFailure === 'ALL_OLD' ? before : undefined);
  }
  switch (write.kind) {
    case 'put':
      return { before, after: write.item };
    case 'delete':
      return { before, after: undefined };
    case 'check':
      return { before, after: before };
    case 'update': {
      if (!before && !write.createsItem) return { before, after: undefined };
      const after = applyUpdate(before ?? write.key, write.actions);
      checkItemDepth(after);
      checkChanged(table, write.actions, after);
      if (sizeOfItem(after) > MOST_BYTES) {
        throw validationError('Item size to update has exceeded the maximum allowed size');
      }
      return { before, after };
    }
  }
}

/** What an update gives attributes as it stands there. */
function literalsOf(actions: readonly UpdateAction[]): Item {
  const literals: Item = {};
  for (const action of actions) {
    const value = action.kind === 'remove' ? undefined : action.kind === 'set' ? action.to : action.value;
    if (action.path.length === 1 && value?.kind === 'value') {
      setAttribute(literals, action.path[0] as string, value.value);
    }
  }
  return literals;
}

/** What an update has put together for an index; what it left alone may be of any type, and is in none. */
function checkChanged(table: OpenTable, actions: readonly UpdateAction[], after: Item): void {
  if (table.indexes.length === 0) return;
  const changed: Item = {};
  for (const { path } of actions) {
    const value = attributeOf(after, path[0] as string);
    if (value !== undefined) setAttribute(changed, path[0] as string, value);
  }
  checkIndexValues(table, changed, () =>
    validationError('The update expression attempted to update the secondary index key to unsupported type'),
  );
  checkIndexKeys(table, after);
}

/** To be called inside a transaction. Throws as `placeOf` and `outcomeOf`. */
export function perform(writer: Writer, table: OpenTable, write: Write): Written {
  const place = placeOf(table, write);
  const outcome = outcomeOf(table, write, place);
  const cost = writer.write({ table, key: place, ...outcome });
  return { ...outcome, cost };
}
