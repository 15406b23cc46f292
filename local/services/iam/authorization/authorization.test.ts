import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Caller,
  createKernel,
  createReconciler,
  type Kernel,
  type Reconciler,
  type ResourceFacts,
} from '../../../kernel/index.ts';
import { readPolicy } from '../../../policy/iam/index.ts';
import type { Reachability } from '../../../policy/network/verdict.ts';
import { loadStack, parseDocument } from '../../../template/index.ts';
import { iamService } from '../index.ts';
import { type Authorization, type CheckServiceRoleOutput, createAuthorization } from './index.ts';

const ACCOUNT = '123456789012';
const SECRET = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:db-AbCdEf`;
const TRUST = `{Version: '2012-10-17', Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]}`;

let kernel: Kernel;
let reconciler: Reconciler;
let facts: ResourceFacts | undefined;
/** The way a call came. */
let way: Reachability;

beforeEach(() => {
  facts = undefined;
  way = { kind: 'yes' };
  let authorization: Authorization | undefined;
  kernel = createKernel({
    stateDirectory: 'memory',
    accountId: ACCOUNT,
    region: 'us-east-1',
    doors: (parts) => {
      authorization = createAuthorization({ ...parts, places: () => reconciler.places });
      return { may: authorization.may, reach: () => way };
    },
  });
  kernel.registry.add(iamService({ authorization: () => authorization as Authorization }));
  kernel.registry.add({
    name: 'secretsmanager',
    resourceTypes: [],
    load: async () => ({
      operations: {
        GetSecretValue: {
          requires: () => [{ action: 'secretsmanager:GetSecretValue', resource: SECRET }],
          handle: () => 'the secret',
        },
      },
      providers: {},
      resourceFacts: (arn) => (arn === SECRET ? facts : undefined),
    }),
  });
  reconciler = createReconciler({ kernel });
});

afterEach(() => kernel.stop());

async function apply(text: string): Promise<void> {
  const stack = loadStack(parseDocument(text, 'template.yaml'), {
    stackName: 'desk',
    region: 'us-east-1',
    accountId: ACCOUNT,
    parameterOverrides: {},
    transformSam: () => {
      throw new Error('no SAM here');
    },
  });
  const { outcome, diagnostics } = await reconciler.apply(stack);
  expect({ outcome, diagnostics }).toEqual({ outcome: 'applied', diagnostics: [] });
}

/** A function in the role, asking for the secret. */
function environment(roleName = 'worker'): Caller {
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/${roleName}`;
  const functionArn = `arn:aws:lambda:us-east-1:${ACCOUNT}:function:f`;
  const session = { roleArn, sessionName: 'f', durationSeconds: 900, functionArn };
  const { credentials, principal } = kernel.identities.issue(session);
  kernel.identities.bind({ environmentId: 'e', functionArn, principal });
  const { accessKeyId, sessionToken } = credentials;
  return { kind: 'environment', environmentId: 'e', accessKeyId, sessionToken };
}

const getSecret = (caller: Caller) =>
  kernel.dispatch({ caller, service: 'secretsmanager', operation: 'GetSecretValue', input: {} });

const reported = () => (kernel.telemetry.logs.filter({ group: '/sampan' })?.events ?? []).map(({ message }) => message);

const role = (policies: string, more = '') => `
Resources:
  Worker:
    Type: AWS::IAM::Role
    Properties:
      RoleName: worker
      AssumeRolePolicyDocument: ${TRUST}
${more}      Policies:
${policies}`;

const policy = (statement: string) => `        - PolicyName: P
          PolicyDocument:
            Version: '2012-10-17'
            Statement:
              - ${statement}
`;

const USER = `User: arn:aws:sts::${ACCOUNT}:assumed-role/worker/f is not authorized to perform: secretsmanager:GetSecretValue on resource: ${SECRET}`;

describe('a function in its role', () => {
  test('may what its policy allows', async () => {
    await apply(role(policy(`{ Effect: Allow, Action: 'secretsmanager:GetSecretValue', Resource: '${SECRET}' }`)));
    await expect(getSecret(environment())).resolves.toBe('the secret');
    expect(kernel.usage.permissions()).toMatchObject([
      { action: 'secretsmanager:GetSecretValue', resource: SECRET, allowed: true },
    ]);
  });

  test('is refused the rest in AWS’s words, and the log has the line and what mends it', async () => {
    await apply(role(policy(`{ Effect: Allow, Action: 'secretsmanager:GetSecretValue', Resource: '${SECRET}x' }`)));
    await expect(getSecret(environment())).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: `${USER} because no identity-based policy allows the secretsmanager:GetSecretValue action`,
    });
    expect(reported()).toEqual([
      expect.stringMatching(
        /Resource does not match.*template\.yaml:13.*add to Worker\.Policies\.0\.PolicyDocument\.Statement/s,
      ),
    ]);
    expect(kernel.usage.permissions()).toMatchObject([{ resource: SECRET, allowed: false }]);
  });

  test('is refused what a statement denies, which the log names by its line', async () => {
    await apply(
      role(
        policy(
          `{ Effect: Allow, Action: '*', Resource: '*' }\n              - { Sid: Never, Effect: Deny, Action: 'secretsmanager:*', Resource: '*' }`,
        ),
      ),
    );
    await expect(getSecret(environment())).rejects.toMatchObject({
      message: `${USER} with an explicit deny in an identity-based policy`,
    });
    expect(reported()[0]).toMatch(/statement Never of inline policy P of role worker denies .*template\.yaml:14/);
    expect(reported()[0]).toContain('remove Worker.Policies.0.PolicyDocument.Statement.1');
  });

  test('whose role is not there may nothing', async () => {
    await apply(role(policy(`{ Effect: Allow, Action: '*', Resource: '*' }`)));
    await expect(getSecret(environment('nobody'))).rejects.toMatchObject({ code: 'AccessDeniedException' });
    expect(reported()[0]).toContain(`there is no role arn:aws:iam::${ACCOUNT}:role/nobody`);
  });
});

