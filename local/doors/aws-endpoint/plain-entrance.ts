/**
 * Connections whose requests are plain: HTTP/1.1 without TLS, small, nothing special about them, as SDKs send nearly all.
 * Node's own server takes a connection over with the first request that is not, or not for an AWS service; what it does
 * beside that costs more than most operations do.
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { writeNow } from '../../kernel/write-now.ts';
import type { HttpResponse } from '../../protocols/index.ts';
import { createPlainReader, type PlainRequest } from '../rest/plain-request.ts';
import { encodeResponse, hasNoBody } from '../rest/plain-response.ts';

/** A request that has come in whole. */
export interface PlainMessage {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Each name once, in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface PlainOptions {
  readonly keepAliveMs: number;
  /**
   * Undefined for what is Node's to handle. What rejects ends the connection.
   * @param gone aborted when the client leaves before it is answered
   */
  answer(message: PlainMessage, socket: Socket, gone: AbortSignal): Promise<HttpResponse> | undefined;
  /** Writes answers that are streams, or of which more has to be said than that they are there. */
  send(request: { readonly complete: true }, response: ServerResponse, answer: HttpResponse): void;
}

export interface PlainEntrance {
  /** @param handOver takes the connection over; what was read and not answered is back in it */
  enter(socket: Socket, handOver: (socket: Socket) => void): void;
  /** Ends every connection that has not been handed over. */
  stop(): void;
}

/** Larger bodies are read as they come. */
const LARGEST_BODY = 64 * 1024;
const WAITED_LONG_MS = 1_000;
const NO_BODY = Buffer.alloc(0);

export function createPlainEntrance(options: PlainOptions): PlainEntrance {
  const held = new Set<Socket>();
  return {
    enter(socket, handOver) {
      held.add(socket);
      const forget = (): void => void held.delete(socket);
      socket.once('close', forget);
      serve(socket, options, () => {
        socket.off('close', forget);
        forget();
        handOver(socket);
      });
    },
    stop() {
      for (const socket of held) socket.destroy();
    },
  };
}

function serve(socket: Socket, options: PlainOptions, handOver: () => void): void {
  const read = createPlainReader();
  const keepAliveSeconds = options.keepAliveMs / 1000;
  /** Of the request that is being answered. */
  let current: AbortController | undefined;
  let since = 0;
  /** The beginning of a request, or what came while another was answered. */
  let kept: Buffer | undefined;

  const onData = (bytes: Buffer): void => {
    if (current === undefined) take(kept === undefined ? bytes : Buffer.concat([kept, bytes]));
    else {
      kept = bytes;
      socket.pause();
    }
  };

  const take = (bytes: Buffer): void => {
    kept = undefined;
    const request = read(bytes);
    if (request === 'unfinished' && bytes.length < LARGEST_BODY) {
      kept = bytes;
      return;
    }
    const message = typeof request === 'object' ? messageOf(request) : undefined;
    const gone = new AbortController();
    const answer = message && options.answer(message, socket, gone.signal);
    if (message === undefined || answer === undefined) {
      leave(bytes);
      return;
    }
    current = gone;
    since = Date.now();
    answer.then(
      (response) => respond(message.method, response),
      () => void socket.destroy(),
    );
  };

  const respond = (method: string, response: HttpResponse): void => {
    if (socket.destroyed || !socket.writable) {
      discard(response);
      return;
    }
    const body = simpleBody(method, response);
    if (body === undefined) respondByNode(method, response);
    else {
      const { statusCode, headers } = response;
      const { bytes, length } = encodeResponse(
        { statusCode, headers: Object.entries(headers), body },
        { headOnly: false, keepAliveSeconds },
      );
      writeNow(socket, bytes, length);
      answered();
    }
  };

  const respondByNode = (method: string, answer: HttpResponse): void => {
    const response = new ServerResponse({ method, httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage);
    const onDrain = (): void => void response.emit('drain');
    response.assignSocket(socket);
    socket.on('drain', onDrain);
    response.once('close', () => socket.off('drain', onDrain));
    response.once('finish', () => {
      socket.off('drain', onDrain);
      response.detachSocket(socket);
      answered();
    });
    options.send({ complete: true }, response, answer);
  };

  const answered = (): void => {
    current = undefined;
    // Who was kept waiting long may be as long about the next request as anybody.
    if (Date.now() - since > WAITED_LONG_MS) socket.setTimeout(options.keepAliveMs);
    const next = kept;
    if (next === undefined) return;
    take(next);
    // Not ours any more, or on with it.
    if (current !== undefined || kept !== undefined) socket.resume();
  };

  const leave = (bytes: Buffer): void => {
    socket.off('data', onData).off('end', onEnd).off('close', onClose).off('timeout', onTimeout).off('error', onError);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(bytes);
    handOver();
    // Once its listeners are attached.
    process.nextTick(() => socket.resume());
  };

  const onEnd = (): void => void socket.end();
  const onClose = (): void => current?.abort();
  const onTimeout = (): void => {
    if (current === undefined) socket.destroy();
  };
  const onError = (): void => void socket.destroy();

  socket.on('data', onData).on('end', onEnd).on('close', onClose).on('timeout', onTimeout).on('error', onError);
  socket.setTimeout(options.keepAliveMs);
}

/**
 * By name, and nothing else: no name of a header leads to what all objects inherit. An object with no prototype at all
 * would be one too, but of the kind that V8 reads and goes through slowly.
 */
const HeadersByName = function HeadersByName() {} as unknown as new () => Record<string, string>;
HeadersByName.prototype = Object.create(null);

/** Undefined where a name comes twice: what that means differs from header to header, and Node knows it. */
function messageOf({ method, target, rawHeaders, body = NO_BODY }: PlainRequest): PlainMessage | undefined {
  const headers = new HeadersByName();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = inLowerCase(rawHeaders[index]!);
    if (headers[name] !== undefined) return undefined;
    headers[name] = rawHeaders[index + 1]!;
  }
  return { method, url: target, headers, body };
}

const lowerCase = new Map<string, string>();
const MOST_NAMES = 1_000;

function inLowerCase(name: string): string {
  let lower = lowerCase.get(name);
  if (lower === undefined) {
    lower = name.toLowerCase();
    if (lowerCase.size < MOST_NAMES) lowerCase.set(name, lower);
  }
  return lower;
}

/** Of a response that is nothing but a body, whose length is its own. */
function simpleBody(method: string, { statusCode, headers, body = '' }: HttpResponse): string | Uint8Array | undefined {
  if (method === 'HEAD' || hasNoBody(statusCode) || headers['content-length'] !== undefined) return undefined;
  return typeof body === 'string' || ArrayBuffer.isView(body) ? body : undefined;
}

/** Nobody waits for it any more. */
function discard({ body }: HttpResponse): void {
  if (typeof body === 'object' && 'destroy' in body) body.destroy();
}
