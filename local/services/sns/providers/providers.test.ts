import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existingResource, resourceRequest } from '../../../doors/aws-endpoint/testing.ts';
import { createKernel, type Kernel, ManualClock } from '../../../kernel/index.ts';
import type { ExistingResource, Provider, ResourceRequest } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../kernel/service.ts';
import { snsService } from '../index.ts';
import { queueStandIn, type StandIn, unavailable } from '../testing/stand-ins.ts';

const QUEUE = 'arn:aws:sqs:us-east-1:123456789012:q';
const OTHER = 'arn:aws:sqs:us-east-1:123456789012:other';

interface Stage {
  readonly kernel: Kernel;
  readonly queue: StandIn;
  readonly clock: ManualClock;
  ask(operation: string, input: object): Promise<Record<string, unknown>>;
  provider(type: string): Promise<Provider>;
}

function open(stateDirectory: string): Stage {
  const clock = new ManualClock(Date.UTC(2026, 10, 21, 12));
  const kernel = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1', clock });
  const queue = queueStandIn();
  kernel.registry.add(snsService({ endpointUrl: () => 'http://127.0.0.1:4566' }));
  kernel.registry.add(queue.definition);
  const caller = { kind: 'client' } as const;
  return {
    kernel,
    queue,
    clock,
    ask: async (operation, input) =>
      (await kernel.dispatch({ caller, service: 'sns', operation, input })) as Record<string, unknown>,
    provider: async (type) => (await kernel.registry.service('sns')).providers[type]!,
  };
}

