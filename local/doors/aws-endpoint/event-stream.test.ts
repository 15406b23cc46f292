/** Answers event by event over a real connection, and both kinds of connections at one port. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { get } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import * as schemas from '@aws-sdk/client-lambda';
import { createCertificateAuthority } from '../../kernel/certificates.ts';
import type { CallContext, ServiceDefinition } from '../../kernel/service.ts';
import { startTestCloud } from './testing.ts';

type Event = { readonly PayloadChunk: { readonly Payload: Uint8Array } };

/** Lambda's operation, answered by `events`. */
function streaming(events: (call: CallContext) => AsyncIterable<Event>): ServiceDefinition {
  return {
    name: 'lambda',
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: {
        InvokeWithResponseStream: {
          requires: () => [],
          handle: (_input, call) => ({ StatusCode: 200, EventStream: events(call) }),
        },
      },
      wire: async () => ({ protocol: 'rest-json', schemas }),
    }),
  };
}

const chunk = (size: number): Event => ({ PayloadChunk: { Payload: new Uint8Array(size) } });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const command = new schemas.InvokeWithResponseStreamCommand({ FunctionName: 'f' });

describe('an answer event by event', () => {
  it('ends when the client goes away: the call is aborted, and no event is asked for any more', async () => {
    const ended = Promise.withResolvers<CallContext>();
    async function* endless(call: CallContext) {
      try {
        for (;;) {
          yield chunk(10);
          await pause(5);
        }
      } finally {
        ended.resolve(call);
      }
    }
    await using cloud = await startTestCloud([streaming(endless)]);
    const client = new schemas.LambdaClient(cloud.client);
    const { EventStream } = await client.send(command);
    for await (const event of EventStream!) {
      expect(event.PayloadChunk?.Payload).toHaveLength(10);
      break;
    }
    client.destroy();
    expect((await ended.promise).signal?.aborted).toBe(true);
  });

  it('is made no faster than the client takes it', async () => {
    let made = 0;
    async function* large() {
      for (; made < 1000; made += 1) yield chunk(1024 * 1024);
    }
    await using cloud = await startTestCloud([streaming(large)]);
    const socket = connect(cloud.endpoint.port, '127.0.0.1');
    socket.write(
      'POST /2021-11-15/functions/f/response-streaming-invocations HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n',
    );
    // The answer has begun, and is not read on.
    await once(socket, 'readable');
    await pause(200);
    const before = made;
    await pause(200);
    expect(made).toBe(before);
    expect(made).toBeLessThan(100);
    socket.destroy();
  });
});

describe('the port of the endpoint', () => {
  it('speaks TLS to those who begin with a handshake, and HTTP to the others', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sampan-endpoint-'));
    const authority = await createCertificateAuthority(directory);
    await using cloud = await startTestCloud([], { certificates: authority });
    const servername = 'lambda.us-east-1.amazonaws.com';
    const options = { port: cloud.endpoint.port, host: '127.0.0.1', servername, ca: authority.caPem, agent: false };
    const [response] = await once(get({ ...options, path: '/_sampan/health' }), 'response');
    expect(await text(response)).toBe('{"status":"ready"}');
    const plain = await fetch(`${cloud.endpoint.url}/_sampan/health`);
    expect(await plain.json()).toEqual({ status: 'ready' });
    await rm(directory, { recursive: true });
  });

  it('does not wait, at the end, for those who never said anything', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'sampan-endpoint-'));
    const cloud = await startTestCloud([], { certificates: await createCertificateAuthority(directory) });
    const silent = connect(cloud.endpoint.port, '127.0.0.1');
    await once(silent, 'connect');
    const closed = once(silent, 'close');
    silent.on('error', () => {});
    // Its first byte is waited for.
    await pause(20);
    await cloud[Symbol.asyncDispose]();
    await closed;
    await rm(directory, { recursive: true });
  });
});
