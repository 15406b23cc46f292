/** Functions that read queues, through AWS's own clients: by template and by API, under limits, and mappings that come and go. */
import {
  CreateEventSourceMappingCommand,
  type CreateEventSourceMappingRequest,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  DeleteFunctionCommand,
  GetEventSourceMappingCommand,
  ListEventSourceMappingsCommand,
  ListTagsCommand,
  PutFunctionConcurrencyCommand,
  TagResourceCommand,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingRequest,
} from '@aws-sdk/client-lambda';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../../local/kernel/manual-clock.ts';
import { eventually, functions, inHouse, ROLE, ROLE_OF_TEMPLATE } from '../house.ts';
import { sdkBundle } from '../sdk-bundle.ts';
import { zip } from './uploads.ts';

const ARN = 'arn:aws:sqs:us-east-1:123456789012:';
const VISIBILITY_MS = 30_000;

/** Says what it was given, and fails as the messages' bodies ask for. */
const WORKER = `
exports.handler = async (event, context) => {
  const bodies = event.Records.map(({ body }) => body);
  console.log('GOT ' + JSON.stringify(bodies));
  if (bodies.some((body) => body.includes('show'))) console.log('EVENT ' + JSON.stringify(event));
  if (bodies.some((body) => body.includes('hold'))) await new Promise((resolve) => setTimeout(resolve, 100));
  if (bodies.some((body) => body.includes('throw'))) throw new Error('as asked');
  const failed = event.Records.filter(({ body }) => body.includes('fail'));
  return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
};`;

const LOOP = `
const { SQSClient, SendMessageCommand } = require('./sdk.js');
const sqs = new SQSClient();
exports.handler = async () => {
  console.log('RAN');
  await sqs.send(new SendMessageCommand({ QueueUrl: process.env.QUEUE_URL, MessageBody: 'round' }));
};`;

const queue = (QueueName: string, deadLetters?: string) => ({
  Type: 'AWS::SQS::Queue',
  Properties: {
    QueueName,
    ...(deadLetters && {
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': [deadLetters, 'Arn'] }, maxReceiveCount: 2 },
    }),
  },
});
const reads = (Queue: string, more: object = {}) => ({
  Events: { Queue: { Type: 'SQS', Properties: { Queue: { 'Fn::GetAtt': [Queue, 'Arn'] }, ...more } } },
});

const clock = new ManualClock();
const REPORTS = { FunctionResponseTypes: ['ReportBatchItemFailures'] };
const contents = functions(
  {
    worker: { code: WORKER, Role: ROLE_OF_TEMPLATE, ...reads('Orders', REPORTS) },
    free: { code: WORKER, Role: ROLE_OF_TEMPLATE },
    narrow: {
      code: WORKER,
      Role: ROLE_OF_TEMPLATE,
      ReservedConcurrentExecutions: 2,
      ...reads('Narrow', { BatchSize: 1 }),
    },
    looping: {
      code: { 'index.js': LOOP, 'sdk.js': sdkBundle('@aws-sdk/client-sqs') },
      Role: ROLE_OF_TEMPLATE,
      Environment: { Variables: { QUEUE_URL: { Ref: 'Loop' } } },
      ...reads('Loop', { BatchSize: 1 }),
    },
    poor: {
      code: WORKER,
      Policies: [{ Statement: [{ Effect: 'Allow', Action: 'sqs:ReceiveMessage', Resource: '*' }] }],
    },
    lasting: { code: WORKER, Role: ROLE_OF_TEMPLATE },
  },
  {
    Orders: queue('orders', 'Dead'),
    Narrow: queue('narrow'),
    Loop: queue('loop', 'Dead'),
    Dead: queue('dead'),
  },
);
const house = inHouse({ clock, ...contents });

let sqs: SQSClient;
beforeAll(() => {
  sqs = house().client(SQSClient);
});

const url = (name: string): string => `${house().endpoint}/123456789012/${name}`;
const send = (name: string, MessageBody: string, more: object = {}) =>
  sqs.send(new SendMessageCommand({ QueueUrl: url(name), MessageBody, ...more }));
