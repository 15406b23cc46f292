import { createHash, randomBytes } from 'node:crypto';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type S3Cloud, startS3 } from './s3.fixture.ts';

let cloud: S3Cloud;
const Bucket = 'desk-files';

beforeAll(async () => {
  cloud = await startS3();
  await cloud.s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud[Symbol.asyncDispose]());

const put = (Key: string, Body: string | Uint8Array = Key, more = {}) =>
  cloud.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = async (Key: string, more = {}) => {
  const answer = await cloud.s3.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { ...answer, text: await answer.Body!.transformToString() };
};

describe('a bucket', () => {
  it('is made, found, listed and deleted', async () => {
    await cloud.s3.send(new CreateBucketCommand({ Bucket: 'short-lived' }));
    await cloud.s3.send(new HeadBucketCommand({ Bucket: 'short-lived' }));
    const { Buckets } = await cloud.s3.send(new ListBucketsCommand({}));
    expect(Buckets!.map(({ Name }) => Name)).toEqual([Bucket, 'short-lived']);
    expect(await cloud.s3.send(new GetBucketLocationCommand({ Bucket }))).toMatchObject({});
    await cloud.s3.send(new DeleteBucketCommand({ Bucket: 'short-lived' }));
    await expect(cloud.s3.send(new HeadBucketCommand({ Bucket: 'short-lived' }))).rejects.toMatchObject({
      name: 'NotFound',
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('that has objects is not deleted', async () => {
    await put('here');
    await expect(cloud.s3.send(new DeleteBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'BucketNotEmpty' });
  });
});

describe('an object', () => {
  it('comes back with what it was written with', async () => {
    const written = await put('a/b c+ü.txt', 'hello', {
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentEncoding: 'gzip',
      Metadata: { one: 'two' },
    });
    expect(written.ETag).toBe(`"${createHash('md5').update('hello').digest('hex')}"`);
    expect(await get('a/b c+ü.txt')).toMatchObject({
      text: 'hello',
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentEncoding: 'gzip',
      ContentLength: 5,
      ETag: written.ETag,
      Metadata: { one: 'two' },
      ServerSideEncryption: 'AES256',
    });
    expect(await cloud.s3.send(new HeadObjectCommand({ Bucket, Key: 'a/b c+ü.txt' }))).toMatchObject({
      ContentLength: 5,
    });
  });

  it('that is not there is NoSuchKey, with its name', async () => {
    await expect(get('missing')).rejects.toMatchObject({ name: 'NoSuchKey', Key: 'missing' });
    await expect(
      cloud.s3.send(new GetObjectCommand({ Bucket: 'no-such-bucket-here', Key: 'x' })),
    ).rejects.toMatchObject({ name: 'NoSuchBucket', BucketName: 'no-such-bucket-here' });
  });

  it('is deleted alone and with others', async () => {
    for (const key of ['d1', 'd2', 'd3']) await put(key);
    await cloud.s3.send(new DeleteObjectCommand({ Bucket, Key: 'd1' }));
    const { Deleted } = await cloud.s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'd2' }, { Key: 'd3' }, { Key: 'never' }] } }),
    );
    expect(Deleted!.map(({ Key }) => Key)).toEqual(['d2', 'd3', 'never']);
    const { KeyCount } = await cloud.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'd' }));
    expect(KeyCount).toBe(0);
  });

  it.each([1, 2_048, 2_049, 131_072, 131_073])(
    'of %d bytes is read whole and in part, copied, and in the place of what was there',
    async (size) => {
      const bytes = randomBytes(size);
      await put('any-size', bytes);
      const copied = { Bucket, Key: 'copy', CopySource: `${Bucket}/any-size` };
      await cloud.s3.send(new CopyObjectCommand(copied));
      const read = async (Key: string, Range?: string) => {
        const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket, Key, Range }));
        return Buffer.from(await Body!.transformToByteArray());
      };
      await put('any-size', 'another');
      expect([await read('copy'), await read('copy', 'bytes=-1')]).toEqual([bytes, bytes.subarray(-1)]);
      const middle = Math.floor(size / 2);
      expect(await read('copy', `bytes=${middle}-`)).toEqual(bytes.subarray(middle));
      expect(String(await read('any-size'))).toBe('another');
    },
  );

  it('of megabytes is streamed to disk and back', async () => {
    const body = Buffer.alloc(3_000_000, 'abcdefghijk');
    await put('large', body);
    const answer = await cloud.s3.send(new GetObjectCommand({ Bucket, Key: 'large' }));
    expect(Buffer.from(await answer.Body!.transformToByteArray()).equals(body)).toBe(true);
  });
});

describe('a presigned URL', () => {
  it('puts and gets by plain HTTP', async () => {
    const url = await getSignedUrl(
      cloud.s3,
      new PutObjectCommand({ Bucket, Key: 'signed', ContentType: 'text/plain', ContentLength: 4 }),
      { expiresIn: 60, signableHeaders: new Set(['content-type', 'content-length']) },
    );
    const wrong = await fetch(url, { method: 'PUT', body: 'five!', headers: { 'content-type': 'text/plain' } });
    expect(wrong.status).toBe(403);
    expect(await wrong.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
    const right = await fetch(url, { method: 'PUT', body: 'four', headers: { 'content-type': 'text/plain' } });
    expect([right.status, await right.text()]).toEqual([200, '']);
    const read = await fetch(await getSignedUrl(cloud.s3, new GetObjectCommand({ Bucket, Key: 'signed' })));
    expect([read.status, read.headers.get('content-type'), await read.text()]).toEqual([200, 'text/plain', 'four']);
  });
});
