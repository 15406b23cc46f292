import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createDatagramRelay, type DatagramRelay } from './datagram-relay.ts';

let server: Socket;
let relay: DatagramRelay;
let answers: string[];

beforeEach(async () => {
  server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  answers = [];
  relay = createDatagramRelay((to, _host, _port, data) => void answers.push(`${to} ${data}`));
});
afterEach(() => {
  relay.close();
  server.close();
});

const send = (from: number, text: string) => relay.send(from, '127.0.0.1', server.address().port, Buffer.from(text));
const received = async (): Promise<[text: string, port: number]> => {
  const [data, { port }] = (await once(server, 'message')) as [Buffer, { port: number }];
  return [data.toString(), port];
};

test('what a socket sent before it was closed arrives, and what carried it is closed', async () => {
  send(1, 'last words');
  relay.end(1);
  const [text, port] = await received();
  expect(text).toBe('last words');
  // Its port can be had again at once.
  const another = createSocket('udp4');
  for (;;) {
    another.removeAllListeners();
    const bound = new Promise<boolean>((resolve) => {
      another.once('listening', () => resolve(true)).once('error', () => resolve(false));
    });
    another.bind(port, '0.0.0.0');
    if (await bound) break;
  }
  another.close();
});

test('one that stays open gets its answers, and sends again from the same port', async () => {
  send(1, 'a question');
  const [, port] = await received();
  relay.end(2);
  server.send('an answer', port, '127.0.0.1');
  send(1, 'thanks');
  expect(await received()).toEqual(['thanks', port]);
  while (answers.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(answers).toEqual(['1 an answer']);
});
