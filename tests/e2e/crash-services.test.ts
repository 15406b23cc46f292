/** SIGKILL among uploads, parts, sign-ups and alarms: what was acknowledged is there after the next start, and nothing half. */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  eventually,
  projectOf,
  type Running,
  removeTemporaryDirectories,
  startSampan,
  temporaryDirectory,
} from './sampan.ts';
import { type UserPool, userPoolOf } from './signed-in.ts';

jest.setTimeout(120_000);
afterAll(removeTemporaryDirectories);

const Bucket = 'crash-files';
const LARGE = 300_000;

const project = projectOf({
  'template.yaml': `
Resources:
  Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: ${Bucket} } }
  Pool: { Type: 'AWS::Cognito::UserPool' }
  Client:
    Type: AWS::Cognito::UserPoolClient
    Properties: { UserPoolId: !Ref Pool, ExplicitAuthFlows: [ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH] }
`,
});

interface Clients {
  readonly s3: S3Client;
  readonly alarms: CloudWatchClient;
  readonly users: UserPool;
}

async function clientsOf({ awsUrl }: Running): Promise<Clients> {
  const client = {
    endpoint: awsUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return {
    s3: new S3Client({ ...client, forcePathStyle: true }),
    alarms: new CloudWatchClient(client),
    users: await userPoolOf({ awsUrl }),
  };
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** What was answered, by its name. */
type Acknowledged = Map<string, string>;

/** Fewer than one page of a list has. */
const MOST = 90;

/** One piece of work after the other until there is nobody to answer. */
async function repeat(
  acknowledged: Acknowledged,
  isOver: () => boolean,
  work: (index: number) => Promise<readonly [string, string]>,
): Promise<void> {
  for (let index = 0; !isOver() && index < MOST; index += 1) {
    try {
      acknowledged.set(...(await work(index)));
    } catch (error) {
      if (isOver()) return;
      throw error;
    }
  }
}

test('nothing that was acknowledged is lost, and nothing is there by half', async () => {
  const state = temporaryDirectory('state');
  const running = await startSampan({ cwd: project, state });
  const { s3, alarms, users } = await clientsOf(running);
  let isOver = false;
  const over = () => isOver;
  const put = async (Key: string, bytes: Uint8Array) => {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: bytes }));
    return [Key, md5(bytes)] as const;
  };
  const all = Array.from({ length: 5 }, (): Acknowledged => new Map());
  const [small, large, parts, people, watched] = all as [
    Acknowledged,
    Acknowledged,
    Acknowledged,
    Acknowledged,
    Acknowledged,
  ];
  const work = Promise.all([
    repeat(small, over, (index) => put(`small/${index}`, randomBytes(100))),
    repeat(large, over, (index) => put(`large/${index}`, randomBytes(LARGE))),
    repeat(parts, over, async (index) => {
      const Key = `parts/${index}`;
      const bytes = randomBytes(LARGE);
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
      const part = { Bucket, Key, UploadId, PartNumber: 1 };
      const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: bytes }));
      const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
      await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
      return [Key, md5(bytes)] as const;
    }),
    repeat(people, over, async (index) => {
      const email = `ann${index}@example.com`;
      return [email, await users.make(email, [])] as const;
    }),
    repeat(watched, over, async (index) => {
      const alarm = { Namespace: 'Own', MetricName: 'Own', Statistic: 'Sum', Period: 60 } as const;
      const comparison = { EvaluationPeriods: 1, Threshold: 1, ComparisonOperator: 'GreaterThanThreshold' } as const;
      await alarms.send(new PutMetricAlarmCommand({ AlarmName: `alarm${index}`, ...alarm, ...comparison }));
      return [`alarm${index}`, ''] as const;
    }),
  ]);
  await eventually(
    () => all.every(({ size }) => size >= 3),
    60_000,
    () => all.map(({ size }) => size).join(),
  );
  isOver = true;
  process.kill(running.pid, 'SIGKILL');
  await work;
  await running.ended();
  for (const client of [s3, alarms, users.cognito]) client.destroy();

  const again = await startSampan({ cwd: project, state });
  const after = await clientsOf(again);
  const kept: { key: string; size: number; digest: string }[] = [];
  const { Contents = [] } = await after.s3.send(new ListObjectsV2Command({ Bucket }));
  for (const { Key = '', Size = 0 } of Contents) {
    const { Body } = await after.s3.send(new GetObjectCommand({ Bucket, Key }));
    const bytes = await Body!.transformToByteArray();
    expect([Key, bytes.length]).toEqual([Key, Size]);
    expect([Key, Size]).toEqual([Key, Key.startsWith('small/') ? 100 : LARGE]);
    kept.push({ key: Key, size: Size, digest: md5(bytes) });
  }
  const digests = new Map(kept.map(({ key, digest }) => [key, digest]));
  for (const [key, digest] of [...small, ...large, ...parts]) expect([key, digests.get(key)]).toEqual([key, digest]);
  for (const [email, password] of people) expect((await after.users.tokens(email, password)).idToken).not.toBe('');
  const { MetricAlarms = [] } = await after.alarms.send(new DescribeAlarmsCommand({ MaxRecords: 100 }));
  expect(MetricAlarms.map(({ AlarmName }) => AlarmName)).toEqual(expect.arrayContaining([...watched.keys()]));
  // Of what was being written nothing is left: objects' files, and at most one of an upload that is still under way.
  const files = () =>
    readdirSync(join(state, 's3'), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  const withFiles = kept.filter(({ size }) => size === LARGE).length;
  await eventually(
    () => files() <= withFiles + 1,
    5_000,
    () => `${files()} files of ${withFiles} objects`,
  );
  for (const client of [after.s3, after.alarms, after.users.cognito]) client.destroy();
  await again.stop();
});
