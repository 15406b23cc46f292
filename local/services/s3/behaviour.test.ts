import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketCorsCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { type S3Cloud, startS3 } from './s3.fixture.ts';

let cloud: S3Cloud;
const Bucket = 'behaviour';
const told: string[] = [];

const fakeLambda = {
  name: 'lambda',
  resourceTypes: [],
  load: async () => ({
    providers: {},
    operations: {
      Invoke: {
        requires: () => [],
        handle(input: { InvocationType: string; FunctionName: string; Payload?: string }) {
          if (input.FunctionName.endsWith(':missing')) throw new Error('no');
          if (input.InvocationType === 'Event') told.push(input.Payload!);
          return { StatusCode: 202 };
        },
      },
    },
  }),
};

beforeAll(async () => {
  cloud = await startS3(fakeLambda);
  await cloud.s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud[Symbol.asyncDispose]());

const put = (Key: string, Body: string | Uint8Array = Key, more = {}) =>
  cloud.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const read = async (Key: string, more = {}) => {
  const { Body, ...answer } = await cloud.s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, text: await Body!.transformToString() };
};
const url = (path: string) => `${cloud.endpoint.url}/${Bucket}/${path}`;

describe('a conditional request', () => {
  it('reads what is as wanted', async () => {
    const { ETag } = await put('cond');
    await expect(read('cond', { IfMatch: ETag })).resolves.toMatchObject({ text: 'cond' });
    await expect(read('cond', { IfMatch: '"0"' })).rejects.toMatchObject({
      name: 'PreconditionFailed',
      Condition: 'If-Match',
    });
    await expect(read('cond', { IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(read('cond', { IfModifiedSince: new Date(cloud.clock.now() + 1e6) })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    await expect(read('cond', { IfUnmodifiedSince: new Date(0) })).rejects.toMatchObject({
      name: 'PreconditionFailed',
    });
  });

  it('writes only what is not there, or is still the same', async () => {
    const { ETag } = await put('once', 'a', { IfNoneMatch: '*' });
    await expect(put('once', 'b', { IfNoneMatch: '*' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await put('once', 'c', { IfMatch: ETag });
    await expect(put('once', 'd', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(put('never', 'd', { IfMatch: ETag })).rejects.toMatchObject({ name: 'NoSuchKey' });
    const both = await Promise.allSettled([
      put('race', '1', { IfNoneMatch: '*' }),
      put('race', '2', { IfNoneMatch: '*' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });
});

it('ranges are 206 with their place, or 416', async () => {
  await put('ranged', '0123456789');
  expect(await read('ranged', { Range: 'bytes=2-4' })).toMatchObject({
    text: '234',
    ContentRange: 'bytes 2-4/10',
    $metadata: { httpStatusCode: 206 },
  });
  await expect(read('ranged', { Range: 'bytes=10-' })).rejects.toMatchObject({
    name: 'InvalidRange',
    ActualObjectSize: '10',
  });
});

it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)('%s is checked and told', async (algorithm) => {
  const name = `Checksum${algorithm}`;
  const written = (await put('sum', 'summed', { ChecksumAlgorithm: algorithm })) as unknown as Record<string, string>;
  expect(await read('sum', { ChecksumMode: 'ENABLED' })).toMatchObject({
    [name]: written[name],
    ChecksumType: 'FULL_OBJECT',
  });
  const wrong = Buffer.from(written[name]!, 'base64').map((byte) => byte ^ 1);
  await expect(put('sum', 'other', { [name]: Buffer.from(wrong).toString('base64') })).rejects.toMatchObject({
    name: 'BadDigest',
  });
  expect((await read('sum')).text).toBe('summed');
});

describe('versions', () => {
  const Versioned = 'versioned';
  const write = (Body: string) => cloud.s3.send(new PutObjectCommand({ Bucket: Versioned, Key: 'k', Body }));
  const setting = (Status: 'Enabled' | 'Suspended') =>
    cloud.s3.send(new PutBucketVersioningCommand({ Bucket: Versioned, VersioningConfiguration: { Status } }));

  it('are kept, hidden by markers, and gone when they are deleted', async () => {
    await cloud.s3.send(new CreateBucketCommand({ Bucket: Versioned }));
    expect((await write('null')).VersionId).toBeUndefined();
    await setting('Enabled');
    const one = (await write('one')).VersionId!;
    const deleted = await cloud.s3.send(new DeleteObjectCommand({ Bucket: Versioned, Key: 'k' }));
    expect(deleted).toMatchObject({ DeleteMarker: true, VersionId: expect.any(String) });
    const get = async (VersionId?: string) => {
      const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket: Versioned, Key: 'k', VersionId }));
      return Body!.transformToString();
    };
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(get(deleted.VersionId)).rejects.toMatchObject({ name: 'MethodNotAllowed' });
    expect([await get(one), await get('null')]).toEqual(['one', 'null']);
    await setting('Suspended');
    expect((await write('null again')).VersionId).toBe('null');
    const listed = await cloud.s3.send(new ListObjectVersionsCommand({ Bucket: Versioned }));
    expect(listed.Versions!.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
      ['null', true],
      [one, false],
    ]);
    expect(listed.DeleteMarkers).toHaveLength(1);
    const first = await cloud.s3.send(new ListObjectVersionsCommand({ Bucket: Versioned, MaxKeys: 1 }));
    const next = await cloud.s3.send(
      new ListObjectVersionsCommand({
        Bucket: Versioned,
        KeyMarker: first.NextKeyMarker,
        VersionIdMarker: first.NextVersionIdMarker,
      }),
    );
    expect([first.IsTruncated, next.Versions!.length, next.DeleteMarkers!.length]).toEqual([true, 1, 1]);
    await cloud.s3.send(new DeleteObjectCommand({ Bucket: Versioned, Key: 'k', VersionId: 'null' }));
    await cloud.s3.send(new DeleteObjectCommand({ Bucket: Versioned, Key: 'k', VersionId: deleted.VersionId }));
    expect(await get()).toBe('one');
  });
});

it('a copy takes along what it is told to', async () => {
  await put('from ä+', 'copied', { ContentType: 'text/css', Metadata: { a: '1' }, Tagging: 'team=desk' });
  const CopySource = `/${Bucket}/${encodeURIComponent('from ä+')}`;
  const copy = (more = {}) => cloud.s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource, ...more }));
  await copy();
  expect(await read('to')).toMatchObject({
    text: 'copied',
    ContentType: 'text/css',
    Metadata: { a: '1' },
    TagCount: 1,
  });
  await copy({ MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE', Metadata: { b: '2' }, ContentType: 'a/b' });
  const replaced = await cloud.s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }));
  expect(replaced).toMatchObject({ Metadata: { b: '2' }, ContentType: 'a/b' });
  expect(replaced.TagCount).toBeUndefined();
  await expect(copy({ CopySourceIfMatch: '"0"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await expect(copy({ Key: 'from ä+' })).rejects.toMatchObject({ name: 'InvalidRequest' });
});

it('tags are kept, and ACLs refused', async () => {
  await put('tagged');
  const TagSet = [{ Key: 'a', Value: 'b c' }];
  await cloud.s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet } }));
  expect((await cloud.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }))).TagSet).toEqual(TagSet);
  const twice = [...TagSet, ...TagSet];
  await expect(
    cloud.s3.send(new PutObjectTaggingCommand({ Bucket, Key: 'tagged', Tagging: { TagSet: twice } })),
  ).rejects.toMatchObject({ name: 'InvalidTag' });
  await expect(
    cloud.s3.send(new PutObjectAclCommand({ Bucket, Key: 'tagged', ACL: 'public-read' })),
  ).rejects.toMatchObject({ name: 'AccessControlListNotSupported' });
});

