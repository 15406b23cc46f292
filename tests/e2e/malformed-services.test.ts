/**
 * Two thousand requests to S3, Cognito and Bedrock that are wrong, and five hundred uploads: each gets AWS's error in its
 * service's own protocol, none changes anything, and none keeps the local cloud busy.
 * `MALFORMED_SEED=… npx jest tests/e2e/malformed-services` repeats a run.
 */
import { readdirSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import * as cognitoSchemas from '@aws-sdk/client-cognito-identity-provider';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { ACCOUNT_ID, inHouse } from '../conformance/house.ts';
import { random } from './malformed-requests.ts';
import { REQUESTS, type Surroundings, UPLOADS, type Wrong } from './malformed-services.ts';

jest.setTimeout(120_000);

const SEED = Number(process.env['MALFORMED_SEED'] ?? 20_261_121);
/** Of the processor's time; what takes longer is tried again, since others use this machine too. */
const LONGEST_MS = 100;
const TRIES = 3;
const Bucket = 'malformed-uploads';

const house = inHouse({
  template: `
Resources:
  Files: { Type: 'AWS::S3::Bucket', Properties: { BucketName: ${Bucket} } }
  Pool: { Type: 'AWS::Cognito::UserPool' }
  Client:
    Type: AWS::Cognito::UserPoolClient
    Properties:
      UserPoolId: !Ref Pool
      ExplicitAuthFlows: [ALLOW_USER_SRP_AUTH, ALLOW_USER_PASSWORD_AUTH, ALLOW_REFRESH_TOKEN_AUTH, ALLOW_CUSTOM_AUTH]
  Uploader:
    Type: AWS::IAM::Role
    Properties:
      RoleName: uploader
      AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: Allow, Principal: { AWS: !Ref 'AWS::AccountId' }, Action: 'sts:AssumeRole' }] }
      Policies: [{ PolicyName: all, PolicyDocument: { Version: '2012-10-17', Statement: [{ Effect: Allow, Action: '*', Resource: '*' }] } }]
`,
});

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let s3: S3Client;
let there: Surroundings;

beforeAll(async () => {
  s3 = house().client(S3Client);
  const { Credentials } = await house()
    .client(STSClient)
    .send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT_ID}:role/uploader`, RoleSessionName: 'test' }));
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  await s3.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept' }));
  const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const uploader = new S3Client({ endpoint: house().endpoint, region: 'us-east-1', credentials, forcePathStyle: true });
  const { fields } = await createPresignedPost(uploader, {
    Bucket,
    Key: 'form/file',
    Conditions: [['content-length-range', 1, 1_000], { 'Content-Type': 'text/plain' }],
    Fields: { 'Content-Type': 'text/plain' },
  });
  uploader.destroy();
  there = {
    endpoint: house().endpoint,
    bucket: Bucket,
    key: 'kept',
    uploadId: UploadId,
    poolId: house().physicalId('Pool'),
    clientId: house().physicalId('Client'),
    credentials,
    form: fields,
  };
});
afterAll(() => agent.destroy());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Status 0 when the connection ended without an answer. */
function ask({ method, path, headers, body, cutAt }: Wrong): Promise<Answer> {
  const { hostname, port } = new URL(house().endpoint);
  return new Promise((resolve, reject) => {
    const message = request(
      {
        hostname,
        port,
        method,
        path,
        agent: cutAt === undefined ? agent : false,
        headers: { ...headers, 'content-length': String(body.length) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      },
    );
    message.once('error', (error) =>
      cutAt === undefined ? reject(error) : resolve({ status: 0, headers: {}, text: '' }),
    );
    if (cutAt === undefined) message.end(body);
    else message.write(body.subarray(0, cutAt), () => setImmediate(() => message.destroy()));
  });
}

const COMMON = [
  'SerializationException',
  'ValidationException',
  'AccessDeniedException',
  'MissingAuthenticationTokenException',
  'UnknownOperationException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
  'UnrecognizedClientException',
  'MissingAuthenticationToken',
];
const COGNITO_ERRORS = new Set([
  ...Object.keys(cognitoSchemas).filter((name) => name.endsWith('Exception')),
  ...COMMON,
]);
const BEDROCK_ERRORS = new Set([...COMMON, 'ResourceNotFoundException', 'ThrottlingException']);

/** What is not AWS's way to refuse; undefined when all is as it should be. */
function fault({ service, method, cutAt }: Wrong, { status, headers, text }: Answer): string | undefined {
  if (cutAt !== undefined && status === 0) return undefined;
  // S3 names what is not emulated by 501, as it does what it has not.
  if (!(status >= 400 && status < 500) && status !== 501) return `${status} ${text.slice(0, 200)}`;
  const type = String(headers['content-type'] ?? '');
  if (service === 's3') {
    const isError = /^<\?xml[^>]*>\s*<Error><Code>\w+<\/Code><Message(?:\/>|>[^<]*<\/Message>).*<RequestId>/s.test(
      text,
    );
    return method === 'HEAD' || (type === 'application/xml' && isError)
      ? undefined
      : `${status} ${type} ${text.slice(0, 200)}`;
  }
  if (!text.startsWith('{')) return `${status} ${type} ${text.slice(0, 200)}`;
  const told = JSON.parse(text) as { __type?: string };
  const name = service === 'cognito-idp' ? told.__type : String(headers['x-amzn-errortype'] ?? '').split(':')[0];
  const known = service === 'cognito-idp' ? COGNITO_ERRORS : BEDROCK_ERRORS;
  return name !== undefined && known.has(name) ? undefined : `${status} ${name} ${text.slice(0, 200)}`;
}

/** Everything that a wrong request could have left. */
async function kept(): Promise<unknown> {
  const { store } = house().cloud.kernel;
  const directory = store.directory('s3');
  const files = readdirSync(directory, { recursive: true }).filter((name) =>
    statSync(join(directory, String(name))).isFile(),
  );
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
  const { Parts } = await s3.send(new ListPartsCommand({ Bucket, Key: 'parts', UploadId: there.uploadId }));
  const writes = [
    'pools',
    'clients',
    'groups',
    'users',
    'user-names',
    'resource-servers',
    'sessions',
    'refresh-tokens',
    'codes',
    'messages',
  ].map((name) => store.writes('cognito-idp', name));
  return {
    files: files.length,
    objects: Versions?.map(({ Key, ETag }) => [Key, ETag]),
    uploads: Uploads?.length,
    parts: Parts?.length,
    writes,
  };
}

test.each([
  ['two thousand requests', 2_000, REQUESTS],
  ['five hundred uploads', 500, UPLOADS],
])('%s that are wrong get AWS’s errors, and leave nothing', async (what, count, makers) => {
  const bugs: string[] = [];
  const unsubscribe = house().cloud.kernel.telemetry.onLog((_, { message }) => {
    if (message.includes('mistake of sampan')) bugs.push(message);
  });
  const before = await kept();
  const next = random(SEED);
  const faults: string[] = [];
  const slow: string[] = [];
  let slowest = { ms: 0, kind: '' };
  for (let index = 0; index < count; index += 1) {
    const wrong = await makers[index % makers.length]!(next, there);
    const where = `#${index} ${wrong.kind}`;
    let ms = Number.POSITIVE_INFINITY;
    for (let turn = 0; ms > LONGEST_MS && turn < TRIES; turn += 1) {
      const from = process.cpuUsage();
      const found = fault(wrong, await ask(wrong));
      const { user, system } = process.cpuUsage(from);
      ms = Math.min(ms, (user + system) / 1000);
      if (found !== undefined && turn === 0) faults.push(`${where}: ${found}`);
    }
    if (ms > LONGEST_MS) slow.push(`${where}: ${ms.toFixed(0)} ms`);
    if (ms > slowest.ms) slowest = { ms, kind: where };
  }
  unsubscribe();
  process.stderr.write(
    `${what}, seed ${SEED}: the slowest took ${slowest.ms.toFixed(1)} ms of the processor: ${slowest.kind}\n`,
  );
  expect(bugs).toEqual([]);
  expect(faults).toEqual([]);
  expect(slow).toEqual([]);
  expect(await kept()).toEqual(before);
});
