/** docs/differences.md, events and schedules. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateApiDestinationCommand,
  CreateConnectionCommand,
  EventBridgeClient,
  ListEndpointsCommand,
  PutRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { expect, test } from '@jest/globals';
import { createKernel, createReconciler, ManualClock } from '../../local/kernel/index.ts';
import { schedulerService } from '../../local/services/scheduler/index.ts';
import { inHouse } from '../conformance/house.ts';

const arn = (service: string, resource: string) => `arn:aws:${service}:us-east-1:123456789012:${resource}`;
const role = arn('iam', 'role/any').replace('us-east-1', '');

const house = inHouse({
  template: {
    Resources: {
      Bus: {
        Type: 'AWS::Events::EventBus',
        Properties: { Name: 'own', DeadLetterConfig: { Arn: arn('sqs', 'dead') } },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['s'] },
          Targets: [{ Id: '1', Arn: arn('kinesis', 'stream/s'), RoleArn: role }],
        },
      },
    },
  },
});

const events = () => house().client(EventBridgeClient);
const said = () =>
  house()
    .diagnostics()
    .map(({ message }) => message);

test('E1: an invalid pattern is refused without a place in its text', async () => {
  const put = events().send(new PutRuleCommand({ Name: 'x', EventPattern: '{"a":[{"x":1}]}' }));
  await expect(put).rejects.toMatchObject({
    message: 'Event pattern is not valid. Reason: Unrecognized match type x',
  });
});

test('E2: an API destination on this machine may speak plain HTTP', async () => {
  const ApiKeyAuthParameters = { ApiKeyName: 'x-key', ApiKeyValue: 'secret' };
  const { ConnectionArn } = await events().send(
    new CreateConnectionCommand({ Name: 'c', AuthorizationType: 'API_KEY', AuthParameters: { ApiKeyAuthParameters } }),
  );
  const create = (Name: string, InvocationEndpoint: string) =>
    events().send(new CreateApiDestinationCommand({ Name, ConnectionArn, InvocationEndpoint, HttpMethod: 'POST' }));
  expect(await create('here', 'http://127.0.0.1:9/hook')).toMatchObject({ ApiDestinationState: 'ACTIVE' });
  await expect(create('elsewhere', 'http://example.com/hook')).rejects.toMatchObject({ name: 'ValidationException' });
});

test('E3: what was due while nobody ran is not made up for', async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'sampan-schedules-'));
  const calls: string[] = [];
  async function run(start: number, minutes: number, work: (schedule: (input: object) => Promise<unknown>) => unknown) {
    const clock = new ManualClock(start);
    const kernel = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1', clock });
    kernel.registry.add(schedulerService());
    kernel.registry.add({
      name: 'sqs',
      resourceTypes: [],
      load: async () => ({
        providers: {},
        operations: {
          SendMessage: { requires: () => [], handle: () => void calls.push(String(clock.now() / 60_000)) },
        },
      }),
    });
    const caller = { kind: 'client' } as const;
    await createReconciler({ kernel }).restore();
    await work((input) => kernel.dispatch({ caller, service: 'scheduler', operation: 'CreateSchedule', input }));
    await clock.advance(minutes * 60_000);
    await kernel.stop();
  }
  try {
    const Target = { Arn: arn('sqs', 'q'), RoleArn: role, Input: '-' };
    const schedule = { Name: 's', ScheduleExpression: 'rate(10 minutes)', FlexibleTimeWindow: { Mode: 'OFF' }, Target };
    await run(0, 15, (create) => create(schedule));
    await run(60 * 60_000 + 1, 15, () => {});
    expect(calls).toEqual(['0', '10', '70']);
  } finally {
    rmSync(stateDirectory, { recursive: true, force: true });
  }
});

test('E4: global endpoints and connections to private APIs are refused', async () => {
  const status = { $metadata: { httpStatusCode: 501 } };
  await expect(events().send(new ListEndpointsCommand({}))).rejects.toMatchObject(status);
  const connect = new CreateConnectionCommand({
    Name: 'private',
    AuthorizationType: 'BASIC',
    AuthParameters: { BasicAuthParameters: { Username: 'u', Password: 'p' } },
    InvocationConnectivityParameters: {
      ResourceParameters: {
        ResourceConfigurationArn:
          'arn:aws:vpc-lattice:us-east-1:123456789012:resourceconfiguration/rcfg-0123456789abcdef0',
      },
    },
  });
  await expect(events().send(connect)).rejects.toMatchObject(status);
});

test('E5: targets whose services are not here are named', () => {
  expect(said()).toContainEqual('kinesis is not emulated: events of this rule do not reach it');
});

test("E6: a bus's own dead-letter queue is recorded", () => {
  expect(said()).toContainEqual(expect.stringContaining('events that a bus itself could not take do not arise here'));
});

test('E7: no pattern has too many wildcards', async () => {
  const EventPattern = '{"source":[{"wildcard":"*:*:*:*:*:event-bus/*"}]}';
  const rule = await events().send(new PutRuleCommand({ Name: 'complex', EventPattern }));
  expect(rule.RuleArn).toBe(arn('events', 'rule/complex'));
});