const sendAll = (name: string, bodies: readonly string[]) => {
  const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
  return sqs.send(new SendMessageBatchCommand({ QueueUrl: url(name), Entries }));
};
/** Batches, in the order in which they were begun. */
const got = (name: string): string[][] =>
  house()
    .messages(name)
    .flatMap((line) => {
      const found = /GOT (\[.*\])/.exec(line)?.[1];
      return found === undefined ? [] : [JSON.parse(found) as string[]];
    });
const idle = () => house().cloud.kernel.outbox.idle();

/** Visible and hidden ones. */
async function left(name: string): Promise<number> {
  const asked = new GetQueueAttributesCommand({ QueueUrl: url(name), AttributeNames: ['All'] });
  const { Attributes = {} } = await sqs.send(asked);
  return (
    Number(Attributes['ApproximateNumberOfMessages']) + Number(Attributes['ApproximateNumberOfMessagesNotVisible'])
  );
}

/** What is hidden after a failure becomes visible; what it leads to is waited for. */
async function visibleAgain(): Promise<void> {
  await idle();
  await clock.advance(VISIBILITY_MS);
  await idle();
}

let queues = 0;
async function fresh(Attributes: Record<string, string> = {}): Promise<{ name: string; arn: string }> {
  queues += 1;
  const name = `fresh-${queues}${Attributes['FifoQueue'] ? '.fifo' : ''}`;
  await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return { name, arn: `${ARN}${name}` };
}

const create = (input: Partial<CreateEventSourceMappingRequest>) =>
  house().lambda.send(new CreateEventSourceMappingCommand({ FunctionName: 'free', ...input }));
const update = (input: UpdateEventSourceMappingRequest) =>
  house().lambda.send(new UpdateEventSourceMappingCommand(input));
const get = (UUID: string) => house().lambda.send(new GetEventSourceMappingCommand({ UUID }));
const refusal = (sent: Promise<unknown>) =>
  sent.then(
    () => 'nothing was refused',
    (error) => `${error.name}: ${error.message}`,
  );

