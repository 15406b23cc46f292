/**
 * HTTP/2 on the same port, for clients that speak nothing else: the AWS SDK for JavaScript calls Bedrock Runtime so,
 * by TLS or, at an endpoint of `http://`, with prior knowledge.
 * https://www.rfc-editor.org/rfc/rfc9113#section-3
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import type { Duplex } from 'node:stream';

/** The first bytes of such a connection; no method of HTTP/1.1 that AWS knows begins so. */
const PREFACE = 'PRI';

export interface Http2Entrance {
  /** Whether a connection that begins so speaks HTTP/2. */
  speaks(first: Uint8Array): boolean;
  /** Serves a connection of which nothing has been read, or what was is put back. */
  enter(connection: Duplex): void;
  /** Ends every connection. */
  stop(): void;
}

/** @param listener is given requests and responses as if they were HTTP/1.1's, with `socket` the connection */
export function createHttp2Entrance(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
): Http2Entrance {
  const connections = new Map<ServerHttp2Session, Duplex>();
  const server = createServer(
    { settings: { maxConcurrentStreams: 200 }, maxSessionMemory: 100 },
    (request, response) => {
      const session = request.stream.session;
      const connection = session && connections.get(session as ServerHttp2Session);
      if (!connection) return response.destroy();
      listener(asIncomingMessage(request, connection), asServerResponse(response));
    },
  );
  server.on('sessionError', () => {});
  return {
    speaks: (first) => Buffer.from(first.subarray(0, PREFACE.length)).toString('latin1') === PREFACE,
    enter(connection) {
      // A session begins while its connection is handed over, which is what tells them to belong together.
      server.once('session', (session) => {
        connections.set(session, connection);
        session.once('close', () => connections.delete(session));
        session.on('error', () => connection.destroy());
        // Connections here stay half open. Who has ended his side can no more say that he has read what was sent, and a
        // stream waits for that when its window is full: for ever, if nobody ended it.
        connection.once('end', () => session.destroy());
      });
      server.emit('connection', connection);
    },
    stop() {
      for (const [session, connection] of connections) {
        session.destroy();
        connection.destroy();
      }
    },
  };
}

function asIncomingMessage(request: Http2ServerRequest, socket: Duplex): IncomingMessage {
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => !name.startsWith(':')));
  headers['host'] ??= request.authority;
  // The SDK signs `:authority`, where HTTP/1.1 has `host`.
  const headersDistinct = Object.fromEntries(
    Object.entries({ ...headers, ':authority': request.authority }).map(([name, value]) => [
      name,
      Array.isArray(value) ? value : [String(value)],
    ]),
  );
  // A body has no other announcement here: where there is none, the request ends with its headers.
  if (!request.stream.endAfterHeaders && headers['content-length'] === undefined)
    headers['transfer-encoding'] = 'chunked';
  return Object.defineProperties(request, {
    headers: { value: headers },
    headersDistinct: { value: headersDistinct },
    socket: { value: socket },
  }) as unknown as IncomingMessage;
}

/** Headers that speak of a connection are none of HTTP/2's. */
const OF_CONNECTIONS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

function asServerResponse(response: Http2ServerResponse): ServerResponse {
  const { setHeader, stream } = response;
  return Object.defineProperties(response, {
    // `finish` is said of responses that were broken off, too.
    writableFinished: { get: () => stream.writableFinished && !stream.aborted },
    setHeader: {
      value(name: string, value: string) {
        if (!OF_CONNECTIONS.has(name.toLowerCase())) setHeader.call(response, name, value);
        return response;
      },
    },
  }) as unknown as ServerResponse;
}
