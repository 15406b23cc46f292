import { createHmac } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { type S3Cloud, startS3 } from './s3.fixture.ts';

let cloud: S3Cloud;
const Bucket = 'forms';

beforeAll(async () => {
  cloud = await startS3();
  await cloud.s3.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => cloud[Symbol.asyncDispose]());

type Options = Partial<PresignedPostOptions>;

async function post(options: Options, content: string, change: (form: FormData) => void = () => {}) {
  const { url, fields } = await createPresignedPost(cloud.s3, {
    Bucket,
    Key: 'uploads/${filename}',
    Expires: 60,
    ...options,
  });
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  change(form);
  form.append('file', new Blob([content]), 'letter é.txt');
  const response = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

const stored = async (Key: string) => {
  const answer = await cloud.s3.send(new GetObjectCommand({ Bucket, Key }));
  return { ...answer, text: await answer.Body!.transformToString() };
};

it('a form puts an object, named by its file', async () => {
  const { status, headers } = await post(
    { Fields: { 'Content-Type': 'text/plain', 'x-amz-meta-who': 'me' } },
    'dear you',
  );
  expect([status, headers.get('etag')]).toEqual([204, expect.stringMatching(/^"[0-9a-f]{32}"$/)]);
  expect(await stored('uploads/letter é.txt')).toMatchObject({
    text: 'dear you',
    ContentType: 'text/plain',
    Metadata: { who: 'me' },
  });
});

it('says what became of it as the form wants', async () => {
  const told = await post({ Key: 'one', Fields: { success_action_status: '201' } }, 'x');
  expect(told.status).toBe(201);
  expect(told.text).toMatch(/<PostResponse><Location>.*<\/Location><Bucket>forms<\/Bucket><Key>one<\/Key>/);
  const sent = await post({ Key: 'two', Fields: { success_action_redirect: 'http://localhost/done?a=b' } }, 'x');
  expect([sent.status, sent.headers.get('location')]).toEqual([
    303,
    expect.stringMatching(/^http:\/\/localhost\/done\?a=b&bucket=forms&key=two&etag=%22/),
  ]);
  const Tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
  expect((await post({ Key: 'three', Fields: { tagging: Tagging } }, 'x')).status).toBe(204);
  const { TagSet } = await cloud.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'three' }));
  expect(TagSet).toEqual([{ Key: 'a', Value: 'b' }]);
});

describe('what the policy does not let', () => {
  const conditions: Options['Conditions'] = [
    ['content-length-range', 2, 6],
    ['starts-with', '$Content-Type', 'image/'],
  ];
  const picture = { Key: 'refused', Conditions: conditions, Fields: { 'Content-Type': 'image/png' } };
  it.each<[string, Options, string, (form: FormData) => void, number, RegExp]>([
    ['too long', picture, 'seven77', () => {}, 400, /<Code>EntityTooLarge<.*<MaxSizeAllowed>6</s],
    ['too short', picture, 'x', () => {}, 400, /<Code>EntityTooSmall<.*<MinSizeAllowed>2</s],
    [
      'another type',
      picture,
      'right',
      (form) => form.set('Content-Type', 'text/html'),
      403,
      /Policy Condition failed: \[&quot;starts-with&quot;,&quot;\$content-type&quot;/,
    ],
    ['another key', picture, 'right', (form) => form.set('key', 'elsewhere'), 403, /Policy Condition failed: .*\$key/],
    [
      'a further field',
      picture,
      'right',
      (form) => form.set('x-amz-meta-more', '1'),
      403,
      /Extra input fields: x-amz-meta-more/,
    ],
    [
      'a key that becomes another by the name of the file',
      { ...picture, Conditions: [...conditions, ['eq', '$key', 'refused']] },
      'right',
      (form) => form.set('key', 'refused${filename}'),
      403,
      /Policy Condition failed: \[&quot;eq&quot;,&quot;\$key&quot;/,
    ],
    [
      'longer than the narrower of two ranges',
      { ...picture, Conditions: [['content-length-range', 0, 3], ...conditions] },
      'four',
      () => {},
      400,
      /<Code>EntityTooLarge<.*<MaxSizeAllowed>3</s,
    ],
    [
      'shorter than the narrower of two ranges',
      { ...picture, Conditions: [...conditions, ['content-length-range', 0, 9]] },
      'x',
      () => {},
      400,
      /<Code>EntityTooSmall<.*<MinSizeAllowed>2</s,
    ],
    [
      'within neither of two ranges that have nothing in common',
      { ...picture, Conditions: [...conditions, ['content-length-range', 7, 9]] },
      'right',
      () => {},
      400,
      /<Code>EntityToo(?:Small|Large)</,
    ],
    [
      'the bucket of another',
      { ...picture, Conditions: [...conditions, { bucket: 'another' }] },
      'right',
      () => {},
      403,
      /Policy Condition failed: .*\$bucket/,
    ],
    [
      'an operator in the name of a field',
      picture,
      'right',
      (form) => form.set('$key', 'x'),
      403,
      /Extra input fields: \$key/,
    ],
    [
      'another signature',
      picture,
      'right',
      (form) => form.set('x-amz-signature', '0'.repeat(64)),
      403,
      /<Code>SignatureDoesNotMatch</,
    ],
    [
      'no policy',
      picture,
      'right',
      (form) => form.delete('Policy'),
      400,
      /a field named &apos;policy&apos;|a field named 'policy'/,
    ],
  ])('is refused: %s', async (_name, options, content, change, status, text) => {
    const answer = await post(options, content, change);
    expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(text)]);
    const { Contents = [] } = await cloud.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'refused' }));
    expect(Contents).toEqual([]);
  });

  it('is refused: a policy that has expired, or is none', async () => {
    const sign = (policy: string, form: FormData) => {
      const date = String(form.get('X-Amz-Date')).slice(0, 8);
      const key = [date, 'us-east-1', 's3', 'aws4_request'].reduce<Buffer | string>(
        (secret, text) => createHmac('sha256', secret).update(text).digest(),
        'AWS4test',
      );
      const encoded = Buffer.from(policy).toString('base64');
      form.set('Policy', encoded);
      form.set('X-Amz-Signature', createHmac('sha256', key).update(encoded).digest('hex'));
    };
    const past = JSON.stringify({ expiration: '2020-01-01T00:00:00Z', conditions: [] });
    expect(await post({ Key: 'old' }, 'x', (form) => sign(past, form))).toMatchObject({
      status: 403,
      text: expect.stringContaining('Invalid according to Policy: Policy expired.'),
    });
    expect(await post({ Key: 'old' }, 'x', (form) => sign('{"expiration":', form))).toMatchObject({
      status: 400,
      text: expect.stringContaining('<Code>InvalidPolicyDocument</Code>'),
    });
  });
});

it('a form without a file, or broken off, stores nothing', async () => {
  const url = `${cloud.endpoint.url}/${Bucket}`;
  const headers = { 'content-type': 'multipart/form-data; boundary=x' };
  const bodies = [
    '',
    '--x\r\n',
    '--x\r\ncontent-disposition: form-data; name="key"\r\n\r\na\r\n--x--\r\n',
    '--x\r\ncontent-disposition: form-data\r\n\r\nno name\r\n--x--\r\n',
    'garbage',
  ];
  for (const body of bodies) {
    const response = await fetch(url, { method: 'POST', headers, body });
    expect([400, 403]).toContain(response.status);
    expect(await response.text()).toMatch(/<Code>(MalformedPOSTRequest|InvalidArgument|IncompleteBody)</);
  }
});