describe('a mapping of a template', () => {
  test('hands messages to the function as AWS writes them, and deletes them', async () => {
    const MessageAttributes = {
      kind: { DataType: 'String', StringValue: 'order' },
      blob: { DataType: 'Binary', BinaryValue: Buffer.from('x') },
    };
    const { MessageId, MD5OfMessageBody } = await send('orders', 'show me', { MessageAttributes });
    const log = await house().log('worker', /EVENT /);
    expect(JSON.parse(/EVENT (.*)/.exec(log)?.[1] ?? '')).toEqual({
      Records: [
        {
          messageId: MessageId,
          receiptHandle: expect.any(String),
          body: 'show me',
          attributes: {
            ApproximateReceiveCount: '1',
            ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
            SentTimestamp: expect.stringMatching(/^\d{13}$/),
            SenderId: expect.any(String),
          },
          messageAttributes: {
            kind: { stringValue: 'order', stringListValues: [], binaryListValues: [], dataType: 'String' },
            blob: { binaryValue: 'eA==', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
          },
          md5OfMessageAttributes: expect.stringMatching(/^[0-9a-f]{32}$/),
          md5OfBody: MD5OfMessageBody,
          eventSource: 'aws:sqs',
          eventSourceARN: `${ARN}orders`,
          awsRegion: 'us-east-1',
        },
      ],
    });
    await idle();
    expect(await left('orders')).toBe(0);
  });

  test('lets a poisoned message end in the dead-letter queue while others pass it by', async () => {
    await sendAll('orders', ['fail', 'fine 1', 'fine 2']);
    await eventually(() => got('worker').flat().includes('fine 2'));
    await visibleAgain();
    await visibleAgain();
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: url('dead') }));
    expect(Messages).toMatchObject([{ Body: 'fail' }]);
    const all = got('worker').flat();
    expect(all.filter((body) => body === 'fail')).toHaveLength(2);
    expect(all.filter((body) => body.startsWith('fine'))).toHaveLength(2);
    expect(await left('orders')).toBe(0);
  });

  test('that fails as a whole comes as a whole again', async () => {
    await sendAll('orders', ['throw', 'with it']);
    await eventually(() => got('worker').flat().includes('with it'));
    await visibleAgain();
    expect(got('worker').filter((batch) => batch.includes('throw'))).toEqual([
      ['throw', 'with it'],
      ['throw', 'with it'],
    ]);
    await visibleAgain();
    expect(await left('orders')).toBe(0);
  });

  test('has no more invocations at once than are reserved for the function, and loses nothing', async () => {
    await sendAll(
      'narrow',
      Array.from({ length: 10 }, (_, index) => `hold ${index}`),
    );
    await eventually(() => got('narrow').length === 10);
    await idle();
    expect(await left('narrow')).toBe(0);
    const peak = house().metric('AWS/Lambda', 'ConcurrentExecutions', { FunctionName: 'narrow' });
    expect(Math.max(...peak.map(({ maximum }) => maximum))).toBe(2);
    expect(house().metric('AWS/Lambda', 'Throttles', { FunctionName: 'narrow' })).toEqual([]);
  });

  test('of a function that may not run at all keeps its messages for the day it may', async () => {
    const reserve = (ReservedConcurrentExecutions: number) =>
      house().lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: 'narrow', ReservedConcurrentExecutions }));
    await reserve(0);
    await send('narrow', 'patient');
    await clock.advance(2_000);
    expect(await left('narrow')).toBe(1);
    await reserve(2);
    await clock.advance(VISIBILITY_MS);
    await eventually(() => got('narrow').flat().includes('patient'));
    await idle();
    expect(await left('narrow')).toBe(0);
  });

  test('ends a loop of a function and its own queue among the dead letters', async () => {
    const dead = await left('dead');
    await send('loop', 'round');
    await eventually(
      () =>
        house()
          .messages('looping')
          .filter((line) => line.includes('RAN')).length === 16,
    );
    await visibleAgain();
    await visibleAgain();
    expect(
      house()
        .messages('looping')
        .filter((line) => line.includes('RAN')),
    ).toHaveLength(16);
    expect(await left('loop')).toBe(0);
    expect(await left('dead')).toBe(dead + 1);
  });
});

