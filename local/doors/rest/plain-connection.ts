/** A connection as long as its requests are plain; with the first that is not, it becomes Node's own HTTP server's. */
import type { Socket } from 'node:net';
import { writeNow } from '../../kernel/write-now.ts';
import {
  isStreamed,
  type RenderedResponse,
  type StreamedResponse,
  StreamFailed,
} from '../../services/apigateway/index.ts';
import { createPlainReader, type PlainRequest } from './plain-request.ts';
import { type EncodedResponse, encodeResponse } from './plain-response.ts';
import { writeStream } from './plain-stream.ts';

export interface ConnectionOptions {
  readonly keepAliveMs: number;
  /** Never rejects. */
  answer(request: PlainRequest, sourceIp: string): Promise<RenderedResponse | StreamedResponse>;
  /** Takes the connection over; what was read and not answered is back in the socket. */
  handOver(socket: Socket): void;
  /** Told of failures that are ours. */
  onBug(error: unknown): void;
}

/** When the mistake is ours. */
export const BROKEN: RenderedResponse = {
  statusCode: 500,
  headers: [['Content-Type', 'application/json']],
  body: '{"message":"Internal server error"}',
};

export function servePlain(socket: Socket, options: ConnectionOptions): void {
  const read = createPlainReader();
  const sourceIp = (socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
  const keepAliveSeconds = options.keepAliveMs / 1000;
  let busy = false;
  let hasEnded = false;
  /** What came while we were busy: the client does not wait for answers. It has to wait for more now. */
  let kept: Buffer | undefined;

  const onData = (bytes: Buffer): void => {
    if (!busy) {
      take(bytes);
      return;
    }
    kept = bytes;
    socket.pause();
  };

  const take = (bytes: Buffer): void => {
    const request = read(bytes);
    if (request === undefined || request === 'unfinished') {
      leave(bytes);
      return;
    }
    busy = true;
    const headOnly = request.method === 'HEAD';
    options.answer(request, sourceIp).then((response) => {
      if (isStreamed(response)) {
        void stream(response, headOnly);
        return;
      }
      if (!socket.destroyed) {
        const { bytes, length } = encode(response, headOnly);
        writeNow(socket, bytes, length);
      }
      answered();
    });
  };

  const answered = (): void => {
    busy = false;
    if (kept !== undefined) takeKept(kept);
    else if (hasEnded) socket.end();
  };

  /** A failure midstream has no other way to be told than a connection that ends too early. */
  const stream = async (response: StreamedResponse, headOnly: boolean): Promise<void> => {
    try {
      if (await writeStream(socket, response, { headOnly, keepAliveSeconds })) answered();
    } catch (error) {
      if (!(error instanceof StreamFailed)) options.onBug(error);
      socket.destroy();
    }
  };

  const encode = (response: RenderedResponse, headOnly: boolean): EncodedResponse => {
    try {
      return encodeResponse(response, { headOnly, keepAliveSeconds });
    } catch (error) {
      options.onBug(error);
      return encodeResponse(BROKEN, { headOnly, keepAliveSeconds });
    }
  };

  const takeKept = (bytes: Buffer): void => {
    kept = undefined;
    take(bytes);
    // Not ours any more, or on with it.
    if (busy) socket.resume();
  };

  const leave = (bytes: Buffer): void => {
    socket.off('data', onData);
    socket.off('end', onEnd);
    socket.off('timeout', onTimeout);
    socket.off('error', onError);
    socket.setTimeout(0);
    socket.pause();
    socket.unshift(bytes);
    options.handOver(socket);
    // Once its listeners are attached.
    process.nextTick(() => socket.resume());
  };

  const onEnd = (): void => {
    hasEnded = true;
    if (!busy) socket.end();
  };
  const onTimeout = (): void => {
    if (!busy) socket.destroy();
  };
  // The client has gone in the middle of something; what it asked for goes on.
  const onError = (): void => void socket.destroy();

  socket.on('data', onData);
  socket.on('end', onEnd);
  socket.on('timeout', onTimeout);
  socket.on('error', onError);
  socket.setTimeout(options.keepAliveMs);
}
