/** Permissions and network: what AWS would refuse, and what is allowed here. */

import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { expect, test } from '@jest/globals';
import { functions, inHouse } from '../conformance/house.ts';

const trusting = (principal: object) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
});

const house = inHouse(
  functions(
    { visitor: { code: 'exports.handler = async ({ url }) => (await fetch(url)).text();' } },
    {
      Powerless: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'powerless',
          AssumeRolePolicyDocument: trusting({ AWS: '123456789012' }),
          Policies: [
            {
              PolicyName: 'FromHere',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  {
                    Effect: 'Allow',
                    Action: 'secretsmanager:ListSecrets',
                    Resource: '*',
                    Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.1' } },
                  },
                ],
              },
            },
          ],
        },
      },
    },
  ),
);

const powerless = { RoleArn: 'arn:aws:iam::123456789012:role/powerless', RoleSessionName: 'test' };

/** A client with other keys than the tests' own. */
function as<C>(Client: new (configuration: object) => C, credentials: object): C {
  return new Client({ endpoint: house().endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

async function sessionKeys(): Promise<object> {
  const { Credentials } = await house().client(STSClient).send(new AssumeRoleCommand(powerless));
  return {
    accessKeyId: Credentials?.AccessKeyId,
    secretAccessKey: Credentials?.SecretAccessKey,
    sessionToken: Credentials?.SessionToken,
  };
}

test('N3: a signature counts whatever secret it was made with, where nobody here knows the secret', async () => {
  const wrong = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'wrong' };
  await expect(as(STSClient, wrong).send(new GetCallerIdentityCommand({}))).resolves.toBeDefined();
});

test('N9: a client outside comes from 127.0.0.1, whatever the internet calls it', async () => {
  const client = as(SecretsManagerClient, await sessionKeys());
  await expect(client.send(new ListSecretsCommand({}))).resolves.toBeDefined();
});

test('N10: how full a session is, is an estimate', async () => {
  const { PackedPolicySize } = await house()
    .client(STSClient)
    .send(
      new AssumeRoleCommand({
        ...powerless,
        Policy: JSON.stringify(trusting({ AWS: '*' })).replace('"Principal":{"AWS":"*"}', '"Resource":"*"'),
      }),
    );
  expect(PackedPolicySize).toBe(6);
});

test('N11: no MFA code is the right one', async () => {
  const mfa = { SerialNumber: 'arn:aws:iam::123456789012:mfa/me', TokenCode: '123456' };
  const assumed = house()
    .client(STSClient)
    .send(new AssumeRoleCommand({ ...powerless, ...mfa }));
  await expect(assumed).rejects.toThrow('MultiFactorAuthentication failed');
});

test('N15: pages of elsewhere call no AWS service', async () => {
  const { endpoint } = house();
  const ask = async (origin: string) => (await fetch(endpoint, { method: 'POST', headers: { origin } })).text();
  expect(await ask('https://shop.example')).toContain('only pages of localhost may call AWS services here');
  expect(await ask('http://localhost:5173')).not.toContain('only pages of localhost');
});

test('N13: a request to Lambda may be dated ten minutes off', async () => {
  const lambda = new LambdaClient({
    endpoint: house().endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    systemClockOffset: -10 * 60_000,
    maxAttempts: 1,
  });
  await expect(lambda.send(new ListFunctionsCommand({}))).resolves.toBeDefined();
  lambda.destroy();
});

test('N17: a URL that a developer signed is good outside, and not inside a function', async () => {
  const url = await getSignedUrl(
    as(S3Client, { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: "a developer's" }),
    new GetObjectCommand({ Bucket: 'no-bucket-of-ours', Key: 'letter' }),
  );
  expect(await (await fetch(url)).text()).toContain('<Code>NoSuchBucket</Code>');
  expect((await house().invoke('visitor', { url })).value).toContain('<Code>InvalidAccessKeyId</Code>');
});
