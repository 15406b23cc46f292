/** How the Lambda API and its invocations differ from AWS. */
import { once } from 'node:events';
import { request } from 'node:http';
import { availableParallelism } from 'node:os';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  type CreateFunctionCommandInput,
  DeleteFunctionCommand,
  GetCapacityProviderCommand,
  GetDurableExecutionCommand,
  GetFunctionConfigurationCommand,
  GetFunctionUrlConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  PutFunctionEventInvokeConfigCommand,
  PutProvisionedConcurrencyConfigCommand,
} from '@aws-sdk/client-lambda';
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '../../local/kernel/manual-clock.ts';
import { eventually, functions, inHouse, ROLE, ROLE_OF_TEMPLATE } from '../conformance/house.ts';
import { answering, refusal, zip } from '../conformance/lambda/uploads.ts';

const CORES = availableParallelism();
const NOWHERE = 'arn:aws:sqs:us-east-1:123456789012:nowhere';

describe('as it is', () => {
  const house = inHouse(
    functions({
      plain: { code: answering(1), Role: ROLE_OF_TEMPLATE },
      borrowed: { code: answering(1), Role: 'arn:aws:iam::123456789012:role/of-somebody-else' },
      large: {
        code: `exports.handler = awslambda.streamifyResponse(async (event, stream) => {
          const piece = Buffer.alloc(1048576, 'x');
          for (let n = 0; n < 20; n += 1) if (!stream.write(piece)) await new Promise((resolve) => stream.once('drain', resolve));
          stream.end();
        });`,
        Timeout: 30,
      },
      busy: `exports.handler = async () => { const end = performance.now() + 60; while (performance.now() < end); return process.pid; };`,
      open: { code: answering('open'), FunctionUrlConfig: { AuthType: 'NONE' } },
      signed: { code: answering('signed'), FunctionUrlConfig: { AuthType: 'AWS_IAM' } },
    }),
  );
  const create = (FunctionName: string, more: Partial<CreateFunctionCommandInput> = {}) =>
    house().lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Role: ROLE,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Code: { ZipFile: zip(answering(1)) },
        ...more,
      }),
    );
  /** Invokes a function URL by the name AWS gave it. */
  async function askUrl(name: string) {
    const { FunctionUrl = '' } = await house().lambda.send(new GetFunctionUrlConfigCommand({ FunctionName: name }));
    const { hostname } = new URL(FunctionUrl);
    const sent = request({
      host: '127.0.0.1',
      port: house().cloud.endpoint.port,
      path: '/',
      headers: { host: hostname },
      agent: false,
    }).end();
    const [response] = await once(sent, 'response');
    response.resume();
    return { status: response.statusCode as number, hostname };
  }

  test('L1: a streamed response is not slowed down after 6 MB', async () => {
    let fastest = Number.POSITIVE_INFINITY;
    // AWS: 14 MB at 2 MB/s. Others use this machine too: what takes longer is tried again.
    for (let tries = 0; tries < 4 && fastest >= 7000; tries += 1) {
      const from = performance.now();
      const { EventStream = [] } = await house().lambda.send(
        new InvokeWithResponseStreamCommand({ FunctionName: 'large' }),
      );
      let bytes = 0;
      for await (const { PayloadChunk } of EventStream) bytes += PayloadChunk?.Payload?.length ?? 0;
      expect(bytes).toBe(20 * 2 ** 20);
      fastest = Math.min(fastest, performance.now() - from);
    }
    expect(fastest).toBeLessThan(7000);
  });

  test('L5: neither are managed instances, durable functions and policies as a whole', async () => {
    const CapacityProviderName = 'any';
    const DurableExecutionArn = 'arn:aws:lambda:us-east-1:123456789012:function:plain:1/durable-execution/a/b';
    const ResourceArn = 'arn:aws:lambda:us-east-1:123456789012:function:plain';
    const calls = [
      () => house().lambda.send(new GetCapacityProviderCommand({ CapacityProviderName })),
      () => house().lambda.send(new GetDurableExecutionCommand({ DurableExecutionArn })),
      () => house().call('lambda', 'GetResourcePolicy', { ResourceArn }),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(/is not emulated here/);
  });

  test('L26: no mapping can be made for Kinesis', async () => {
    const EventSourceArn = 'arn:aws:kinesis:us-east-1:123456789012:stream/jobs';
    const create = new CreateEventSourceMappingCommand({
      FunctionName: 'plain',
      EventSourceArn,
      StartingPosition: 'LATEST',
    });
    expect(await refusal(house().lambda.send(create))).toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('Kinesis is not emulated'),
    });
  });

  test('L27: nor with provisioned pollers', async () => {
    await house().call('sqs', 'CreateQueue', { QueueName: 'provisioned' });
    const create = new CreateEventSourceMappingCommand({
      FunctionName: 'plain',
      EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:provisioned',
      ProvisionedPollerConfig: { MinimumPollers: 2 },
    });
    expect(await refusal(house().lambda.send(create))).toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('ProvisionedPollerConfig is not emulated'),
    });
  });

  test('L28: nobody needs a key to read the filters of a mapping', async () => {
    await house().call('sqs', 'CreateQueue', { QueueName: 'filtered' });
    const KMSKeyArn = 'arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef';
    const FilterCriteria = { Filters: [{ Pattern: '{"body":["a"]}' }] };
    const create = new CreateEventSourceMappingCommand({
      FunctionName: 'plain',
      EventSourceArn: 'arn:aws:sqs:us-east-1:123456789012:filtered',
      FilterCriteria,
      KMSKeyArn,
    });
    expect(await house().lambda.send(create)).toMatchObject({ FilterCriteria, KMSKeyArn });
  });

  test('L9: a destination that is no function need not exist', async () => {
    const DestinationConfig = { OnFailure: { Destination: NOWHERE } };
    const put = new PutFunctionEventInvokeConfigCommand({ FunctionName: 'plain', DestinationConfig });
    expect((await house().lambda.send(put)).DestinationConfig).toMatchObject(DestinationConfig);
  });

  test('L12: a function URL is reached at this machine’s endpoint, by AWS’s name or one below localhost', async () => {
    const { status, hostname } = await askUrl('open');
    expect([status, hostname]).toEqual([200, expect.stringMatching(/\.lambda-url\.us-east-1\.on\.aws$/)]);
    const host = hostname.replace(/on\.aws$/, 'localhost');
    const sent = request({
      host: '127.0.0.1',
      port: house().cloud.endpoint.port,
      headers: { host },
      agent: false,
    }).end();
    const [response] = await once(sent, 'response');
    response.resume();
    expect(response.statusCode).toBe(200);
  });

  test.each([
    [
      'L2: container images do not run',
      {
        PackageType: 'Image',
        Code: { ImageUri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1' },
        Runtime: undefined,
        Handler: undefined,
      },
    ],
    [
      'L14: a caller of the API is refused what a template is only warned of',
      {
        FileSystemConfigs: [
          {
            Arn: 'arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-01234567890123456',
            LocalMountPath: '/mnt/a',
          },
        ],
      },
    ],
  ] as const)('%s', async (_, more) => {
    expect(await refusal(create('refused', more as unknown as Partial<CreateFunctionCommandInput>))).toMatchObject({
      name: 'InvalidParameterValueException',
      message: expect.stringContaining('is not emulated'),
    });
  });

  test('L16: a new function is active with the next call', async () => {
    expect((await create('new')).State).toBe('Pending');
    expect((await house().lambda.send(new GetFunctionConfigurationCommand({ FunctionName: 'new' }))).State).toBe(
      'Active',
    );
  });

  test('N14: a role that no stack here has may everything', async () => {
    await house().log('/sampan', /role \S+of-somebody-else is of no stack here: .* may everything here/);
    expect(await house().invoke('borrowed')).toMatchObject({ value: 1 });
  });

  test('L19: busy environments of one version are fewer than their requests', async () => {
    const requests = 4 * CORES;
    const answers = await Promise.all(Array.from({ length: requests }, () => house().invoke('busy')));
    // AWS: as many.
    expect(new Set(answers.map(({ value }) => value)).size).toBeLessThan(requests);
  });

  test('L24: a runtime that Lambda has not is refused with the runtimes that run here', async () => {
    const { message } = await refusal(create('odd', { Runtime: 'cobol1.x' as 'nodejs24.x' }));
    expect(message).toContain('of those nodejs24.x, nodejs22.x, provided.al2023, provided.al2 run here');
  });
});

