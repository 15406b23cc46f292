/**
 * Lambda's response streaming, as the managed runtime offers it to handlers.
 * https://docs.aws.amazon.com/lambda/latest/dg/response-streaming.html
 */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import type { Reply } from './serve.ts';

/** What the runtime puts in the global scope; absent in `sam local`'s older images and in tests. */
interface StreamingRuntime {
  streamifyResponse(
    handler: (event: APIGatewayProxyEvent, stream: Writable, context: Context) => Promise<void>,
  ): unknown;
  readonly HttpResponseStream: {
    from(stream: Writable, prelude: { readonly statusCode: number; readonly headers: object }): Writable;
  };
}

const runtime = (): StreamingRuntime => (globalThis as unknown as { awslambda: StreamingRuntime }).awslambda;

/** The handler that the runtime wants, of work that writes to a `Reply`. */
export function streamed(
  work: (event: APIGatewayProxyEvent, context: Context, reply: Reply) => Promise<void>,
): unknown {
  return runtime().streamifyResponse((event, stream, context) => work(event, context, replyOn(stream)));
}

function replyOn(stream: Writable): Reply {
  let body: Writable | undefined;
  return {
    begin(statusCode, headers) {
      body = runtime().HttpResponseStream.from(stream, { statusCode, headers });
    },
    async write(text) {
      if (body?.write(text) === false) await once(body, 'drain');
    },
    end() {
      return new Promise((resolve) => (body ?? stream).end(() => resolve()));
    },
  };
}
