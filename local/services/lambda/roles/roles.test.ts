/** What a function's role decides, with IAM, KMS and the doors there as `sampan start` has them. */

import { resourceRequest } from '../../../doors/aws-endpoint/testing.ts';
import { createReconciler, type Reconciler } from '../../../kernel/index.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { type Authorization, createAuthorization } from '../../iam/authorization/index.ts';
import { iamService } from '../../iam/index.ts';
import { kmsService } from '../../kms/index.ts';
import { logsService } from '../../logs/index.ts';
import { existing, type House, startHouse } from '../testing/house.ts';

const FUNCTION = 'AWS::Lambda::Function';
const HELLO = `exports.handler = async () => { console.log('hello'); return process.env.WHO ?? 'nobody'; };`;
const ROLE = 'arn:aws:iam::123456789012:role/worker';
const LOGS = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'];
const NETWORK = ['ec2:CreateNetworkInterface', 'ec2:DescribeNetworkInterfaces', 'ec2:DeleteNetworkInterface'];
const VpcConfig = { SubnetIds: ['subnet-1'], SecurityGroupIds: ['sg-1'] };

let house: House;

beforeAll(async () => {
  let authorization: Authorization | undefined;
  let reconciler: Reconciler | undefined;
  house = await startHouse({
    kernel: {
      doors: (parts) => {
        authorization = createAuthorization({ ...parts, places: () => (reconciler as Reconciler).places });
        return { may: authorization.may };
      },
    },
  });
  reconciler = createReconciler({ kernel: house.kernel });
  house.kernel.registry.add(iamService({ authorization: () => authorization as Authorization }));
  house.kernel.registry.add(kmsService());
  house.kernel.registry.add(logsService());
});

afterAll(() => house.stop());

/** Makes or changes the role `worker`. */
async function role(actions: readonly string[], options: { service?: string; resource?: string } = {}): Promise<void> {
  const { service = 'lambda.amazonaws.com', resource = '*' } = options;
  const { providers } = await house.kernel.registry.service('iam');
  const provider = providers['AWS::IAM::Role']!;
  const request = resourceRequest('AWS::IAM::Role', {
    RoleName: 'worker',
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
    },
    ...(actions.length > 0 && {
      Policies: [
        {
          PolicyName: 'P',
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Allow', Action: [...actions], Resource: resource }],
          },
        },
      ],
    }),
  });
  await removeRole();
  await provider.create(request);
}

async function removeRole(): Promise<void> {
  const { providers } = await house.kernel.registry.service('iam');
  const gone = { logicalId: 'Thing', type: 'AWS::IAM::Role', physicalId: 'worker', properties: {}, attributes: {} };
  await providers['AWS::IAM::Role']!.delete(gone);
}

let functions = 0;

/** Makes a function in the role, and gives its name and properties. */
async function make(more: JsonObject = {}): Promise<{ name: string; properties: JsonObject }> {
  functions += 1;
  const name = `f${functions}`;
  const properties = await house.properties(HELLO, { FunctionName: name, Role: ROLE, ...more });
  await house.create(FUNCTION, properties);
  return { name, properties };
}

const said = () => house.messages('/sampan');
const kms = <T>(operation: string, input: object) =>
  house.kernel.dispatch({ caller: { kind: 'client' }, service: 'kms', operation, input }) as Promise<T>;

