import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, describe, expect, test } from '@jest/globals';
import { resourceRequest, startTestCloud } from '../../doors/aws-endpoint/testing.ts';
import { type Caller, createKernel, type Kernel, ManualClock } from '../../kernel/index.ts';
import { iamService } from '../iam/index.ts';
import { stsService } from './index.ts';

const ACCOUNT = '123456789012';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app/worker`;
const outside: Caller = { kind: 'client', accessKeyId: 'test' };

let kernel: Kernel;

async function start(maxSessionDuration = 7_200): Promise<ManualClock> {
  const clock = new ManualClock();
  kernel = createKernel({ stateDirectory: 'memory', accountId: ACCOUNT, region: 'us-east-1', clock });
  kernel.registry.add(stsService());
  kernel.registry.add(iamService());
  const { providers } = await kernel.registry.service('iam');
  await providers['AWS::IAM::Role']!.create({
    logicalId: 'Worker',
    type: 'AWS::IAM::Role',
    properties: {
      RoleName: 'worker',
      Path: '/app/',
      MaxSessionDuration: maxSessionDuration,
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' },
      },
    },
    stackName: 's',
    stackId: 's',
    generatedName: 's-Worker-1',
    replacementName: 's-Worker-2',
    positionOf: () => undefined,
  });
  return clock;
}

afterEach(async () => {
  await kernel?.stop();
});

const call = (caller: Caller, operation: string, input: unknown = {}) =>
  kernel.dispatch({ caller, service: 'sts', operation, input });

interface Assumed {
  readonly Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string; Expiration: Date };
  readonly AssumedRoleUser: { AssumedRoleId: string; Arn: string };
}

const assume = (caller: Caller, more: object = {}) =>
  call(caller, 'AssumeRole', { RoleArn: ROLE, RoleSessionName: 'me', ...more }) as Promise<Assumed>;

const holding = ({ Credentials }: Assumed): Caller => ({
  kind: 'client',
  accessKeyId: Credentials.AccessKeyId,
  sessionToken: Credentials.SessionToken,
});

describe('GetCallerIdentity', () => {
  test('any key from outside is the administrator of the account', async () => {
    await start();
    await expect(call(outside, 'GetCallerIdentity')).resolves.toEqual({
      Account: ACCOUNT,
      Arn: `arn:aws:iam::${ACCOUNT}:root`,
      UserId: ACCOUNT,
    });
  });

  test('assumed credentials are the session of that role', async () => {
    await start();
    const assumed = await assume(outside);
    await expect(call(holding(assumed), 'GetCallerIdentity')).resolves.toEqual({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/worker/me`,
      UserId: assumed.AssumedRoleUser.AssumedRoleId,
    });
  });
});

