/** What `sampan check` says of rules that wait for records of API calls. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { checkProject } from './check.ts';
import { findProject } from './project.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sampan-check-trail-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

const esbuildBinary = (): string => require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);

/** Severity, line and message of what is said of the trail and the rule. */
async function said(...resources: readonly string[]): Promise<string[]> {
  const template = join(mkdtempSync(join(directory, 'case-')), 'template.yaml');
  writeFileSync(template, `Resources:\n${resources.join('\n')}\n`);
  const { findings } = await checkProject(findProject({ template, state: 'memory' }, process.cwd()), { esbuildBinary });
  const about = findings.filter(({ resource = '' }) => ['Trail', 'Rule'].includes(resource));
  return about.map(
    ({ code, severity, certainty, at, message }) => `${severity} ${certainty} ${code} ${at?.line} ${message}`,
  );
}

const RULE = `  Rule:
    Type: AWS::Events::Rule
    Properties:
      EventPattern:
        source: [aws.s3]
        detail-type: [AWS API Call via CloudTrail]`;
const BUCKET = '  Bucket: { Type: AWS::S3::Bucket }';
const policy = (action: string) => `  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Bucket
      PolicyDocument:
        Statement: [{ Effect: Allow, Principal: { Service: cloudtrail.amazonaws.com }, Action: ${action}, Resource: [!GetAtt Bucket.Arn, !Sub '\${Bucket.Arn}/*'] }]`;
const POLICY = policy('[s3:GetBucketAcl, s3:PutObject]');
const trail = (more: string) => `  Trail:
    Type: AWS::CloudTrail::Trail
    DependsOn: Policy
    Properties: { S3BucketName: !Ref Bucket, ${more} }`;
const NEVER = expect.stringMatching(
  /^warning unknown rule-without-trail 7 Rule never fires: no trail logs management events, .* would do$/,
);

test('a rule that nobody tells anything is named at its line; a trail that logs mends it', async () => {
  expect(await said(RULE)).toEqual([NEVER]);
  expect(await said(RULE, BUCKET, POLICY, trail('IsLogging: true'))).toEqual([]);
});

test.each(['IsLogging: false', 'IsLogging: true, EventSelectors: [{ IncludeManagementEvents: false }]'])(
  'a trail with %s tells nothing',
  async (properties) => {
    expect(await said(RULE, BUCKET, POLICY, trail(properties))).toEqual([NEVER]);
  },
);

test('other rules wait for nobody’s records', async () => {
  expect(await said(RULE.replace('AWS API Call via CloudTrail', 'Object Created'))).toEqual([]);
  expect(await said(`${RULE}\n      State: DISABLED`)).toEqual([]);
});

test.each(['s3:GetBucketAcl', 's3:PutObject'])(
  'a trail whose bucket lets it do %s alone is refused',
  async (action) => {
    expect(await said(BUCKET, policy(action), trail('IsLogging: true'))).toEqual([
      expect.stringContaining('error proved deployment-refused 9 InsufficientS3BucketPolicyException'),
    ]);
  },
);
