/** S3: what is refused by name, and what is told and not done. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  ListObjectsV2Command,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketWebsiteCommand,
  PutObjectCommand,
  RestoreObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import { ManualClock } from '../../local/kernel/index.ts';
import { inHouse } from '../conformance/house.ts';

const DAY_MS = 86_400_000;
const clock = new ManualClock(Date.now());
const bucket = (properties: object) => ({ Type: 'AWS::S3::Bucket', Properties: properties });
const house = inHouse({
  clock,
  template: {
    Resources: {
      Site: bucket({
        WebsiteConfiguration: { IndexDocument: 'index.html' },
        ObjectLockEnabled: true,
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      }),
    },
  },
});

const Bucket = 'differences';
const s3 = () => house().client(S3Client);
const put = (Key: string, more = {}) => s3().send(new PutObjectCommand({ Bucket, Key, Body: 'as it is', ...more }));

beforeAll(async () => {
  await s3().send(new CreateBucketCommand({ Bucket }));
});

test('O1: what nobody does here is refused by name, and named where a template has it', async () => {
  const website = new PutBucketWebsiteCommand({ Bucket, WebsiteConfiguration: { IndexDocument: { Suffix: 'i' } } });
  const calls = [
    () => s3().send(website),
    () => s3().send(new RestoreObjectCommand({ Bucket, Key: 'k', RestoreRequest: {} })),
    () => put('k', { SSECustomerAlgorithm: 'AES256', SSECustomerKey: 'k'.repeat(32) }),
  ];
  for (const call of calls) {
    await expect(call()).rejects.toMatchObject({ name: 'NotImplemented', $metadata: { httpStatusCode: 501 } });
  }
  const said = house()
    .diagnostics()
    .map(({ message }) => message);
  expect(said).toContainEqual(expect.stringContaining('no website is served'));
  expect(said).toContainEqual(expect.stringContaining('Object Lock is not emulated'));
});

test('O3: plain HTTP counts as TLS', async () => {
  const Resource = `arn:aws:s3:::${Bucket}/*`;
  const Condition = { Bool: { 'aws:SecureTransport': 'false' } };
  const statement = { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource, Condition };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await s3().send(new PutBucketPolicyCommand({ Bucket, Policy }));
  expect(house().endpoint).toMatch(/^http:/);
  await expect(put('plain')).resolves.toMatchObject({ ServerSideEncryption: 'AES256' });
});

test('O4: objects are kept as they are', async () => {
  // Smaller ones are in their records.
  const Body = 'as it is. '.repeat(1_000);
  await put('kept', { Body });
  const directory = house().cloud.kernel.store.directory('s3');
  const files = readdirSync(directory, { recursive: true }).map((name) => join(directory, String(name)));
  const contents = files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file, 'utf8'));
  expect(contents).toContain(Body);
});

test('O5: what expires is gone at midnight', async () => {
  await put('brief/a');
  const Rules = [{ ID: 'brief', Status: 'Enabled', Filter: { Prefix: 'brief/' }, Expiration: { Days: 1 } } as const];
  await s3().send(
    new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules: [...Rules] } }),
  );
  const midnight = Math.ceil((clock.now() + DAY_MS) / DAY_MS) * DAY_MS;
  const count = async () => (await s3().send(new ListObjectsV2Command({ Bucket, Prefix: 'brief/' }))).KeyCount;
  await clock.advance(midnight - clock.now() - 1);
  expect(await count()).toBe(1);
  await clock.advance(1);
  expect(await count()).toBe(0);
});

test('O6: XXHASH is refused', async () => {
  await expect(put('hashed', { ChecksumXXHASH64: 'AAAAAAAAAAA=' })).rejects.toMatchObject({ name: 'NotImplemented' });
});
