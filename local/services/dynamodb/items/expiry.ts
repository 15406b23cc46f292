/** Time to Live. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html */
import type { Clock } from '../../../kernel/clock.ts';
import type { Store } from '../../../kernel/store.ts';
import { createWakeUp } from '../../../kernel/wake-up.ts';
import { pick } from '../expressions/project.ts';
import { keyNames } from '../tables/table.ts';
import type { OpenTable, Tables } from '../tables/tables.ts';
import { attributeOf, type Item } from '../values/attribute-value.ts';
import type { Writer } from './writer.ts';

/** What is longer past than five years is taken for a mistake, and stays. */
const FIVE_YEARS_S = 5 * 365 * 86_400;
/** Items deleted in one go; whoever waits is served in between. */
const AT_ONCE = 100;
const KEY_OFFSET = 8;

/** Where an item stands among those that expire; undefined where it does not. `at`: ms since 1970. */
export function expiryKey(attribute: string, item: Item, primaryKey: Buffer): { key: Buffer; at: number } | undefined {
  const text = attributeOf(item, attribute)?.N;
  if (text === undefined) return undefined;
  const seconds = Math.floor(Number(text));
  if (!Number.isSafeInteger(seconds) || seconds <= 0 || seconds > Number.MAX_SAFE_INTEGER / 1000) return undefined;
  const prefix = Buffer.alloc(KEY_OFFSET);
  prefix.writeBigUInt64BE(BigInt(seconds));
  return { key: Buffer.concat([prefix, primaryKey]), at: seconds * 1000 };
}

export interface Expiry {
  /** Something is to be deleted then, ms since 1970. */
  due(at: number): void;
  /** Looks for what is next: after a start, and when TTL was switched on or off. */
  look(): void;
  /** Puts what is there among what expires. */
  index(table: OpenTable, attribute: string): void;
  stop(): void;
}

export function createExpiry(parts: {
  readonly tables: Tables;
  readonly store: Store;
  readonly clock: Clock;
  readonly writer: () => Writer;
  readonly deleted: (table: OpenTable, items: number) => void;
}): Expiry {
  const { tables, store, clock } = parts;
  const wakeUp = createWakeUp(clock, sweep);
  let next: number | undefined;
  let stopped = false;

  function schedule(at: number | undefined): void {
    next = stopped ? undefined : at;
    wakeUp.set(next);
  }

  function sweep(): void {
    let left = AT_ONCE;
    for (const table of tables.all()) {
      if (!table.ttl || left === 0) continue;
      left -= store.transaction(() => sweepTable(table, left));
    }
    look();
  }

  function sweepTable(table: OpenTable, most: number): number {
    const now = Math.floor(clock.now() / 1000);
    const [from, to] = [Buffer.alloc(KEY_OFFSET), Buffer.alloc(KEY_OFFSET)];
    from.writeBigUInt64BE(BigInt(now - FIVE_YEARS_S));
    to.writeBigUInt64BE(BigInt(now + 1));
    let deleted = 0;
    const due: Uint8Array[] = [];
    for (const { key } of table.expiries.range({ from, to })) {
      due.push(key);
      if (due.length === most) break;
    }
    for (const expiry of due) {
      const key = Buffer.from(expiry.subarray(KEY_OFFSET));
      const before = table.items.get(key);
      if (before) parts.writer().write({ table, key, before, after: undefined, expired: true });
      else table.expiries.delete(expiry);
      deleted += before ? 1 : 0;
    }
    if (deleted > 0) parts.deleted(table, deleted);
    return due.length;
  }

  function look(): void {
    let earliest: number | undefined;
    const old = Buffer.alloc(KEY_OFFSET);
    old.writeBigUInt64BE(BigInt(Math.max(0, Math.floor(clock.now() / 1000) - FIVE_YEARS_S)));
    for (const table of tables.all()) {
      if (!table.ttl) continue;
      const first = table.expiries.range({ from: old, to: Buffer.alloc(KEY_OFFSET, 255) }).next().value;
      if (!first) continue;
      const at = Number(Buffer.from(first.key).readBigUInt64BE()) * 1000;
      earliest = Math.min(earliest ?? at, at);
    }
    schedule(earliest);
  }

  return {
    due(at) {
      if (next === undefined || at < next) store.onCommit(() => schedule(at));
    },
    look,
    index(table, attribute) {
      table.expiries.clear();
      for (const { key, value } of table.items.range({ from: Buffer.alloc(0), to: Buffer.alloc(8, 255) })) {
        const expiry = expiryKey(attribute, value, Buffer.from(key));
        if (expiry) table.expiries.put(expiry.key, pick(value, keyNames(table)));
      }
    },
    stop() {
      stopped = true;
      schedule(undefined);
    },
  };
}
