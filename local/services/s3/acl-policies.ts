/** What ACLs give to groups, as policies say it: whoever decides knows no other language. */
import { type Policy, readPolicy } from '../../policy/iam/index.ts';
import { ALL_USERS, AUTHENTICATED, enforced } from './acl.ts';
import type { Bucket, Grant, StoredObject } from './records.ts';

const OF_BUCKETS: Readonly<Record<Grant['permission'], readonly string[]>> = {
  READ: ['s3:ListBucket', 's3:ListBucketVersions', 's3:ListBucketMultipartUploads'],
  WRITE: ['s3:PutObject', 's3:DeleteObject'],
  READ_ACP: ['s3:GetBucketAcl'],
  WRITE_ACP: ['s3:PutBucketAcl'],
  FULL_CONTROL: [
    's3:ListBucket',
    's3:ListBucketVersions',
    's3:PutObject',
    's3:DeleteObject',
    's3:GetBucketAcl',
    's3:PutBucketAcl',
  ],
};

const OF_OBJECTS: Readonly<Record<Grant['permission'], readonly string[]>> = {
  READ: ['s3:GetObject', 's3:GetObjectVersion'],
  WRITE: [],
  READ_ACP: ['s3:GetObjectAcl', 's3:GetObjectVersionAcl'],
  WRITE_ACP: ['s3:PutObjectAcl', 's3:PutObjectVersionAcl'],
  FULL_CONTROL: ['s3:GetObject', 's3:GetObjectVersion', 's3:GetObjectAcl', 's3:PutObjectAcl'],
};

/** Whether any grant of a bucket or its objects says anything. */
export function countsGrants(bucket: Bucket): boolean {
  return !enforced(bucket) && !bucket.publicAccessBlock?.IgnorePublicAcls;
}

/** Empty where there are none, which is nearly always. */
export function aclPolicies(
  bucket: Bucket,
  object: StoredObject | undefined,
  arn: string,
  bucketArn: string,
): readonly Policy[] {
  if ((!bucket.grants && !object?.grants) || !countsGrants(bucket)) return [];
  const statements = [
    ...statementsOf(bucket.grants ?? [], OF_BUCKETS, [bucketArn, `${bucketArn}/*`]),
    ...statementsOf(object?.grants ?? [], OF_OBJECTS, [arn]),
  ];
  if (statements.length === 0) return [];
  const document = readPolicy(JSON.stringify({ Version: '2012-10-17', Statement: statements }), 'resource');
  return [{ document, source: { kind: 'resource', name: `the ACL of ${arn.slice(arn.lastIndexOf(':') + 1)}` } }];
}

function statementsOf(
  grants: readonly Grant[],
  actions: Readonly<Record<Grant['permission'], readonly string[]>>,
  Resource: readonly string[],
): object[] {
  return grants.flatMap(({ grantee, permission }) => {
    if (grantee.kind !== 'group' || actions[permission].length === 0) return [];
    if (grantee.uri !== ALL_USERS && grantee.uri !== AUTHENTICATED) return [];
    const onlyKnown = grantee.uri === AUTHENTICATED && {
      Condition: { StringNotEquals: { 'aws:PrincipalType': 'Anonymous' } },
    };
    return [{ Effect: 'Allow', Principal: '*', Action: actions[permission], Resource, ...onlyKnown }];
  });
}
