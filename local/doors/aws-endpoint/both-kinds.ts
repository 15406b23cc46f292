/** TLS and plain HTTP, HTTP/1.1 and HTTP/2 on one port, told apart by the first bytes of a connection. */
import type { Server } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { Http2Entrance } from './http2.ts';
import type { PlainEntrance } from './plain-entrance.ts';

/** A TLS record of type handshake; no HTTP method begins so. */
const TLS_HANDSHAKE = 0x16;

export interface Entrance {
  /** Hands a connection over that came another way, TLS on top of it or not. */
  enter(connection: Duplex): void;
  /** Ends the connections that have not said anything yet: the server does not know them. */
  stop(): void;
}

/**
 * Makes connections of `server` that begin with a TLS handshake go through `terminate` first, those that speak HTTP/2 to
 * `http2`, and those without TLS through `plain`, as long as that can read them. Without `terminate` there is no TLS.
 */
export function acceptBothKinds(
  server: Server,
  terminate: ((socket: Duplex) => TLSSocket) | undefined,
  http2: Http2Entrance,
  plain: PlainEntrance,
): Entrance {
  const listeners = server.listeners('connection') as ((connection: Duplex) => void)[];
  const silent = new Set<Duplex>();

  function enterByNode(connection: Duplex): void {
    for (const listener of listeners) listener.call(server, connection);
  }

  function enter(connection: Duplex): void {
    if (connection instanceof Socket && !(connection instanceof TLSSocket)) plain.enter(connection, enterByNode);
    else enterByNode(connection);
  }

  /**
   * Ends a connection that says nothing for as long as a client may take for its headers, or says that nothing comes;
   * gives what ends the watch.
   */
  function watch(connection: Duplex): () => void {
    const giveUp = (): void => void connection.destroy();
    const forget = (): void => void silent.delete(connection);
    silent.add(connection);
    connection.once('close', forget).once('error', giveUp).once('end', giveUp);
    const timed = connection instanceof Socket ? connection.setTimeout(server.headersTimeout, giveUp) : undefined;
    return () => {
      forget();
      connection.off('close', forget).off('error', giveUp).off('end', giveUp);
      timed?.off('timeout', giveUp).setTimeout(0);
    };
  }

  function awaitFirstBytes(connection: Duplex): void {
    const unwatch = watch(connection);
    connection.once('readable', () => {
      const first = connection.read() as Buffer | null;
      if (first === null) return void connection.destroy();
      unwatch();
      connection.unshift(first);
      if (first[0] === TLS_HANDSHAKE && terminate) awaitHandshake(terminate(connection));
      else if (http2.speaks(first)) http2.enter(connection);
      else enter(connection);
    });
  }

  /** In which the two agree on what they will speak. */
  function awaitHandshake(secure: TLSSocket): void {
    const unwatch = watch(secure);
    secure.once('secure', () => {
      unwatch();
      // Only a server of Node's own says so; until then a session of HTTP/2 waits for the handshake.
      (secure as { secureConnecting?: boolean }).secureConnecting = false;
      if (secure.alpnProtocol === 'h2') http2.enter(secure);
      else enter(secure);
    });
  }

  server.removeAllListeners('connection');
  server.on('connection', awaitFirstBytes);
  return {
    enter: (connection) => (connection instanceof TLSSocket ? awaitHandshake(connection) : awaitFirstBytes(connection)),
    stop() {
      for (const connection of silent) connection.destroy();
    },
  };
}