describe('the account’s administrator', () => {
  test('may everything', async () => {
    await expect(getSecret({ kind: 'client' })).resolves.toBe('the secret');
  });

  test('but what a resource’s policy denies', async () => {
    const statement = { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' };
    const document = readPolicy({ Version: '2012-10-17', Statement: [statement] }, 'resource');
    facts = { policies: [{ document, source: { kind: 'resource', name: 'policy of the secret' } }] };
    await expect(getSecret({ kind: 'client' })).rejects.toMatchObject({
      message: expect.stringContaining('with an explicit deny in a resource-based policy'),
    });
  });
});

describe('through a VPC endpoint', () => {
  const through = (statement: object) => {
    const document = readPolicy({ Version: '2012-10-17', Statement: [statement as never] }, 'resource');
    const place = { stackName: 'desk', logicalId: 'Endpoint', path: ['PolicyDocument'] };
    const policy = { document, source: { kind: 'endpoint', name: 'policy of vpce-1', place } } as const;
    way = { kind: 'yes', via: { vpcEndpointId: 'vpce-1', vpcId: 'vpc-1', policy } };
  };
  const everything = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };

  test('the endpoint’s policy has a say, for the administrator as well', async () => {
    await apply(role(policy(`{ Effect: Allow, Action: '*', Resource: '*' }`)));
    through({ ...everything, Action: 'secretsmanager:ListSecrets' });
    const message = expect.stringContaining(
      'because no VPC endpoint policy allows the secretsmanager:GetSecretValue action',
    );
    await expect(getSecret(environment())).rejects.toMatchObject({ message });
    await expect(getSecret({ kind: 'client' })).rejects.toMatchObject({ message });
    through({ ...everything, Effect: 'Deny' });
    await expect(getSecret(environment())).rejects.toMatchObject({
      message: expect.stringContaining('with an explicit deny in a VPC endpoint policy'),
    });
  });

  test.each([
    ['aws:SourceVpce', 'vpce-1'],
    ['aws:SourceVpc', 'vpc-1'],
  ])('%s tells which', async (key, value) => {
    const condition = `Condition: { StringEquals: { '${key}': '${value}' } }`;
    await apply(role(policy(`{ Effect: Allow, Action: '*', Resource: '*', ${condition} }`)));
    await expect(getSecret(environment())).rejects.toMatchObject({ code: 'AccessDeniedException' });
    through(everything);
    await expect(getSecret(environment())).resolves.toBe('the secret');
  });
});

test.each([
  ["StringEquals: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/worker' }"],
  ["StringEquals: { 'aws:PrincipalAccount': '123456789012', 'aws:ResourceAccount': '123456789012' }"],
  ["StringEquals: { 'aws:PrincipalType': AssumedRole, 'aws:RequestedRegion': us-east-1 }"],
  ["StringLike: { 'aws:userid': 'AROA*:f' }"],
  ["StringEquals: { 'aws:PrincipalTag/Team': desk }"],
  ["StringEquals: { 'aws:ResourceTag/Team': red, 'secretsmanager:ResourceTag/Team': red }"],
  ["Bool: { 'aws:SecureTransport': 'true', 'aws:ViaAWSService': 'false', 'aws:PrincipalIsAWSService': 'false' }"],
  ["DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z', 'aws:TokenIssueTime': '2020-01-01T00:00:00Z' }"],
  ["NumericGreaterThan: { 'aws:EpochTime': '1577836800' }"],
  ["IpAddress: { 'aws:SourceIp': '0.0.0.0/0' }"],
  ["ArnEquals: { 'lambda:SourceFunctionArn': 'arn:aws:lambda:us-east-1:123456789012:function:f' }"],
  ["'Null': { 'aws:SourceVpce': 'true', 'aws:SourceArn': 'true' }"],
])('a call has %s', async (condition) => {
  facts = { tags: { Team: 'red' } };
  const tags = '      Tags: [{ Key: Team, Value: desk }]\n';
  await apply(role(policy(`{ Effect: Allow, Action: '*', Resource: '*', Condition: { ${condition} } }`), tags));
  await expect(getSecret(environment())).resolves.toBe('the secret');
});

