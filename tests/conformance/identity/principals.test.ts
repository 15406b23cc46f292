/**
 * Who a caller is: by its key outside, by its socket inside a function.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html
 */
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { signed } from '../../../local/doors/aws-endpoint/signatures.fixture.ts';
import { functions, inHouse } from '../house.ts';
import { exchange } from './wire.ts';

jest.setTimeout(60_000);

/** A signer of a few lines, so that a function can sign with whatever key it likes, as a program that stole one would. */
const CODE = `
const { createHash, createHmac } = require('node:crypto');
const sha = (text) => createHash('sha256').update(text).digest('hex');
const hmac = (key, text) => createHmac('sha256', key).update(text).digest();
const own = () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
});
async function ask({ service, headers = {}, body, credentials = own() }) {
  const { host, origin } = new URL(process.env.AWS_ENDPOINT_URL);
  const date = new Date().toISOString().replace(/[-:]|\\.\\d+/g, '');
  const scope = [date.slice(0, 8), process.env.AWS_REGION, service, 'aws4_request'];
  const { sessionToken } = credentials;
  const all = { ...headers, host, 'x-amz-date': date, ...(sessionToken && { 'x-amz-security-token': sessionToken }) };
  const names = Object.keys(all).sort();
  const canonical = ['POST', '/', '', ...names.map((name) => name + ':' + all[name]), '', names.join(';'), sha(body)].join('\\n');
  const key = scope.reduce(hmac, 'AWS4' + credentials.secretAccessKey);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', date, scope.join('/'), sha(canonical)].join('\\n')).toString('hex');
  const authorization = 'AWS4-HMAC-SHA256 Credential=' + credentials.accessKeyId + '/' + scope.join('/') + ', SignedHeaders=' + names.join(';') + ', Signature=' + signature;
  const { host: _, ...sent } = all;
  const response = await fetch(origin + '/', { method: 'POST', headers: { ...sent, ...(credentials.unsigned ? {} : { authorization }) }, body });
  return { status: response.status, text: await response.text() };
}
/** What anybody does with a URL, or a form, that was handed to him. */
async function use({ url, method = 'GET', fields, body }) {
  const form = fields && new FormData();
  for (const [name, value] of Object.entries(fields ?? {})) form.append(name, value);
  form?.append('file', new Blob([body]));
  const response = await fetch(url, { method, body: form ?? body });
  return { status: response.status, text: await response.text() };
}
const form = { 'content-type': 'application/x-www-form-urlencoded' };
exports.handler = async ({ leak, handed, credentials, service = 'sts', headers = form, body = 'Action=GetCallerIdentity&Version=2011-06-15' }) =>
  leak ? own() : handed ? use(handed) : ask({ service, headers, body, credentials });
`;

const role = (name: string, ...statements: object[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: name,
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
        { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'sts:AssumeRole' },
      ],
    },
    Policies: [{ PolicyName: 'own', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});
