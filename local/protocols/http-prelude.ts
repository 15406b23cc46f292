/**
 * The beginning of a response that Lambda streams for HTTP: JSON with status, headers and cookies, then eight NUL bytes,
 * then the body. Function URLs and API Gateway read the same.
 * https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html
 */
export const PRELUDE_END = Buffer.alloc(8);

export interface AfterPrelude {
  /** JSON text, as far as the function kept to the format. */
  readonly prelude: string;
  /** What follows, the rest of the prelude's last chunk first. */
  readonly body: AsyncGenerator<Uint8Array>;
}

/**
 * Reads as far as the prelude goes. Resolves with undefined where it does not end within `longest` bytes, or at all;
 * nothing more is then read. Rejects as `chunks` does.
 */
export async function splitPrelude(
  chunks: AsyncGenerator<Uint8Array>,
  longest: number,
): Promise<AfterPrelude | undefined> {
  let begun: Buffer = Buffer.alloc(0);
  for (;;) {
    const { value, done } = await chunks.next();
    if (done) return undefined;
    begun = Buffer.concat([begun, value]);
    const end = begun.indexOf(PRELUDE_END);
    if (end >= 0 && end <= longest) {
      return { prelude: begun.toString('utf8', 0, end), body: after(begun.subarray(end + PRELUDE_END.length), chunks) };
    }
    if (begun.length > longest) {
      await chunks.return(undefined);
      return undefined;
    }
  }
}

/** No generator function: one that nobody has begun to read forgets what it would have closed. */
function after(first: Buffer, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let kept: Buffer | undefined = first.length > 0 ? first : undefined;
  return {
    async next() {
      if (kept === undefined) return rest.next();
      const value = kept;
      kept = undefined;
      return { value, done: false };
    },
    async return(value) {
      kept = undefined;
      return rest.return(value);
    },
    throw: (error) => rest.throw(error),
    [Symbol.asyncIterator]() {
      return this;
    },
    async [Symbol.asyncDispose]() {
      await this.return(undefined);
    },
  };
}
