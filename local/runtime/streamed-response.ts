/**
 * A response that the runtime streams: on to whoever takes it as it comes, or collected for a caller who wants it
 * whole. https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
import { isUtf8 } from 'node:buffer';
import type { InvocationOutcome, Payload, ResponseStream } from '../services/lambda/contract.ts';
import {
  MAXIMUM_RESPONSE_BYTES,
  MAXIMUM_STREAMED_BYTES,
  reportedError,
  responseTooLarge,
  truncatedResponse,
} from './function-error.ts';
import type { Refusal, ResponseSink } from './runtime-port.ts';

export interface Produced {
  /** Of the response, so far as it was written. */
  readonly bytes: number;
  /** By `performance.now()`, the first of them; undefined when there was none. */
  readonly begunAt: number | undefined;
}

/**
 * `target` undefined: collected. `settled` is called once, and only while it `isOpen`: the invocation may be over for
 * another reason.
 */
export function streamedResponse(
  target: ResponseStream | undefined,
  contentType: string,
  isOpen: () => boolean,
  settled: (outcome: InvocationOutcome, produced: Produced) => void,
): ResponseSink {
  const limit = target ? MAXIMUM_STREAMED_BYTES : MAXIMUM_RESPONSE_BYTES;
  const collected: Uint8Array[] = [];
  let bytes = 0;
  let begunAt: number | undefined;

  const begin = (): void => {
    if (begunAt !== undefined) return;
    begunAt = performance.now();
    target?.begin(contentType);
  };
  const ended = (outcome: InvocationOutcome): void => settled(outcome, { bytes, begunAt });
  return {
    write(chunk) {
      if (!isOpen()) return;
      bytes += chunk.length;
      // What is too much is not passed on, and the runtime is heard out.
      if (bytes > limit) return;
      begin();
      if (target) return target.write(chunk);
      collected.push(chunk);
    },
    end(error): Refusal | undefined {
      if (!isOpen()) return { kind: 'request-id' };
      if (bytes > limit) {
        ended(responseTooLarge(limit));
        return { kind: 'size' };
      }
      if (error !== undefined) {
        ended(reportedError(error));
        return undefined;
      }
      begin();
      ended({ kind: 'response', payload: target ? '' : payloadOf(Buffer.concat(collected)) });
      return undefined;
    },
    breakOff() {
      if (isOpen()) ended(truncatedResponse());
    },
  };
}

/** Text where it is some: nobody after this has to tell bytes from what they spell. */
export function payloadOf(bytes: Buffer): Payload {
  return isUtf8(bytes) ? bytes.toString('utf8') : bytes;
}

/** The response of a handler that does not stream, for whoever takes it as it comes. */
export function writeAtOnce(target: ResponseStream, payload: Payload): void {
  target.begin('application/json');
  if (payload.length > 0) void target.write(typeof payload === 'string' ? Buffer.from(payload) : payload);
}