test('a service in a role has to be trusted by it', async () => {
  await apply(role(policy(`{ Effect: Allow, Action: '*', Resource: '*' }`)));
  const inRole = (service: string): Caller => {
    return { kind: 'role', roleArn: `arn:aws:iam::${ACCOUNT}:role/worker`, service, sessionName: 's' };
  };
  await expect(getSecret(inRole('lambda.amazonaws.com'))).resolves.toBe('the secret');
  await expect(getSecret(inRole('rds.amazonaws.com'))).rejects.toMatchObject({ code: 'AccessDeniedException' });
  expect(reported()[0]).toMatch(/the trust policy does not allow it.*rds\.amazonaws\.com.*template\.yaml:7/);
});

describe('a role that a template names and no stack here has', () => {
  const checkedAs = (RoleArn: string, OfTemplate: boolean) =>
    kernel.dispatch({
      caller: { kind: 'internal', service: 'lambda.amazonaws.com' },
      service: 'iam',
      operation: 'CheckServiceRole',
      input: { RoleArn, Service: 'lambda.amazonaws.com', OfTemplate },
    });

  test.each([ACCOUNT, '999999999999'])(
    'may everything that no other policy refuses, in account %s',
    async (account) => {
      const roleArn = `arn:aws:iam::${account}:role/team/theirs`;
      const { credentials, principal } = kernel.identities.issue({ roleArn, sessionName: 'f', durationSeconds: 900 });
      kernel.identities.bind({ environmentId: 'e', functionArn: 'arn:aws:lambda:::function:f', principal });
      const { accessKeyId, sessionToken } = credentials;
      const caller: Caller = { kind: 'environment', environmentId: 'e', accessKeyId, sessionToken };
      await expect(checkedAs(roleArn, false)).resolves.toMatchObject({ Trusted: false });
      await expect(getSecret(caller)).rejects.toMatchObject({ code: 'AccessDeniedException' });
      await expect(checkedAs(roleArn, true)).resolves.toMatchObject({ Trusted: true, Elsewhere: true });
      await expect(getSecret(caller)).resolves.toBe('the secret');
      const statement = { Effect: 'Deny', Principal: '*', Action: '*', Resource: '*' };
      const document = readPolicy({ Version: '2012-10-17', Statement: [statement] }, 'resource');
      facts = { policies: [{ document, source: { kind: 'resource', name: 'policy of the secret' } }] };
      await expect(getSecret(caller)).rejects.toMatchObject({ code: 'AccessDeniedException' });
    },
  );

  test('may what it says as soon as a stack has it', async () => {
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/worker`;
    await checkedAs(roleArn, true);
    await expect(getSecret(environment())).resolves.toBe('the secret');
    await apply(role(policy(`{ Effect: Allow, Action: 's3:*', Resource: '*' }`)));
    await expect(getSecret(environment())).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await expect(checkedAs(roleArn, true)).resolves.not.toHaveProperty('Elsewhere');
  });

  test('cannot be assumed', async () => {
    const roleArn = `arn:aws:iam::${ACCOUNT}:role/theirs`;
    await checkedAs(roleArn, true);
    const trust = await kernel.registry.service('iam').then((service) => service.resourceFacts?.(roleArn));
    expect(trust).toBeUndefined();
  });
});

describe('CheckServiceRole', () => {
  const check = (input: object) =>
    kernel.dispatch({
      caller: { kind: 'internal', service: 'lambda.amazonaws.com' },
      service: 'iam',
      operation: 'CheckServiceRole',
      input: { RoleArn: `arn:aws:iam::${ACCOUNT}:role/worker`, Service: 'lambda.amazonaws.com', ...input },
    }) as Promise<CheckServiceRoleOutput>;

  test('says whether the role trusts the service, and what it may not', async () => {
    await apply(role(policy(`{ Effect: Allow, Action: 'ec2:Describe*', Resource: '*' }`)));
    const Actions = ['ec2:DescribeSubnets', 'ec2:CreateNetworkInterface'].map((action) => ({ action, resource: '*' }));
    await expect(check({ Actions })).resolves.toEqual({
      Trusted: true,
      Denied: [
        {
          Action: 'ec2:CreateNetworkInterface',
          Resource: '*',
          Reason: expect.stringContaining('ec2:CreateNetworkInterface'),
          Remedy: expect.stringContaining('Action: ec2:CreateNetworkInterface'),
        },
      ],
    });
    await expect(check({ Service: 'rds.amazonaws.com' })).resolves.toMatchObject({
      Trusted: false,
      Reason: expect.stringMatching(/trust policy.*template\.yaml:7/),
      Remedy: expect.stringContaining('Service: rds.amazonaws.com'),
    });
    await expect(check({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/nobody` })).resolves.toMatchObject({
      Trusted: false,
      Reason: `there is no role arn:aws:iam::${ACCOUNT}:role/nobody`,
    });
  });
});
