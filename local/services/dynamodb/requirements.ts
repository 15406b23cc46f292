/**
 * What IAM asks before an operation runs.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
import type { Requirement } from '../../kernel/service.ts';
import { pathsOfCondition, pathsOfUpdate } from './expressions/paths-of.ts';
import type { Path } from './expressions/syntax-tree.ts';
import type { Write } from './items/one-write.ts';
import { nameOf, type Tables } from './tables/tables.ts';
import type { AttributeValue, Item } from './values/attribute-value.ts';

type Keys = Record<string, string | readonly string[]>;

/** The table's ARN, or its index's; also of tables that are not there. */
export function resourceOf(tables: Tables, table: string, index?: string): string {
  const arn = tables.arnOf(nameOf(table));
  return index === undefined ? arn : `${arn}/index/${index}`;
}

/** On a table as a whole. */
export function onTable(tables: Tables, action: string, table: string, context?: Keys): Requirement {
  return { action: `dynamodb:${action}`, resource: resourceOf(tables, table), ...(context && { context }) };
}

/** On one or several items of a table. */
export function onItems(
  tables: Tables,
  action: string,
  table: string,
  request: {
    readonly keys: readonly Item[];
    readonly attributes: Iterable<string>;
    readonly input: object;
    /** `TransactWriteItems` and `TransactGetItems`. */
    readonly enclosing?: string;
  },
): Requirement {
  const hash = tables.find(table)?.keys.hash[0]?.name;
  const leading = new Set<string>();
  if (hash !== undefined) {
    for (const key of request.keys) {
      const text = textOf(key[hash]);
      if (text !== undefined) leading.add(text);
    }
  }
  const attributes = [...new Set(request.attributes)];
  const context = parameterKeys(action, request.input);
  if (leading.size > 0) context['dynamodb:LeadingKeys'] = [...leading];
  if (attributes.length > 0) context['dynamodb:Attributes'] = attributes;
  if (request.enclosing !== undefined) context['dynamodb:EnclosingOperation'] = request.enclosing;
  return onTable(tables, action, table, context);
}

const RETURNS_VALUES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** Parameters that conditions may ask about, with what they are when absent. */
export function parameterKeys(action: string, input: object): Keys {
  const { ReturnValues: values = 'NONE', ReturnConsumedCapacity: capacity = 'NONE' } = input as Record<string, string>;
  const keys: Keys = { 'dynamodb:ReturnConsumedCapacity': capacity };
  if (RETURNS_VALUES.has(action)) keys['dynamodb:ReturnValues'] = values;
  return keys;
}

/** A partition key as conditions compare it. */
export function textOf(value: AttributeValue | undefined): string | undefined {
  return value?.S ?? value?.N ?? (value?.B && Buffer.from(value.B).toString('base64'));
}

/** The top-level attributes that a write touches or asks about. */
export function attributesOfWrite(write: Write): Set<string> {
  const names = new Set(Object.keys(write.kind === 'put' ? write.item : write.key));
  if (write.condition) addPaths(names, pathsOfCondition(write.condition));
  if (write.kind === 'update') addPaths(names, pathsOfUpdate(write.actions));
  return names;
}

export function addPaths(names: Set<string>, paths: readonly Path[] | undefined): void {
  for (const path of paths ?? []) names.add(path[0] as string);
}
