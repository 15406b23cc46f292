import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type S3Cloud, startS3 } from './s3.fixture.ts';

let cloud: S3Cloud;
const Bucket = 'parts';
const MIB = 1024 * 1024;

beforeAll(async () => {
  cloud = await startS3();
  await cloud.s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud[Symbol.asyncDispose]());

const begin = async (Key: string, more = {}) =>
  (await cloud.s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))).UploadId!;
const part = (Key: string, UploadId: string, PartNumber: number, Body: Uint8Array | string, more = {}) =>
  cloud.s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...more }));
const complete = (Key: string, UploadId: string, Parts: object[], more = {}) =>
  cloud.s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...more }));

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(directory, name)).isFile());
}

it('an upload in parts is one object, whose ETag counts them', async () => {
  const bytes = randomBytes(5 * MIB + 11);
  const halves = [bytes.subarray(0, 5 * MIB), bytes.subarray(5 * MIB)] as const;
  const id = await begin('whole', { ContentType: 'text/plain', Metadata: { a: 'b' } });
  const tags = [await part('whole', id, 2, halves[1]), await part('whole', id, 1, halves[0])].reverse();
  const { Parts } = await cloud.s3.send(new ListPartsCommand({ Bucket, Key: 'whole', UploadId: id }));
  expect(Parts!.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [1, 5 * MIB],
    [2, 11],
  ]);
  const listed = await cloud.s3.send(new ListMultipartUploadsCommand({ Bucket }));
  expect(listed.Uploads!.map(({ Key }) => Key)).toEqual(['whole']);
  const { ETag } = await complete(
    'whole',
    id,
    tags.map((tag, index) => ({ ...tag, PartNumber: index + 1 })),
  );
  const md5s = Buffer.concat(halves.map((half) => createHash('md5').update(half).digest()));
  expect(ETag).toBe(`"${createHash('md5').update(md5s).digest('hex')}-2"`);
  const whole = await cloud.s3.send(new GetObjectCommand({ Bucket, Key: 'whole' }));
  expect(whole).toMatchObject({ ContentType: 'text/plain', Metadata: { a: 'b' } });
  expect(Buffer.from(await whole.Body!.transformToByteArray()).equals(bytes)).toBe(true);
  const second = await cloud.s3.send(new GetObjectCommand({ Bucket, Key: 'whole', PartNumber: 2 }));
  expect(second).toMatchObject({ PartsCount: 2, ContentLength: 11, $metadata: { httpStatusCode: 206 } });
  const across = await cloud.s3.send(
    new GetObjectCommand({ Bucket, Key: 'whole', Range: `bytes=${5 * MIB - 3}-${5 * MIB + 2}` }),
  );
  expect(Buffer.from(await across.Body!.transformToByteArray()).equals(bytes.subarray(5 * MIB - 3, 5 * MIB + 3))).toBe(
    true,
  );
});

it.each([
  ['CRC32', 'COMPOSITE'],
  ['CRC32', 'FULL_OBJECT'],
  ['CRC32C', 'COMPOSITE'],
  ['CRC64NVME', 'FULL_OBJECT'],
  ['SHA1', 'COMPOSITE'],
  ['SHA256', 'COMPOSITE'],
] as const)('an upload has a checksum %s of kind %s, of the parts and of the whole', async (algorithm, type) => {
  const Key = `sum-${algorithm}-${type}`;
  const id = await begin(Key, { ChecksumAlgorithm: algorithm, ChecksumType: type });
  const first = await part(Key, id, 1, Buffer.alloc(5 * MIB, 'x'), { ChecksumAlgorithm: algorithm });
  const last = await part(Key, id, 2, 'end', { ChecksumAlgorithm: algorithm });
  const name = `Checksum${algorithm}` as const;
  expect(first[name]).toBeDefined();
  const done = await complete(Key, id, [
    { PartNumber: 1, ETag: first.ETag, [name]: first[name] },
    { PartNumber: 2, ETag: last.ETag, [name]: last[name] },
  ]);
  expect(done.ChecksumType).toBe(type);
  expect(done[name]!.endsWith('-2')).toBe(type === 'COMPOSITE');
  const whole = Buffer.concat([Buffer.alloc(5 * MIB, 'x'), Buffer.from('end')]);
  if (type === 'FULL_OBJECT') {
    const alone = await cloud.s3.send(
      new PutObjectCommand({ Bucket, Key: 'alone', Body: whole, ChecksumAlgorithm: algorithm }),
    );
    expect(done[name]).toBe(alone[name]);
  }
  const attributes = await cloud.s3.send(
    new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum', 'ObjectParts', 'ObjectSize'] }),
  );
  expect(attributes).toMatchObject({ ObjectSize: whole.length, ObjectParts: { TotalPartsCount: 2 } });
});