describe('a mapping of the API', () => {
  test('is made, stopped, changed and deleted while messages come', async () => {
    const { name, arn } = await fresh();
    const made = await create({ EventSourceArn: arn, Tags: { team: 'a' } });
    const UUID = made.UUID ?? '';
    expect(made).toMatchObject({
      UUID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      EventSourceMappingArn: `arn:aws:lambda:us-east-1:123456789012:event-source-mapping:${UUID}`,
      EventSourceArn: arn,
      FunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:free',
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: 0,
      FunctionResponseTypes: [],
      State: 'Creating',
      LastModified: expect.any(Date),
      LastProcessingResult: 'No records processed',
    });
    expect(await get(UUID)).toMatchObject({ State: 'Enabled' });
    expect(await house().lambda.send(new ListTagsCommand({ Resource: made.EventSourceMappingArn }))).toMatchObject({
      Tags: { team: 'a' },
    });
    await house().lambda.send(new TagResourceCommand({ Resource: made.EventSourceMappingArn, Tags: { b: 'c' } }));

    await send(name, 'hold 1');
    await eventually(() => got('free').flat().includes('hold 1'));
    // What the function has is still deleted when it is done.
    expect(await update({ UUID, Enabled: false })).toMatchObject({ State: 'Disabling' });
    await eventually(async () => (await get(UUID)).State === 'Disabled');
    await send(name, 'kept');
    await clock.advance(60_000);
    expect(await left(name)).toBe(1);

    expect(await update({ UUID, Enabled: true, BatchSize: 3 })).toMatchObject({ State: 'Enabling', BatchSize: 3 });
    await eventually(() => got('free').flat().includes('kept'));
    await idle();
    expect(await get(UUID)).toMatchObject({ State: 'Enabled', BatchSize: 3, LastProcessingResult: 'OK' });

    const list = await house().lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: arn }));
    expect(list.EventSourceMappings?.map((each) => each.UUID)).toEqual([UUID]);
    await send(name, 'hold 2');
    await eventually(() => got('free').flat().includes('hold 2'));
    expect(await house().lambda.send(new DeleteEventSourceMappingCommand({ UUID }))).toMatchObject({
      State: 'Deleting',
    });
    await eventually(async () => (await refusal(get(UUID))).startsWith('ResourceNotFoundException'));
    expect(await left(name)).toBe(0);
    await send(name, 'nobody reads it');
    await clock.advance(60_000);
    expect(await left(name)).toBe(1);
  });

  test('filters, and counts what it does where it is asked to', async () => {
    const { name, arn } = await fresh();
    const { UUID = '' } = await create({
      EventSourceArn: arn,
      FilterCriteria: { Filters: [{ Pattern: '{"body":{"kind":["good"]}}' }] },
      MetricsConfig: { Metrics: ['EventCount'] },
    });
    await sendAll(name, ['{"kind":"bad"}', 'text', '{"kind":"good"}']);
    await eventually(() => got('free').flat().includes('{"kind":"good"}'));
    await idle();
    expect(await left(name)).toBe(0);
    expect(got('free').flat()).not.toContain('text');
    const counted = (metric: string) =>
      house()
        .metric('AWS/Lambda', metric, { EventSourceMappingUUID: UUID })
        .reduce((total, { sum }) => total + sum, 0);
    expect(
      ['PolledEventCount', 'FilteredOutEventCount', 'InvokedEventCount', 'DeletedEventCount'].map(counted),
    ).toEqual([3, 2, 1, 3]);
  });

  test('has no more batches with its function than its own limit', async () => {
    const { name, arn } = await fresh();
    await create({ EventSourceArn: arn, BatchSize: 1, ScalingConfig: { MaximumConcurrency: 2 } });
    await sendAll(
      name,
      Array.from({ length: 6 }, (_, index) => `hold own ${index}`),
    );
    await eventually(
      () =>
        got('free')
          .flat()
          .filter((body) => body.includes('own')).length === 6,
    );
    await idle();
    expect(await left(name)).toBe(0);
    const running = house().metric('AWS/Lambda', 'ConcurrentExecutions', { FunctionName: 'free' });
    expect(Math.max(...running.map(({ maximum }) => maximum))).toBe(2);
  });

  test('outlives its function, and reads for the next of that name', async () => {
    const { name, arn } = await fresh();
    const { UUID = '' } = await create({ FunctionName: 'lasting', EventSourceArn: arn });
    await house().lambda.send(new DeleteFunctionCommand({ FunctionName: 'lasting' }));
    await send(name, 'early');
    expect(await get(UUID)).toMatchObject({ State: 'Enabled', LastProcessingResult: 'PROBLEM: Function not found.' });
    expect(await left(name)).toBe(1);
    await house().lambda.send(
      new CreateFunctionCommand({
        FunctionName: 'lasting',
        Role: ROLE,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: zip(WORKER) },
      }),
    );
    await eventually(() => got('lasting').flat().includes('early'));
    await idle();
    expect(await left(name)).toBe(0);
  });
});

