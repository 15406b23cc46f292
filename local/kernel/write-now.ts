import { writeSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * Writes at once, by one system call on the socket's own descriptor: the stream's way costs three times that, on
 * writes that every invocation makes. What the system does not take at once goes the stream's way.
 *
 * @param length of what is to be written of `bytes` when those are not the caller's to give away: what the system does
 *   not take is then copied
 */
export function writeNow(socket: Socket, bytes: Buffer, length?: number): void {
  const descriptor = (socket as Socket & { readonly _handle?: { readonly fd?: number } | null })._handle?.fd ?? -1;
  const end = length ?? bytes.length;
  let sent = 0;
  if (descriptor >= 0 && socket.writableLength === 0) {
    try {
      sent = writeSync(descriptor, bytes, 0, end);
    } catch {
      // EAGAIN: the stream waits for room. EPIPE: the stream finds out too, and closes.
    }
  }
  if (sent === end) return;
  const rest = bytes.subarray(sent, end);
  socket.write(length === undefined ? rest : Buffer.from(rest));
}
