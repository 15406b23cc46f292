/** TLS and plain HTTP on one port, told apart by the first byte of a connection. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A TLS record of type handshake; no HTTP method begins so. */
const TLS_HANDSHAKE = 0x16;

export interface Entrance {
  /** Hands a connection over that is known to speak HTTP. */
  enter(connection: Duplex): void;
  /** Ends the connections that have not said anything yet: the server does not know them. */
  stop(): void;
}

/** Makes connections of `server` that begin with a TLS handshake go through `terminate` first. */
export function acceptBothKinds(server: Server, terminate: (socket: Duplex) => Duplex): Entrance {
  const listeners = server.listeners('connection') as ((connection: Duplex) => void)[];
  const silent = new Set<Socket>();

  function enter(connection: Duplex): void {
    for (const listener of listeners) listener.call(server, connection);
  }

  function awaitFirstByte(socket: Socket): void {
    const giveUp = (): void => void socket.destroy();
    const forget = (): void => void silent.delete(socket);
    silent.add(socket);
    socket.once('close', forget);
    socket.once('error', giveUp);
    socket.setTimeout(server.headersTimeout, giveUp);
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return giveUp();
      forget();
      socket.off('close', forget).off('error', giveUp).off('timeout', giveUp).setTimeout(0);
      socket.unshift(first);
      enter(first[0] === TLS_HANDSHAKE ? terminate(socket) : socket);
    });
  }

  server.removeAllListeners('connection');
  server.on('connection', awaitFirstByte);
  return {
    enter,
    stop() {
      for (const socket of silent) socket.destroy();
    },
  };
}