it('what is wrong with a completion is told, and the upload goes on', async () => {
  const Key = 'refused';
  const id = await begin(Key);
  const [one, two] = [await part(Key, id, 1, 'small'), await part(Key, id, 2, 'small too')];
  const parts = [
    { PartNumber: 1, ETag: one.ETag },
    { PartNumber: 2, ETag: two.ETag },
  ];
  await expect(complete(Key, id, parts)).rejects.toMatchObject({ name: 'EntityTooSmall', MinSizeAllowed: '5242880' });
  await expect(complete(Key, id, parts.toReversed())).rejects.toMatchObject({ name: 'InvalidPartOrder' });
  await expect(complete(Key, id, [{ PartNumber: 3, ETag: one.ETag }])).rejects.toMatchObject({ name: 'InvalidPart' });
  await expect(complete(Key, id, [])).rejects.toMatchObject({ name: 'MalformedXML' });
  await expect(complete(Key, 'nothing', parts)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  await expect(part(Key, id, 10_001, 'x')).rejects.toMatchObject({ name: 'InvalidArgument' });
  await complete(Key, id, parts.slice(0, 1), { IfNoneMatch: '*' });
  const again = await begin(Key);
  const { ETag } = await part(Key, again, 1, 'other');
  await expect(complete(Key, again, [{ PartNumber: 1, ETag }], { IfNoneMatch: '*' })).rejects.toMatchObject({
    name: 'PreconditionFailed',
  });
  await cloud.s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: again }));
});

it('an upload that is broken off leaves nothing on disk', async () => {
  const directory = cloud.kernel.store.directory('s3');
  const before = filesIn(directory).length;
  const id = await begin('gone');
  await part('gone', id, 1, Buffer.alloc(MIB));
  await part('gone', id, 1, Buffer.alloc(MIB + 1));
  expect(filesIn(directory)).toHaveLength(before + 1);
  await cloud.s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'gone', UploadId: id }));
  expect(filesIn(directory)).toHaveLength(before);
  await expect(part('gone', id, 1, 'late')).rejects.toMatchObject({ name: 'NoSuchUpload' });
  expect(filesIn(directory)).toHaveLength(before);
});

it('parts are copied from objects, whole or by range', async () => {
  await cloud.s3.send(new PutObjectCommand({ Bucket, Key: 'source ü', Body: '0123456789' }));
  const id = await begin('copied');
  const CopySource = `${Bucket}/${encodeURIComponent('source ü')}`;
  const copy = (more = {}) =>
    cloud.s3.send(
      new UploadPartCopyCommand({ Bucket, Key: 'copied', UploadId: id, PartNumber: 1, CopySource, ...more }),
    );
  await expect(copy({ CopySourceRange: 'bytes=5-10' })).rejects.toMatchObject({ name: 'InvalidRequest' });
  const { CopyPartResult } = await copy({ CopySourceRange: 'bytes=2-5' });
  await complete('copied', id, [{ PartNumber: 1, ETag: CopyPartResult!.ETag }]);
  const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket, Key: 'copied' }));
  expect(await Body!.transformToString()).toBe('2345');
});

it('lib-storage uploads a stream of unknown length', async () => {
  const bytes = randomBytes(6 * MIB);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
  }
  const { Readable } = await import('node:stream');
  await new Upload({ client: cloud.s3, params: { Bucket, Key: 'streamed', Body: Readable.from(pieces()) } }).done();
  const { Body } = await cloud.s3.send(new GetObjectCommand({ Bucket, Key: 'streamed' }));
  expect(Buffer.from(await Body!.transformToByteArray()).equals(bytes)).toBe(true);
});
