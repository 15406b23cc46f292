/** S3 among the other rooms: who may, by whose key, who is told, and what Lambda takes from it. */
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from '@jest/globals';
import { packFiles } from '../../local/services/lambda/packages/pack.ts';
import { eventually, inHouse } from './house.ts';

const TEMPLATE = `
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy:
        Version: '2012-10-17'
        Statement: [{ Effect: Allow, Principal: { AWS: !Sub 'arn:aws:iam::\${AWS::AccountId}:root' }, Action: 'kms:*', Resource: '*' }]
  Files:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: house-files
      VersioningConfiguration: { Status: Enabled }
  FilesPolicy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Files
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Sid: TlsOnly, Effect: Deny, Principal: '*', Action: 's3:*', Resource: [!GetAtt Files.Arn, !Sub '\${Files.Arn}/*'], Condition: { Bool: { 'aws:SecureTransport': 'false' } } }
          - { Sid: NeverSecret, Effect: Deny, Principal: '*', Action: 's3:GetObject', Resource: !Sub '\${Files.Arn}/secret/*' }
  Locked:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: house-locked
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: !GetAtt Key.Arn }
            BucketKeyEnabled: true
  Told:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: told
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: |
        exports.handler = async (event) => console.log('told ' + JSON.stringify(event.Records.map((r) => [r.eventName, r.s3.bucket.name, r.s3.object.key, r.s3.object.size])));
      Events:
        Upload:
          Type: S3
          Properties:
            Bucket: !Ref Inbox
            Events: 's3:ObjectCreated:*'
            Filter: { S3Key: { Rules: [{ Name: suffix, Value: .txt }] } }
  Inbox:
    Type: AWS::S3::Bucket
  Reader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: reader
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: 'sts:AssumeRole' }] }
      Policies:
        - PolicyName: P
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - { Effect: Allow, Action: ['s3:GetObject', 's3:PutObject'], Resource: ['arn:aws:s3:::house-files/*', 'arn:aws:s3:::house-locked/*'] }
              - { Effect: Allow, Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::house-files/mine/*' }
              - { Effect: Allow, Action: 's3:ListBucket', Resource: 'arn:aws:s3:::house-files', Condition: { StringLike: { 's3:prefix': 'mine/*' } } }
`;

const house = inHouse({ template: TEMPLATE });

const admin = () => house().client(S3Client);
const put = (Bucket: string, Key: string, Body = Key) => admin().send(new PutObjectCommand({ Bucket, Key, Body }));

/** A client with keys of the role's session, such as a function has. */
function reader(durationSeconds = 900): S3Client {
  const roleArn = 'arn:aws:iam::123456789012:role/reader';
  const { credentials } = house().cloud.kernel.identities.issue({ roleArn, sessionName: 'f', durationSeconds });
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return new S3Client({
    endpoint: house().endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, sessionToken },
  });
}

const denied = (action: string) => ({
  name: 'AccessDenied',
  message: expect.stringContaining(`is not authorized to perform: ${action} on resource: "arn:aws:s3:::house-`),
  $metadata: expect.objectContaining({ httpStatusCode: 403 }),
});

