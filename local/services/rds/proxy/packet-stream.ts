/** Packets out of a connection, one at a time, until the rest of it is nobody's business here. */
import type { Duplex } from 'node:stream';
import { firstPacket, type Packet } from './protocol.ts';

/** A login has a name, a password's hash and some attributes of the client. */
const MOST_BYTES = 64 * 1024;

/** What came with it stays in the connection, which waits. Rejects when it ends first, or is no packet of a login. */
export function nextPacket(stream: Duplex): Promise<Packet> {
  return new Promise((resolve, reject) => {
    let bytes: Buffer = Buffer.alloc(0);
    const settle = (): void => {
      stream.off('data', look).off('end', ended).off('close', ended);
      stream.pause();
    };
    const ended = (): void => {
      settle();
      reject(new Error('the connection ended within a packet'));
    };
    const look = (chunk: Buffer): void => {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      const found = firstPacket(bytes);
      if (!found && bytes.length <= MOST_BYTES) return;
      settle();
      if (found) {
        if (found.rest.length > 0) stream.unshift(found.rest);
        resolve(found.packet);
      } else reject(new Error('not a packet of a login'));
    };
    stream.on('data', look).once('end', ended).once('close', ended);
    stream.resume();
  });
}

/** From now on bytes, both ways, until both have ended. */
export function pass(client: Duplex, server: Duplex): void {
  client.pipe(server);
  server.pipe(client);
}