describe('SNS in templates', () => {
  let stage: Stage;
  beforeAll(() => {
    stage = open('memory');
  });
  afterAll(() => stage.kernel.stop());

  async function make(type: string, properties: JsonObject, logicalId = 'Thing'): Promise<ExistingResource> {
    const request = resourceRequest(type, properties, { logicalId });
    return existingResource(request, await (await stage.provider(type)).create(request));
  }
  async function change(existing: ExistingResource, properties: JsonObject) {
    const request = resourceRequest(existing.type, properties, { logicalId: existing.logicalId });
    return (await stage.provider(existing.type)).update(request, existing);
  }
  const attributesOf = async (TopicArn: string) =>
    (await stage.ask('GetTopicAttributes', { TopicArn }))['Attributes'] as Record<string, string>;
  const endpointsOf = async (TopicArn: string) =>
    ((await stage.ask('ListSubscriptionsByTopic', { TopicArn }))['Subscriptions'] as { Endpoint: string }[]).map(
      ({ Endpoint }) => Endpoint,
    );

  test('a topic comes with its subscriptions, changes and goes', async () => {
    const subscription = (Endpoint: string) => [{ Protocol: 'sqs', Endpoint }];
    const made = await make('AWS::SNS::Topic', {
      DisplayName: 'One',
      Subscription: subscription(QUEUE),
      DeliveryStatusLogging: [{ Protocol: 'sqs', FailureFeedbackRoleArn: 'arn:aws:iam::123456789012:role/r' }],
      Tags: [{ Key: 'team', Value: 'a' }],
    });
    const arn = made.physicalId;
    expect(made.attributes).toEqual({ TopicArn: arn, TopicName: 'shop-Thing-AAAAAAAAAAAA' });
    expect(await attributesOf(arn)).toMatchObject({
      DisplayName: 'One',
      SQSFailureFeedbackRoleArn: 'arn:aws:iam::123456789012:role/r',
    });
    const changed = { SignatureVersion: '2', Subscription: subscription(OTHER) };
    expect(await change(made, changed)).toMatchObject({ physicalId: arn });
    expect(await endpointsOf(arn)).toEqual([OTHER]);
    expect(await attributesOf(arn)).toMatchObject({ DisplayName: '', SignatureVersion: '2' });
    expect(await attributesOf(arn)).not.toHaveProperty('SQSFailureFeedbackRoleArn');
    const renamed = await change(made, { TopicName: 'other' });
    expect(renamed.physicalId).toBe('arn:aws:sns:us-east-1:123456789012:other');
    await (await stage.provider(made.type)).delete(made);
    await expect(attributesOf(arn)).rejects.toMatchObject({ code: 'NotFoundException' });
  });

  test('a FIFO topic without a name gets one that ends as it must', async () => {
    const { physicalId } = await make(
      'AWS::SNS::Topic',
      { FifoTopic: true, ContentBasedDeduplication: 'true' },
      'Fifo',
    );
    expect(physicalId).toMatch(/:shop-Fifo-AAAAAAAAAAAA\.fifo$/);
    expect(await attributesOf(physicalId)).toMatchObject({ FifoTopic: 'true', ContentBasedDeduplication: 'true' });
  });

  test('a subscription takes its policies as objects, and gives back what is taken away', async () => {
    const { physicalId: TopicArn } = await make('AWS::SNS::Topic', { TopicName: 'subscribed' });
    const base = { TopicArn, Protocol: 'sqs', Endpoint: QUEUE };
    const made = await make('AWS::SNS::Subscription', {
      ...base,
      RawMessageDelivery: 'true',
      FilterPolicyScope: 'MessageBody',
      FilterPolicy: { a: { b: ['c'] } },
      RedrivePolicy: { deadLetterTargetArn: OTHER },
    });
    const attributes = async () =>
      (await stage.ask('GetSubscriptionAttributes', { SubscriptionArn: made.physicalId }))['Attributes'];
    expect(await attributes()).toMatchObject({
      RawMessageDelivery: 'true',
      FilterPolicy: '{"a":{"b":["c"]}}',
      FilterPolicyScope: 'MessageBody',
      RedrivePolicy: `{"deadLetterTargetArn":"${OTHER}"}`,
    });
    expect(await change(made, base)).toMatchObject({ physicalId: made.physicalId });
    expect(await attributes()).not.toHaveProperty('FilterPolicy');
    expect(await attributes()).toMatchObject({ RawMessageDelivery: 'false' });
    expect((await change(made, { ...base, Endpoint: OTHER })).physicalId).not.toBe(made.physicalId);
  });

  test.each(['AWS::SNS::TopicPolicy', 'AWS::SNS::TopicInlinePolicy'])('%s is put, and taken back', async (type) => {
    const { physicalId: TopicArn } = await make('AWS::SNS::Topic', { TopicName: type.replaceAll(':', '') });
    const statement = {
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'sns:Publish',
      Resource: '*',
    };
    const PolicyDocument = { Version: '2012-10-17', Statement: [statement] };
    const where: JsonObject = type.endsWith('InlinePolicy') ? { TopicArn } : { Topics: [TopicArn] };
    const made = await make(type, { ...where, PolicyDocument });
    expect(JSON.parse((await attributesOf(TopicArn))['Policy']!)).toEqual(PolicyDocument);
    const facts = (await stage.kernel.registry.service('sns')).resourceFacts!(TopicArn);
    expect(facts!.policies![0]!.source).toMatchObject({ place: { logicalId: 'Thing', path: ['PolicyDocument'] } });
    await (await stage.provider(type)).delete(made);
    expect((await attributesOf(TopicArn))['Policy']).toContain('__default_policy_ID');
  });

  test('what cannot be is said with its place', async () => {
    const request: ResourceRequest = resourceRequest('AWS::SNS::Subscription', { Protocol: 'sqs' });
    const create = async () => (await stage.provider(request.type)).create(request);
    await expect(create()).rejects.toMatchObject({ message: expect.stringContaining('TopicArn is required') });
  });
});

test('what was published and not delivered is delivered after a restart', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sampan-sns-'));
  try {
    const before = open(directory);
    const { TopicArn } = await before.ask('CreateTopic', { Name: 'lasting' });
    await before.ask('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint: QUEUE });
    before.queue.refusals.push(...Array.from({ length: 9 }, unavailable));
    await before.ask('Publish', { TopicArn, Message: 'kept' });
    await before.kernel.outbox.idle();
    await before.kernel.stop();
    const after = open(directory);
    await after.kernel.registry.service('sns');
    after.kernel.outbox.resume();
    await after.clock.advance(60_000);
    await after.kernel.outbox.idle();
    expect(after.queue.received.map(({ input }) => JSON.parse(input.MessageBody).Message)).toEqual(['kept']);
    await after.kernel.stop();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
