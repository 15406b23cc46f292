/** What comes by a query or a form, and goes out in headers: it is that header's value, or nothing. */
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type S3Cloud, startS3 } from './s3.fixture.ts';

const Bucket = 'headers';
let cloud: S3Cloud;
let s3: S3Client;

beforeAll(async () => {
  cloud = await startS3();
  s3 = cloud.s3;
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'letter', Body: 'text' }));
});
afterAll(async () => {
  await cloud[Symbol.asyncDispose]();
});

const INJECTED = [
  'a\r\nx-evil: 1',
  'a\nx-evil: 1',
  'a\rx-evil: 1',
  'a\0',
  'a\x7f',
  '\u010d\u010ax-evil: 1',
  'Chris O’Dowd',
];

test.each(INJECTED)('a presigned URL that overrides a header by %j is refused', async (value) => {
  for (const [name, more] of Object.entries({
    'response-content-disposition': { ResponseContentDisposition: value },
    'response-content-type': { ResponseContentType: value },
    'response-cache-control': { ResponseCacheControl: value },
    'response-content-encoding': { ResponseContentEncoding: value },
    'response-content-language': { ResponseContentLanguage: value },
  })) {
    const response = await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'letter', ...more })));
    expect([response.status, response.headers.get('x-evil')]).toEqual([400, null]);
    const text = await response.text();
    expect(text).toContain('<Message>Header value cannot be represented using ISO-8859-1.</Message>');
    expect(text).toContain(`<ArgumentName>${name}</ArgumentName>`);
  }
});

test.each(['attachment; filename="é.txt"', "attachment; filename*=UTF-8''%E2%82%AC.txt"])(
  'and one by %j is not',
  async (value) => {
    const override = { ResponseContentDisposition: value };
    const response = await fetch(await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key: 'letter', ...override })));
    expect([response.status, response.headers.get('content-disposition'), await response.text()]).toEqual([
      200,
      value,
      'text',
    ]);
  },
);

/** A form's fields may have any text; a policy may let any. */
async function post(field: string, value: string): Promise<Response> {
  const given = { Bucket, Key: 'posted', Fields: { [field]: value } };
  const { url, fields } = await createPresignedPost(s3, { ...given, Conditions: [['starts-with', `$${field}`, '']] });
  const parts = [
    ...Object.entries(fields).map(([name, text]) => `name="${name}"\r\n\r\n${text}`),
    'name="file"; filename="f"\r\n\r\nby form',
  ];
  const body = `${parts.map((part) => `--q\r\ncontent-disposition: form-data; ${part}\r\n`).join('')}--q--\r\n`;
  return fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'multipart/form-data; boundary=q' },
    redirect: 'manual',
  });
}

test.each(['Content-Type', 'Content-Disposition', 'Cache-Control', 'Content-Language', 'Content-Encoding', 'Expires'])(
  'a form whose %s no header could carry stores nothing',
  async (field) => {
    for (const value of ['a\r\nx-evil: 1', 'a\0', '€']) {
      const response = await post(field, value);
      expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('ISO-8859-1')]);
    }
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key: 'posted' }))).rejects.toMatchObject({ name: 'NotFound' });
  },
);

test('metadata of a form come back encoded, and under names of headers only', async () => {
  expect((await post('x-amz-meta-a: b', 'x')).status).toBe(400);
  expect((await post('x-amz-meta-note', 'a\r\nx-evil: 1')).status).toBe(204);
  const { Metadata } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'posted' }));
  expect(Metadata).toEqual({ note: `=?UTF-8?B?${Buffer.from('a\r\nx-evil: 1').toString('base64')}?=` });
});

test('where a form is sent on to is a URL, whatever stands in it', async () => {
  const response = await post('success_action_redirect', 'http://localhost/\r\nx-evil: 1');
  expect([response.status, response.headers.get('x-evil')]).toEqual([303, null]);
  expect(response.headers.get('location')).toMatch(/^http:\/\/localhost\/x-evil:%201\?bucket=headers&key=posted/);
});
