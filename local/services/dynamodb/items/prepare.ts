/** Requests on single items, checked as far as that goes without the table. Throws ValidationException. */
import type {
  ConditionCheck,
  Delete,
  DeleteItemInput,
  GetItemInput,
  Put,
  PutItemInput,
  Update,
  UpdateItemInput,
} from '@aws-sdk/client-dynamodb';
import { validationError } from '../errors.ts';
import { pathsOfUpdate } from '../expressions/paths-of.ts';
import { type Expressions, readExpressions } from '../expressions/read-expressions.ts';
import type { Path } from '../expressions/syntax-tree.ts';
import { once } from '../room.ts';
import type { Item } from '../values/attribute-value.ts';
import { normaliseItem } from '../values/normalise.ts';
import { deepPaths } from './keys.ts';
import { type AttributeUpdate, type Expected, expectedCondition, pathsToGet, updateActions } from './legacy.ts';
import { checkParameters } from './mixed-parameters.ts';
import type { Write } from './one-write.ts';

type Old = {
  readonly Expected?: Record<string, Expected>;
  readonly ConditionalOperator?: string;
};

const conditionsOf = (input: object) => {
  const { Expected: expected, ConditionalOperator: operator } = input as Old;
  return {
    read: readExpressions(input as Expressions),
    old: expectedCondition(expected, operator),
  };
};

export const preparePut = once((input: PutItemInput | Put): Write => {
  checkParameters(input, ['ConditionExpression'], ['Expected']);
  const item = normaliseItem(input.Item as Item);
  const { read, old } = conditionsOf(input);
  return {
    kind: 'put',
    item,
    condition: read.condition ?? old,
    deep: deepPaths([], read.condition),
    onFailure: input.ReturnValuesOnConditionCheckFailure,
  };
});

export const prepareDelete = once((input: DeleteItemInput | Delete): Write => {
  checkParameters(input, ['ConditionExpression'], ['Expected']);
  const key = normaliseItem(input.Key as Item);
  const { read, old } = conditionsOf(input);
  return {
    kind: 'delete',
    key,
    condition: read.condition ?? old,
    deep: deepPaths([], read.condition),
    onFailure: input.ReturnValuesOnConditionCheckFailure,
  };
});

export const prepareUpdate = once((input: UpdateItemInput | Update): Write => {
  checkParameters(input, ['UpdateExpression', 'ConditionExpression'], ['AttributeUpdates', 'Expected']);
  const key = normaliseItem(input.Key as Item);
  const { AttributeUpdates: updates } = input as { AttributeUpdates?: Record<string, AttributeUpdate> };
  const oldActions = updates && updateActions(updates);
  const { read, old } = conditionsOf(input);
  return {
    kind: 'update',
    key,
    actions: read.update ?? oldActions ?? [],
    deep: deepPaths(pathsOfUpdate(read.update ?? []), read.condition),
    createsItem: !oldActions?.length || oldActions.some(({ kind }) => kind === 'set' || kind === 'add'),
    condition: read.condition ?? old,
    onFailure: input.ReturnValuesOnConditionCheckFailure,
  };
});

export const prepareCheck = once((input: ConditionCheck): Write => {
  const key = normaliseItem(input.Key as Item);
  const { condition } = readExpressions(input as Expressions);
  return {
    kind: 'check',
    key,
    condition,
    deep: deepPaths([], condition),
    onFailure: input.ReturnValuesOnConditionCheckFailure,
  };
});

export interface Read {
  readonly key: Item;
  /** Absent: all of it. */
  readonly paths: readonly Path[] | undefined;
}

/** Also of the parts of TransactGetItems. */
export const prepareGet = once((input: Pick<GetItemInput, 'Key'>): Read => {
  checkParameters(input, ['ProjectionExpression'], ['AttributesToGet']);
  const key = normaliseItem(input.Key as Item);
  const read = readExpressions(input as Expressions);
  return { key, paths: read.projection ?? pathsToGet((input as GetItemInput).AttributesToGet) };
});

const ALLOWED_RETURNS = { put: ['NONE', 'ALL_OLD'], delete: ['NONE', 'ALL_OLD'] } as const;

/** Of PutItem and DeleteItem. */
export function checkReturnValues(kind: 'put' | 'delete', wanted: string | undefined): void {
  if (wanted === undefined || (ALLOWED_RETURNS[kind] as readonly string[]).includes(wanted)) return;
  throw validationError('ReturnValues can only be ALL_OLD or NONE');
}
