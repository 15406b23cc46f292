/** Joining two connections, and taking the ticket off the front of one. */
import type { Socket } from 'node:net';
import { TICKET_LENGTH } from './wire.ts';

/**
 * Calls `taken` with the ticket a connection begins with. What follows it is back in the socket, which flows again when
 * `taken` has attached somebody who listens to what flows; who reads by itself, as a session of HTTP/2, would lose it.
 */
export function takeTicket(socket: Socket, taken: (ticket: string) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const look = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    if (bytes.length < TICKET_LENGTH) return;
    socket.off('data', look);
    socket.pause();
    if (bytes.length > TICKET_LENGTH) socket.unshift(bytes.subarray(TICKET_LENGTH));
    taken(bytes.toString('latin1', 1, TICKET_LENGTH));
    process.nextTick(() => {
      if (socket.listenerCount('data') > 0) socket.resume();
    });
  };
  socket.on('data', look);
}

/** Carries bytes both ways until both sides have ended; when one breaks, so does the other. */
export function splice(near: Socket, far: Socket): void {
  near.pipe(far);
  far.pipe(near);
  near.once('close', () => far.destroy());
  far.once('close', () => {
    // What came before the end is still on its way to the program.
    if (!near.writableEnded) near.destroy();
  });
}
