/**
 * The operation that was there before `Invoke` had invocation types.
 * https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html
 */
import type { Readable } from 'node:stream';
import type { Operation } from '../../../kernel/service.ts';
import type { Functions } from '../functions/functions.ts';
import { ASYNCHRONOUS_BYTES, checkSize, readPayload } from '../invocation/invoke-members.ts';
import type { EventQueue } from './event-queue.ts';

export interface InvokeAsyncInput {
  readonly FunctionName: string;
  /** JSON; a stream over HTTP. */
  readonly InvokeArgs: Readable | Uint8Array | string;
}

export interface AsynchronousParts {
  readonly functions: Functions;
  readonly events: EventQueue;
}

export function invokeAsyncOperation({
  functions,
  events,
}: AsynchronousParts): Operation<InvokeAsyncInput, { readonly Status: number }> {
  return {
    requires: (input) => functions.invokeRequirements(input.FunctionName, undefined),

    async handle(input, call) {
      const target = functions.target(input.FunctionName, undefined);
      const payload = readPayload(await bytesOf(input.InvokeArgs));
      checkSize(payload, ASYNCHRONOUS_BYTES);
      events.accept(target, payload, call);
      return { Status: 202 };
    },
  };
}

/** Reads one byte more than is allowed at most; the size check then says so. */
async function bytesOf(args: InvokeAsyncInput['InvokeArgs']): Promise<Uint8Array> {
  if (typeof args === 'string') return Buffer.from(args);
  if (ArrayBuffer.isView(args)) return args;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of args as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > ASYNCHRONOUS_BYTES) break;
  }
  return Buffer.concat(chunks, size);
}
