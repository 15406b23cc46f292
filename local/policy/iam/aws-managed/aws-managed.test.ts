import { describe, expect, test } from '@jest/globals';
import { compile } from '../compile.ts';
import { decide, type PolicyDocument } from '../index.ts';
import { awsManagedArnOfSameName, awsManagedNames, awsManagedPolicy, isAwsManaged } from './index.ts';

const arnOf = (pathAndName: string, partition = 'aws') => `arn:${partition}:iam::aws:policy/${pathAndName}`;
const BASIC = arnOf('service-role/AWSLambdaBasicExecutionRole');

function allows(document: PolicyDocument, action: string, resource: string): boolean {
  const source = { kind: 'identity', name: 'it' } as const;
  const accountId = '123456789012';
  const requester = { kind: 'role-session', arn: 'a', roleArn: 'b', accountId, userId: 'c:d' } as const;
  const request = { requester, action, resource, resourceAccountId: accountId, keys: {} };
  return decide(request, { identity: [{ document, source }] }).kind === 'allowed';
}

describe('AWS’s own policies', () => {
  test('say what they say on AWS', () => {
    const policy = awsManagedPolicy(BASIC)!;
    expect(policy).toMatchObject({ arn: BASIC, name: 'AWSLambdaBasicExecutionRole', path: '/service-role/' });
    expect(new Date(policy.createdAt).getUTCFullYear()).toBe(2015);
    expect(allows(policy.document, 'logs:PutLogEvents', 'arn:aws:logs:us-east-1:123456789012:log-group:x:*')).toBe(
      true,
    );
    expect(allows(policy.document, 's3:GetObject', 'arn:aws:s3:::b/k')).toBe(false);
    const vpc = awsManagedPolicy(arnOf('service-role/AWSLambdaVPCAccessExecutionRole'))!;
    expect(allows(vpc.document, 'ec2:CreateNetworkInterface', '*')).toBe(true);
  });

  test('are the same object every time, as evaluators keep what they make of it', () => {
    expect(awsManagedPolicy(BASIC)).toBe(awsManagedPolicy(BASIC));
  });

  test('name the resources of their partition', () => {
    const name = 'service-role/AWSLambdaDynamoDBExecutionRole';
    expect(awsManagedPolicy(arnOf(name, 'aws-cn'))?.arn).toBe(arnOf(name, 'aws-cn'));
    const resources = (partition: string) =>
      JSON.stringify(awsManagedPolicy(arnOf('AmazonAPIGatewayInvokeFullAccess', partition))?.document);
    expect(resources('aws')).toContain('"arn:aws:execute-api:');
    expect(resources('aws-us-gov')).toContain('"arn:aws-us-gov:execute-api:');
    expect(resources('aws-us-gov')).not.toContain('"arn:aws:');
  });

  test('are not those that AWS does not have', () => {
    expect(awsManagedPolicy(arnOf('AWSLambdaBasicExecutionRole'))).toBeUndefined();
    expect(awsManagedPolicy(arnOf('Nope'))).toBeUndefined();
    expect(awsManagedPolicy('arn:aws:iam::123456789012:policy/AdministratorAccess')).toBeUndefined();
    expect(isAwsManaged('arn:aws:iam::123456789012:policy/AdministratorAccess')).toBe(false);
  });

  test('are found by their name when only the path is wrong', () => {
    expect(awsManagedArnOfSameName(arnOf('AWSLambdaBasicExecutionRole'))).toBe(BASIC);
    expect(awsManagedArnOfSameName(arnOf('service-role/AWSLambdaBasic.*'))).toBeUndefined();
  });

  test('can be read and compiled, whichever it is', () => {
    const names = awsManagedNames();
    expect(names.length).toBeGreaterThan(1_400);
    const some = names.filter((_, index) => index % 20 === 0);
    const arns = some.map((name) => awsManagedArnOfSameName(arnOf(name)));
    const statements = arns.map((arn) => compile(awsManagedPolicy(arn!)!.document).length);
    expect(Math.min(...statements)).toBeGreaterThan(0);
  });
});
