/** Who may invoke a function: policies of functions, aliases and URLs, and roles that SAM makes. */
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, functions, type House, inHouse, REGION } from '../house.ts';

const HI = `exports.handler = async () => 'hi';`;
const CALL = `
const { LambdaClient, InvokeCommand } = require('@aws-sdk/client-lambda');
exports.handler = async ({ FunctionName }) => {
  try {
    const { Payload } = await new LambdaClient({}).send(new InvokeCommand({ FunctionName }));
    return JSON.parse(Buffer.from(Payload));
  } catch (error) {
    return { name: error.name, message: error.message };
  }
};`;

const arn = (name: string) => `arn:aws:lambda:${REGION}:${ACCOUNT_ID}:function:${name}`;
const BUCKET = 'arn:aws:s3:::uploads';

const permission = (Properties: object) => ({ Type: 'AWS::Lambda::Permission', Properties });
const url = (FunctionName: string, AuthType: string) => ({
  Type: 'AWS::Lambda::Url',
  Properties: { TargetFunctionArn: { Ref: FunctionName }, AuthType },
});
const mayAskUrl = (FunctionName: string) =>
  permission({
    FunctionName: { Ref: FunctionName },
    Action: 'lambda:InvokeFunctionUrl',
    Principal: '*',
    FunctionUrlAuthType: 'NONE',
  });

const house = inHouse(
  functions(
    {
      target: { code: HI, AutoPublishAlias: 'live' },
      caller: CALL,
      allowed: {
        code: CALL,
        Policies: [
          {
            Statement: [
              { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: { 'Fn::GetAtt': ['target', 'Arn'] } },
            ],
          },
        ],
      },
      shut: HI,
      half: HI,
      public: HI,
      signed: HI,
    },
    {
      Uploads: permission({
        FunctionName: { Ref: 'target' },
        Action: 'lambda:InvokeFunction',
        Principal: 's3.amazonaws.com',
        SourceArn: BUCKET,
        SourceAccount: { Ref: 'AWS::AccountId' },
      }),
      ShutUrl: url('shut', 'NONE'),
      HalfUrl: url('half', 'NONE'),
      HalfPermission: mayAskUrl('half'),
      PublicUrl: url('public', 'NONE'),
      PublicPermission: mayAskUrl('public'),
      PublicInvocation: permission({
        FunctionName: { Ref: 'public' },
        Action: 'lambda:InvokeFunction',
        Principal: '*',
        InvokedViaFunctionUrl: true,
      }),
      Stranger: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'stranger',
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Principal: { AWS: ACCOUNT_ID }, Action: 'sts:AssumeRole' }],
          },
        },
      },
    },
  ),
);

/** Asks for `/` of a URL by its resource, at the port of the endpoint. */
function requestUrl({ cloud }: House, logicalId: string): Promise<{ status: number | undefined; body: string }> {
  const resource = cloud.reconciler.resources('test').find((each) => each.logicalId === logicalId);
  const { hostname } = new URL(String(resource?.attributes['FunctionUrl']));
  return new Promise((resolve, reject) => {
    const request = get({ host: '127.0.0.1', port: cloud.endpoint.port, headers: { host: hostname }, agent: false });
    request.on('error', reject);
    request.on('response', async (response) => resolve({ status: response.statusCode, body: await text(response) }));
  });
}

describe('a service in its own name', () => {
  const invoke = (FunctionName: string, more: object = {}) =>
    house().cloud.kernel.dispatch({
      caller: { kind: 'service', service: 's3.amazonaws.com', sourceArn: BUCKET, ...more },
      service: 'lambda',
      operation: 'Invoke',
      input: { FunctionName, Payload: '{}' },
    });

  test('invokes what has a permission for it', async () => {
    await expect(invoke('target')).resolves.toMatchObject({ Payload: '"hi"' });
  });

  test.each([
    ['another service', 'target', { service: 'sns.amazonaws.com' }],
    ['another source', 'target', { sourceArn: 'arn:aws:s3:::other' }],
    ['another account', 'target', { sourceAccount: '999999999999' }],
    ['an alias, whose policy is its own', 'target:live', {}],
    ['a function without a policy', 'shut', {}],
  ])('is refused: %s', async (_what, name, more) => {
    await expect(invoke(name, more)).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: expect.stringContaining('because no resource-based policy allows the lambda:InvokeFunction action'),
    });
  });

  test('is told by the log what to add', async () => {
    await expect(invoke('shut')).rejects.toThrow();
    await house().log('/sampan', /shutPermissionUploads:\n\s+Type: AWS::Lambda::Permission/);
  });
});

describe('a function', () => {
  test('whose role SAM made, invokes what its Policies allow', async () => {
    expect((await house().invoke('allowed', { FunctionName: 'target' })).value).toBe('hi');
    expect((await house().invoke('allowed', { FunctionName: 'shut' })).value.name).toBe('AccessDeniedException');
  });

  test('is refused the rest, and the log leads to the function its author wrote', async () => {
    const { value } = await house().invoke('caller', { FunctionName: 'target' });
    expect(value).toEqual({
      name: 'AccessDeniedException',
      message: expect.stringMatching(
        /^User: arn:aws:sts::123456789012:assumed-role\/test-callerRole-\w+\/caller is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:123456789012:function:target because no identity-based policy allows the lambda:InvokeFunction action$/,
      ),
    });
    const log = await house().log('/sampan', /add to caller\.Policies/);
    expect(log).toMatch(/add to caller\.Policies \(\S+template\.yaml:\d+\):\n.*Resource: !GetAtt target\.Arn/s);
    expect(house().cloud.kernel.usage.permissions()).toContainEqual(
      expect.objectContaining({
        functionArn: expect.stringContaining(arn('caller')),
        resource: arn('target'),
        allowed: false,
      }),
    );
  });
});

describe('a function URL without authorization', () => {
  test('answers nobody as long as its policy is not public', async () => {
    const forbidden = expect.stringContaining('"Message":"Forbidden. For troubleshooting');
    await expect(requestUrl(house(), 'ShutUrl')).resolves.toEqual({ status: 403, body: forbidden });
    // Since October 2025 it takes both permissions.
    await expect(requestUrl(house(), 'HalfUrl')).resolves.toEqual({ status: 403, body: forbidden });
  });

  test('answers everybody once it is', async () => {
    await expect(requestUrl(house(), 'PublicUrl')).resolves.toEqual({ status: 200, body: 'hi' });
  });
});

test('a role from outside is refused a function that neither of both policies gives it', async () => {
  const assumed = await house()
    .client(STSClient)
    .send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT_ID}:role/stranger`, RoleSessionName: 'me' }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = assumed.Credentials!;
  const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
  const client = new LambdaClient({ endpoint: house().endpoint, region: REGION, credentials, maxAttempts: 1 });
  await expect(client.send(new InvokeCommand({ FunctionName: 'target' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    $metadata: { httpStatusCode: 403 },
  });
  client.destroy();
});
