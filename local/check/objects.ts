/** Objects that a call on a bucket may be about: which key it is only shows while the code runs. */
import type { Json } from '../template/stack.ts';
import type { Facts, RolePolicies } from './contract.ts';
import { resourcesOfType } from './functions.ts';
import { below, isObject } from './json.ts';
import { allowStatements, covers, coversAction } from './statements.ts';

const BUCKET_ACTION = /^s3:(?:List|GetBucket|PutBucket|DeleteBucket|CreateBucket)/;

export function isAboutObjects(action: string): boolean {
  return action.startsWith('s3:') && !BUCKET_ACTION.test(action);
}

/**
 * ARNs of objects of a bucket, one for each kind that some policy has a word about: where none of them may be touched,
 * none may.
 */
export function objectsIn(facts: Facts, role: RolePolicies, action: string, bucketArn: string): string[] {
  const ofRole = allowStatements(role)
    .filter(({ statement }) => coversAction(statement, action))
    .flatMap(({ statement }) => statement.Resource ?? ['*']);
  const found = [...ofRole, ...ofBucketPolicy(facts, bucketArn)].flatMap((pattern) => objectLike(pattern, bucketArn));
  return [...new Set([...found, `${bucketArn}/x`])];
}

/** What a pattern covers of the bucket, with something in place of each wildcard. */
function objectLike(pattern: string, bucketArn: string): string[] {
  const slash = pattern.indexOf('/');
  if (slash === -1) return pattern.endsWith('*') && covers(pattern, `${bucketArn}/x`) ? [`${bucketArn}/x`] : [];
  if (!covers(pattern.slice(0, slash), bucketArn)) return [];
  const key = pattern.slice(slash + 1).replaceAll(/[*?]/g, 'x');
  return [`${bucketArn}/${key}`];
}

/** Those that it allows, and those that it leaves out of what it denies. */
function ofBucketPolicy(facts: Facts, bucketArn: string): string[] {
  const name = bucketArn.slice(bucketArn.lastIndexOf(':') + 1);
  return resourcesOfType(facts, 'AWS::S3::BucketPolicy')
    .filter(({ properties }) => properties['Bucket'] === name)
    .flatMap(({ properties }) => listOf(below(properties, 'PolicyDocument', 'Statement')))
    .filter(isObject)
    .flatMap((statement) => [...listOf(statement['Resource']), ...listOf(statement['NotResource'])])
    .filter((pattern) => typeof pattern === 'string');
}

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
