/** HTTP/2 on the port of the endpoint, with TLS and without. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:http2';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createCertificateAuthority } from '../../kernel/certificates.ts';
import { startTestCloud } from './testing.ts';

const HOST = 'bedrock-runtime.us-east-1.amazonaws.com';

it('is spoken to who agrees on it in the handshake, and to who begins with it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sampan-http2-'));
  const authority = await createCertificateAuthority(directory);
  await using cloud = await startTestCloud([], { certificates: authority });
  const { port, url } = cloud.endpoint;
  const secure = connect(`https://127.0.0.1:${port}`, { servername: HOST, ca: authority.caPem });
  const plain = connect(url);
  for (const session of [secure, plain]) {
    // Many at once on one connection, each with its own answer.
    const answers = await Promise.all([1, 2, 3].map(() => text(session.request({ ':path': '/_sampan/health' }))));
    expect(answers).toEqual(Array(3).fill('{"status":"ready"}'));
    expect(await text(session.request({ ':path': '/_sampan/nowhere' }))).toBe('{"message":"Not Found"}');
  }
  expect(secure.alpnProtocol).toBe('h2');
  secure.close();
  plain.close();
  await rm(directory, { recursive: true });
});

it.each([
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00'],
])('ends the connection of who begins %s and then says that nothing comes', async (_what, beginning) => {
  const directory = await mkdtemp(join(tmpdir(), 'sampan-http2-'));
  await using cloud = await startTestCloud([], { certificates: await createCertificateAuthority(directory) });
  const socket = connectPlain(cloud.endpoint.port, '127.0.0.1').resume();
  socket.end(Buffer.from(beginning, 'latin1'));
  await once(socket, 'close', { signal: AbortSignal.timeout(5_000) });
  await rm(directory, { recursive: true });
});

it('ends with the endpoint, busy or idle', async () => {
  const cloud = await startTestCloud([]);
  const session = connect(cloud.endpoint.url);
  const closed = new Promise((resolve) => session.once('close', resolve));
  session.on('error', () => {});
  await text(session.request({ ':path': '/_sampan/health' }));
  await cloud[Symbol.asyncDispose]();
  await closed;
});
