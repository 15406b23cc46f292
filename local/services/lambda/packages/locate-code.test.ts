import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Call } from '../../../kernel/service.ts';
import { createCodeStore } from './code-store.ts';
import { CodeNotFound, codeBucket, type LocateParts, locateCode, snapshotKey } from './locate-code.ts';
import { packFiles } from './pack.ts';

const PLACE = { partition: 'aws', region: 'us-east-1', accountId: '123456789012' };
let home: string;
let zip: Buffer;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sampan-locate-'));
  zip = await packFiles([{ path: 'index.js', content: Buffer.from('1') }]);
});
afterAll(() => rm(home, { recursive: true, force: true }));

/** S3 is `getObject`; everything else is as it is. */
function parts(getObject: (input: object) => unknown): LocateParts {
  return {
    place: PLACE,
    catalogue: { find: () => undefined },
    code: createCodeStore(home),
    dispatch: async ({ service, operation, input }: Call) => {
      expect([service, operation]).toEqual(['s3', 'GetObject']);
      return getObject(input as object);
    },
  };
}

const object = (more: object = {}) => ({ kind: 'object' as const, bucket: 'mine', key: 'a/code.zip', ...more });

test.each([
  ['bytes', () => new Uint8Array(zip)],
  ['a stream', () => Readable.from([zip.subarray(0, 20), zip.subarray(20)])],
])('takes an object that comes as %s', async (_, body) => {
  const asked: object[] = [];
  const found = await locateCode(
    object({ version: 'v1' }),
    parts((input) => {
      asked.push(input);
      return { Body: body() };
    }),
  );
  expect(asked).toEqual([{ Bucket: 'mine', Key: 'a/code.zip', VersionId: 'v1' }]);
  expect(found).toMatchObject({ kind: 'stored', unzippedSize: 1 });
});

test.each([
  [
    new AwsError('NoSuchKey', 'The specified key does not exist.', { statusCode: 404 }),
    'S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
  ],
  [
    new AwsError('ServiceNotEmulated', 'no', { statusCode: 501 }),
    'S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist',
  ],
])('says in Lambda’s words what S3 refuses: %s', async (error, message) => {
  const refused = locateCode(
    object(),
    parts(() => Promise.reject(error)),
  );
  await expect(refused).rejects.toThrow(new CodeNotFound(`Error occurred while GetObject. ${message}`));
  await expect(refused).rejects.toBeInstanceOf(CodeNotFound);
});

test('hides no mistake of ours behind an error of S3', async () => {
  await expect(
    locateCode(
      object(),
      parts(() => Promise.reject(new TypeError('a bug'))),
    ),
  ).rejects.toBeInstanceOf(TypeError);
});

test('reads no more of an object than a package may have', async () => {
  let read = 0;
  async function* endless() {
    for (;;) {
      read += 1;
      yield Buffer.alloc(16 * 2 ** 20);
    }
  }
  await expect(
    locateCode(
      object(),
      parts(() => ({ Body: endless() })),
    ),
  ).rejects.toThrow('Unzipped size must be smaller than 262144000 bytes');
  expect(read).toBe(16);
});

test('refuses an object that is no zip', async () => {
  await expect(
    locateCode(
      object(),
      parts(() => ({ Body: Buffer.from('text') })),
    ),
  ).rejects.toThrow('Could not unzip uploaded file. Please check your file, then try to upload again.');
});

test('finds what it keeps itself by Lambda’s own bucket', async () => {
  const noS3 = parts(() => Promise.reject(new Error('nobody asks S3')));
  const { digest } = await noS3.code.keepZip(zip);
  const bucket = codeBucket(PLACE);
  expect(await locateCode(object({ bucket, key: snapshotKey(PLACE, digest) }), noS3)).toEqual({
    kind: 'stored',
    digest,
    unzippedSize: 1,
  });
  for (const key of [snapshotKey(PLACE, '0'.repeat(64)), '../../etc/passwd']) {
    await expect(locateCode(object({ bucket, key }), noS3)).rejects.toThrow('NoSuchKey');
  }
});

test.each([
  ['module.exports.handler = 1', 'index.js'],
  ['export const handler = 1', 'index.mjs'],
  ["import x from 'y'", 'index.mjs'],
  ["import('y')", 'index.js'],
])('writes the inline code %j as %s', async (text, file) => {
  const noS3 = parts(() => Promise.reject(new Error('nobody asks S3')));
  const found = await locateCode({ kind: 'source', text }, noS3);
  if (found.kind !== 'stored') throw new Error('inline code is kept');

  expect(readdirSync(noS3.code.directoryOf(found.digest) ?? '')).toEqual([file]);
});
