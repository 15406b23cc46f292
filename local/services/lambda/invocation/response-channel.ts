/** The way of a streamed response from the environment to whoever takes it: in order, and no faster than it is taken. */
import type { ResponseStream } from '../contract.ts';

export interface ResponseChannel {
  /** For the environment. */
  readonly stream: ResponseStream;
  /** Resolves with the content type when the runtime begins to answer; never, when it does not. */
  readonly begun: Promise<string>;
  /**
   * What was written, for one reader, from the first byte; ends after `end`, or throws what `end` was given. A reader
   * that stops early lets the function run on: what it still writes is dropped, as Lambda does.
   */
  read(): AsyncGenerator<Uint8Array>;
  end(error?: unknown): void;
}

/** What may wait for the reader before the function is made to wait. */
const FULL_BYTES = 65_536;

export function createResponseChannel(): ResponseChannel {
  const chunks: Uint8Array[] = [];
  let waiting = 0;
  let ended: { readonly error?: unknown } | undefined;
  let abandoned = false;
  let { promise: news, resolve: tell } = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<string>();
  let room: PromiseWithResolvers<void> | undefined;

  const announce = (): void => {
    tell();
    ({ promise: news, resolve: tell } = Promise.withResolvers<void>());
  };
  const makeRoom = (): void => {
    room?.resolve();
    room = undefined;
  };

  return {
    begun: begun.promise,
    stream: {
      begin: begun.resolve,
      write(chunk) {
        if (abandoned || chunk.length === 0) return undefined;
        chunks.push(chunk);
        waiting += chunk.length;
        announce();
        if (waiting < FULL_BYTES) return undefined;
        room ??= Promise.withResolvers<void>();
        return room.promise;
      },
    },
    async *read() {
      try {
        for (;;) {
          const chunk = chunks.shift();
          if (chunk) {
            waiting -= chunk.length;
            if (waiting < FULL_BYTES) makeRoom();
            yield chunk;
          } else if (ended) {
            if (ended.error !== undefined) throw ended.error;
            return;
          } else await news;
        }
      } finally {
        abandoned = true;
        chunks.length = 0;
        makeRoom();
      }
    },
    end(error) {
      ended ??= { error };
      announce();
    },
  };
}
