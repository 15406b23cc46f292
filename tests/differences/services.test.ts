/** Services and their APIs: what is not there, or is there in another way. */
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  PutMetricAlarmCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, StartQueryCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { expect, test } from '@jest/globals';
import { functions, inHouse } from '../conformance/house.ts';
import { refusal } from '../conformance/lambda/uploads.ts';

const house = inHouse(functions({ plain: 'exports.handler = async () => 1;' }));

/** A signed request of the query protocol, as the AWS CLI would send it. */
async function query(service: string, action: string): Promise<{ status: number; text: string }> {
  const response = await fetch(house().endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      'x-amz-date': '20260101T000000Z',
    },
    body: `Action=${action}&Version=2010-05-08`,
  });
  return { status: response.status, text: await response.text() };
}

test.each([
  [
    'T3: DynamoDB, SQS, SNS, EventBridge, Step Functions, Cognito and Bedrock are not there',
    ['dynamodb', 'sqs', 'sns', 'events', 'states', 'cognito-idp', 'bedrock'],
  ],
  ['D8: the RDS API is not served', ['rds']],
  ['T5: the CloudFormation and IAM APIs are not served', ['cloudformation', 'iam']],
  ['C12: no API reads traces', ['xray']],
])('%s', async (_, services) => {
  for (const service of services) {
    expect(await query(service, 'ListAll')).toMatchObject({
      status: 501,
      text: expect.stringContaining('ServiceNotEmulated'),
    });
  }
});

test('C1: secrets are not replicated', async () => {
  const secrets = house().client(SecretsManagerClient);
  await secrets.send(new CreateSecretCommand({ Name: 'one', SecretString: 'a' }));
  const AddReplicaRegions = [{ Region: 'eu-central-1' }];
  expect(
    await refusal(secrets.send(new ReplicateSecretToRegionsCommand({ SecretId: 'one', AddReplicaRegions }))),
  ).toMatchObject({
    message: expect.stringContaining('is not emulated'),
  });
});

test('C5: metrics are told by the minute, in five statistics, and nothing is computed from them', async () => {
  const cloudWatch = house().client(CloudWatchClient);
  const period = { StartTime: new Date(0), EndTime: new Date(60_000) };
  const MetricDataQueries = [{ Id: 'a', Expression: 'b * 2' }];
  expect(await refusal(cloudWatch.send(new GetMetricDataCommand({ ...period, MetricDataQueries })))).toMatchObject({
    message: 'a: metric math is not computed here.',
  });
  const metric = {
    ...period,
    Namespace: 'AWS/Lambda',
    MetricName: 'Duration',
    Period: 60,
    ExtendedStatistics: ['p99'],
  };
  await expect(cloudWatch.send(new GetMetricStatisticsCommand(metric))).rejects.toThrow();
});

test('C8: an alarm sets off functions; its other actions are taken by nobody', async () => {
  const cloudWatch = house().client(CloudWatchClient);
  const action = 'arn:aws:automate:us-east-1:ec2:stop';
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      AlarmName: 'any',
      AlarmActions: [action],
      Namespace: 'N',
      MetricName: 'M',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  const calls: string[] = [];
  house().cloud.kernel.telemetry.onCall(({ service, operation }) => calls.push(`${service}:${operation}`));
  await cloudWatch.send(new SetAlarmStateCommand({ AlarmName: 'any', StateValue: 'ALARM', StateReason: 'test' }));
  await house().cloud.kernel.outbox.idle();
  expect(calls).toEqual(['monitoring:SetAlarmState']);
});

test('C11: logs are not queried', async () => {
  const logs = house().client(CloudWatchLogsClient);
  const command = new StartQueryCommand({
    logGroupName: 'a',
    startTime: 0,
    endTime: 1,
    queryString: 'fields @message',
  });
  await expect(logs.send(command)).rejects.toThrow(/StartQuery/);
});

test('C14: keys are symmetric', async () => {
  const kms = house().client(KMSClient);
  const command = new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' });
  await expect(kms.send(command)).rejects.toThrow(/KeySpec RSA_2048 are not emulated here/);
});

test('C16: what a secret keeps is not encrypted by its key', async () => {
  const { KeyMetadata } = await house().client(KMSClient).send(new CreateKeyCommand({}));
  const secrets = house().client(SecretsManagerClient);
  await secrets.send(new CreateSecretCommand({ Name: 'kept', SecretString: 'as it is', KmsKeyId: KeyMetadata!.Arn }));
  const kept = house().cloud.kernel.store.collection('secretsmanager', 'secrets').get('kept');
  expect(JSON.stringify(kept)).toContain('as it is');
});
