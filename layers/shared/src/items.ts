/**
 * Items of a DynamoDB table that others write, for those who only read: configuration and preferences.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
 */
import { type AttributeValue, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { dynamoDbClient } from './tables/client.ts';
import type { Item } from './tables.ts';

/** The part of the SDK's client that is used, so that tests can stand in for it. */
export type GetItem = (
  tableName: string,
  key: string,
  value: string,
) => Promise<Record<string, AttributeValue> | undefined>;

export interface ItemOptions {
  readonly tableName: string;
  /** The attribute that is the table's key, a text. */
  readonly key: string;
  /** How long an answer is good for, ms; that there is no such item is an answer too. Default 0: never. */
  readonly keptMs?: number;
  readonly now?: () => number;
  readonly get?: GetItem;
}

/** So many answers are kept, the oldest go first. */
const MOST_KEPT = 1_000;

/** Resolves with the item whose key is that, undefined where there is none. Rejects with the SDK's error. */
export function createItems({ tableName, key, keptMs = 0, now = Date.now, get = client() }: ItemOptions) {
  const kept = new Map<string, { item: Item | undefined; until: number }>();
  return async (value: string): Promise<Item | undefined> => {
    const known = kept.get(value);
    if (known && now() < known.until) return known.item;
    const found = await get(tableName, key, value);
    const item = found && unmarshall(found);
    if (keptMs > 0) {
      kept.delete(value);
      kept.set(value, { item, until: now() + keptMs });
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_KEPT) break;
        kept.delete(oldest);
      }
    }
    return item;
  };
}

function client(): GetItem {
  const dynamodb = dynamoDbClient(2_000);
  return async (TableName, key, value) =>
    (await dynamodb.send(new GetItemCommand({ TableName, Key: { [key]: { S: value } } }))).Item;
}