describe('a function’s role', () => {
  test('may be somebody else’s where a template names it, which the log says; for the API it must be there', async () => {
    await removeRole();
    const roleOfOthers = 'arn:aws:iam::999999999999:role/team/theirs';
    const S3Key = await house.artifact(HELLO);
    const Code = { S3Bucket: 'sampan-artifacts', S3Key };
    const Role = 'arn:aws:iam::123456789012:role/nobody';
    const input = { FunctionName: 'theirs', Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Code };
    await expect(house.call('CreateFunction', input)).rejects.toMatchObject({ code: 'InvalidParameterValueException' });
    expect(said().at(-1)).toMatch(/^theirs: The role defined .* there is no role/);
    const { name } = await make({ Role: roleOfOthers });
    expect(said().at(-1)).toBe(
      `${name}: role ${roleOfOthers} is of no stack here: what it may is not known, so it may everything here`,
    );
    expect((await house.invoke({ FunctionName: name })).value).toBe('nobody');
  });

  test('must let Lambda have it', async () => {
    await role(LOGS, { service: 'ec2.amazonaws.com' });
    await expect(make()).rejects.toThrow(/cannot be assumed by Lambda\. .*trust policy/);
    const Code = { ZipFile: Buffer.alloc(0), S3Bucket: 'sampan-artifacts', S3Key: await house.artifact(HELLO) };
    const { ZipFile: _zip, ...inBucket } = Code;
    const input = { FunctionName: 'api', Role: ROLE, Runtime: 'nodejs24.x', Handler: 'index.handler', Code: inBucket };
    await expect(house.call('CreateFunction', input)).rejects.toMatchObject({
      code: 'InvalidParameterValueException',
      message: 'The role defined for the function cannot be assumed by Lambda.',
    });
    expect(said().at(-1)).toMatch(/^api: The role defined .* trust policy/);
    await role(LOGS);
    await expect(house.call('CreateFunction', input)).resolves.toMatchObject({ FunctionName: 'api' });
  });

  test('that lets Lambda go no more ends no environment, and lets none begin', async () => {
    await role(LOGS);
    const { name } = await make();
    expect((await house.invoke({ FunctionName: name })).value).toBe('nobody');
    const { name: cold } = await make();
    await role(LOGS, { service: 'ec2.amazonaws.com' });
    expect((await house.invoke({ FunctionName: name })).value).toBe('nobody');
    await expect(house.invoke({ FunctionName: cold })).rejects.toMatchObject({
      code: 'AccessDeniedException',
      statusCode: 403,
      message: 'The role defined for the function cannot be assumed by Lambda.',
    });
  });

  test('is looked at when the configuration changes, not when only the code does', async () => {
    await role(LOGS);
    const { name, properties } = await make();
    await role(LOGS, { service: 'ec2.amazonaws.com' });
    const before = existing(FUNCTION, { physicalId: name }, properties);
    const recoded = await house.properties(HELLO, { FunctionName: name, Role: ROLE });
    await expect(house.update(FUNCTION, recoded, before)).resolves.toMatchObject({ physicalId: name });
    await expect(house.update(FUNCTION, { ...properties, Timeout: 7 }, before)).rejects.toThrow(/cannot be assumed/);
  });

  test.each([
    ['ec2:CreateNetworkInterface', { VpcConfig }, 'CreateNetworkInterface on EC2'],
    ['ec2:DescribeNetworkInterfaces', { VpcConfig }, 'DescribeNetworkInterfaces on EC2'],
    ['ec2:DeleteNetworkInterface', { VpcConfig }, 'DeleteNetworkInterface on EC2'],
    ['xray:PutTraceSegments', { TracingConfig: { Mode: 'Active' } }, 'PutTraceSegments on XRAY'],
    [
      'sqs:SendMessage',
      { DeadLetterConfig: { TargetArn: 'arn:aws:sqs:us-east-1:123456789012:dead' } },
      'SendMessage on SQS',
    ],
    ['sns:Publish', { DeadLetterConfig: { TargetArn: 'arn:aws:sns:us-east-1:123456789012:dead' } }, 'Publish on SNS'],
  ])('needs %s for what asks for it', async (action, more, refused) => {
    const all = [...LOGS, ...NETWORK, 'xray:PutTraceSegments', 'sqs:SendMessage', 'sns:Publish'];
    await role(all.filter((one) => one !== action));
    await expect(make(more)).rejects.toThrow(
      `The provided execution role does not have permissions to call ${refused}`,
    );
    await role(all);
    await expect(make(more)).resolves.toBeDefined();
  });

  test('needs network permissions on everything, as Lambda asks for no interface in particular', async () => {
    await role(NETWORK, { resource: 'arn:aws:ec2:us-east-1:123456789012:network-interface/*' });
    await expect(make({ VpcConfig })).rejects.toThrow(/permissions to call CreateNetworkInterface on EC2/);
  });

  test('without what Lambda does not try is told of in the log', async () => {
    await role([...LOGS, ...NETWORK]);
    const { name } = await make({ VpcConfig });
    expect(said().join('\n')).toContain(`${name}: its role lacks ec2:AssignPrivateIpAddresses`);
  });

  test('needs what its destinations ask for', async () => {
    await role(LOGS);
    const { name } = await make();
    const Destination = 'arn:aws:sqs:us-east-1:123456789012:done';
    const put = () =>
      house.call('PutFunctionEventInvokeConfig', {
        FunctionName: name,
        DestinationConfig: { OnSuccess: { Destination } },
      });
    await expect(put()).rejects.toMatchObject({
      code: 'InvalidParameterValueException',
      message: `The function's execution role does not have permissions to call SendMessage on ${Destination}`,
    });
    await role([...LOGS, 'sqs:SendMessage']);
    await expect(put()).resolves.toBeDefined();
  });

  test('that may no longer send to a destination loses what is sent', async () => {
    await role([...LOGS, 'lambda:InvokeFunction']);
    const { name } = await make();
    const { name: target } = await make();
    const DestinationConfig = {
      OnSuccess: { Destination: `arn:aws:lambda:us-east-1:123456789012:function:${target}` },
    };
    await house.call('PutFunctionEventInvokeConfig', { FunctionName: name, DestinationConfig });
    const send = () => house.call('Invoke', { FunctionName: name, InvocationType: 'Event', Payload: '{}' });
    await send();
    await house.kernel.outbox.idle();
    expect(house.messages(`/aws/lambda/${target}`).join('')).toContain('hello');
    await role(LOGS);
    await send();
    await house.kernel.outbox.idle();
    expect(said().join('\n')).toContain(
      `no identity-based policy allows lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012:function:${target}`,
    );
    const failures = () =>
      house.kernel.telemetry.metrics
        .series({ namespace: 'AWS/Lambda', name: 'DestinationDeliveryFailures' })
        .filter(({ dimensions }) => dimensions['FunctionName'] === name);
    await eventually(() => failures().length > 0);
    expect(house.messages(`/aws/lambda/${target}`).filter((line) => line.includes('INFO\thello'))).toHaveLength(1);
  });
});

