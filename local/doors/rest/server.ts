/** The HTTP server in front of REST APIs: bytes in and out, limits and time-outs; what a request means is not its matter. */

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  type HttpRequest,
  isStreamed,
  PAYLOAD_LIMIT,
  type RenderedResponse,
  type StreamedResponse,
  StreamFailed,
} from '../../services/apigateway/index.ts';
import { close, listen } from '../listen.ts';
import { BROKEN, servePlain } from './plain-connection.ts';
import type { PlainRequest } from './plain-request.ts';
import { cleanValue, hasNoBody } from './plain-response.ts';

export interface RestDoorOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly handle: (request: HttpRequest) => Promise<RenderedResponse | StreamedResponse>;
  /** Told of failures that are ours. */
  readonly onBug: (error: unknown) => void;
}

export interface RestDoor {
  readonly port: number;
  close(): Promise<void>;
}

const KEEP_ALIVE_MS = 65_000;

/** Rejects with `PortInUse`. */
export async function openRestDoor(options: RestDoorOptions): Promise<RestDoor> {
  let port = options.port;
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: 60_000, maxHeaderSize: 65_536 },
    (message, response) => {
      void serve(message, response, options, port);
    },
  );
  // A request that is no HTTP gets an answer, not a closed connection.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
    else
      socket.end(
        'HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{"message":"Bad Request"}',
      );
  });
  const plain = new Set<Socket>();
  const serveByNode = server.listeners('connection')[0] as (this: Server, socket: Socket) => void;
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    plain.add(socket);
    socket.once('close', () => plain.delete(socket));
    servePlain(socket, {
      keepAliveMs: KEEP_ALIVE_MS,
      answer: (request, sourceIp) => answerPlain(request, sourceIp, options, port),
      handOver(ours) {
        plain.delete(ours);
        serveByNode.call(server, ours);
      },
      onBug: options.onBug,
    });
  });
  port = await listen(server, { ...options, flag: '--port' });
  return {
    port,
    close() {
      const closed = close(server);
      for (const socket of plain) socket.destroy();
      return closed;
    },
  };
}

function answerPlain(
  { method, target, rawHeaders, body, repeated }: PlainRequest,
  sourceIp: string,
  { handle, onBug }: RestDoorOptions,
  port: number,
): Promise<RenderedResponse | StreamedResponse> {
  return handle({ method, target, rawHeaders, body, sourceIp, protocol: 'HTTP/1.1', port, repeated }).catch((error) => {
    onBug(error);
    return BROKEN;
  });
}

async function serve(
  message: IncomingMessage,
  response: ServerResponse,
  options: RestDoorOptions,
  port: number,
): Promise<void> {
  try {
    const body = hasBody(message) ? await readBody(message) : undefined;
    if (message.destroyed && !message.complete) return;
    const answer = await options.handle({
      method: message.method ?? 'GET',
      target: message.url ?? '/',
      rawHeaders: message.rawHeaders,
      body,
      sourceIp: (message.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, ''),
      protocol: `HTTP/${message.httpVersion}`,
      port,
    });
    const headOnly = message.method === 'HEAD';
    if (isStreamed(answer)) await pour(response, answer, headOnly);
    else write(response, answer, headOnly);
  } catch (error) {
    // A client that goes away in the middle of its request waits for no answer.
    if (message.destroyed && !message.complete) return;
    if (!(error instanceof StreamFailed)) options.onBug(error);
    if (response.headersSent) response.destroy();
    else response.writeHead(500, { 'Content-Type': 'application/json' }).end('{"message":"Internal server error"}');
  }
}

function hasBody(message: IncomingMessage): boolean {
  const length = message.headers['content-length'];
  return message.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Reads at most one byte more than is allowed; the rest is thrown away, so that the refusal reaches the client. */
async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    if (size <= PAYLOAD_LIMIT) chunks.push(chunk);
    size += chunk.length;
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}

function write(response: ServerResponse, answer: RenderedResponse, headOnly: boolean): void {
  const headers: string[] = [];
  for (const [name, value] of answer.headers) headers.push(name, cleanValue(value));
  const length = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.length;
  const bodiless = hasNoBody(answer.statusCode);
  if (!bodiless) headers.push('Content-Length', String(length));
  response.writeHead(answer.statusCode, headers);
  response.end(headOnly || bodiless ? undefined : answer.body);
}

/** As it comes, no faster than the client takes it; a client that goes away ends it. */
async function pour(response: ServerResponse, answer: StreamedResponse, headOnly: boolean): Promise<void> {
  const { body } = answer;
  const gone = new AbortController();
  response.once('close', () => {
    gone.abort();
    void body.return(undefined);
  });
  response.writeHead(
    answer.statusCode,
    answer.headers.flatMap(([name, value]) => [name, cleanValue(value)]),
  );
  response.flushHeaders();
  if (headOnly || hasNoBody(answer.statusCode)) await body.return(undefined);
  else {
    for await (const chunk of body) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await once(response, 'drain', { signal: gone.signal }).catch(() => {});
    }
  }
  response.end();
}
