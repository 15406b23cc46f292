/** When secrets are rotated, where AWS leaves it open. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@jest/globals';
import { startTestCloud } from '../../local/doors/aws-endpoint/testing.ts';
import { secretsManagerService } from '../../local/services/secretsmanager/index.ts';

test('C21: a secret is rotated as soon as its window opens, and again 1, 2, 4 and 8 minutes after a failure', async () => {
  await using cloud = await startTestCloud([
    secretsManagerService(),
    {
      name: 'lambda',
      resourceTypes: [],
      load: async () => ({
        providers: {},
        operations: {
          Invoke: {
            requires: () => [],
            handle({ InvocationType }: { InvocationType?: string }) {
              if (InvocationType === 'DryRun') return { StatusCode: 204 };
              tries.push(new Date(cloud.clock.now()).toISOString().slice(0, 16));
              return { FunctionError: 'Unhandled', Payload: '{"errorType":"Error","errorMessage":"away"}' };
            },
          },
        },
      }),
    },
  ]);
  const tries: string[] = [];
  const secrets = new SecretsManagerClient(cloud.client);
  const RotationLambdaARN = 'arn:aws:lambda:us-east-1:123456789012:function:rotate';
  await secrets.send(new CreateSecretCommand({ Name: 'db', SecretString: 'one' }));
  const RotationRules = { ScheduleExpression: 'cron(0 8 * * ? *)', Duration: '10h' };
  await secrets.send(
    new RotateSecretCommand({ SecretId: 'db', RotationLambdaARN, RotationRules, RotateImmediately: false }),
  );
  await cloud.kernel.outbox.idle();
  tries.length = 0;
  for (let minutes = 0; minutes < 21 * 60; minutes += 1) await cloud.clock.advance(60_000);
  const minutesPastEight = ['00', '01', '03', '07', '15'];
  expect(tries).toEqual(minutesPastEight.map((minute) => `2026-11-22T08:${minute}`));
  const { NextRotationDate } = await secrets.send(new DescribeSecretCommand({ SecretId: 'db' }));
  expect(NextRotationDate).toEqual(new Date('2026-11-23T17:59:59Z'));
  secrets.destroy();
});