describe('the key of a function’s variables', () => {
  const Environment = { Variables: { WHO: 'me' } };

  async function key(): Promise<string> {
    const { KeyMetadata } = await kms<{ KeyMetadata: { Arn: string } }>('CreateKey', {});
    return KeyMetadata.Arn;
  }

  test('is used by a grant that Lambda makes for the role, and goes with the function', async () => {
    await role(LOGS);
    const KmsKeyArn = await key();
    const { name, properties } = await make({ KmsKeyArn, Environment });
    const grants = () => kms<{ Grants: object[] }>('ListGrants', { KeyId: KmsKeyArn });
    expect((await grants()).Grants).toMatchObject([
      {
        GranteePrincipal: `arn:aws:sts::123456789012:assumed-role/worker/${name}`,
        Operations: ['Decrypt', 'RetireGrant'],
      },
    ]);
    expect((await house.invoke({ FunctionName: name })).value).toBe('me');
    await house.remove(FUNCTION, existing(FUNCTION, { physicalId: name }, properties));
    expect((await grants()).Grants).toEqual([]);
  });

  test('that the role may not use keeps the function from starting', async () => {
    await role(LOGS);
    const KmsKeyArn = await key();
    const { name } = await make({ KmsKeyArn, Environment });
    const { Grants } = await kms<{ Grants: { GrantId: string }[] }>('ListGrants', { KeyId: KmsKeyArn });
    await kms('RevokeGrant', { KeyId: KmsKeyArn, GrantId: Grants[0]!.GrantId });
    await expect(house.invoke({ FunctionName: name })).rejects.toMatchObject({
      code: 'KMSAccessDeniedException',
      statusCode: 502,
      message: expect.stringMatching(
        /^Lambda was unable to decrypt the environment variables because KMS access was denied\. Please check the function's KMS key settings\. KMS Exception: AccessDeniedExceptionKMS Message: User: arn:aws:sts::123456789012:assumed-role\/worker\/f\d+ is not authorized to perform: kms:Decrypt/,
      ),
    });
    // The role's own permission does as well as a grant.
    await role([...LOGS, 'kms:Decrypt']);
    expect((await house.invoke({ FunctionName: name })).value).toBe('me');
  });

  test.each([
    ['DisableKey', 'KMSDisabledException', 'because the KMS key used is disabled'],
    ['ScheduleKeyDeletion', 'KMSInvalidStateException', 'is not valid for Decrypt'],
  ])('after %s is refused with %s', async (operation, code, why) => {
    await role(LOGS);
    const KmsKeyArn = await key();
    const { name } = await make({ KmsKeyArn, Environment });
    await kms(operation, { KeyId: KmsKeyArn });
    await expect(house.invoke({ FunctionName: name })).rejects.toMatchObject({
      code,
      statusCode: 502,
      message: expect.stringContaining(why),
    });
  });

  test('must let whoever deploys make the grant', async () => {
    await role(LOGS);
    const aliased = await key();
    await kms('CreateAlias', { AliasName: 'alias/variables', TargetKeyId: aliased });
    await expect(
      make({ KmsKeyArn: 'arn:aws:kms:us-east-1:123456789012:alias/variables', Environment }),
    ).rejects.toMatchObject({
      code: 'InvalidParameterValueException',
      message: expect.stringContaining(
        'because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: InvalidArnException',
      ),
    });
    const KmsKeyArn = await key();
    const Principal = { AWS: 'arn:aws:iam::123456789012:user/somebody' };
    const Statement = [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }];
    await kms('PutKeyPolicy', { KeyId: KmsKeyArn, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
    await expect(make({ KmsKeyArn, Environment })).rejects.toMatchObject({
      message: expect.stringContaining('KMS Exception: AccessDeniedException'),
    });
  });

  test('has nothing to do where there are no variables', async () => {
    await role(LOGS);
    const KmsKeyArn = await key();
    const { name } = await make({ KmsKeyArn });
    await kms('DisableKey', { KeyId: KmsKeyArn });
    expect((await house.invoke({ FunctionName: name })).value).toBe('nobody');
  });
});

describe('logs and traces', () => {
  const shown: string[] = [];
  let unsubscribe: () => void;
  beforeAll(() => {
    unsubscribe = house.kernel.telemetry.onLog((_source, { message }) => void shown.push(message));
  });
  afterAll(() => unsubscribe());

  const group = async (logGroupName: string) =>
    house.kernel.dispatch({
      caller: { kind: 'client' },
      service: 'logs',
      operation: 'CreateLogGroup',
      input: { logGroupName },
    });

  test.each([['logs:CreateLogGroup'], ['logs:CreateLogStream'], ['logs:PutLogEvents']])(
    'without %s nothing is kept; it is shown, and told of once',
    async (action) => {
      await role(LOGS.filter((one) => one !== action));
      const { name } = await make();
      shown.length = 0;
      for (let i = 0; i < 3; i += 1) expect((await house.invoke({ FunctionName: name })).value).toBe('nobody');
      await eventually(() => shown.filter((line) => line.includes('INFO\thello')).length === 3);
      expect(house.messages(`/aws/lambda/${name}`)).toEqual([]);
      const told = said().filter((message) => message.includes('what it logs is shown here'));
      expect(
        told.filter((message) => message.includes(action) && message.includes(`/aws/lambda/${name}`)),
      ).toHaveLength(1);
      await role(LOGS);
      await house.invoke({ FunctionName: name });
      await eventually(() => house.messages(`/aws/lambda/${name}`).some((line) => line.includes('hello')));
    },
  );

  test('go to a group that is there without CreateLogGroup', async () => {
    await role(LOGS.slice(1));
    const { name } = await make();
    await group(`/aws/lambda/${name}`);
    await house.invoke({ FunctionName: name });
    await eventually(() => house.messages(`/aws/lambda/${name}`).some((line) => line.includes('hello')));
  });

  test('metrics embedded in lost lines are lost with them', async () => {
    const emf = {
      _aws: {
        Timestamp: Date.now(),
        CloudWatchMetrics: [{ Namespace: 'Lost', Dimensions: [[]], Metrics: [{ Name: 'n' }] }],
      },
      n: 1,
    };
    const source = `exports.handler = async () => { process.stdout.write(${JSON.stringify(`${JSON.stringify(emf)}\n`)}); };`;
    await role([]);
    await house.createFunction('measured', source, { Role: ROLE });
    await house.invoke({ FunctionName: 'measured' });
    expect(house.kernel.telemetry.metrics.series({ namespace: 'Lost' })).toEqual([]);
    await role(LOGS);
    await house.invoke({ FunctionName: 'measured' });
    await eventually(() => house.kernel.telemetry.metrics.series({ namespace: 'Lost' }).length === 1);
  });

  test('traces of a role that may no longer send them are lost', async () => {
    await role([...LOGS, 'xray:PutTraceSegments']);
    const { name } = await make({ TracingConfig: { Mode: 'Active' } });
    const traceOf = async (root: string) => {
      const traceHeader = `Root=${root};Parent=53995c3f42cd8ad8;Sampled=1`;
      await house.kernel.dispatch({
        caller: { kind: 'client' },
        service: 'lambda',
        operation: 'Invoke',
        input: { FunctionName: name },
        traceHeader,
      });
      return house.kernel.telemetry.traces.segments(root);
    };
    expect(await traceOf('1-5759e988-bd862e3fe1be46a994272791')).toHaveLength(2);
    await role(LOGS);
    expect(await traceOf('1-5759e988-bd862e3fe1be46a994272792')).toHaveLength(0);
    await eventually(() => said().some((message) => message.startsWith('Thing: its traces are lost')));
    expect(await traceOf('1-5759e988-bd862e3fe1be46a994272793')).toHaveLength(0);
  });
});

/** Polls: what is written after an answer has no end one could wait for. */
async function eventually(holds: () => boolean): Promise<void> {
  const end = Date.now() + 3000;
  while (!holds()) {
    if (Date.now() > end) throw new Error('it did not happen within three seconds');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
