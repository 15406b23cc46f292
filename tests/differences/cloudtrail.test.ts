/** docs/differences.md, CloudTrail. */
import { PutBucketTaggingCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { inHouse } from '../conformance/house.ts';

const TRAIL = 'arn:aws:cloudtrail:us-east-1:123456789012:trail/t';

const template = (tag: string) => ({
  Resources: {
    Bucket: { Type: 'AWS::S3::Bucket', Properties: { Tags: [{ Key: 'a', Value: tag }] } },
    Policy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Bucket' },
        PolicyDocument: {
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'cloudtrail.amazonaws.com' },
              Action: ['s3:GetBucketAcl', 's3:PutObject'],
              Resource: [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, { 'Fn::Sub': '${Bucket.Arn}/AWSLogs/*' }],
              Condition: { StringEquals: { 'aws:SourceArn': TRAIL } },
            },
          ],
        },
      },
    },
    Trail: {
      Type: 'AWS::CloudTrail::Trail',
      DependsOn: 'Policy',
      Properties: {
        TrailName: 't',
        IsLogging: true,
        S3BucketName: { Ref: 'Bucket' },
        SnsTopicName: 'files',
        InsightSelectors: [{ InsightType: 'ApiCallRateInsight' }],
        CloudWatchLogsLogGroupArn: 'arn:aws:logs:us-east-1:123456789012:log-group:calls:*',
        EventSelectors: [{ DataResources: [{ Type: 'AWS::S3::Object', Values: ['arn:aws:s3'] }] }],
      },
    },
    Rule: {
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern: { 'detail-type': ['AWS API Call via CloudTrail'] } },
    },
  },
});

const house = inHouse({ template: template('before') });
let seen = 0;

async function told(): Promise<Record<string, unknown>[]> {
  const { kernel } = house().cloud;
  await kernel.outbox.idle();
  const caller = { kind: 'internal', service: 'test' } as const;
  const input = { After: seen };
  const { Events } = (await kernel.dispatch({ caller, service: 'events', operation: 'ListPassedEvents', input })) as {
    Events: { sequence: number; event: string }[];
  };
  seen = Events.at(-1)?.sequence ?? seen;
  return Events.map(({ event }) => JSON.parse(event).detail);
}

async function tag(): Promise<void> {
  const Tagging = { TagSet: [{ Key: 'b', Value: 'c' }] };
  await house()
    .client(S3Client)
    .send(new PutBucketTaggingCommand({ Bucket: house().physicalId('Bucket'), Tagging }));
}

test('R1: a record is there as soon as the call is', async () => {
  await tag();
  expect(await told()).toMatchObject([{ eventName: 'PutBucketTagging' }]);
});

test('R4: records say nothing of the program that called', async () => {
  await tag();
  const [record] = await told();
  expect(record).toMatchObject({ userAgent: null });
  expect(Object.keys(record!)).toEqual(expect.not.arrayContaining(['resources', 'tlsDetails', 'additionalEventData']));
});

test('R2: what of a trail goes elsewhere than to EventBridge is named', () => {
  const named = house()
    .diagnostics()
    .filter(({ resource }) => resource === 'Trail')
    .map(({ property }) => property);
  expect(named.toSorted()).toEqual(
    [
      'Properties.CloudWatchLogsLogGroupArn',
      'Properties.EventSelectors.0.DataResources',
      'Properties.InsightSelectors',
      'Properties.S3BucketName',
      'Properties.SnsTopicName',
    ].toSorted(),
  );
});

test('R3: what a deployment does leaves no record', async () => {
  await house().apply({ template: template('after') });
  expect(await told()).toEqual([]);
});

test('R5: CloudTrail’s own operations are not here', async () => {
  await expect(house().call('cloudtrail', 'LookupEvents', {})).rejects.toMatchObject({ code: 'OperationNotEmulated' });
});
