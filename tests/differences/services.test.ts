/** Services and their APIs: what is not there, or is there in another way. */
import { CloudWatchClient, GetMetricDataCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  PutSubscriptionFilterCommand,
  StartQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateSecretCommand,
  ReplicateSecretToRegionsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetInsightSummariesCommand, GetSamplingRulesCommand, XRayClient } from '@aws-sdk/client-xray';
import { expect, test } from '@jest/globals';
import { pointsOf } from '../../local/services/cloudwatch/alarms/metric-watch.ts';
import { isNeverPublished } from '../../local/services/cloudwatch/alarms/published-metrics.ts';
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
  ['T3: Step Functions is not there', ['states']],
  ['D8: the RDS API is not served', ['rds']],
  ['T5: the CloudFormation and IAM APIs are not served', ['cloudformation', 'iam']],
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

test('C5: what searches, predicts or asks other services is not computed', async () => {
  const cloudWatch = house().client(CloudWatchClient);
  const period = { StartTime: new Date(0), EndTime: new Date(60_000) };
  for (const Expression of [
    "SEARCH('{AWS/Lambda} Errors', 'Sum')",
    'ANOMALY_DETECTION_BAND(a)',
    'SELECT AVG(Duration)',
  ]) {
    const MetricDataQueries = [{ Id: 'b', Expression: Expression.replace('(a)', '(1)') }];
    await expect(cloudWatch.send(new GetMetricDataCommand({ ...period, MetricDataQueries }))).rejects.toThrow(
      /is not emulated here/,
    );
  }
});

test('C7: an alarm looks at two periods more than it evaluates', async () => {
  const { clock, telemetry } = house().cloud.kernel;
  const minute = Math.floor(clock.now() / 60_000) * 60_000;
  telemetry.metric({ namespace: 'N', name: 'M', dimensions: {}, value: 5, timestamp: minute - 3 * 60_000 });
  const watched = {
    kind: 'metric',
    namespace: 'N',
    metricName: 'M',
    dimensions: {},
    statistic: 'Sum',
    period: 60,
  } as const;
  const alarm = { watched: { ...watched, unit: undefined }, evaluationPeriods: 1 };
  const points = pointsOf(alarm, telemetry.metrics, minute);
  expect(points.map((point) => point?.value)).toEqual([5, undefined, undefined]);
});

test('C8: an alarm sets off functions; what others could do is refused', async () => {
  const alarm = {
    AlarmName: 'any',
    AlarmActions: ['arn:aws:automate:us-east-1:ec2:stop'],
    Namespace: 'N',
    MetricName: 'M',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanThreshold',
  } as const;
  await expect(
    house()
      .client(CloudWatchClient)
      .send(new PutMetricAlarmCommand({ ...alarm, AlarmActions: [...alarm.AlarmActions] })),
  ).rejects.toThrow(/ec2:stop is not emulated here/);
});

test('C12: every request of a person is traced', async () => {
  const xray = house().client(XRayClient);
  const { SamplingRuleRecords } = await xray.send(new GetSamplingRulesCommand({}));
  expect(SamplingRuleRecords).toMatchObject([{ SamplingRule: { RuleName: 'Default', ReservoirSize: 10 } }]);
  const insights = new GetInsightSummariesCommand({ StartTime: new Date(0), EndTime: new Date(1_000) });
  await expect(xray.send(insights)).rejects.toThrow(/GetInsightSummaries/);
});

test('C4: log events are passed on to functions only', async () => {
  const logs = house().client(CloudWatchLogsClient);
  await logs.send(new CreateLogGroupCommand({ logGroupName: 'a' }));
  const command = new PutSubscriptionFilterCommand({
    logGroupName: 'a',
    filterName: 'f',
    filterPattern: '',
    destinationArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/x',
  });
  await expect(logs.send(command)).rejects.toThrow(/kinesis is not emulated/);
});

test('C11: queries that look for patterns are not run', async () => {
  const logs = house().client(CloudWatchLogsClient);
  const command = new StartQueryCommand({
    logGroupName: 'a',
    startTime: 0,
    endTime: 1,
    queryString: 'fields @message | pattern @message',
  });
  await expect(logs.send(command)).rejects.toThrow(/the command pattern is not run/);
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

test.each([
  ['AWS/Lambda', ['UrlRequestCount', 'Url5xxCount', 'UrlRequestLatency', 'OffsetLag', 'PostRuntimeExtensionsDuration']],
  [
    'AWS/RDS',
    [
      'AvailabilityPercentage',
      'ClientConnectionsSetupFailedAuth',
      'DatabaseConnectionsBorrowLatency',
      'DatabaseConnectionsCurrentlySessionPinned',
      'MaxDatabaseConnectionsAllowed',
      'QueryDatabaseResponseLatency',
      'QueryRequests',
    ],
  ],
  ['AWS/S3', ['NumberOfObjects', '4xxErrors']],
  ['AWS/Cognito', ['SignInSuccesses']],
  ['AWS/Bedrock', ['InvocationLatency']],
  ['AWS/KMS', ['SecondsUntilKeyMaterialExpiration']],
  ['AWS/SecretsManager', ['ResourceCount']],
])('C22: nobody publishes them: %s', (namespace, names) => {
  expect(names.filter((name) => !isNeverPublished(namespace, name))).toEqual([]);
});
