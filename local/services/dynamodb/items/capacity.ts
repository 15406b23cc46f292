/**
 * What reads and writes cost, and how that is told.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
import type { ConsumedCapacity, ReturnConsumedCapacity } from '@aws-sdk/client-dynamodb';
import type { Index } from '../tables/table.ts';
import type { WriteCost } from './writer.ts';

export type Asked = ReturnConsumedCapacity | undefined;

/** Units of one table in one request. */
export interface Consumed {
  readonly kind: 'read' | 'write';
  readonly table: number;
  readonly global: Readonly<Record<string, number>>;
  readonly local: Readonly<Record<string, number>>;
}

const NONE = {};

/** Of all that one read came by, a unit for each 4 KB; half as much where it need not be consistent. */
export function readUnits(bytes: number, consistent: boolean | undefined): number {
  return Math.max(1, Math.ceil(bytes / 4096)) * (consistent ? 1 : 0.5);
}

export function readCost(units: number, index?: Index): Consumed {
  if (!index) return { kind: 'read', table: units, global: NONE, local: NONE };
  const named = { [index.name]: units };
  return {
    kind: 'read',
    table: 0,
    ...(index.kind === 'global' ? { global: named, local: NONE } : { global: NONE, local: named }),
  };
}

/** @param times 2 in a transaction */
export function writeCost(cost: WriteCost, indexes: readonly Index[], times = 1): Consumed {
  const of = (kind: Index['kind']): Readonly<Record<string, number>> => {
    let units: Record<string, number> | undefined;
    for (const index of indexes) {
      const cost_ = cost.indexes[index.name];
      if (index.kind !== kind || cost_ === undefined) continue;
      units ??= {};
      units[index.name] = cost_ * times;
    }
    return units ?? NONE;
  };
  return { kind: 'write', table: cost.table * times, global: of('global'), local: of('local') };
}

export function sumOf(parts: readonly Consumed[]): Consumed {
  const [first, ...rest] = parts;
  return rest.reduce(
    (sum, part) => ({
      kind: sum.kind,
      table: sum.table + part.table,
      global: merged(sum.global, part.global),
      local: merged(sum.local, part.local),
    }),
    first!,
  );
}

function merged(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum: Record<string, number> = { ...a };
  for (const [name, units] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + units;
  return sum;
}

export const totalOf = ({ table, global, local }: Consumed): number =>
  [table, ...Object.values(global), ...Object.values(local)].reduce((sum, units) => sum + units, 0);

/** @param inTransaction those tell reads and writes apart */
export function told(
  asked: Asked,
  TableName: string,
  consumed: Consumed,
  inTransaction = false,
): ConsumedCapacity | undefined {
  if (asked !== 'TOTAL' && asked !== 'INDEXES') return undefined;
  const shown = (units: number) => ({
    CapacityUnits: units,
    ...(inTransaction && (consumed.kind === 'read' ? { ReadCapacityUnits: units } : { WriteCapacityUnits: units })),
  });
  const each = (units: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(units).map(([name, used]) => [name, shown(used)]));
  return {
    TableName,
    ...shown(totalOf(consumed)),
    ...(asked === 'INDEXES' && {
      Table: shown(consumed.table),
      ...(Object.keys(consumed.global).length > 0 && { GlobalSecondaryIndexes: each(consumed.global) }),
      ...(Object.keys(consumed.local).length > 0 && { LocalSecondaryIndexes: each(consumed.local) }),
    }),
  };
}
