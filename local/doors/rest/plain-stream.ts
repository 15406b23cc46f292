/** A streamed response on a plain connection: the head at once, each piece as a chunk when it comes. */
import type { Socket } from 'node:net';
import type { StreamedResponse } from '../../services/apigateway/index.ts';
import { encodeStreamHead, hasNoBody, type ResponseOptions } from './plain-response.ts';

const END = Buffer.from('0\r\n\r\n');
const LINE_END = Buffer.from('\r\n');

/**
 * No faster than the client takes it. Resolves with true when the connection can carry another request; with false when
 * the client has gone. Rejects as the body does, and with TypeError for headers that are none, before anything is written.
 */
export async function writeStream(
  socket: Socket,
  response: StreamedResponse,
  { headOnly, keepAliveSeconds }: ResponseOptions,
): Promise<boolean> {
  const { body, statusCode } = response;
  const gone = Promise.withResolvers<void>();
  const onClose = (): void => {
    gone.resolve();
    // The function is not to wait for a reader that will not come.
    void body.return(undefined);
  };
  socket.once('close', onClose);
  try {
    if (socket.destroyed) {
      onClose();
      return false;
    }
    socket.write(encodeStreamHead(response, keepAliveSeconds));
    if (headOnly || hasNoBody(statusCode)) {
      await body.return(undefined);
      return true;
    }
    for await (const chunk of body) {
      if (socket.destroyed) return false;
      // A chunk of nothing would be the end.
      if (chunk.length > 0 && !writeChunk(socket, chunk)) await Promise.race([drained(socket), gone.promise]);
    }
    if (socket.destroyed) return false;
    socket.write(END);
    return true;
  } finally {
    socket.off('close', onClose);
  }
}

function writeChunk(socket: Socket, chunk: Uint8Array): boolean {
  socket.cork();
  socket.write(`${chunk.length.toString(16)}\r\n`);
  socket.write(chunk);
  const hasRoom = socket.write(LINE_END);
  socket.uncork();
  return hasRoom;
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('drain', resolve));
}
