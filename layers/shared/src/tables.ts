/**
 * Tables of DynamoDB, item by item: what is written says what must be there for it, so that nobody's change is lost.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ConditionExpressions.html
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { dynamoDbClient } from './tables/client.ts';

export type Item = Readonly<Record<string, unknown>>;

/** What an attribute has to be for a write to happen; undefined: there is no such item. */
export interface Expected {
  readonly attribute: string;
  readonly value: string | number | undefined;
}

export type Write =
  | { readonly kind: 'put'; readonly item: Item; readonly expected: Expected }
  | { readonly kind: 'delete'; readonly key: Item; readonly expected: Expected }
  /** Adds to numbers, which are 0 where there are none, and sets the other attributes. */
  | {
      readonly kind: 'add';
      readonly key: Item;
      readonly amounts: Readonly<Record<string, number>>;
      readonly set?: Item;
    };

export interface Query {
  readonly index?: string;
  readonly partition: readonly [name: string, value: string];
  /** Both ends included; everything when absent. Ascending. */
  readonly between?: readonly [name: string, from: string, to: string];
  /** At most so many items; all when absent. */
  readonly limit?: number;
}

/** What can be done with a table. All promises may reject with the SDK's errors. */
export interface Table {
  /** As it is now, undefined where there is none. */
  get(key: Item): Promise<Item | undefined>;
  /** False: the item is not as expected, and nothing was written. */
  put(item: Item, expected: Expected): Promise<boolean>;
  /** All of them or none. False: one was not as expected, or somebody else wrote at the same time. */
  transact(writes: readonly Write[]): Promise<boolean>;
  query(query: Query): Promise<Item[]>;
}

export interface TableOptions {
  readonly tableName: string;
  readonly client: DynamoDBClient;
}

// Each by itself: a function has what it uses, and can be read to call nothing else.

export const getting = ({ tableName: TableName, client }: TableOptions): Pick<Table, 'get'> => ({
  async get(key) {
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: attributes(key), ConsistentRead: true }));
    return Item && unmarshall(Item);
  },
});

export const putting = ({ tableName: TableName, client }: TableOptions): Pick<Table, 'put'> => ({
  async put(item, expected) {
    try {
      await client.send(new PutItemCommand({ TableName, Item: attributes(item), ...conditionOf(expected) }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  },
});

export const transacting = ({ tableName: TableName, client }: TableOptions): Pick<Table, 'transact'> => ({
  async transact(writes) {
    try {
      const TransactItems = writes.map((write) => transactItem(TableName, write));
      await client.send(new TransactWriteItemsCommand({ TransactItems }));
      return true;
    } catch (error) {
      if (error instanceof TransactionCanceledException && isOvertaken(error)) return false;
      throw error;
    }
  },
});

export const querying = ({ tableName: TableName, client }: TableOptions): Pick<Table, 'query'> => ({
  async query({ index, partition: [name, value], between, limit = Number.POSITIVE_INFINITY }) {
    const range = between ? ' AND #r BETWEEN :from AND :to' : '';
    const input: QueryCommandInput = {
      TableName,
      ...(index !== undefined && { IndexName: index }),
      ...(Number.isFinite(limit) && { Limit: limit }),
      KeyConditionExpression: `#p = :p${range}`,
      ExpressionAttributeNames: { '#p': name, ...(between && { '#r': between[0] }) },
      ExpressionAttributeValues: attributes({
        ':p': value,
        ...(between && { ':from': between[1], ':to': between[2] }),
      }),
    };
    const found: Item[] = [];
    let ExclusiveStartKey: QueryCommandInput['ExclusiveStartKey'];
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(new QueryCommand({ ...input, ExclusiveStartKey }));
      found.push(...Items.map((item) => unmarshall(item)));
      ExclusiveStartKey = LastEvaluatedKey;
    } while (ExclusiveStartKey && found.length < limit);
    return found.slice(0, limit);
  },
});

/** An image in a record of a table's stream. */
export const itemOf = (image: object): Item => unmarshall(image as Record<string, AttributeValue>);

export const attributes = (item: Item): Record<string, AttributeValue> =>
  marshall(item, { removeUndefinedValues: true });

/** For all tables of a function. */
export function tableClient(): DynamoDBClient {
  return dynamoDbClient();
}

function conditionOf({ attribute, value }: Expected) {
  const ExpressionAttributeNames = { '#expected': attribute };
  if (value === undefined) return { ConditionExpression: 'attribute_not_exists(#expected)', ExpressionAttributeNames };
  return {
    ConditionExpression: '#expected = :expected',
    ExpressionAttributeNames,
    ExpressionAttributeValues: attributes({ ':expected': value }),
  };
}

function transactItem(TableName: string, write: Write): TransactWriteItem {
  if (write.kind === 'put') return { Put: { TableName, Item: attributes(write.item), ...conditionOf(write.expected) } };
  if (write.kind === 'delete')
    return { Delete: { TableName, Key: attributes(write.key), ...conditionOf(write.expected) } };
  const added = Object.entries(write.amounts);
  const set = Object.entries(write.set ?? {});
  const list = (of: readonly unknown[], name: string, sign: string) =>
    of.map((_, index) => `#${name}${index}${sign}:${name}${index}`).join(', ');
  const named = (of: readonly (readonly [string, unknown])[], name: string, part: 0 | 1, prefix: string) =>
    Object.fromEntries(of.map((entry, index) => [`${prefix}${name}${index}`, entry[part]]));
  return {
    Update: {
      TableName,
      Key: attributes(write.key),
      UpdateExpression: [
        ...(added.length > 0 ? [`ADD ${list(added, 'a', ' ')}`] : []),
        ...(set.length > 0 ? [`SET ${list(set, 's', ' = ')}`] : []),
      ].join(' '),
      ExpressionAttributeNames: { ...named(added, 'a', 0, '#'), ...named(set, 's', 0, '#') } as Record<string, string>,
      ExpressionAttributeValues: attributes({ ...named(added, 'a', 1, ':'), ...named(set, 's', 1, ':') }),
    },
  };
}

/** By somebody else's write, and by nothing that trying again would not mend. */
function isOvertaken({ CancellationReasons = [] }: TransactionCanceledException): boolean {
  const codes = CancellationReasons.map(({ Code }) => Code).filter((code) => code !== 'None');
  return codes.length > 0 && codes.every((code) => code === 'ConditionalCheckFailed' || code === 'TransactionConflict');
}