const logs = { Effect: 'Allow', Action: 'logs:*', Resource: '*' };
const reading = { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' };
const objects = { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::handed-around/*' };
const assuming = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
const roleOf = (logicalId: string) => ({ 'Fn::GetAtt': [logicalId, 'Arn'] });

const house = inHouse(
  functions(
    {
      reader: { code: CODE, Role: roleOf('ReaderRole') },
      other: { code: CODE, Role: roleOf('OtherRole') },
    },
    {
      // Its objects, as long as it is this function's key: https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
      ReaderRole: role('reader', logs, reading, {
        ...objects,
        Condition: { ArnLike: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:*:*:function:reader' } },
      }),
      Bucket: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'handed-around' } },
      OtherRole: role('other', logs, assuming),
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'desk', SecretString: 'hush' } },
    },
  ),
);

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

const keysOf = async (name: string): Promise<Keys> => (await house().invoke(name, { leak: true })).value as Keys;
const arnIn = (text: string) => /<Arn>([^<]*)</.exec(text)?.[1];
const SECRET = {
  service: 'secretsmanager',
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' },
  body: '{"SecretId":"desk"}',
};

const clientSettings = () => ({ endpoint: house().endpoint, region: 'us-east-1', maxAttempts: 1 });

/** A client outside, with these keys. */
function as<C>(Client: new (configuration: object) => C, credentials: object): C {
  return new Client({ ...clientSettings(), credentials });
}

test('a function is the session of its role', async () => {
  const { value } = await house().invoke('reader', {});
  expect(value.status).toBe(200);
  expect(arnIn(value.text)).toBe('arn:aws:sts::123456789012:assumed-role/reader/reader');
  expect((await house().invoke('reader', SECRET)).value).toMatchObject({ status: 200 });
  expect((await house().invoke('other', SECRET)).value).toMatchObject({
    status: 400,
    text: expect.stringContaining('AccessDeniedException'),
  });
});

test("a function that signs with another's key stays itself, and the log says so, once and without the key", async () => {
  const stolen = await keysOf('reader');
  for (let time = 0; time < 2; time += 1) {
    const { value } = await house().invoke('other', { credentials: stolen });
    expect(arnIn(value.text)).toBe('arn:aws:sts::123456789012:assumed-role/other/other');
  }
  // What the owner of the key may is no help.
  expect((await house().invoke('other', { ...SECRET, credentials: stolen })).value).toMatchObject({
    status: 400,
    text: expect.stringMatching(
      /assumed-role\/other\/other is not authorized to perform: secretsmanager:GetSecretValue/,
    ),
  });
  const said = house()
    .messages('/sampan')
    .filter((line) => line.includes('was not issued to it'));
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /a key of arn:aws:iam::123456789012:role\/reader that was not issued to it: it is and stays arn:aws:iam::123456789012:role\/other/,
  );
  for (const part of Object.values(stolen)) expect(house().messages('/sampan').join()).not.toContain(part);
});

test("a presigned URL or form is its maker's request, whichever function uses it", async () => {
  const object = { Bucket: 'handed-around', Key: 'letter' };
  const s3As = async (name: string): Promise<S3Client> =>
    new S3Client({ ...clientSettings(), forcePathStyle: true, credentials: await keysOf(name) });
  const [reader, other] = [await s3As('reader'), await s3As('other')];
  const handed = async (more: object) => (await house().invoke('other', { handed: more })).value;
  const put = await getSignedUrl(reader, new PutObjectCommand(object));
  const get = await getSignedUrl(reader, new GetObjectCommand(object));

  expect(await handed({ url: put, method: 'PUT', body: 'by a URL' })).toMatchObject({ status: 200 });
  expect(await handed({ url: get })).toEqual({ status: 200, text: 'by a URL' });
  const posted = await createPresignedPost(reader, object);
  expect(await handed({ ...posted, method: 'POST', body: 'by a form' })).toMatchObject({ status: 204 });
  expect(await (await fetch(get)).text()).toBe('by a form');

  // Made by one who may not, it is no good to one who may.
  const powerless = await getSignedUrl(other, new GetObjectCommand(object));
  expect((await house().invoke('reader', { handed: { url: powerless } })).value).toMatchObject({
    status: 403,
    text: expect.stringContaining('assumed-role/other/other is not authorized to perform: s3:GetObject'),
  });
  expect(await handed({ url: get.replace('letter', 'other') })).toMatchObject({
    status: 403,
    text: expect.stringContaining('<Code>SignatureDoesNotMatch</Code>'),
  });
  // What a function does with another's URL, it needs no permission of its own for.
  const used = house().cloud.kernel.usage.permissions();
  expect(used.filter(({ action }) => action.startsWith('s3:')).map(({ functionArn }) => functionArn)).toEqual([]);
});

test("another's key is no good without its secret or its token", async () => {
  const stolen = await keysOf('reader');
  for (const credentials of [
    { ...stolen, secretAccessKey: 'guessed' },
    { ...stolen, sessionToken: undefined },
    { ...stolen, sessionToken: (await keysOf('other')).sessionToken },
  ]) {
    const { value } = await house().invoke('other', { credentials });
    expect(value).toMatchObject({
      status: 403,
      text: expect.stringMatching(/SignatureDoesNotMatch|InvalidClientTokenId/),
    });
  }
});

test('inside, only keys that were issued here mean anybody, and the log tells who was refused', async () => {
  for (const credentials of [
    { accessKeyId: 'test', secretAccessKey: 'test' },
    { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'of a developer' },
  ]) {
    expect((await house().invoke('other', { credentials })).value).toMatchObject({
      status: 403,
      text: expect.stringContaining('<Code>InvalidClientTokenId</Code>'),
    });
    expect((await house().invoke('other', { ...SECRET, credentials })).value).toMatchObject({
      status: 400,
      text: expect.stringContaining('UnrecognizedClientException'),
    });
  }
  await house().log(
    '/sampan',
    /a request of environment \S+ to secretsmanager was refused: UnrecognizedClientException/,
  );
  const unsigned = { ...(await keysOf('other')), unsigned: true };
  expect((await house().invoke('other', { ...SECRET, credentials: unsigned })).value).toMatchObject({
    status: 400,
    text: expect.stringContaining('MissingAuthenticationTokenException'),
  });
});

test('a role that a function assumed is its own there, and nowhere else inside', async () => {
  const body =
    'Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Freader&RoleSessionName=lent';
  const { value } = await house().invoke('other', { body });
  expect(value.status).toBe(200);
  const part = (name: string) => new RegExp(`<${name}>([^<]*)<`).exec(value.text)![1]!;
  const lent = {
    accessKeyId: part('AccessKeyId'),
    secretAccessKey: part('SecretAccessKey'),
    sessionToken: part('SessionToken'),
  };
  const { value: asked } = await house().invoke('other', { credentials: lent });
  expect(arnIn(asked.text)).toBe('arn:aws:sts::123456789012:assumed-role/reader/lent');
  expect((await house().invoke('other', { ...SECRET, credentials: lent })).value).toMatchObject({ status: 200 });
  const { value: elsewhere } = await house().invoke('reader', { credentials: lent });
  expect(arnIn(elsewhere.text)).toBe('arn:aws:sts::123456789012:assumed-role/reader/reader');
});

test("outside, a function's key is that session, and may what it may", async () => {
  const keys = await keysOf('other');
  const { Arn } = await as(STSClient, keys).send(new GetCallerIdentityCommand({}));
  expect(Arn).toBe('arn:aws:sts::123456789012:assumed-role/other/other');
  const secrets = as(SecretsManagerClient, keys);
  await expect(secrets.send(new GetSecretValueCommand({ SecretId: 'desk' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('assumed-role/other/other is not authorized'),
  });
  const reader = as(SecretsManagerClient, await keysOf('reader'));
  await expect(reader.send(new GetSecretValueCommand({ SecretId: 'desk' }))).resolves.toMatchObject({
    SecretString: 'hush',
  });
});

test('SDK clients read the refusals as what they are', async () => {
  const guessed = { accessKeyId: 'test', secretAccessKey: 'guessed' };
  await expect(as(STSClient, guessed).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'SignatureDoesNotMatch',
    $metadata: { httpStatusCode: 403 },
  });
  await expect(as(LambdaClient, guessed).send(new ListFunctionsCommand({}))).rejects.toMatchObject({
    name: 'InvalidSignatureException',
    $metadata: { httpStatusCode: 403 },
  });
  const { sessionToken: _, ...tokenless } = await keysOf('other');
  await expect(as(STSClient, tokenless).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: 'InvalidClientTokenId',
  });
  await expect(
    as(SecretsManagerClient, tokenless).send(new GetSecretValueCommand({ SecretId: 'desk' })),
  ).rejects.toMatchObject({ name: 'UnrecognizedClientException', $metadata: { httpStatusCode: 400 } });
});

test('an identity can be handed on as a presigned request, for as long as it says', async () => {
  const url = `${house().endpoint}/?Action=GetCallerIdentity&Version=2011-06-15`;
  const credentials = await keysOf('other');
  const presigned = async (age: number) => {
    const made = await signed(
      url,
      {},
      { service: 'sts', credentials, presigned: 60, date: new Date(Date.now() - age) },
    );
    const response = await fetch(made.url);
    return { status: response.status, text: await response.text() };
  };
  const good = await presigned(0);
  expect([good.status, arnIn(good.text)]).toEqual([200, 'arn:aws:sts::123456789012:assumed-role/other/other']);
  expect(await presigned(61_000)).toMatchObject({ status: 403, text: expect.stringContaining('Signature expired') });
});

test('a key that ran out with its environment is nobody’s', async () => {
  const { cloud } = house();
  const { credentials } = cloud.kernel.identities.issue({
    roleArn: 'arn:aws:iam::123456789012:role/other',
    sessionName: 'x',
    durationSeconds: 900,
  });
  const made = await signed(
    `${house().endpoint}/`,
    {
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    },
    { service: 'sts', credentials },
  );
  const lines = Object.entries({
    host: new URL(house().endpoint).host,
    ...made.headers,
    'content-length': String(made.body!.length),
    connection: 'close',
  });
  const bytes = Buffer.concat([
    Buffer.from(`POST / HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`),
    made.body!,
  ]);
  expect((await exchange(cloud.endpoint, bytes, 'an environment that has ended')).text).toContain(
    '<Code>InvalidClientTokenId</Code>',
  );
});
