/**
 * Who may read an object: every combination of what an endpoint's policy, a bucket's, a role's and a public access block
 * say, against what AWS's documentation makes of it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Caller, createKernel, createReconciler, type Kernel } from '../../../local/kernel/index.ts';
import { readPolicy } from '../../../local/policy/iam/index.ts';
import type { Reachability } from '../../../local/policy/network/verdict.ts';
import { type Authorization, createAuthorization } from '../../../local/services/iam/authorization/index.ts';
import { iamService } from '../../../local/services/iam/index.ts';
import { s3Service } from '../../../local/services/s3/index.ts';
import { loadStack, parseDocument } from '../../../local/template/index.ts';

const ACCOUNT = '123456789012';
const KEY = 'letter';

const ENDPOINTS = ['none', 'silent', 'allow', 'deny'] as const;
const IDENTITIES = ['silent', 'allow', 'deny'] as const;
const BUCKETS = [
  'none',
  'silent',
  'allow-role',
  'allow-session',
  'allow-account',
  'allow-all',
  'deny-role',
  'deny-all',
  'deny-all-and-allow-all',
  'deny-all-but-role',
] as const;
const BLOCKS = ['open', 'restricted'] as const;
const WHO = ['role', 'nobody', 'administrator'] as const;

interface Case {
  readonly who: (typeof WHO)[number];
  readonly endpoint: (typeof ENDPOINTS)[number];
  readonly bucket: (typeof BUCKETS)[number];
  readonly identity: (typeof IDENTITIES)[number];
  readonly block: (typeof BLOCKS)[number];
}

const cases: readonly Case[] = WHO.flatMap((who) =>
  ENDPOINTS.flatMap((endpoint) =>
    BUCKETS.flatMap((bucket) =>
      BLOCKS.flatMap((block) =>
        // Who has no role has no policies of one.
        (who === 'role' ? IDENTITIES : (['silent'] as const)).map((identity) => ({
          who,
          endpoint,
          bucket,
          block,
          identity,
        })),
      ),
    ),
  ),
);

/** AWS's page, sentence by sentence. */
function mayRead({ who, endpoint, bucket, identity, block }: Case): boolean {
  // "An explicit deny in any of these policies overrides the allow."
  if (endpoint === 'deny') return false;
  if (who === 'role' && identity === 'deny') return false;
  if (bucket.startsWith('deny-all') && !(bucket === 'deny-all-but-role' && who === 'role')) return false;
  if (bucket === 'deny-role' && who === 'role') return false;
  // "All requests through the endpoint have to be allowed by its policy"; a new endpoint's allows everything.
  if (endpoint === 'silent') return false;
  // "The AWS account root user … is not subject to identity-based policies": his account owns the bucket.
  if (who === 'administrator') return true;
  if (who === 'nobody') {
    // Anonymous requests have no account: the bucket's policy has to name everybody, and RestrictPublicBuckets leaves
    // "only AWS service principals and authorized users within the bucket owner's account".
    return bucket === 'allow-all' && block === 'open';
  }
  // Within an account, an Allow of either side is enough; one for the account leaves it to the account's own policies.
  return identity === 'allow' || ['allow-role', 'allow-session', 'allow-all'].includes(bucket);
}

const roleOf = (identity: string) => `arn:aws:iam::${ACCOUNT}:role/reader-${identity}`;
const nameOf = ({ bucket, block }: Pick<Case, 'bucket' | 'block'>) => `${bucket}-${block}`;
const ROLES = IDENTITIES.map(roleOf);
const SESSIONS = IDENTITIES.map((identity) => `arn:aws:sts::${ACCOUNT}:assumed-role/reader-${identity}/s`);

function bucketPolicy(kind: Case['bucket'], name: string): object | undefined {
  const about = { Action: 's3:GetObject', Resource: `arn:aws:s3:::${name}/*` };
  const denyAll = { Effect: 'Deny', Principal: '*', ...about };
  const statements: Record<Case['bucket'], readonly object[]> = {
    none: [],
    silent: [{ ...about, Effect: 'Allow', Principal: { AWS: ROLES }, Resource: `arn:aws:s3:::${name}/other` }],
    'allow-role': [{ ...about, Effect: 'Allow', Principal: { AWS: ROLES } }],
    'allow-session': [{ ...about, Effect: 'Allow', Principal: { AWS: SESSIONS } }],
    'allow-account': [{ ...about, Effect: 'Allow', Principal: { AWS: ACCOUNT } }],
    'allow-all': [{ ...about, Effect: 'Allow', Principal: '*' }],
    'deny-role': [{ ...about, Effect: 'Deny', Principal: { AWS: ROLES } }],
    'deny-all': [denyAll],
    'deny-all-and-allow-all': [{ ...about, Effect: 'Allow', Principal: '*' }, denyAll],
    'deny-all-but-role': [{ ...denyAll, Condition: { ArnNotLike: { 'aws:PrincipalArn': ROLES } } }],
  };
  const Statement = statements[kind];
  return Statement.length === 0 ? undefined : { Version: '2012-10-17', Statement };
}

let kernel: Kernel;
let way: Reachability;

beforeAll(async () => {
  way = { kind: 'yes' };
  let authorization: Authorization | undefined;
  kernel = createKernel({
    stateDirectory: 'memory',
    accountId: ACCOUNT,
    region: 'us-east-1',
    doors: (parts) => {
      authorization = createAuthorization(parts);
      return { may: authorization.may, reach: () => way };
    },
  });
  kernel.registry.add(iamService({ authorization: () => authorization as Authorization }));
  kernel.registry.add(s3Service());
  await makeRoles();
  for (const bucket of BUCKETS) for (const block of BLOCKS) await makeBucket(bucket, block);
});
afterAll(() => kernel.stop());

