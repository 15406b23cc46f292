/** As many events as there are, as long as there is time. */
import type { Database } from '@app/shared/database';
import { forgetPublished, type Publish, relay } from '../../database/outbox.ts';

export interface Dependencies {
  readonly database: Pick<Database, 'transaction' | 'write'>;
  readonly publish: Publish;
  readonly now: () => number;
  /** How long a published event is kept. */
  readonly keptMs: number;
}

export interface Relayed {
  readonly published: number;
  /** Found, and not taken by the bus: they are tried again. */
  readonly refused: number;
  readonly forgotten: number;
}

/** For one more round: ten events, or a thousand old ones. */
const ROUND_MS = 5_000;

/** Rejects with `DatabaseUnavailableError`, and with the bus's error when it takes nothing. */
export function relayAll({ database, publish, now, keptMs }: Dependencies) {
  return async (remainingMs: () => number): Promise<Relayed> => {
    let published = 0;
    let refused = 0;
    while (remainingMs() > ROUND_MS) {
      const round = await relay(database, publish, now);
      published += round.published;
      refused += round.found - round.published;
      // What was refused is claimed for a while: it does not come again in this run.
      if (round.found === 0) break;
    }
    const forgotten = remainingMs() > ROUND_MS ? await forgetPublished(database, now() - keptMs) : 0;
    return { published, refused, forgotten };
  };
}
