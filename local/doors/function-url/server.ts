/** Bytes in and out of function URLs; what a request means is `front.ts`'s matter. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { UrlRequest } from './event.ts';
import {
  type Answer,
  createFunctionUrlFront,
  FailedMidstream,
  type FrontDependencies,
  REQUEST_BYTES,
} from './front.ts';
import { functionUrlHost } from './host.ts';

export interface FunctionUrlDoorOptions extends FrontDependencies {
  /** Of the endpoint that this is served at. */
  readonly port: () => number;
  /** Told of failures that are ours. */
  readonly onBug: (error: unknown) => void;
}

/** Fits the AWS endpoint's routes. */
export interface FunctionUrlDoor {
  /** By the `Host` header. */
  readonly host: (host: string) => boolean;
  readonly path: '/';
  /** On AWS every web page may call it: its `Cors` says which of them may read the answer. */
  readonly isPublic: true;
  /** @param environmentId of the function the connection comes from, if it comes from one */
  handle(message: IncomingMessage, response: ServerResponse, environmentId?: string): Promise<void>;
}

export function createFunctionUrlDoor(options: FunctionUrlDoorOptions): FunctionUrlDoor {
  const front = createFunctionUrlFront(options);

  async function handle(message: IncomingMessage, response: ServerResponse, environmentId?: string): Promise<void> {
    const host = functionUrlHost(message.headers.host);
    if (!host) throw new TypeError('the request is for another door');
    const gone = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) gone.abort();
    });
    try {
      const body = await readBody(message);
      if (message.destroyed && !message.complete) return;
      const request = toRequest(message, body, options.port());
      const { signal } = gone;
      const answer = await front.answer({ host, request, headers: message.headersDistinct, environmentId, signal });
      await send(response, answer, message.method === 'HEAD');
    } catch (error) {
      if (gone.signal.aborted) return;
      if (!(error instanceof FailedMidstream)) options.onBug(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(502, { 'Content-Type': 'application/json' }).end('Internal Server Error');
    }
  }

  return { host: (host) => functionUrlHost(host) !== undefined, path: '/', isPublic: true, handle };
}

function toRequest(message: IncomingMessage, body: Buffer, port: number): UrlRequest {
  const { socket } = message;
  const secure = socket instanceof TLSSocket ? socket : undefined;
  return {
    method: message.method ?? 'GET',
    target: message.url ?? '/',
    rawHeaders: message.rawHeaders,
    body,
    sourceIp: (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
    protocol: `HTTP/${message.httpVersion}`,
    port: portOf(message.headers.host) ?? (secure ? 443 : port),
    ...(secure && { tls: { version: secure.getProtocol() ?? 'TLSv1.3', cipher: secure.getCipher().standardName } }),
  };
}

/** The port the client believes it calls. */
function portOf(host: string | undefined): number | undefined {
  const digits = /:(\d+)$/.exec(host ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Keeps at most one chunk more than is allowed; the rest is thrown away, so that the refusal reaches the client. */
async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    if (size <= REQUEST_BYTES) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks);
}

async function send(response: ServerResponse, { statusCode, headers, body }: Answer, headOnly: boolean): Promise<void> {
  const flat = headers.flatMap(([name, value]) => [name, clean(value)]);
  const bodiless = headOnly || statusCode === 204 || statusCode === 304 || statusCode < 200;
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    if (!bodiless || headOnly) flat.push('Content-Length', String(Buffer.byteLength(body)));
    response.writeHead(statusCode, flat).end(bodiless ? undefined : body);
    return;
  }
  const stream = body as AsyncGenerator<Uint8Array>;
  response.writeHead(statusCode, flat);
  response.flushHeaders();
  if (!bodiless) await pour(stream, response);
  else await stream.return(undefined);
  response.end();
}

/** No faster than the client takes it; a client that goes away ends it, and the function runs on unheard. */
async function pour(stream: AsyncGenerator<Uint8Array>, response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  for await (const chunk of stream) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await once(response, 'drain', { signal: closed.signal });
  }
}

/** A function's header value never ends the header early. */
function clean(value: string): string {
  return value.replace(/[^\t\x20-\x7e\x80-\xff]/g, ' ');
}
