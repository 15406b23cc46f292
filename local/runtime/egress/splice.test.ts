import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { takeTicket } from './splice.ts';
import { TICKET_LENGTH } from './wire.ts';

const TICKET = `T${'0'.repeat(TICKET_LENGTH - 1)}`;

/** As the port of the AWS endpoint does it: what a connection begins with is looked at, and put back. */
function lookAndEnter(socket: Socket, enter: (socket: Socket) => void): void {
  socket.once('readable', () => {
    socket.unshift(socket.read() as Buffer);
    enter(socket);
  });
}

test.each(['at once', 'later'])(
  'a session of HTTP/2 that follows a ticket %s finds its beginning, and nobody else takes it',
  async (when) => {
    const directory = await mkdtemp(join(tmpdir(), 'sampan-ticket-'));
    const path = join(directory, 'socket');
    const http2 = createHttp2Server((_request, response) => void response.end('hello'));
    http2.on('sessionError', (error) => void faults.push(error));
    const faults: Error[] = [];
    const server = createServer((socket) =>
      takeTicket(socket, () => lookAndEnter(socket, (entered) => http2.emit('connection', entered))),
    ).listen(path);
    await once(server, 'listening');
    for (let times = 0; times < 20; times += 1) {
      const socket = connect(path);
      await once(socket, 'connect');
      socket.write(TICKET);
      if (when === 'later') await new Promise((resolve) => setTimeout(resolve, 2));
      const session = connectHttp2('http://localhost', { createConnection: () => socket });
      session.on('error', (error) => void faults.push(error));
      expect(await text(session.request({ ':path': '/' }))).toBe('hello');
      session.destroy();
    }
    expect(faults).toEqual([]);
    server.close();
    await rm(directory, { recursive: true });
  },
);
