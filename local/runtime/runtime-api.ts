/**
 * The Runtime API over HTTP, version 2018-06-01: for streamed responses and init errors of AWS's Node client, and for
 * everything of a runtime that brings its own client.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { MAXIMUM_RESPONSE_BYTES } from './function-error.ts';
import type { Refusal, ResponseSink, RuntimeEvent, RuntimePort } from './runtime-port.ts';
import { payloadOf } from './streamed-response.ts';

export interface RuntimeApi {
  /**
   * Serves HTTP on a connection that belongs to the environment behind `port`; `others` is asked first, and answers
   * true for a request it has taken: the Extensions API and what else shares the address.
   */
  serve(socket: Socket, port: RuntimePort, others?: OtherApis): void;
  close(): void;
}

export type OtherApis = (request: IncomingMessage, response: ServerResponse) => boolean;

interface Connection {
  readonly port: RuntimePort;
  readonly others: OtherApis | undefined;
  /** The last thing that was sent on it was an invocation. */
  carriesEvent: boolean;
}

/** An X-Ray error cause travels in a header, and may be long; Go's limit is Lambda's. */
const MAXIMUM_HEADER_BYTES = 1024 * 1024;

/** One HTTP server for all environments: each connection knows whose it is. */
export function createRuntimeApi(): RuntimeApi {
  const connections = new WeakMap<Socket, Connection>();
  const server: Server = createServer({ maxHeaderSize: MAXIMUM_HEADER_BYTES }, (request, response) => {
    const connection = connections.get(request.socket) as Connection;
    connection.carriesEvent = false;
    if (connection.others?.(request, response)) return;
    route(request, response, connection).catch(() => response.destroy());
  });
  // `next` waits for as long as nobody invokes.
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  server.keepAliveTimeout = 0;
  server.timeout = 0;
  return {
    serve(socket, port, others) {
      const connection = { port, others, carriesEvent: false };
      connections.set(socket, connection);
      // Whoever ends without having read what was sent resets the connection.
      socket.on('error', () => {
        if (connection.carriesEvent) port.unread();
      });
      server.emit('connection', socket);
    },
    close: () => server.closeAllConnections(),
  };
}

/** A loopback TCP port that leads to the same environment, for programs that know only `AWS_LAMBDA_RUNTIME_API`. */
export function listenOnLoopback(
  serve: (socket: Socket) => void,
): Promise<{ readonly address: string; close(): void }> {
  const server = createTcpServer((socket) => {
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port: number } = server.address() as AddressInfo;
      resolve({ address: `127.0.0.1:${number}`, close: () => server.close() });
    });
    server.unref();
  });
}

const PATH =
  /^\/2018-06-01\/(?:ping$|runtime\/(?:(?<init>init\/error)|invocation\/(?:(?<next>next)|(?<id>[^/]+)\/(?<verb>response|error)))$)/;

async function route(request: IncomingMessage, response: ServerResponse, connection: Connection): Promise<void> {
  const { port } = connection;
  const found = PATH.exec(request.url ?? '');
  if (found === null) return notFound(request, response);
  const { init, next: isNext, id, verb } = found.groups ?? {};
  const isGet = init === undefined && id === undefined;
  if (request.method !== (isGet ? 'GET' : 'POST')) {
    response.writeHead(405);
    response.end();
    return;
  }
  if (isNext !== undefined) return next(response, connection);
  if (isGet) return void response.end('pong');
  const errorType = header(request, 'lambda-runtime-function-error-type');
  if (init !== undefined) {
    const { body } = await read(request);
    return settle(response, port.failInit(body.toString('utf8'), errorType));
  }
  const requestId = decodeURIComponent(id as string);
  if (verb === 'error') {
    const { body } = await read(request);
    return settle(response, port.error(requestId, body.toString('utf8'), errorType));
  }
  const mode = header(request, 'lambda-runtime-function-response-mode');
  if (mode === 'streaming') return stream(request, response, port, requestId);
  const { body, bytes } = await read(request, MAXIMUM_RESPONSE_BYTES);
  if (mode === undefined) return settle(response, port.response(requestId, payloadOf(body), bytes));
  const refusal = port.error(requestId, '', 'Runtime.InvalidResponseModeHeader');
  if (refusal) return settle(response, refusal);
  refuse(response, 400, 'InvalidFunctionResponseMode', 'Invalid function response mode');
}

function next(response: ServerResponse, connection: Connection): void {
  const { port } = connection;
  const closed = (): void => port.gone();
  response.once('close', closed);
  response.socket?.once('end', closed);
  const deliver = (event: RuntimeEvent): void => {
    response.off('close', closed);
    response.socket?.off('end', closed);
    connection.carriesEvent = true;
    response.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': event.requestId,
      'lambda-runtime-deadline-ms': String(event.deadlineMs),
      'lambda-runtime-invoked-function-arn': event.invokedFunctionArn,
      'lambda-runtime-trace-id': event.traceHeader,
      ...(event.clientContext !== undefined && { 'lambda-runtime-client-context': event.clientContext }),
    });
    response.end(event.payload);
  };
  port.next(deliver, 'running');
}

/** Piece by piece, no faster than the sink takes them. A stream that fails half-way says so in its trailers. */
async function stream(
  request: IncomingMessage,
  response: ServerResponse,
  port: RuntimePort,
  requestId: string,
): Promise<void> {
  const sink = port.stream(requestId, request.headers['content-type'] ?? 'application/octet-stream');
  if ('kind' in sink) {
    request.resume();
    return settle(response, sink);
  }
  if (await pass(request, sink)) settle(response, sink.end(errorInTrailers(request)));
  else sink.breakOff();
}

/** False when the connection broke before the end. */
async function pass(request: IncomingMessage, sink: ResponseSink): Promise<boolean> {
  try {
    for await (const chunk of request) {
      const room = sink.write(chunk as Buffer);
      if (room !== undefined) await room;
    }
    return request.complete;
  } catch {
    return false;
  }
}

function errorInTrailers({ trailers }: IncomingMessage): string | undefined {
  const body = trailers['lambda-runtime-function-error-body'];
  if (body) return Buffer.from(body, 'base64').toString('utf8');
  const errorType = trailers['lambda-runtime-function-error-type'];
  return errorType ? JSON.stringify({ errorType }) : undefined;
}

/** The whole body; of one over `limit` only the size. Rejects when the connection breaks. */
async function read(request: IncomingMessage, limit = Infinity): Promise<{ body: Buffer; bytes: number }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes <= limit) chunks.push(chunk as Buffer);
  }
  return { body: bytes > limit ? Buffer.alloc(0) : Buffer.concat(chunks), bytes };
}

function header({ headers }: IncomingMessage, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function settle(response: ServerResponse, refusal: Refusal | undefined): void {
  if (refusal === undefined) {
    response.writeHead(202, { 'content-type': 'application/json' });
    response.end('{"status":"OK"}\n');
  } else if (refusal.kind === 'request-id') refuse(response, 400, 'InvalidRequestID', 'Invalid request ID');
  else if (refusal.kind === 'size') {
    const message = `Exceeded maximum allowed payload size (${MAXIMUM_RESPONSE_BYTES} bytes).`;
    refuse(response, 413, 'RequestEntityTooLarge', message);
  } else {
    const transition = `State transition from ${refusal.from} to ${refusal.to} failed for runtime.`;
    refuse(response, 403, 'InvalidStateTransition', `${transition} Error: State transition is not allowed`);
  }
}

function refuse(response: ServerResponse, status: number, errorType: string, errorMessage: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ errorMessage, errorType }));
}

function notFound(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('404 page not found\n');
}
