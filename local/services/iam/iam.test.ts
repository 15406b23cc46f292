import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createKernel, createReconciler, type Kernel, type Reconciler } from '../../kernel/index.ts';
import { loadStack, parseDocument } from '../../template/index.ts';
import { iamService, openRecords } from './index.ts';

let kernel: Kernel;
let reconciler: Reconciler;

beforeEach(() => {
  kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1' });
  kernel.registry.add(iamService());
  reconciler = createReconciler({ kernel });
});

afterEach(() => kernel.stop());

const apply = (resources: string) =>
  reconciler.apply(
    loadStack(parseDocument(`Resources:\n${resources}`, 'template.yaml'), {
      stackName: 'desk',
      region: 'us-east-1',
      accountId: '123456789012',
      parameterOverrides: {},
      transformSam: () => {
        throw new Error('no SAM here');
      },
    }),
  );

const ask = (operation: string, input: unknown) =>
  kernel.dispatch({ caller: { kind: 'client' }, service: 'iam', operation, input });

const TRUST =
  '{Version: "2012-10-17", Statement: {Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}}';
const ALLOW = (action: string) =>
  `{Version: "2012-10-17", Statement: {Effect: Allow, Action: "${action}", Resource: "*"}}`;
const role = (id: string, more = '') =>
  `  ${id}:\n    Type: AWS::IAM::Role\n    Properties:\n      AssumeRolePolicyDocument: ${TRUST}\n${more}`;

