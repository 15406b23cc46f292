/** What every group of operations in this room is built from. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { Expiry } from './items/expiry.ts';
import type { Writer } from './items/writer.ts';
import type { TableMetrics } from './metrics.ts';
import type { Streams } from './streams/streams.ts';
import type { Tables } from './tables/tables.ts';

export interface Room extends ServiceContext {
  readonly tables: Tables;
  readonly streams: Streams;
  readonly writer: Writer;
  readonly expiry: Expiry;
  readonly metrics: TableMetrics;
}

/** Inputs come in through the wire: what is required is known to be there. */
export type With<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };

/** Makes something of an input once, for the door that asks what it needs and for who then handles it. */
export function once<I extends object, P>(make: (input: I) => P): (input: I) => P {
  const made = new WeakMap<I, P>();
  return (input) => {
    let result = made.get(input);
    if (result === undefined) {
      result = make(input);
      made.set(input, result);
    }
    return result;
  };
}
