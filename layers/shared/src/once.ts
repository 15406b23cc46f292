/** Work that is done once for each key, by Powertools Idempotency, for callers who want to know whether it was done before. */
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { Context } from 'aws-lambda';

export interface OnceOptions {
  /** Where it is remembered what was done. */
  readonly store: BasePersistenceLayer;
  /** For how long. */
  readonly seconds: number;
  /** How long work may take; whoever has not come to an end by then is taken to have died, and the work may be done again. */
  readonly withinMs: number;
}

/**
 * `done` now, `repeated`: before, or `under way` elsewhere. Work that rejects, rejects here, and may be done again.
 * Rejects with Powertools' errors when the store does not answer.
 */
export type Once = (key: string, work: () => Promise<void>) => Promise<'done' | 'repeated' | 'under way'>;

export function createOnce({ store, seconds, withinMs }: OnceOptions): Once {
  // The hook is asked only for work of before.
  const config = configOf({ seconds, withinMs }, () => 'repeated');
  const once = makeIdempotent(
    async ({ work }: { key: string; work: () => Promise<void> }): Promise<'done' | 'repeated'> => {
      await work();
      return 'done';
    },
    { persistenceStore: store, config },
  );
  return async (key, work) => {
    try {
      return await once({ key, work });
    } catch (error) {
      if (error instanceof IdempotencyAlreadyInProgressError) return 'under way';
      throw error;
    }
  };
}

/** What `look` found the first time for a key: whoever asks again is told the same, as JSON has it. */
export type Memory = <Found>(key: string, look: () => Promise<Found>) => Promise<Found>;

/** Rejects as `look` does, which then may look again, and while somebody else is looking. */
export function createMemory({ store, seconds, withinMs }: OnceOptions): Memory {
  const config = configOf({ seconds, withinMs });
  return async <Found>(key: string, look: () => Promise<Found>): Promise<Found> => {
    const remembered = makeIdempotent(async (_: { key: string }): Promise<Found> => await look(), {
      persistenceStore: store,
      config,
    });
    // Apart from the keys of work that is done.
    return await remembered({ key: `found ${key}` });
  };
}

function configOf({ seconds, withinMs }: Pick<OnceOptions, 'seconds' | 'withinMs'>, responseHook?: () => 'repeated') {
  const config = new IdempotencyConfig({
    eventKeyJmesPath: 'key',
    throwOnNoIdempotencyKey: true,
    expiresAfterSeconds: seconds,
    ...(responseHook && { responseHook }),
  });
  config.registerLambdaContext({ getRemainingTimeInMillis: () => withinMs } as Context);
  return config;
}
