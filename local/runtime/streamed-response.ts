/**
 * A response that the runtime streams: on to whoever takes it as it comes, or collected for a caller who wants it
 * whole. https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
 */
import type { InvocationOutcome, ResponseStream } from '../services/lambda/contract.ts';
import {
  MAXIMUM_RESPONSE_BYTES,
  MAXIMUM_STREAMED_BYTES,
  reportedError,
  responseTooLarge,
  truncatedResponse,
} from './function-error.ts';
import type { Refusal, ResponseSink } from './runtime-port.ts';

/**
 * `target` undefined: collected. `ended` is called once, and only while it `isOpen`: the invocation may be over for
 * another reason.
 */
export function streamedResponse(
  target: ResponseStream | undefined,
  contentType: string,
  isOpen: () => boolean,
  ended: (outcome: InvocationOutcome) => void,
): ResponseSink {
  const limit = target ? MAXIMUM_STREAMED_BYTES : MAXIMUM_RESPONSE_BYTES;
  const collected: Uint8Array[] = [];
  let bytes = 0;
  let begun = false;

  const begin = (): void => {
    if (begun) return;
    begun = true;
    target?.begin(contentType);
  };
  const sink: ResponseSink = {
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
      ended({ kind: 'response', payload: target ? '' : Buffer.concat(collected).toString('utf8') });
      return undefined;
    },
    breakOff() {
      if (isOpen()) ended(truncatedResponse());
    },
  };
  return sink;
}

/** The response of a handler that does not stream, for whoever takes it as it comes. */
export function writeAtOnce(target: ResponseStream, payload: string): void {
  target.begin('application/json');
  if (payload !== '') void target.write(Buffer.from(payload));
}
