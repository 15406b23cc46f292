/** Requests as bytes on a connection: what no client would send, or send twice. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import type { AwsEndpoint } from '../../../local/doors/aws-endpoint/index.ts';
import type { Signed } from '../../../local/doors/aws-endpoint/signatures.fixture.ts';

export interface Sent {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** In order, repeated ones repeatedly. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
}

export interface Received {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

export function sentOf({ method, url, headers, body = new Uint8Array() }: Signed): Sent {
  const { host, pathname, search } = new URL(url);
  return { method, target: pathname + search, headers: [['host', host], ...Object.entries(headers)], body };
}

export function bytesOf({ method, target, headers, body }: Sent): Buffer {
  const length = body.length > 0 ? [['content-length', String(body.length)] as const] : [];
  const lines = [...headers, ...length, ['connection', 'close'] as const].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), body]);
}

/** @param environmentId out of whose socket it comes; from outside when absent */
export async function exchange(endpoint: AwsEndpoint, bytes: Uint8Array, environmentId?: string): Promise<Received> {
  const socket =
    environmentId === undefined ? connect(endpoint.port, '127.0.0.1') : await inside(endpoint, environmentId);
  socket.on('error', () => {});
  socket.write(bytes);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  const text = Buffer.concat(chunks).toString('latin1');
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text };
}

/** A connection as the egress hands it over. */
async function inside(endpoint: AwsEndpoint, environmentId: string): Promise<Socket> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as { port: number }).port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  server.close();
  endpoint.accept(accepted, environmentId, { tls: false });
  return client;
}