describe('a role', () => {
  test('has a generated name, an ARN and an id, and is read back by GetRole', async () => {
    await apply(role('Worker', '      Path: /app/\n'));
    const [resource] = reconciler.resources('desk');
    expect(resource!.physicalId).toMatch(/^desk-Worker-[A-Z0-9]{12}$/);
    expect(resource!.attributes).toEqual({
      Arn: `arn:aws:iam::123456789012:role/app/${resource!.physicalId}`,
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
    });
    const answer = (await ask('GetRole', { RoleName: resource!.physicalId })) as { Role: Record<string, unknown> };
    expect(answer.Role).toMatchObject({ Path: '/app/', MaxSessionDuration: 3600, RoleId: resource!.attributes.RoleId });
    expect(JSON.parse(decodeURIComponent(answer.Role.AssumeRolePolicyDocument as string))).toEqual({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: ['lambda.amazonaws.com'] }, Action: ['sts:AssumeRole'] }],
    });
  });

  test('a generated name is cut to what a role may have, and stays unique', async () => {
    await apply(role('AnUncommonlyLongLogicalIdThatFillsWhateverRoomANameMayHaveAndMore'));
    const { physicalId } = reconciler.resources('desk')[0]!;
    expect(physicalId).toMatch(/^desk-AnUncommonly.*-[A-Z0-9]{12}$/);
    expect(physicalId).toHaveLength(64);
  });

  test('is replaced when its path changes, unless its name is fixed and in the way', async () => {
    await apply(role('Worker'));
    const before = reconciler.resources('desk')[0]!.physicalId;
    expect((await apply(role('Worker', '      Path: /app/\n'))).changes.map(({ action }) => action)).toEqual([
      'replace',
      'delete',
    ]);
    expect(reconciler.resources('desk')[0]!.physicalId).not.toBe(before);
    await apply(role('Fixed', '      RoleName: fixed\n'));
    expect(await apply(role('Fixed', '      RoleName: fixed\n      Path: /app/\n'))).toMatchObject({
      outcome: 'rolled-back',
      diagnostics: [{ message: 'EntityAlreadyExists: Role with name fixed already exists.' }],
    });
  });

  test('names are unique without regard to case', async () => {
    const report = await apply(role('A', '      RoleName: Worker\n') + role('B', '      RoleName: wORKER\n'));
    expect(report).toMatchObject({
      outcome: 'rolled-back',
      diagnostics: [{ message: expect.stringContaining('EntityAlreadyExists') }],
    });
  });

  test.each([
    ['      MaxSessionDuration: 60\n', 'MaxSessionDuration must be between 3600 and 43200, not 60', 5],
    ['      MaxSesionDuration: 3600\n', 'extraneous key [MaxSesionDuration] is not permitted', 5],
    ['      RoleName: "not a name"\n', 'RoleName has characters that are not allowed', 5],
    [
      '      Policies:\n        - PolicyName: p\n          PolicyDocument: {Statement: {Effect: Perhaps, Action: "*", Resource: "*"}}\n',
      'Effect must be Allow or Deny, not "Perhaps"',
      7,
    ],
    [
      `      Policies:\n        - PolicyName: p\n          PolicyDocument: {Statement: {Effect: Allow, Action: "*"}}\n`,
      'Policy statement must contain resources.',
      7,
    ],
  ])('%j is refused with its line', async (more, message, line) => {
    const report = await apply(role('Worker', more));
    expect(report.outcome).toBe('rolled-back');
    expect(report.diagnostics).toMatchObject([
      {
        code: 'invalid-property',
        resource: 'Worker',
        message: expect.stringContaining(message),
        at: { line: line + 1 },
      },
    ]);
  });

  test.each([
    // AWS has it below service-role/.
    ['ManagedPolicyArns', 'Policy', '["arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"]'],
    ['PermissionsBoundary', 'Scope ARN:', 'arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole'],
    ['ManagedPolicyArns', 'Policy', '[nothing-of-the-kind]'],
  ])('%s cannot name what is no policy: %s %s', async (property, what, value) => {
    const report = await apply(role('Worker', `      ${property}: ${value}\n`));
    expect(report.outcome).toBe('rolled-back');
    const arn = value.replace(/[["\]]/g, '');
    const message = `NoSuchEntity: ${what} ${arn} does not exist or is not attachable.`;
    expect(report.diagnostics).toMatchObject([{ message }]);
  });

  test('takes policies that somebody else keeps in the account, and says what they are here: nothing', async () => {
    const theirs = 'arn:aws:iam::123456789012:policy/team/theirs';
    const more = `      ManagedPolicyArns: ["${theirs}"]\n      PermissionsBoundary: ${theirs}\n`;
    const report = await apply(role('Worker', more));
    expect(report).toMatchObject({ outcome: 'applied', diagnostics: [] });
    const logged = kernel.telemetry.logs.filter({ group: '/sampan' })?.events.map(({ message }) => message);
    expect(logged).toEqual([
      `Worker: policy ${theirs} is of no stack here: whatever it allows, it allows nothing here`,
      `Worker: boundary ${theirs} is of no stack here: it narrows nothing here`,
    ]);
  });

  test("attaches AWS's policies, and says so of one that is not in the list", async () => {
    const arn = 'arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
    const unknown = `${arn}s`;
    const report = await apply(
      role('Worker', `      RoleName: worker\n      ManagedPolicyArns:\n        - ${arn}\n        - ${unknown}\n`),
    );
    expect(report).toMatchObject({
      outcome: 'applied',
      diagnostics: [
        {
          code: 'not-emulated',
          property: 'Properties.ManagedPolicyArns.1',
          message: expect.stringMatching(
            /^AWS had no policy AWSLambdaBasicExecutionRoles on 20\d\d-\d\d-\d\d: .* did you mean AWSLambdaBasicExecutionRole\?$/,
          ),
          at: { line: 9 },
        },
      ],
    });
    await expect(ask('ListAttachedRolePolicies', { RoleName: 'worker' })).resolves.toMatchObject({
      AttachedPolicies: [{ PolicyName: 'AWSLambdaBasicExecutionRole', PolicyArn: arn }, { PolicyArn: unknown }],
    });
    const { Policy } = (await ask('GetPolicy', { PolicyArn: arn })) as { Policy: { DefaultVersionId: string } };
    expect(Policy).toMatchObject({ Path: '/service-role/', AttachmentCount: 1, IsAttachable: true });
    const version = { PolicyArn: arn, VersionId: Policy.DefaultVersionId };
    const { PolicyVersion } = (await ask('GetPolicyVersion', version)) as { PolicyVersion: { Document: string } };
    expect(decodeURIComponent(PolicyVersion.Document)).toContain('"logs:PutLogEvents"');
  });
});

describe('what is odd about a policy is said with its line:', () => {
  const said = async (resources: string) => {
    const { outcome, diagnostics } = await apply(resources);
    expect(outcome).toBe('applied');
    return diagnostics.map(({ message, at }) => `${at?.line}: ${message}`);
  };

  test('in an inline policy of a role', async () => {
    const more = `      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action:
                  - s3:GetObject
                  - s3:GetObjekt
                Resource: "*"
                Condition:
                  NumericLessThan: { "aws:MultiFactorAuthAge": 300 }
`;
    expect(await said(role('Worker', more))).toEqual([
      '14: AWS has no action s3:GetObjekt; did you mean s3:GetObject?',
      "17: condition key aws:MultiFactorAuthAge is not known here: the statement's condition counts as if the key were absent",
    ]);
  });

  test('where a single value stands for a list', async () => {
    const more = `      Policies:
        - PolicyName: p
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              Effect: Allow
              Action: sqs:SendMesage
              Resource: "*"
`;
    expect(await said(role('Worker', more))).toEqual([
      '12: AWS has no action sqs:SendMesage; did you mean sqs:SendMessage?',
    ]);
  });

  test('in a trust policy, a policy and a managed policy', async () => {
    const trust = TRUST.replace('sts:AssumeRole', 'sts:AssumeRoles');
    const policy = (type: string, name: string) =>
      `  ${name}:\n    Type: AWS::IAM::${type}\n    Properties:\n      ${name}Name: x\n      Roles: [!Ref Worker]\n      PolicyDocument: ${ALLOW('sqz:Send')}\n`;
    const resources =
      role('Worker').replace(TRUST, trust) + policy('Policy', 'Policy') + policy('ManagedPolicy', 'ManagedPolicy');
    expect(await said(resources)).toEqual([
      '5: AWS has no action sts:AssumeRoles; did you mean sts:AssumeRole?',
      expect.stringContaining('no AWS service has actions that begin with sqz:; did you mean sqs:?'),
      expect.stringContaining('no AWS service has actions that begin with sqz:; did you mean sqs:?'),
    ]);
  });
});

describe('policies', () => {
  const inline = (action: string) =>
    `  Extra:\n    Type: AWS::IAM::Policy\n    Properties:\n      PolicyName: extra\n      PolicyDocument: ${ALLOW(action)}\n      Roles: [!Ref Worker]\n`;
  const own = (action: string) =>
    `      RoleName: worker\n      Policies: [{PolicyName: own, PolicyDocument: ${ALLOW(action)}}]\n`;
  const names = async () =>
    ((await ask('ListRolePolicies', { RoleName: 'worker' })) as { PolicyNames: string[] }).PolicyNames;

  test("AWS::IAM::Policy and a role's own policies live side by side and go separately", async () => {
    await apply(role('Worker', own('s3:GetObject')) + inline('sqs:SendMessage'));
    expect(await names()).toEqual(['extra', 'own']);
    await apply(role('Worker', own('s3:PutObject')) + inline('sqs:SendMessage'));
    expect(await names()).toEqual(['extra', 'own']);
    const { PolicyDocument } = (await ask('GetRolePolicy', { RoleName: 'worker', PolicyName: 'own' })) as {
      PolicyDocument: string;
    };
    expect(decodeURIComponent(PolicyDocument)).toContain('s3:PutObject');
    await apply(role('Worker', own('s3:PutObject')));
    expect(await names()).toEqual(['own']);
    await apply(role('Worker', '      RoleName: worker\n'));
    expect(await names()).toEqual([]);
  });

  test('AWS::IAM::Policy needs somebody to hold it', async () => {
    const report = await apply(
      `  Extra: {Type: AWS::IAM::Policy, Properties: {PolicyName: extra, PolicyDocument: ${ALLOW('*')}}}\n`,
    );
    expect(report.diagnostics).toMatchObject([{ message: 'At least one of [Groups,Roles,Users] must be non-empty.' }]);
  });

  test('a managed policy is an ARN, counts its versions and is attached where it says', async () => {
    const managed = (action: string) =>
      `  Shared:\n    Type: AWS::IAM::ManagedPolicy\n    Properties: {PolicyDocument: ${ALLOW(action)}, Roles: [!Ref Worker]}\n`;
    await apply(role('Worker', '      RoleName: worker\n') + managed('s3:GetObject'));
    await apply(role('Worker', '      RoleName: worker\n') + managed('s3:PutObject'));
    const shared = reconciler.resources('desk').find(({ logicalId }) => logicalId === 'Shared')!;
    expect(shared.physicalId).toMatch(/^arn:aws:iam::123456789012:policy\/desk-Shared-[A-Z0-9]{12}$/);
    await expect(ask('GetPolicy', { PolicyArn: shared.physicalId })).resolves.toMatchObject({
      Policy: { DefaultVersionId: 'v2', AttachmentCount: 1 },
    });
    await apply(role('Worker', '      RoleName: worker\n'));
    expect(openRecords(kernel.store).roles.get('worker')?.attachedPolicies).toEqual([]);
  });
});

test('users, groups and instance profiles are kept with what they refer to', async () => {
  const report = await apply(
    `${role('Worker', '      RoleName: worker\n')}
  Team: {Type: AWS::IAM::Group, Properties: {GroupName: team}}
  Ann: {Type: AWS::IAM::User, Properties: {UserName: ann, Groups: [!Ref Team], LoginProfile: {Password: x}}}
  Profile: {Type: AWS::IAM::InstanceProfile, Properties: {InstanceProfileName: profile, Roles: [!Ref Worker]}}
`,
  );
  expect(report).toMatchObject({
    outcome: 'applied',
    diagnostics: [{ code: 'not-emulated', resource: 'Ann', property: 'Properties.LoginProfile' }],
  });
  const records = openRecords(kernel.store);
  expect(records.users.get('ann')?.groups).toEqual(['team']);
  expect(records.instanceProfiles.get('profile')?.roles).toEqual(['worker']);
});

test('what does not exist is NoSuchEntity', async () => {
  await expect(ask('GetRole', { RoleName: 'constructor' })).rejects.toMatchObject({
    code: 'NoSuchEntity',
    statusCode: 404,
  });
});
