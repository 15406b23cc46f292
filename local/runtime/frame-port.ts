/** The supervisor's end of `client/transport.cjs`: frames on a socket ⇄ the runtime port of an environment. */
import type { Socket } from 'node:net';
import { writeNow } from '../kernel/write-now.ts';
import type { Filling } from './compiled-code.ts';
import { createFrameReader, encodeFrame, FRAME, fitsFrame, writeFrame } from './frames.ts';
import type { Deliver, RuntimePort } from './runtime-port.ts';

/** For every event that surely fits: it has been written, or copied, before the next one is made. */
const usual = Buffer.allocUnsafeSlow(65_536);

function sendFrame(socket: Socket, type: number, head: string, body: string): void {
  if (fitsFrame(usual, head, body)) writeNow(socket, usual, writeFrame(usual, type, head, body));
  else writeNow(socket, encodeFrame(type, head, body));
}

/** `first` are the bytes that came with the connection; `compiled` takes what V8 made of the code. */
export function serveFrames(socket: Socket, first: Buffer, port: RuntimePort, compiled?: Filling): void {
  const deliver: Deliver = (event) => {
    const { requestId, deadlineMs, invokedFunctionArn, traceHeader, clientContext = '' } = event;
    const head = `${requestId}\n${deadlineMs}\n${invokedFunctionArn}\n${traceHeader}\n${clientContext}`;
    sendFrame(socket, FRAME.event, head, event.payload);
  };
  const wake = (): void => sendFrame(socket, FRAME.wake, '', '');
  const read = createFrameReader((type, bytes, head, body, end) => {
    switch (type) {
      case FRAME.response:
        port.response(bytes.toString('latin1', head, body), bytes.toString('utf8', body, end), end - body);
        return;
      case FRAME.next:
        compiled?.abandon();
        port.next(deliver, 'still', wake);
        return;
      case FRAME.nextRunning:
        compiled?.abandon();
        port.next(deliver, 'running');
        return;
      case FRAME.log:
        // Lambda's telemetry frame header: type u32, length u32, µs since 1970 i64.
        port.log(bytes.toString('utf8', body, end), Math.floor(Number(bytes.readBigInt64BE(head + 8)) / 1000));
        return;
      case FRAME.error: {
        const text = bytes.toString('utf8', head, body);
        const line = text.indexOf('\n');
        port.error(line === -1 ? text : text.slice(0, line), bytes.toString('utf8', body, end));
        return;
      }
      case FRAME.compiled:
        if (body === head) compiled?.complete();
        else compiled?.file(bytes.toString('latin1', head, body), bytes.subarray(body, end));
        return;
      default:
        // Not our client: nothing after this can be read.
        socket.destroy();
    }
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  if (!port.connected(closed, () => socket.destroy())) {
    socket.destroy();
    return;
  }
  // An event that nobody has read: the process had ended, and the kernel says so when it closes the socket.
  socket.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'ECONNRESET' || code === 'EPIPE') port.unread();
  });
  socket.on('data', read);
  socket.once('end', () => {
    port.gone();
    socket.destroy();
  });
  socket.once('close', () => port.gone());
  read(first);
}