describe('AssumeRole', () => {
  test('gives temporary credentials in the form AWS gives them', async () => {
    const clock = await start();
    const { Credentials, AssumedRoleUser } = await assume(outside, { DurationSeconds: 900 });
    expect(Credentials.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Credentials.SecretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(Credentials.Expiration).toEqual(new Date(clock.now() + 900_000));
    expect(AssumedRoleUser.Arn).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/worker/me`);
    expect(AssumedRoleUser.AssumedRoleId).toMatch(/^AROA[A-Z2-7]{17}:me$/);
  });

  test('the role id is the one IAM gives the role', async () => {
    await start();
    const { AssumedRoleUser } = await assume(outside);
    const input = { RoleName: 'worker' };
    const { Role } = (await kernel.dispatch({ caller: outside, service: 'iam', operation: 'GetRole', input })) as {
      Role: { RoleId: string };
    };
    expect(AssumedRoleUser.AssumedRoleId).toBe(`${Role.RoleId}:me`);
  });

  test('credentials end with their time', async () => {
    const clock = await start();
    const assumed = await assume(outside, { DurationSeconds: 900 });
    await clock.advance(900_000);
    await expect(call(holding(assumed), 'GetCallerIdentity')).rejects.toMatchObject({ code: 'ExpiredTokenException' });
  });

  test.each([
    [
      { DurationSeconds: 899 },
      "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    ],
    [{ DurationSeconds: 43_201 }, 'Member must have value less than or equal to 43200'],
    [{ DurationSeconds: 7_201 }, 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'],
    [
      { RoleSessionName: 'no spaces' },
      "Value 'no spaces' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern",
    ],
    [{ RoleSessionName: undefined, RoleArn: 'short' }, '2 validation errors detected'],
    [{ RoleArn: 'arn:aws:iam::123456789012:user/somebody' }, 'arn:aws:iam::123456789012:user/somebody is invalid'],
  ])('refuses %j', async (input, message) => {
    await start();
    const refusal = assume(outside, input);
    await expect(refusal).rejects.toMatchObject({ code: 'ValidationError', statusCode: 400 });
    await expect(refusal).rejects.toThrow(message);
  });

  test.each([
    'arn:aws:iam::123456789012:role/nobody',
    'arn:aws:iam::123456789012:role/worker',
    'arn:aws:iam::999999999999:role/app/worker',
  ])('does not tell that %s does not exist', async (RoleArn) => {
    await start();
    await expect(assume(outside, { RoleArn })).rejects.toMatchObject({
      code: 'AccessDenied',
      statusCode: 403,
      message: `User: arn:aws:iam::${ACCOUNT}:root is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
    });
  });

  test('a session that assumes a role gets an hour at most', async () => {
    await start();
    const chained = holding(await assume(outside));
    await expect(assume(chained, { DurationSeconds: 3_601 })).rejects.toThrow('1 hour session limit');
    await expect(assume(chained, { DurationSeconds: 3_600 })).resolves.toBeDefined();
  });

  test('an environment that assumes a role may be that role, and nobody else may by its key', async () => {
    await start();
    const own = kernel.identities.issue({
      roleArn: `arn:aws:iam::${ACCOUNT}:role/own`,
      sessionName: 'fn',
      durationSeconds: 900,
    });
    for (const environmentId of ['one', 'two']) {
      kernel.identities.bind({ environmentId, functionArn: 'arn:aws:lambda:::function:f', principal: own.principal });
    }
    const inside = (
      environmentId: string,
      { accessKeyId, sessionToken }: { accessKeyId?: string; sessionToken?: string },
    ): Caller => {
      return { kind: 'environment', environmentId, accessKeyId, sessionToken };
    };
    const assumed = holding(await assume(inside('one', own.credentials))) as {
      accessKeyId?: string;
      sessionToken?: string;
    };
    const arn = async (caller: Caller) => ((await call(caller, 'GetCallerIdentity')) as { Arn: string }).Arn;
    expect(await arn(inside('one', assumed))).toBe(`arn:aws:sts::${ACCOUNT}:assumed-role/worker/me`);
    expect(await arn(inside('two', assumed))).toBe(own.principal.arn);
  });

  test.each([
    [{ Policy: '{}' }, 'MalformedPolicyDocument', 'it has no Statement'],
    [{ Policy: 'x'.repeat(2_049) }, 'ValidationError', 'Member must have length less than or equal to 2048'],
    [{ Tags: [tag('Team', 'a'), tag('team', 'b')] }, 'InvalidParameterValue', 'Duplicate tag keys found'],
    [{ TransitiveTagKeys: ['Team'] }, 'InvalidParameterValue', 'must be included in the requested tags'],
    [{ TokenCode: '123456' }, 'AccessDenied', 'MultiFactorAuthentication failed'],
    [{ ExternalId: 'no spaces' }, 'ValidationError', "at 'externalId' failed to satisfy constraint"],
  ])('refuses a session: %#', async (input, code, message) => {
    await start();
    await expect(assume(outside, input)).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('transitive tags and the source identity go along from session to session', async () => {
    await start();
    const Tags = [tag('Team', 'desk'), tag('Cost', '1')];
    const first = await assume(outside, { Tags, TransitiveTagKeys: ['Team'], SourceIdentity: 'ada' });
    const { PackedPolicySize, SourceIdentity } = first as unknown as {
      PackedPolicySize: number;
      SourceIdentity: string;
    };
    expect(PackedPolicySize).toBeGreaterThan(0);
    expect(SourceIdentity).toBe('ada');
    const second = await assume(holding(first), {});
    expect(kernel.identities.identify(holding(second)).principal).toMatchObject({
      tags: { Team: 'desk' },
      transitiveTagKeys: ['Team'],
      sourceIdentity: 'ada',
    });
    await expect(assume(holding(first), { Tags: [tag('team', 'x')] })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    });
    await expect(assume(holding(first), { SourceIdentity: 'eve' })).rejects.toMatchObject({ code: 'AccessDenied' });
  });
});

function tag(Key: string, Value: string) {
  return { Key, Value };
}

describe('with the real SDK client', () => {
  test('a role is assumed, and its credentials are that role at the next call', async () => {
    await using cloud = await startTestCloud([stsService(), iamService()]);
    const { providers } = await cloud.kernel.registry.service('iam');
    const trust = { Statement: { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' } };
    await providers['AWS::IAM::Role']!.create(
      resourceRequest('AWS::IAM::Role', { RoleName: 'worker', Path: '/app/', AssumeRolePolicyDocument: trust }),
    );
    const client = new STSClient(cloud.client);
    const { Credentials } = await client.send(new AssumeRoleCommand({ RoleArn: ROLE, RoleSessionName: 'me' }));
    expect(Credentials?.Expiration).toEqual(new Date(cloud.clock.now() + 3_600_000));
    const credentials = {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    };
    const assumed = new STSClient({ ...cloud.client, credentials });
    await expect(assumed.send(new GetCallerIdentityCommand({}))).resolves.toMatchObject({
      Account: ACCOUNT,
      Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/worker/me`,
    });
    client.destroy();
    assumed.destroy();
  });

  test('refusals have the names and sentences of STS', async () => {
    await using cloud = await startTestCloud([stsService(), iamService()]);
    const client = new STSClient(cloud.client);
    const input = { RoleArn: 'arn:aws:iam::123456789012:role/nobody', RoleSessionName: 'me' };
    await expect(client.send(new AssumeRoleCommand(input))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: expect.stringContaining('is not authorized to perform: sts:AssumeRole'),
      $metadata: { httpStatusCode: 403, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    await expect(client.send(new AssumeRoleCommand({ ...input, DurationSeconds: 1 }))).rejects.toMatchObject({
      name: 'ValidationError',
      message: expect.stringContaining("Value '1' at 'durationSeconds'"),
    });
    client.destroy();
  });
});