it('keys of any characters are listed and read as they were written', async () => {
  const Odd = 'odd-keys';
  await cloud.s3.send(new CreateBucketCommand({ Bucket: Odd }));
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => !text.includes('\0') && text.isWellFormed() && text !== '.' && text !== '..');
  const keys = fc.sample(name, { numRuns: 40, seed: 7 }).map((text, index) => `${index}&<"'>\u0001 /${text}`);
  for (const Key of keys) await cloud.s3.send(new PutObjectCommand({ Bucket: Odd, Key, Body: Key }));
  const list = new ListObjectsV2Command({ Bucket: Odd, EncodingType: 'url' });
  const { Contents } = await cloud.s3.send(list);
  const decoded = Contents!.map(({ Key }) => decodeURIComponent(Key!.replaceAll('+', ' ')));
  expect(decoded).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  const v1 = await cloud.s3.send(
    new ListObjectsCommand({ Bucket: Odd, MaxKeys: 3, Delimiter: '/', EncodingType: 'url' }),
  );
  expect([v1.IsTruncated, v1.CommonPrefixes!.length]).toEqual([true, 3]);
});

describe('a page of another origin', () => {
  const headers = { origin: 'http://localhost:5173', 'access-control-request-method': 'PUT' };

  it('is let in by a rule, asked before and told with the answer', async () => {
    const before = await fetch(url('cors'), { method: 'OPTIONS', headers });
    expect([before.status, await before.text()]).toEqual([403, expect.stringContaining('CORS is not enabled')]);
    const CORSRules = [
      {
        AllowedOrigins: ['http://localhost:*'],
        AllowedMethods: ['PUT', 'GET'],
        AllowedHeaders: ['*'],
        ExposeHeaders: ['ETag'],
        MaxAgeSeconds: 60,
      },
    ];
    await cloud.s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
    const asked = await fetch(url('cors'), {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-headers': 'Content-Type' },
    });
    expect(asked.status).toBe(200);
    expect(asked.headers.get('access-control-allow-origin')).toBe('http://localhost:5173');
    expect(asked.headers.get('access-control-allow-headers')).toBe('content-type');
    expect(asked.headers.get('access-control-max-age')).toBe('60');
    const answer = await fetch(url('missing'), { headers: { origin: headers.origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(headers.origin);
    expect(answer.headers.get('access-control-expose-headers')).toBe('ETag');
    const other = await fetch(url('cors'), {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'DELETE' },
    });
    expect(other.status).toBe(403);
  });
});

describe('a bucket is found', () => {
  it.each(['behaviour.s3.us-east-1.amazonaws.com', 'behaviour.s3.localhost:4566', 'behaviour.localhost'])(
    'by the host name %s',
    async (host) => {
      const { request } = await import('node:http');
      await put('by-host');
      const text = await new Promise<string>((resolve, reject) => {
        const { port } = new URL(cloud.endpoint.url);
        request({ host: '127.0.0.1', port, path: '/by-host', headers: { host } }, (response) => {
          response.setEncoding('utf8').on('data', resolve);
        })
          .once('error', reject)
          .end();
      });
      expect(text).toBe('by-host');
    },
  );
});

it('functions are told with AWS’s record, once the change is there', async () => {
  const LambdaFunctionArn = 'arn:aws:lambda:us-east-1:123456789012:function:told';
  const Filter = { Key: { FilterRules: [{ Name: 'prefix' as const, Value: 'in/' }] } };
  const configure = (arn: string) =>
    cloud.s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          LambdaFunctionConfigurations: [
            { Id: 'mine', LambdaFunctionArn: arn, Events: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'], Filter },
          ],
        },
      }),
    );
  await expect(configure('arn:aws:lambda:us-east-1:123456789012:function:missing')).rejects.toMatchObject({
    name: 'InvalidArgument',
    message: expect.stringContaining('Unable to validate the following destination configurations'),
  });
  await configure(LambdaFunctionArn);
  await put('in/a b', 'four');
  await put('out/c');
  await cloud.s3.send(new DeleteObjectCommand({ Bucket, Key: 'in/a b' }));
  await cloud.kernel.outbox.idle();
  const records = told.map((text) => JSON.parse(text).Records[0]);
  expect(records.map(({ eventName }) => eventName)).toEqual(['ObjectCreated:Put', 'ObjectRemoved:Delete']);
  expect(records[0]).toMatchObject({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    s3: {
      configurationId: 'mine',
      bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` },
      object: { key: 'in/a+b', size: 4 },
    },
  });
});

it('rules expire objects, versions, markers and unfinished uploads on the clock', async () => {
  const Expiring = 'expiring';
  const day = 86_400_000;
  await cloud.s3.send(new CreateBucketCommand({ Bucket: Expiring }));
  await cloud.s3.send(
    new PutBucketVersioningCommand({ Bucket: Expiring, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  const Rules = [
    {
      ID: 'old',
      Status: 'Enabled' as const,
      Filter: { Prefix: 'log/' },
      Expiration: { Days: 2 },
      NoncurrentVersionExpiration: { NoncurrentDays: 1 },
    },
    { ID: 'markers', Status: 'Enabled' as const, Filter: {}, Expiration: { ExpiredObjectDeleteMarker: true } },
    {
      ID: 'cold',
      Status: 'Enabled' as const,
      Filter: { Tag: { Key: 't', Value: 'cold' } },
      Transitions: [{ Days: 1, StorageClass: 'GLACIER_IR' as const }],
    },
  ];
  await cloud.s3.send(
    new PutBucketLifecycleConfigurationCommand({ Bucket: Expiring, LifecycleConfiguration: { Rules } }),
  );
  const write = (Key: string, more = {}) =>
    cloud.s3.send(new PutObjectCommand({ Bucket: Expiring, Key, Body: 'x', ...more }));
  await write('log/a');
  await write('kept', { Tagging: 't=cold' });
  const head = await cloud.s3.send(new HeadObjectCommand({ Bucket: Expiring, Key: 'log/a' }));
  expect(head.Expiration).toContain('rule-id="old"');
  const count = async () => {
    const { Versions = [], DeleteMarkers = [] } = await cloud.s3.send(
      new ListObjectVersionsCommand({ Bucket: Expiring }),
    );
    return [Versions.length, DeleteMarkers.length];
  };
  await cloud.clock.advance(2 * day);
  expect(await count()).toEqual([2, 0]);
  expect(await cloud.s3.send(new HeadObjectCommand({ Bucket: Expiring, Key: 'kept' }))).toMatchObject({
    StorageClass: 'GLACIER_IR',
  });
  await cloud.clock.advance(day);
  expect(await count()).toEqual([2, 1]);
  await cloud.clock.advance(3 * day);
  expect(await count()).toEqual([1, 0]);
});

it('what is no key of KMS encrypts nothing', async () => {
  const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'rot13' as never } };
  await expect(
    cloud.s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } })),
  ).rejects.toMatchObject({ name: 'InvalidRequest' });
});

it('five hundred malformed uploads store nothing and leave nothing', async () => {
  const directory = cloud.kernel.store.directory('s3');
  const files = () =>
    readdirSync(directory, { recursive: true }).filter((name) => statSync(join(directory, String(name))).isFile())
      .length;
  const before = files();
  const header = fc.constantFrom(
    ['content-md5', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ['content-md5', 'nonsense'],
    ['x-amz-checksum-crc32', 'AAAAAA=='],
    ['x-amz-checksum-sha256', 'short'],
    ['x-amz-storage-class', 'ATTIC'],
    ['x-amz-server-side-encryption', 'rot13'],
    ['x-amz-tagging', 'a=1&a=2'],
    ['x-amz-acl', 'public-read'],
    ['x-amz-object-lock-mode', 'GOVERNANCE'],
    ['x-amz-meta-large', 'x'.repeat(3000)],
    ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
    ['content-encoding', 'aws-chunked'],
    ['x-amz-copy-source', 'nowhere/at/all'],
  );
  const body = fc.string({ minLength: 1, maxLength: 60 });
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(header, body, fc.constantFrom(0, 3_000, 300_000), async ([name, value], text, size) => {
      sent += 1;
      const response = await fetch(url(`malformed/${sent}`), {
        method: 'PUT',
        headers: { [name!]: value! },
        body: size === 300_000 ? text.padEnd(size, 'x') : `zzz${text}`.padEnd(size, 'x'),
      });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).not.toBe(500);
      expect(await response.text()).toMatch(/^<\?xml.*<Error><Code>\w+<\/Code>.*<RequestId>.*<HostId>/s);
    }),
    { numRuns: 500 },
  );
  const { KeyCount } = await cloud.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'malformed/' }));
  expect([KeyCount, files()]).toEqual([0, before]);
}, 60_000);
