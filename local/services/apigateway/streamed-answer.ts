/**
 * A function's answer while it makes it: what Lambda streams → status, headers and a body that comes piece by piece.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
import { splitPrelude } from '../../protocols/http-prelude.ts';
import type { StreamedResponse } from './gateway-responses.ts';
import type { Patience } from './patience.ts';
import { readProxyPrelude } from './proxy-response.ts';

/** As `lambda:InvokeWithResponseStream` has them. */
export interface ResponseStreamEvent {
  readonly PayloadChunk?: { readonly Payload: Uint8Array };
  readonly InvokeComplete?: { readonly ErrorCode?: string; readonly ErrorDetails?: string };
}

/** The function failed, or fell silent for too long: once the client has the beginning, its connection is cut. */
export class StreamFailed extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StreamFailed';
  }
}

/** Metadata and delimiter have to come within these bytes. */
const LONGEST_PRELUDE = 16_384;

/** Resolves when the metadata are there; with undefined where they never come, or are none. */
export async function readStreamedAnswer(
  events: AsyncIterable<ResponseStreamEvent>,
): Promise<StreamedResponse | undefined> {
  const split = await splitPrelude(payloadsOf(events), LONGEST_PRELUDE).catch((error: unknown) => {
    if (error instanceof StreamFailed) return undefined;
    throw error;
  });
  const head = split && readProxyPrelude(split.prelude);
  if (head) return { ...head, body: split.body };
  await split?.body.return(undefined);
  return undefined;
}

async function* payloadsOf(events: AsyncIterable<ResponseStreamEvent>): AsyncGenerator<Uint8Array> {
  for await (const { PayloadChunk, InvokeComplete } of events) {
    if (PayloadChunk) yield PayloadChunk.Payload;
    const { ErrorCode, ErrorDetails = '' } = InvokeComplete ?? {};
    if (ErrorCode !== undefined) throw new StreamFailed(`${ErrorCode}: ${ErrorDetails}`);
  }
}

export interface StreamWatch {
  readonly patience: Patience;
  /** How long there may be nothing. */
  readonly idleMs: number;
  /** Told of every piece that is handed on. */
  readonly onChunk?: (bytes: number) => void;
  /** Called once: when all is read, when it failed, or when its reader stopped. */
  readonly onEnd: (error?: unknown) => void;
}

export interface WatchedStream {
  readonly body: AsyncGenerator<Uint8Array>;
  /** Ends it with an error, whatever the function still does. */
  cut(error: StreamFailed): void;
}

/** The body with API Gateway's impatience; whatever ends it, the function is no longer held up by it. */
export function watchStream(source: AsyncGenerator<Uint8Array>, watch: StreamWatch): WatchedStream {
  const { patience, idleMs, onChunk, onEnd } = watch;
  const severed = Promise.withResolvers<never>();
  // Nobody may be listening when it is cut.
  severed.promise.catch(() => {});
  let isOver = false;

  function over(error?: unknown): void {
    if (isOver) return;
    isOver = true;
    onEnd(error);
  }

  function cut(error: StreamFailed): void {
    over(error);
    severed.reject(error);
    void source.return(undefined);
  }

  async function next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const idle = patience.wait(idleMs, () => cut(new StreamFailed(`nothing came for ${idleMs} ms`)));
    try {
      const result = await Promise.race([source.next(), severed.promise]);
      if (result.done) over();
      else onChunk?.(result.value.length);
      return result;
    } catch (error) {
      over(error);
      throw error;
    } finally {
      idle.end();
    }
  }

  const body: AsyncGenerator<Uint8Array> = {
    next,
    async return(value) {
      over();
      // Not waited for: it may be in the middle of reading, for as long as the function is silent.
      void source.return(undefined);
      return { value, done: true };
    },
    throw: (error) => source.throw(error),
    [Symbol.asyncIterator]: () => body,
    async [Symbol.asyncDispose]() {
      await body.return(undefined);
    },
  };
  return { body, cut };
}
