/** Real clients read what this room writes, event by event. https://smithy.io/2.0/aws/amazon-eventstream.html */
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as lambda from '@aws-sdk/client-lambda';
import { createServiceWire, type ServiceModel } from './service-wire.ts';
import { handlerOf } from './testing.ts';
import { ProtocolError } from './wire-error.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const LAMBDA: ServiceModel = { protocol: 'rest-json', schemas: lambda };
const LOGS: ServiceModel = { protocol: 'json-1.1', schemas: logs };

/** Answers everything with `output`. */
function answering(model: ServiceModel, output: Record<string, unknown>) {
  const wire = createServiceWire(model);
  return handlerOf(async (request) => {
    const exchange = await wire.open(request);
    await exchange.decode();
    return exchange.encode(output, 'request-1');
  });
}

const invoke = new lambda.InvokeWithResponseStreamCommand({ FunctionName: 'tell', Payload: '{}' });

function lambdaClient(output: Record<string, unknown>) {
  const requestHandler = answering(LAMBDA, output) as never;
  return new lambda.LambdaClient({ region: 'us-east-1', credentials, requestHandler, maxAttempts: 1 });
}

async function* yielding(...events: unknown[]) {
  for (const event of events) yield event;
}

describe('a stream of events', () => {
  it('reaches an SDK client as the union of its model', async () => {
    const EventStream = yielding(
      { PayloadChunk: { Payload: Buffer.from('one') } },
      { PayloadChunk: { Payload: new Uint8Array([0, 255]) } },
      { InvokeComplete: { LogResult: 'bG9n' } },
    );
    const output = await lambdaClient({ StatusCode: 200, ExecutedVersion: '7', EventStream }).send(invoke);
    expect(output).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: '7',
      ResponseStreamContentType: 'application/vnd.amazon.eventstream',
    });
    const events = [];
    for await (const event of output.EventStream!) events.push(event);
    expect(events.map((event) => Object.keys(event)[0])).toEqual(['PayloadChunk', 'PayloadChunk', 'InvokeComplete']);
    expect(Buffer.from(events[0]!.PayloadChunk!.Payload!).toString()).toBe('one');
    expect([...events[1]!.PayloadChunk!.Payload!]).toEqual([0, 255]);
    expect(events[2]!.InvokeComplete).toMatchObject({ LogResult: 'bG9n' });
  });

  it('gives each event to the client before the next one is asked for', async () => {
    const asked: number[] = [];
    async function* slowly() {
      for (let count = 1; count <= 50; count += 1) {
        asked.push(count);
        yield { PayloadChunk: { Payload: Buffer.from(String(count)) } };
      }
    }
    const output = await lambdaClient({ StatusCode: 200, EventStream: slowly() }).send(invoke);
    for await (const event of output.EventStream!) {
      expect(Buffer.from(event.PayloadChunk!.Payload!).toString()).toBe('1');
      break;
    }
    expect(asked.length).toBeLessThan(20);
  });

  it('ends with an error event when what was not expected happens', async () => {
    async function* failing() {
      yield { PayloadChunk: { Payload: Buffer.from('one') } };
      throw new Error('a secret of the house');
    }
    const output = await lambdaClient({ StatusCode: 200, EventStream: failing() }).send(invoke);
    await expect(
      (async () => {
        for await (const _event of output.EventStream!);
      })(),
    ).rejects.toMatchObject({ name: 'InternalFailure', message: expect.not.stringContaining('secret') });
  });

  it('begins with the other members where the protocol has no headers for them, and ends with a modelled exception', async () => {
    async function* tail() {
      yield {
        sessionStart: { requestId: 'r-1', logGroupIdentifiers: ['arn:aws:logs:us-east-1:123456789012:log-group:a'] },
      };
      yield { sessionUpdate: { sessionResults: [{ message: 'hello', timestamp: 1 }] } };
      throw new ProtocolError('SessionTimeoutException', 'three hours are over');
    }
    const requestHandler = answering(LOGS, { responseStream: tail() }) as never;
    const client = new logs.CloudWatchLogsClient({ region: 'us-east-1', credentials, requestHandler, maxAttempts: 1 });
    const command = new logs.StartLiveTailCommand({ logGroupIdentifiers: ['a'] });
    const { responseStream } = await client.send(command);
    const events: logs.StartLiveTailResponseStream[] = [];
    await expect(
      (async () => {
        for await (const event of responseStream!) {
          if (event.SessionTimeoutException) throw event.SessionTimeoutException;
          events.push(event);
        }
      })(),
    ).rejects.toMatchObject({ name: 'SessionTimeoutException', message: 'three hours are over' });
    expect(events).toMatchObject([
      { sessionStart: { requestId: 'r-1' } },
      { sessionUpdate: { sessionResults: [{ message: 'hello', timestamp: 1 }] } },
    ]);
  });
});