test('a role reads what its policy names, and what is missing is 404 only for those who may list', async () => {
  const s3 = reader();
  await put('house-files', 'other/a');
  expect(await s3.send(new GetObjectCommand({ Bucket: 'house-files', Key: 'other/a' }))).toMatchObject({
    ContentLength: 7,
  });
  const get = (Key: string) => s3.send(new GetObjectCommand({ Bucket: 'house-files', Key }));
  await expect(get('other/missing')).rejects.toMatchObject(denied('s3:ListBucket'));
  await expect(get('mine/missing')).rejects.toMatchObject({ name: 'NoSuchKey' });
  await expect(s3.send(new HeadObjectCommand({ Bucket: 'house-files', Key: 'other/missing' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  const list = (Prefix?: string) => s3.send(new ListObjectsV2Command({ Bucket: 'house-files', Prefix }));
  await expect(list()).rejects.toMatchObject(denied('s3:ListBucket'));
  await expect(list('mine/')).resolves.toMatchObject({ KeyCount: 0 });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'house-nowhere', Key: 'k' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
  });
});

test('a bucket policy denies even the administrator, and one that wants TLS refuses nobody here', async () => {
  await put('house-files', 'secret/a');
  await expect(admin().send(new GetObjectCommand({ Bucket: 'house-files', Key: 'secret/a' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('explicit deny in a resource-based policy'),
  });
});

test('a batch is refused key by key', async () => {
  for (const key of ['mine/a', 'theirs/a']) await put('house-files', key);
  const Objects = [{ Key: 'mine/a' }, { Key: 'theirs/a' }];
  const answer = await reader().send(new DeleteObjectsCommand({ Bucket: 'house-files', Delete: { Objects } }));
  expect(answer.Deleted).toMatchObject([{ Key: 'mine/a', DeleteMarker: true }]);
  expect(answer.Errors).toMatchObject([{ Key: 'theirs/a', Code: 'AccessDenied' }]);
});

test('who writes or reads under a key needs the key', async () => {
  await put('house-locked', 'a');
  await expect(reader().send(new GetObjectCommand({ Bucket: 'house-locked', Key: 'a' }))).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('kms:Decrypt'),
  });
  await expect(
    reader().send(new PutObjectCommand({ Bucket: 'house-locked', Key: 'b', Body: 'b' })),
  ).rejects.toMatchObject({ message: expect.stringContaining('kms:GenerateDataKey') });
  expect(await admin().send(new HeadObjectCommand({ Bucket: 'house-locked', Key: 'a' }))).toMatchObject({
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: expect.stringMatching(/^arn:aws:kms:us-east-1:123456789012:key\//),
    BucketKeyEnabled: true,
  });
  await expect(
    reader().send(new CopyObjectCommand({ Bucket: 'house-files', Key: 'c', CopySource: 'house-locked/a' })),
  ).rejects.toMatchObject({ message: expect.stringContaining('kms:Decrypt') });
});

test('a URL that a role presigned can what the role can, as long as its session lives', async () => {
  const url = await getSignedUrl(reader(), new PutObjectCommand({ Bucket: 'house-files', Key: 'mine/signed' }));
  expect((await fetch(url, { method: 'PUT', body: 'x' })).status).toBe(200);
  const elsewhere = await getSignedUrl(reader(), new PutObjectCommand({ Bucket: 'house-told', Key: 'x' }));
  expect((await fetch(elsewhere, { method: 'PUT', body: 'x' })).status).toBe(404);
  const expired = await getSignedUrl(reader(-1), new GetObjectCommand({ Bucket: 'house-files', Key: 'mine/signed' }));
  const answer = await fetch(expired);
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('<Code>ExpiredToken</Code>')]);
});

test('strangers come in where a policy lets them that is not blocked', async () => {
  const anonymous = (path: string, init?: RequestInit) => fetch(`${house().endpoint}/${path}`, init);
  await put('house-files', 'mine/b');
  const refused = await anonymous('house-files/mine/b');
  expect([refused.status, await refused.text()]).toEqual([
    403,
    expect.stringContaining('<Message>Access Denied</Message>'),
  ]);
  const { url, fields } = await createPresignedPost(admin(), { Bucket: 'house-files', Key: 'form' });
  const form = new FormData();
  form.set('key', String(fields['key']));
  form.set('file', new Blob(['x']), 'x');
  expect((await fetch(url, { method: 'POST', body: form })).status).toBe(403);
  await admin().send(new CreateBucketCommand({ Bucket: 'house-open' }));
  const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::house-open/*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  const open = () => admin().send(new PutBucketPolicyCommand({ Bucket: 'house-open', Policy }));
  await expect(open()).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('BlockPublicPolicy'),
  });
  await house().call('s3', 'DeletePublicAccessBlock', { Bucket: 'house-open' });
  await open();
  await put('house-open', 'hello');
  expect(await (await anonymous('house-open/hello')).text()).toBe('hello');
  expect((await anonymous('house-open/hello', { method: 'DELETE' })).status).toBe(403);
});

test('a function is told of what its filter lets through', async () => {
  const Bucket = house().physicalId('Inbox');
  await put(Bucket, 'a b.txt', 'four');
  await put(Bucket, 'ignored.jpg');
  expect(await house().log('told', /told/)).toContain(`told [["ObjectCreated:Put","${Bucket}","a+b.txt",4]]`);
  await house().cloud.kernel.outbox.idle();
  expect(house().messages('told').join('')).not.toContain('ignored');
});

test('Lambda takes a function’s code from a bucket', async () => {
  const zip = await packFiles([{ path: 'index.js', content: Buffer.from('exports.handler = async () => 42;') }]);
  await admin().send(new PutObjectCommand({ Bucket: 'house-files', Key: 'code.zip', Body: zip }));
  const Role = 'arn:aws:iam::123456789012:role/reader';
  const Code = { S3Bucket: 'house-files', S3Key: 'code.zip' };
  await house().call('lambda', 'CreateFunction', {
    FunctionName: 'stored',
    Runtime: 'nodejs24.x',
    Handler: 'index.handler',
    Role,
    Code,
  });
  expect((await house().invoke('stored')).value).toBe(42);
  await eventually(() =>
    house()
      .cloud.kernel.telemetry.calls()
      .some(({ operation }) => operation === 'GetObject'),
  );
});