describe('where time stands still', () => {
  const clock = new ManualClock();
  const house = inHouse({
    clock,
    lambda: { maxEnvironments: 1 },
    ...functions({
      hello: answering(1),
      ahead: { code: answering(1), AutoPublishAlias: 'live', Tracing: 'Active' },
      caught: `exports.handler = async () => console.log('CAUGHT');`,
      failing: {
        code: `exports.handler = async () => { console.log('RAN'); throw new Error('no'); };`,
        EventInvokeConfig: {
          DestinationConfig: { OnFailure: { Type: 'Lambda', Destination: { 'Fn::GetAtt': ['caught', 'Arn'] } } },
        },
      },
    }),
  });

  test('L20: the account has no limit of requests a second', async () => {
    await house().invoke('hello');
    const FunctionName = 'hello';
    for (let n = 0; n < 10_100; n += 100) {
      await Promise.all(Array.from({ length: 100 }, () => house().call('lambda', 'Invoke', { FunctionName })));
    }
    // AWS: 10,000 in the second that has not passed.
    expect((await house().invoke('hello')).value).toBe(1);
    expect(house().metric('AWS/Lambda', 'Throttles', { FunctionName })).toEqual([]);
  }, 90_000);

  test('L21: no more environments are provisioned than the machine bears', async () => {
    const put = { FunctionName: 'ahead', Qualifier: 'live', ProvisionedConcurrentExecutions: 3 };
    await house().lambda.send(new PutProvisionedConcurrencyConfigCommand(put));
    await house().log('/sampan', /3 provisioned environments are more than this machine bears; 1 are kept/);
  });

  test('L30: an init phase that was over before the request came is not in its trace', async () => {
    const qualified = { FunctionName: 'ahead', Qualifier: 'live' };
    const asked = new GetProvisionedConcurrencyConfigCommand(qualified);
    await eventually(async () => (await house().lambda.send(asked)).AvailableProvisionedConcurrentExecutions === 1);
    const { kernel } = house().cloud;
    const traceId = '1-5759e988-aaaaaaaaaaaaaaaaaaaaaaaa';
    const caller = { kind: 'client' } as const;
    const traceHeader = `Root=${traceId};Parent=53995c3f42cd8ad8;Sampled=1`;
    await kernel.dispatch({ caller, service: 'lambda', operation: 'Invoke', input: qualified, traceHeader });
    const own = () =>
      kernel.telemetry.traces.segments(traceId).find((segment) => segment['origin'] === 'AWS::Lambda::Function');
    await eventually(() => own() !== undefined);
    expect(own()).toMatchObject({
      subsegments: [{ name: 'Invocation' }, { name: 'Overhead' }],
    });
  });

  test('L22: metrics of provisioned concurrency are told by function only', async () => {
    await eventually(async () => {
      await house().invoke('ahead', {}, { Qualifier: 'live' });
      return house().metric('AWS/Lambda', 'ProvisionedConcurrencyInvocations', { FunctionName: 'ahead' }).length > 0;
    });
    const Resource = 'ahead:live';
    expect(
      house().metric('AWS/Lambda', 'ProvisionedConcurrencyInvocations', { FunctionName: 'ahead', Resource }),
    ).toEqual([]);
  });

  test('L23: the event of a function that has been deleted is dropped', async () => {
    await house().lambda.send(new InvokeCommand({ FunctionName: 'failing', InvocationType: 'Event' }));
    await house().log('failing', /RAN/);
    await house().lambda.send(new DeleteFunctionCommand({ FunctionName: 'failing' }));
    for (let hour = 0; hour < 7; hour += 1) {
      await clock.advance(3_600_000);
      await house().cloud.kernel.outbox.idle();
    }
    expect(house().messages('caught')).toEqual([]);
  });
});
