/** Who may what, asked by real clients of a local cloud as it is started. */
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  PutResourcePolicyCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, type House, openHouse, REGION } from '../house.ts';

const ROOT = { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' };
const ofAccount = (Statement: object = {}) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { AWS: ROOT }, Action: ['sts:AssumeRole', 'sts:TagSession'], ...Statement },
  ],
});

const policy = (PolicyName: string, ...Statement: readonly object[]) => ({
  PolicyName,
  PolicyDocument: { Version: '2012-10-17', Statement },
});

const allow = (Action: string | readonly string[], Resource: unknown, more: object = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...more,
});

const role = (RoleName: string, Properties: object) => ({
  Type: 'AWS::IAM::Role',
  Properties: { RoleName, AssumeRolePolicyDocument: ofAccount(), ...Properties },
});

const GET = 'secretsmanager:GetSecretValue';
const BLUE = { Ref: 'Blue' };

const TEMPLATE = {
  Resources: {
    Blue: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Name: 'blue', SecretString: 'b', Tags: [{ Key: 'Team', Value: 'blue' }] },
    },
    Guarded: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'guarded', SecretString: 'g' } },
    Reader: role('reader', { Policies: [policy('Read', allow(GET, BLUE))] }),
    Nobody: role('nobody', {}),
    ByTag: role('by-tag', {
      Policies: [
        policy(
          'Read',
          allow(GET, '*', { Condition: { StringEquals: { 'aws:ResourceTag/Team': '${aws:PrincipalTag/Team}' } } }),
        ),
      ],
    }),
    Boundary: {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: {
        ManagedPolicyName: 'boundary',
        PolicyDocument: { Version: '2012-10-17', Statement: [allow('secretsmanager:List*', '*')] },
      },
    },
    Bounded: role('bounded', {
      PermissionsBoundary: { Ref: 'Boundary' },
      Policies: [policy('All', allow('secretsmanager:*', '*'))],
    }),
    ReadOnly: role('aws-managed', { ManagedPolicyArns: ['arn:aws:iam::aws:policy/SecretsManagerReadWrite'] }),
    External: role('external', {
      AssumeRolePolicyDocument: ofAccount({ Condition: { StringEquals: { 'sts:ExternalId': 'the-id' } } }),
    }),
    OfLambda: role('of-lambda', {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      },
    }),
  },
};

