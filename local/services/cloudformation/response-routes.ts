/** How answers come in at the AWS endpoint: as an HTTP client of S3 puts an object, by the bucket's host name or its path. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from '../../kernel/aws-error.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { BUCKET_PREFIX, bucketName, PRESIGNER, type PutAnswer } from './response-bucket.ts';
import type { ResponseInbox } from './response-inbox.ts';

/** A route of the AWS endpoint. */
export interface ResponseRoute {
  readonly method: string;
  readonly path: string;
  /** Only for requests to a host whose name begins so; any when absent. */
  readonly host?: string;
  handle(request: IncomingMessage, response: ServerResponse, environmentId?: string): Promise<void>;
}

/** More than CloudFormation takes, so that one that is too long is seen to be, and not cut to one that fits. */
const MOST_BYTES = 64 * 1024;

/** `context` is undefined until CloudFormation is loaded: before that nobody waits for anything. */
export function responseRoutes(
  inbox: ResponseInbox,
  context: () => Pick<ServiceContext, 'dispatch' | 'region'> | undefined,
): readonly ResponseRoute[] {
  async function receive(request: IncomingMessage, response: ServerResponse, environmentId?: string): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const Key = pathname.split('/').at(-1)!;
    try {
      const ready = context();
      if (!ready || !inbox.knows(Key, searchParams.get('Signature') ?? '')) throw accessDenied();
      const input: PutAnswer = { Bucket: bucketName(ready.region), Key, Body: await read(request) };
      const gone = new AbortController();
      response.once('close', () => gone.abort());
      // The URL's owner asks, by the way the request took.
      const caller = { kind: 'service', service: PRESIGNER, environmentId } as const;
      await ready.dispatch({ caller, service: 's3', operation: 'PutObject', input, signal: gone.signal });
      response.writeHead(200, { etag: `"${randomBytes(16).toString('hex')}"`, 'content-length': '0' }).end();
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      refuse(response, error);
    }
  }

  return [
    { method: 'PUT', path: `/${BUCKET_PREFIX}`, handle: receive },
    { method: 'PUT', path: '/', host: BUCKET_PREFIX, handle: receive },
  ];
}

const accessDenied = () => new AwsError('AccessDenied', 'Access Denied', { statusCode: 403 });

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
function refuse(response: ServerResponse, { code, message, statusCode }: AwsError): void {
  const text = (value: string) => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  response.writeHead(statusCode, { 'content-type': 'application/xml', connection: 'close' });
  response.end(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${text(code)}</Code><Message>${text(message)}</Message>` +
      `<RequestId>${randomUUID()}</RequestId></Error>`,
  );
}

async function read(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= MOST_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