const administrator: Caller = { kind: 'client' };
const s3 = (caller: Caller, operation: string, input: object) =>
  kernel.dispatch({ caller, service: 's3', operation, input });

async function makeRoles(): Promise<void> {
  const Service = 'lambda.amazonaws.com';
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  };
  const Resources = Object.fromEntries(
    IDENTITIES.map((identity, at) => {
      const Effect = identity === 'deny' ? 'Deny' : 'Allow';
      const Action = identity === 'silent' ? 's3:PutObject' : 's3:GetObject';
      const PolicyDocument = { Version: '2012-10-17', Statement: [{ Effect, Action, Resource: '*' }] };
      const Policies = [{ PolicyName: 'own', PolicyDocument }];
      const Properties = { RoleName: `reader-${identity}`, AssumeRolePolicyDocument: trust, Policies };
      return [`Role${at}`, { Type: 'AWS::IAM::Role', Properties }];
    }),
  );
  const stack = loadStack(parseDocument(JSON.stringify({ Resources }), 'template.json'), {
    stackName: 'table',
    region: 'us-east-1',
    accountId: ACCOUNT,
    parameterOverrides: {},
    transformSam: () => {
      throw new Error('no SAM here');
    },
  });
  expect(await createReconciler({ kernel }).apply(stack)).toMatchObject({ outcome: 'applied', diagnostics: [] });
}

/** The object first: whom a policy denies it denies that too. */
async function makeBucket(bucket: Case['bucket'], block: Case['block']): Promise<void> {
  const Bucket = nameOf({ bucket, block });
  await s3(administrator, 'CreateBucket', { Bucket });
  await s3(administrator, 'PutObject', { Bucket, Key: KEY, Body: Buffer.from('text') });
  const blocking = (RestrictPublicBuckets: boolean) =>
    s3(administrator, 'PutPublicAccessBlock', { Bucket, PublicAccessBlockConfiguration: { RestrictPublicBuckets } });
  await blocking(false);
  const policy = bucketPolicy(bucket, Bucket);
  if (policy) await s3(administrator, 'PutBucketPolicy', { Bucket, Policy: JSON.stringify(policy) });
  await blocking(block === 'restricted');
}

function comingBy(endpoint: Case['endpoint']): Reachability {
  if (endpoint === 'none') return { kind: 'yes' };
  const statements = {
    silent: [{ Effect: 'Allow', Action: 's3:PutObject' }],
    allow: [{ Effect: 'Allow', Action: 's3:*' }],
    deny: [
      { Effect: 'Allow', Action: '*' },
      { Effect: 'Deny', Action: 's3:GetObject' },
    ],
  }[endpoint].map((statement) => ({ ...statement, Principal: '*', Resource: '*' }));
  const document = readPolicy({ Version: '2012-10-17', Statement: statements }, 'endpoint');
  const place = { stackName: 'table', logicalId: 'Endpoint', path: ['PolicyDocument'] };
  const policy = { document, source: { kind: 'endpoint', name: 'policy of vpce-1', place } } as const;
  return { kind: 'yes', via: { vpcEndpointId: 'vpce-1', vpcId: 'vpc-1', policy } };
}

function session(roleArn: string): Caller {
  const { accessKeyId, sessionToken } = kernel.identities.issue({
    roleArn,
    sessionName: 's',
    durationSeconds: 900,
  }).credentials;
  return { kind: 'client', accessKeyId, sessionToken };
}

function callerOf({ who, identity }: Case): Caller {
  if (who === 'role') return session(roleOf(identity));
  return who === 'nobody' ? { kind: 'anonymous' } : administrator;
}

const reads = (caller: Caller, Bucket: string) =>
  s3(caller, 'GetObject', { Bucket, Key: KEY }).then(
    () => 'read',
    (error: { code: string; statusCode: number }) => `${error.statusCode} ${error.code}`,
  );

test(`${cases.length} combinations, each with AWS's answer`, async () => {
  const wrong: object[] = [];
  for (const one of cases) {
    way = comingBy(one.endpoint);
    const told = await reads(callerOf(one), nameOf(one));
    const expected = mayRead(one) ? 'read' : '403 AccessDenied';
    if (told !== expected) wrong.push({ ...one, told, expected });
  }
  expect(wrong).toEqual([]);
  // Both answers are there, of everybody.
  for (const who of WHO)
    expect(new Set(cases.filter((one) => one.who === who).map(mayRead))).toEqual(new Set([true, false]));
});

test('of a public bucket that is restricted, another account hears nothing', async () => {
  way = { kind: 'yes' };
  const theirs = 'arn:aws:iam::999999999999:role/theirs';
  const input = { RoleArn: theirs, Service: 'lambda.amazonaws.com', OfTemplate: true };
  const caller = { kind: 'internal', service: 'lambda.amazonaws.com' } as const;
  await kernel.dispatch({ caller, service: 'iam', operation: 'CheckServiceRole', input });
  const bucket = 'allow-all';
  expect(await reads(session(theirs), nameOf({ bucket, block: 'open' }))).toBe('read');
  expect(await reads(session(theirs), nameOf({ bucket, block: 'restricted' }))).toBe('403 AccessDenied');
});