const arnOfRole = (name: string) => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`;

describe('permissions', () => {
  let house: House;
  const clients: { destroy(): void }[] = [];

  beforeAll(async () => {
    house = await openHouse({ template: TEMPLATE });
  });

  afterAll(async () => {
    for (const client of clients) client.destroy();
    await house.close();
  });

  const assume = async (name: string, more: Partial<AssumeRoleCommandInput> = {}, by = house.client(STSClient)) =>
    (await by.send(new AssumeRoleCommand({ RoleArn: arnOfRole(name), RoleSessionName: 'me', ...more }))).Credentials!;

  /** A client with the keys of a session of the role. */
  async function as<C extends { destroy(): void }>(
    Client: new (options: object) => C,
    name: string,
    more: Partial<AssumeRoleCommandInput> = {},
  ): Promise<C> {
    const { AccessKeyId, SecretAccessKey, SessionToken } = await assume(name, more);
    const credentials = { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken! };
    const client = new Client({ endpoint: house.endpoint, region: REGION, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  }

  const read = async (secret: string, name: string, more: Partial<AssumeRoleCommandInput> = {}) =>
    (await (await as(SecretsManagerClient, name, more)).send(new GetSecretValueCommand({ SecretId: secret })))
      .SecretString;

  const user = (name: string) =>
    `User: arn:aws:sts::${ACCOUNT_ID}:assumed-role/${name}/me is not authorized to perform:`;

  test('a role may what its policy allows', async () => {
    await expect(read('blue', 'reader')).resolves.toBe('b');
  });

  test('and what AWS’s managed policies allow', async () => {
    await expect(read('guarded', 'aws-managed')).resolves.toBe('g');
  });

  test('is refused the rest in AWS’s words', async () => {
    const arn = house.physicalId('Guarded');
    await expect(read('guarded', 'reader')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `${user('reader')} ${GET} on resource: ${arn} because no identity-based policy allows the ${GET} action`,
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('is asked about a secret that is not there by the name it would have', async () => {
    await expect(read('missing', 'reader')).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`${GET} on resource: missing because no identity-based policy`),
    });
  });

  test('may no more than its permissions boundary', async () => {
    await expect(read('blue', 'bounded')).rejects.toMatchObject({
      message: expect.stringContaining(`because no permissions boundary allows the ${GET} action`),
    });
    const client = await as(SecretsManagerClient, 'bounded');
    await expect(client.send(new ListSecretsCommand({}))).resolves.toBeDefined();
  });

  test('may no more than the policy its session was given', async () => {
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allow('secretsmanager:ListSecrets', '*')] });
    await expect(read('blue', 'reader', { Policy })).rejects.toMatchObject({
      message: expect.stringContaining(`because no session policy allows the ${GET} action`),
    });
    const PolicyArns = [{ arn: 'arn:aws:iam::aws:policy/SecretsManagerReadWrite' }];
    await expect(read('blue', 'reader', { PolicyArns })).resolves.toBe('b');
  });

  test('is known by its tags and those of its session', async () => {
    await expect(read('blue', 'by-tag')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(read('blue', 'by-tag', { Tags: [{ Key: 'Team', Value: 'blue' }] })).resolves.toBe('b');
    await expect(read('blue', 'by-tag', { Tags: [{ Key: 'Team', Value: 'red' }] })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test('a secret’s own policy lets a role in that has none, and keeps the administrator out', async () => {
    const administrator = house.client(SecretsManagerClient);
    const put = (...Statement: readonly object[]) =>
      administrator.send(
        new PutResourcePolicyCommand({
          SecretId: 'guarded',
          ResourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement }),
        }),
      );
    await put({ ...allow(GET, '*'), Principal: { AWS: arnOfRole('nobody') } });
    await expect(read('guarded', 'nobody')).resolves.toBe('g');
    await put({ Effect: 'Deny', Principal: '*', Action: GET, Resource: '*' });
    await expect(read('guarded', 'nobody')).rejects.toMatchObject({
      message: expect.stringContaining('with an explicit deny in a resource-based policy'),
    });
    await expect(administrator.send(new GetSecretValueCommand({ SecretId: 'guarded' }))).rejects.toMatchObject({
      message: expect.stringContaining(
        `User: arn:aws:iam::${ACCOUNT_ID}:root is not authorized to perform: ${GET} on resource: ${house.physicalId('Guarded')} with an explicit deny in a resource-based policy`,
      ),
    });
  });

  describe('AssumeRole', () => {
    test.each(['of-lambda', 'external'])(
      'is refused where the trust policy of %s leaves the caller out',
      async (name) => {
        await expect(assume(name)).rejects.toMatchObject({
          name: 'AccessDenied',
          message: `User: arn:aws:iam::${ACCOUNT_ID}:root is not authorized to perform: sts:AssumeRole on resource: ${arnOfRole(name)}`,
          $metadata: { httpStatusCode: 403 },
        });
      },
    );

    test('gives a role to whom its trust policy’s conditions fit', async () => {
      await expect(assume('external', { ExternalId: 'the-id' })).resolves.toBeDefined();
    });

    test('asks a role that wants another role for its own permission', async () => {
      const client = await as(STSClient, 'nobody');
      await expect(assume('reader', {}, client)).rejects.toMatchObject({
        name: 'AccessDenied',
        message: expect.stringContaining(`${user('nobody')} sts:AssumeRole on resource: ${arnOfRole('reader')}`),
      });
    });
  });
});