describe('what Lambda refuses', () => {
  const word = async (input: Partial<CreateEventSourceMappingRequest>) => refusal(create(input));
  const INVALID = 'InvalidParameterValueException: ';

  test('of a queue that is not there, a role that falls short, and a time-out that is too short', async () => {
    const { arn } = await fresh();
    expect(await word({ EventSourceArn: `${ARN}nowhere` })).toBe(
      `${INVALID}Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.`,
    );
    expect(await word({ EventSourceArn: arn, FunctionName: 'poor' })).toBe(
      `${INVALID}The provided execution role does not have permissions to call DeleteMessage on SQS`,
    );
    const short = await fresh({ VisibilityTimeout: '2' });
    expect(await word({ EventSourceArn: short.arn })).toBe(
      `${INVALID}Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds`,
    );
    expect(await word({ EventSourceArn: arn, FunctionName: 'nobody' })).toMatch(
      /^ResourceNotFoundException: Function not found: .*:nobody$/,
    );
  });

  test('a second mapping of the same two', async () => {
    const { arn } = await fresh();
    const { UUID } = await create({ EventSourceArn: arn });
    expect(await word({ EventSourceArn: arn })).toBe(
      `ResourceConflictException: An event source mapping with SQS arn (" ${arn} ") and function (" free ") already exists. Please update or delete the existing mapping with UUID ${UUID}`,
    );
  });

  test.each<[string, Partial<CreateEventSourceMappingRequest>, string | RegExp]>([
    [
      'a batch of more than ten without a window',
      { BatchSize: 11 },
      /^Maximum batch window in seconds must be greater than 0/,
    ],
    ['a starting position', { StartingPosition: 'LATEST' }, 'StartingPosition is not valid for SQS event sources.'],
    ['what streams have', { BisectBatchOnFunctionError: true }, /^Unsupported BisectBatchOnFunctionError parameter/],
    [
      'a pattern that is none',
      { FilterCriteria: { Filters: [{ Pattern: '{"body":1}' }] } },
      /^Invalid filter pattern definition\./,
    ],
    [
      'more than five patterns',
      { FilterCriteria: { Filters: Array(6).fill({ Pattern: '{"body":["a"]}' }) } },
      /^The number of filters/,
    ],
  ])('%s', async (_, input, message) => {
    const { arn } = await fresh();
    const said = await word({ EventSourceArn: arn, ...input });
    expect(said.startsWith(INVALID)).toBe(true);
    expect(said.slice(INVALID.length)).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  });

  test('of FIFO queues windows and batches of more than ten, of all too little concurrency', async () => {
    const { arn } = await fresh({ FifoQueue: 'true' });
    expect(await word({ EventSourceArn: arn, BatchSize: 20 })).toContain('must not be greater than 10');
    expect(await word({ EventSourceArn: arn, MaximumBatchingWindowInSeconds: 1 })).toContain('not supported for FIFO');
    expect(await word({ EventSourceArn: arn, ScalingConfig: { MaximumConcurrency: 1 } })).toMatch(
      /^ValidationException: .*greater than or equal to 2/,
    );
    const missing = '01234567-89ab-cdef-0123-456789abcdef';
    expect(await refusal(get(missing))).toBe('ResourceNotFoundException: The resource you requested does not exist.');
    expect(await refusal(update({ UUID: missing }))).toMatch(/^ResourceNotFoundException/);
  });
});

describe('a template that changes', () => {
  test('changes its mapping in place, and takes it away', async () => {
    const template = contents.template as { Resources: Record<string, { Properties: Record<string, unknown> }> };
    const before = house().physicalId('workerQueue');
    const worker = template.Resources['worker']!;
    const changed = (Events: object | undefined) => ({
      ...contents,
      template: {
        ...template,
        Resources: { ...template.Resources, worker: { ...worker, Properties: { ...worker.Properties, Events } } },
      },
    });
    await house().apply(changed(reads('Orders', { BatchSize: 4 }).Events));
    expect(house().physicalId('workerQueue')).toBe(before);
    expect(await get(before)).toMatchObject({ BatchSize: 4, FunctionResponseTypes: [] });
    await house().apply(changed(reads('Narrow').Events));
    const after = house().physicalId('workerQueue');
    expect(after).not.toBe(before);
    await eventually(async () => (await refusal(get(before))).startsWith('ResourceNotFoundException'));
    await house().apply(changed(undefined));
    await eventually(async () => (await refusal(get(after))).startsWith('ResourceNotFoundException'));
  });
});
