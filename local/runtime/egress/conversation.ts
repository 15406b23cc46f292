/** What one process (or worker) of an environment says and is told, line by line, for as long as it lives. */
import type { Socket } from 'node:net';
import { createDatagramRelay } from './datagram-relay.ts';
import type { Answer, Asked, Question } from './wire.ts';

export interface Listener {
  answer(question: Asked): Promise<Answer>;
  /** Where a datagram really goes; undefined when nowhere. */
  routeDatagram(host: string, port: number): Promise<{ host: string; port: number } | undefined>;
  listening(port: number): void;
  child(program: string): void;
  abandoned(ticket: string): void;
  ended(): void;
}

/** A line longer than this is not our preload's. A datagram has at most 64 KB, in base64. */
const LONGEST_LINE = 200_000;

export function converse(socket: Socket, listener: Listener): void {
  const say = (answer: Answer): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`);
  };
  const relay = createDatagramRelay((to, host, port, data) => say({ to, host, port, data: data.toString('base64') }));

  /** By the program's socket: until where its datagrams go is known, it cannot be closed. */
  const routed = new Map<number, Promise<unknown>>();

  function hear(message: Question): void {
    if ('ask' in message) {
      listener.answer(message).then(say, () => say({ id: message.id, go: 'refuse', errno: 'EIO' }));
      return;
    }
    switch (message.tell) {
      case 'listening':
        listener.listening(message.port);
        break;
      case 'child':
        listener.child(message.file);
        break;
      case 'abandoned':
        listener.abandoned(message.ticket);
        break;
      case 'datagram': {
        const { from, host, port, data } = message;
        const sent = listener.routeDatagram(host, port).then((to) => {
          if (to) relay.send(from, to.host, to.port, Buffer.from(data, 'base64'));
        });
        const before = routed.get(from);
        // Without what came of either: a chain of results would grow with every datagram.
        routed.set(
          from,
          Promise.all([before, sent]).then(() => {}),
        );
        break;
      }
      case 'datagrams-end': {
        const { from } = message;
        void routed.get(from)?.then(() => relay.end(from));
        routed.delete(from);
      }
    }
  }

  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    try {
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        hear(JSON.parse(line) as Question);
      }
      if (text.length > LONGEST_LINE) throw new RangeError('a line without an end');
    } catch {
      // Nothing more is heard from whoever speaks like that.
      socket.destroy();
    }
  });
  socket.on('end', () => socket.end());
  socket.once('close', () => {
    relay.close();
    listener.ended();
  });
}
