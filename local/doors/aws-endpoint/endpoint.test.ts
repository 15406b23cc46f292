import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json, text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { createCertificateAuthority } from '../../kernel/certificates.ts';
import type { CallContext, ServiceDefinition } from '../../kernel/service.ts';
import { signed, signedFetch } from './signatures.fixture.ts';
import { startTestCloud, type TestCloud } from './testing.ts';

/** A service of one operation over JSON, whose schemas are written by hand. */
function echo(handle: (input: Record<string, unknown>, call: CallContext) => unknown): ServiceDefinition {
  const structure = (name: string, members: string[]) => [3, 'n', name, 0, members, members.map(() => 0)];
  return {
    name: 'echo',
    aliases: ['Echo_2026'],
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: { Say: { requires: () => [], handle } },
      wire: async () => ({
        protocol: 'json-1.1',
        schemas: { Say$: [9, 'n', 'Say', 0, () => structure('In', ['Text']), () => structure('Out', ['Text'])] },
      }),
    }),
  };
}

const TARGET = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Echo_2026.Say' };
describe('the AWS endpoint', () => {
  let cloud: TestCloud;
  let seen: { input: Record<string, unknown>; call: CallContext }[];
  let answer: (call: CallContext) => unknown;

  beforeEach(async () => {
    seen = [];
    answer = () => ({ Text: 'hello' });
    const service = echo((input, call) => {
      seen.push({ input, call });
      return answer(call);
    });
    cloud = await startTestCloud([service], {
      maximumBodyBytes: 1000,
      routes: [{ method: 'GET', path: '/_sampan/extra/', handle: (_, response) => void response.end('extra') }],
    });
  });

  afterEach(() => cloud[Symbol.asyncDispose]());

  const say = (headers: Record<string, string>, body: string | Buffer = '{"Text":"hi"}') =>
    signedFetch(cloud.endpoint.url, { headers: { ...TARGET, ...headers }, body }, { service: 'echo' });

  it('finds a service by its signature, and passes the call on', async () => {
    const response = await say({ 'x-amzn-trace-id': 'Root=1-2-3' });
    expect([response.status, await response.json()]).toEqual([200, { Text: 'hello' }]);
    expect(seen[0]!.input).toEqual({ Text: 'hi' });
    expect(seen[0]!.call).toMatchObject({
      requestId: response.headers.get('x-amzn-requestid'),
      traceHeader: 'Root=1-2-3',
      origin: { kind: 'outside' },
    });
  });

  it('takes the whole URL in the first line of a request, as proxies are sent it', async () => {
    const { host } = new URL(cloud.endpoint.url);
    const { method, headers, body } = await signed(
      cloud.endpoint.url,
      { headers: TARGET, body: '{}' },
      { service: 'echo' },
    );
    const { hostname, port } = new URL(cloud.endpoint.url);
    const sent = httpRequest({ hostname, port, method, path: `http://${host}/`, headers: { ...headers, host } });
    sent.end(body);
    const [incoming] = await once(sent, 'response');
    expect([incoming.statusCode, await json(incoming)]).toEqual([200, { Text: 'hello' }]);
  });

  it('names services it does not have, in the answer and in the log', async () => {
    const lines: string[] = [];
    cloud.kernel.telemetry.onLog((_, { message }) => lines.push(message));
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Q.Do' };
    const response = await signedFetch(cloud.endpoint.url, { headers, body: '{}' }, { service: 'quantum' });
    expect(response.status).toBe(501);
    expect(await response.json()).toMatchObject({ message: 'service quantum is not emulated' });
    expect(lines).toContain('service quantum is not emulated');
    const nothing = await fetch(`${cloud.endpoint.url}/anything`);
    expect(await nothing.json()).toMatchObject({ message: expect.stringMatching(/names no AWS service/) });
  });

  it('refuses half a signature in the protocol of the service', async () => {
    const { url, headers, ...rest } = await signed(
      cloud.endpoint.url,
      { headers: TARGET, body: '{}' },
      { service: 'echo' },
    );
    const authorization = headers['authorization']!.replace(/, Signature.*/, '');
    const response = await fetch(url, { ...rest, headers: { ...headers, authorization } });
    expect([response.status, await response.json()]).toEqual([
      400,
      { __type: 'IncompleteSignatureException', message: expect.stringMatching(/requires 'Signature' parameter/) },
    ]);
    expect(seen).toEqual([]);
  });

  it('keeps its own mistakes to itself, and says so in the log', async () => {
    const lines: string[] = [];
    cloud.kernel.telemetry.onLog((_, { message }) => lines.push(message));
    answer = () => ({ Text: 12 });
    const response = await say({});
    expect([response.status, ((await response.json()) as { __type: string }).__type]).toEqual([500, 'InternalFailure']);
    expect(lines.join()).toMatch(/please report it[\s\S]*a service answered number/);
  });

  it('takes bodies up to its limit, compressed ones as long as they are unpacked', async () => {
    const long = JSON.stringify({ Text: 'x'.repeat(2000) });
    for (const response of [await say({}, long), await say({ 'content-encoding': 'gzip' }, gzipSync(long))]) {
      expect([response.status, ((await response.json()) as { __type: string }).__type]).toEqual([
        413,
        'RequestEntityTooLargeException',
      ]);
    }
    const response = await say({ 'content-encoding': 'gzip' }, gzipSync('{"Text":"packed"}'));
    expect(response.status).toBe(200);
    expect(seen.at(-1)!.input).toEqual({ Text: 'packed' });
    expect((await say({ 'content-encoding': 'gzip' }, 'not packed')).status).toBe(400);
  });

  it('tells the service when the caller has gone', async () => {
    const gone = new Promise<boolean>((resolve) => {
      answer = ({ signal }) =>
        new Promise((_, reject) => {
          signal!.addEventListener('abort', () => {
            resolve(true);
            reject(signal!.reason);
          });
        });
    });
    const impatient = new AbortController();
    const { url, ...init } = await signed(cloud.endpoint.url, { headers: TARGET, body: '{}' }, { service: 'echo' });
    const sent = fetch(url, { ...init, signal: impatient.signal });
    while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
    impatient.abort();
    await expect(sent).rejects.toThrow();
    expect(await gone).toBe(true);
  });

  it.each(['the stream', 'the session'])(
    'tells it so when %s of HTTP/2 was ended, and not when it was answered',
    async (what) => {
      const signals: AbortSignal[] = [];
      answer = ({ signal }) => {
        signals.push(signal!);
        return signals.length === 1 ? { Text: 'hello' } : new Promise(() => {});
      };
      const session = connectHttp2(cloud.endpoint.url).on('error', () => {});
      const ask = async () => {
        const { headers } = await signed(cloud.endpoint.url, { headers: TARGET, body: '{}' }, { service: 'echo' });
        const { host } = new URL(cloud.endpoint.url);
        const stream = session.request({ ...headers, ':method': 'POST', ':path': '/', ':authority': host });
        return stream.on('error', () => {}).end('{}');
      };
      expect(JSON.parse(await text(await ask()))).toEqual({ Text: 'hello' });
      const left = await ask();
      while (signals.length < 2) await new Promise((resolve) => setImmediate(resolve));
      if (what === 'the stream') left.close(8);
      else session.destroy();
      await once(signals[1]!, 'abort');
      expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
      session.destroy();
    },
  );

  it('serves its health and the routes it is given, and keeps the rest of /_sampan to itself', async () => {
    const get = async (path: string) => {
      const response = await fetch(cloud.endpoint.url + path);
      return [response.status, await response.text()];
    };
    expect(await get('/_sampan/health')).toEqual([200, '{"status":"ready"}']);
    expect(await get('/_sampan/extra/x?y')).toEqual([200, 'extra']);
    expect((await get('/_sampan/other'))[0]).toBe(404);
  });

  it('serves many requests on one connection', async () => {
    const body = '{"Text":"hi"}';
    const { headers } = await signed(cloud.endpoint.url, { headers: TARGET, body }, { service: 'echo' });
    const all = { ...headers, host: new URL(cloud.endpoint.url).host, 'content-length': body.length };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
    const head = `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
    const socket = connect(cloud.endpoint.port, '127.0.0.1');
    for (let index = 0; index < 3; index++) socket.write(head + body);
    let received = '';
    for await (const chunk of socket) {
      received += chunk;
      if (received.split('{"Text":"hello"}').length === 4) break;
    }
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(3);
  });

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    await expect(startTestCloud([], { port })).rejects.toMatchObject({ name: 'PortInUse', port, host: '127.0.0.1' });
    other.close();
  });

  describe('for an execution environment', () => {
    const pair = async (): Promise<[Socket, Socket]> => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const client = connect((server.address() as { port: number }).port, '127.0.0.1');
      const [accepted] = await once(server, 'connection');
      server.close();
      return [client, accepted];
    };

    const bind = () => {
      const role = 'arn:aws:iam::123456789012:role/hello';
      const issued = cloud.kernel.identities.issue({ roleArn: role, sessionName: 'hello', durationSeconds: 900 });
      const functionArn = 'arn:aws:lambda:us-east-1:123456789012:function:hello';
      cloud.kernel.identities.bind({ environmentId: 'env-1', functionArn, principal: issued.principal });
      return issued.credentials;
    };

    it('knows it by its socket', async () => {
      const credentials = bind();
      const [client, accepted] = await pair();
      cloud.endpoint.accept(accepted, 'env-1', { tls: false });
      const { headers } = await signed(
        'http://localhost/',
        { headers: TARGET, body: '{}' },
        { service: 'echo', credentials },
      );
      const sent = httpRequest({
        createConnection: () => client,
        method: 'POST',
        headers: { ...headers, host: 'localhost' },
      });
      sent.end('{}');
      const [response] = await once(sent, 'response');
      expect([response.statusCode, await json(response)]).toEqual([200, { Text: 'hello' }]);
      expect(seen[0]!.call).toMatchObject({
        origin: { kind: 'environment', environmentId: 'env-1' },
        principal: { kind: 'role-session', roleArn: 'arn:aws:iam::123456789012:role/hello' },
      });
    });

    it('has for a function no more than its health of what is the cloud’s own', async () => {
      bind();
      const [client, accepted] = await pair();
      cloud.endpoint.accept(accepted, 'env-1', { tls: false });
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      agent.createConnection = () => client;
      const status = async (path: string) => {
        const sent = httpRequest({ path, agent, headers: { host: 'localhost' } });
        sent.end();
        const [response] = await once(sent, 'response');
        response.resume();
        await once(response, 'end');
        return response.statusCode;
      };
      expect(await status('/_sampan/extra/x')).toBe(404);
      expect(await status('http://localhost/_sampan/extra/x')).toBe(404);
      expect(await status('/_sampan/health')).toBe(200);
      agent.destroy();
    });

    it('speaks TLS for the names of AWS', async () => {
      bind();
      const directory = await mkdtemp(join(tmpdir(), 'sampan-endpoint-'));
      const authority = await createCertificateAuthority(directory);
      await using other = await startTestCloud([], { certificates: authority });
      const [client, accepted] = await pair();
      other.endpoint.accept(accepted, 'env-1', { tls: true });
      const host = 'secretsmanager.us-east-1.amazonaws.com';
      const secure = connectTls({ socket: client, servername: host, ca: authority.caPem });
      const sent = httpRequest({ host, path: '/_sampan/health', createConnection: () => secure });
      sent.end();
      const [response] = await once(sent, 'response');
      expect([response.statusCode, await text(response)]).toEqual([200, '{"status":"ready"}']);
      await rm(directory, { recursive: true });
    });

    it('survives one that goes away in the middle of a handshake', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'sampan-endpoint-'));
      await using other = await startTestCloud([], { certificates: await createCertificateAuthority(directory) });
      const [client, accepted] = await pair();
      other.endpoint.accept(accepted, 'env-1', { tls: true });
      client.write('this is no handshake');
      await once(client, 'close');
      expect((await fetch(`${other.endpoint.url}/_sampan/health`)).status).toBe(200);
      await rm(directory, { recursive: true });
    });
  });
});
