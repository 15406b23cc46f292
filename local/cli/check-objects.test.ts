/** What `sampan check` says of buckets: their policies, and the keys that they encrypt with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../check/index.ts';
import { checkProject } from './check.ts';
import { findProject } from './project.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sampan-check-objects-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const esbuildBinary = (): string => require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);

interface Case {
  readonly code?: string;
  readonly key?: string;
  readonly bucketPolicy?: string;
  readonly statements: readonly string[];
}

const CODE = `
const { S3Client, PutObjectCommand, GetObjectCommand } = require('@aws-sdk/client-s3');
const s3 = new S3Client({});
const Bucket = process.env.BUCKET;
`;
const PUT =
  'exports.handler = () => s3.send(new PutObjectCommand({ Bucket: process.env.BUCKET, Key: "a", Body: "b" }));';
const GET = 'exports.handler = () => s3.send(new GetObjectCommand({ Bucket: process.env.BUCKET, Key: "a" }));';
const FILES = '{ Effect: Allow, Action: [s3:PutObject, s3:GetObject], Resource: !Sub "${Files.Arn}/uploads/*" }';
const KEY = `
  Key:
    Type: AWS::KMS::Key
    Properties:
      KeyPolicy: { Statement: [{ Effect: Allow, Principal: { AWS: !Sub 'arn:aws:iam::\${AWS::AccountId}:root' }, Action: kms:*, Resource: '*' }] }`;
const ENCRYPTED =
  'BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: aws:kms, KMSMasterKeyID: !GetAtt Key.Arn } }] }';

async function errorsOf({ code = PUT, key, bucketPolicy, statements }: Case): Promise<readonly Finding[]> {
  const folder = mkdtempSync(join(directory, 'case-'));
  writeFileSync(join(folder, 'index.js'), CODE + code);
  const template = join(folder, 'template.yaml');
  writeFileSync(
    template,
    `Transform: AWS::Serverless-2016-10-31
Resources:${key ?? ''}
  Files: { Type: AWS::S3::Bucket${key === undefined ? '' : `, Properties: { ${ENCRYPTED} }`} }
${
  bucketPolicy === undefined
    ? ''
    : `  Rules:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Files
      PolicyDocument:
        Statement:
          - ${bucketPolicy}`
}
  Store:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
      Runtime: nodejs24.x
      Environment: { Variables: { BUCKET: !Ref Files } }
      Policies: [{ Statement: [${statements.join(', ')}] }]
`,
  );
  const project = findProject({ template, state: 'memory' }, process.cwd());
  const { findings } = await checkProject(project, { esbuildBinary });
  return findings.filter(({ severity }) => severity === 'error');
}

describe('a bucket policy', () => {
  const deny = (rest: string) =>
    `{ Effect: Deny, Principal: '*', Action: s3:*, Resource: !Sub '\${Files.Arn}/*'${rest} }`;

  it('that denies what the role may is found, with its line', async () => {
    const [found, ...others] = await errorsOf({ bucketPolicy: deny(''), statements: [FILES] });
    expect(others).toEqual([]);
    expect(found).toMatchObject({
      code: 'permission-missing',
      certainty: 'proved',
      resource: 'Rules',
      neededBy: 'Store',
    });
    expect(found?.message).toMatch(
      /Store calls PutObject \(.*\) and may not do s3:PutObject on arn:aws:s3:::.* denies/,
    );
    expect(found?.at?.line).toBe(10);
    expect(found?.remedy).toMatch(/^remove Rules\.PolicyDocument\.Statement\.0/);
  });

  it('that denies only what comes without TLS, or from elsewhere, is no hindrance', async () => {
    expect(
      await errorsOf({
        bucketPolicy: deny(", Condition: { Bool: { aws:SecureTransport: 'false' } }"),
        statements: [FILES],
      }),
    ).toEqual([]);
  });

  it('that denies by what stands in the request may be met by it', async () => {
    const bucketPolicy = deny(', Condition: { StringNotEquals: { s3:x-amz-server-side-encryption: aws:kms } }');
    const [found] = await errorsOf({ bucketPolicy, statements: [FILES] });
    expect(found).toMatchObject({ certainty: 'unknown' });
    expect(found?.message).toMatch(/Not proved: .*s3:x-amz-server-side-encryption/);
  });

  it('that leaves some keys out of what it denies leaves those', async () => {
    const but = `{ Effect: Deny, Principal: '*', Action: s3:*, NotResource: !Sub '\${Files.Arn}/open/*' }`;
    const all = '{ Effect: Allow, Action: s3:PutObject, Resource: !Sub "${Files.Arn}/*" }';
    expect(await errorsOf({ bucketPolicy: but, statements: [all] })).toEqual([]);
    expect(await errorsOf({ bucketPolicy: but, statements: [FILES] })).toMatchObject([{ resource: 'Rules' }]);
  });

  it('alone may allow it', async () => {
    const bucketPolicy = `{ Effect: Allow, Principal: { AWS: !GetAtt StoreRole.Arn }, Action: s3:PutObject, Resource: !Sub '\${Files.Arn}/in/*' }`;
    const nothing = '{ Effect: Allow, Action: s3:ListBucket, Resource: !GetAtt Files.Arn }';
    expect(await errorsOf({ bucketPolicy, statements: [nothing] })).toEqual([]);
  });
});

it('a role that may write into another bucket only is found', async () => {
  const statements = ["{ Effect: Allow, Action: s3:PutObject, Resource: 'arn:aws:s3:::another/*' }"];
  const [found] = await errorsOf({ statements });
  expect(found).toMatchObject({ code: 'permission-missing', certainty: 'proved', resource: 'Store' });
  expect(found?.remedy).toContain('Action: s3:PutObject');
});

describe('the key of a bucket', () => {
  const use = (actions: string, condition = '') =>
    `{ Effect: Allow, Action: ${actions}, Resource: !GetAtt Key.Arn${condition} }`;

  it.each([
    ['who writes', PUT, 'kms:GenerateDataKey', 'kms:Decrypt'],
    ['who reads', GET, 'kms:Decrypt', 'kms:GenerateDataKey'],
  ])('is needed by %s', async (_who, code, needed, other) => {
    const [found, ...others] = await errorsOf({ code, key: KEY, statements: [FILES, use(other)] });
    expect(others).toEqual([]);
    expect(found).toMatchObject({ code: 'permission-missing', certainty: 'proved', resource: 'Store' });
    expect(found?.message).toContain(`may not do ${needed} on arn:aws:kms:`);
    expect(found?.remedy).toMatch(new RegExp(`Action: ${needed}\\n.*Resource: !GetAtt Key.Arn`));
    expect(await errorsOf({ code, key: KEY, statements: [FILES, use(needed)] })).toEqual([]);
  });

  it('may be kept for use by S3', async () => {
    const by = (service: string) =>
      use(
        'kms:GenerateDataKey',
        `, Condition: { StringEquals: { kms:ViaService: ${service}.us-east-1.amazonaws.com } }`,
      );
    expect(await errorsOf({ key: KEY, statements: [FILES, by('s3')] })).toEqual([]);
    expect(await errorsOf({ key: KEY, statements: [FILES, by('sqs')] })).toMatchObject([{ certainty: 'proved' }]);
  });

  it('has a policy of its own, which may say less', async () => {
    const key = KEY.replace('kms:*', '[kms:PutKeyPolicy, kms:CreateGrant]');
    const [found] = await errorsOf({ key, statements: [FILES, use('kms:*')] });
    expect(found?.message).toContain('kms:GenerateDataKey');
    expect(found?.remedy).toMatch(/add to Key\.KeyPolicy\.Statement/);
  });
});
