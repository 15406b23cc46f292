import { createKernel, type Kernel, type Requirement } from '../../kernel/index.ts';
import { secretsManagerService } from './index.ts';

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const OTHER_KEY = KEY.replace('1234abcd', 'ffffffff');
const token = (letter: string) => letter.repeat(32);

let kernel: Kernel;
let asked: Requirement[];
let denied: RegExp;

beforeEach(() => {
  asked = [];
  denied = /^nothing$/;
  kernel = createKernel({
    stateDirectory: 'memory',
    accountId: '123456789012',
    region: 'us-east-1',
    doors: () => ({
      may: (_, requirement) => {
        asked.push(requirement);
        return denied.test(requirement.action)
          ? { kind: 'denied', explicit: false, because: 'no policy allows it' }
          : { kind: 'allowed', because: 'in a test' };
      },
    }),
  });
  kernel.registry.add(secretsManagerService());
});

afterEach(() => kernel.stop());

const call = async (operation: string, input: object) => {
  asked.length = 0;
  return (await kernel.dispatch({
    caller: { kind: 'client' },
    service: 'secretsmanager',
    operation,
    input,
  })) as { ARN: string };
};

const create = (input: object = {}) =>
  call('CreateSecret', { Name: 'db', SecretString: 'one', KmsKeyId: KEY, ClientRequestToken: token('a'), ...input });

const keysAsked = () => asked.filter(({ action }) => action.startsWith('kms:'));
const actions = () => keysAsked().map(({ action, resource }) => `${action} ${resource === KEY ? 'key' : 'other key'}`);

describe('a secret under a customer’s own key', () => {
  it('is read with that key, bound to the secret and its version', async () => {
    const { ARN } = await create();
    await call('GetSecretValue', { SecretId: 'db' });
    expect(keysAsked()).toEqual([
      {
        action: 'kms:Decrypt',
        resource: KEY,
        context: {
          'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com',
          'kms:CallerAccount': '123456789012',
          'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
          'kms:EncryptionContextKeys': ['SecretARN', 'SecretVersionId'],
          'kms:EncryptionContext:SecretARN': ARN,
          'kms:EncryptionContext:SecretVersionId': token('a'),
        },
      },
    ]);
    await call('PutSecretValue', { SecretId: 'db', SecretString: 'two', ClientRequestToken: token('b') });
    await call('GetSecretValue', { SecretId: 'db', VersionStage: 'AWSPREVIOUS' });
    expect(keysAsked()[0]?.context).toMatchObject({ 'kms:EncryptionContext:SecretVersionId': token('a') });
  });

  it('is written with a data key of it', async () => {
    await create();
    expect(actions()).toEqual(['kms:GenerateDataKey key', 'kms:Decrypt key']);
    await call('PutSecretValue', { SecretId: 'db', SecretString: 'two', ClientRequestToken: token('b') });
    expect(actions()).toEqual(['kms:GenerateDataKey key', 'kms:Decrypt key']);
    expect(keysAsked()[0]?.context).toMatchObject({ 'kms:EncryptionContext:SecretVersionId': token('b') });
  });

  it('goes from one key to another with both', async () => {
    await create();
    await call('UpdateSecret', { SecretId: 'db', KmsKeyId: OTHER_KEY });
    expect(actions()).toEqual(['kms:Decrypt key', 'kms:GenerateDataKey other key', 'kms:Decrypt other key']);
  });

  it('is described, and given another description, without', async () => {
    await create();
    await call('DescribeSecret', { SecretId: 'db' });
    expect(actions()).toEqual([]);
    await call('UpdateSecret', { SecretId: 'db', Description: 'the database' });
    expect(actions()).toEqual([]);
  });

  it('is not read without the key, of which its reader is told no more', async () => {
    await create();
    denied = /^kms:/;
    await expect(call('GetSecretValue', { SecretId: 'db' })).rejects.toMatchObject({
      code: 'AccessDeniedException',
      message: 'Access to KMS is not allowed',
      statusCode: 400,
    });
  });
});

it('asks for no key where AWS’s own encrypts', async () => {
  await create({ KmsKeyId: undefined });
  await call('GetSecretValue', { SecretId: 'db' });
  await create({ Name: 'other', KmsKeyId: 'alias/aws/secretsmanager' });
  await call('GetSecretValue', { SecretId: 'other' });
  expect(keysAsked()).toEqual([]);
});

describe('a policy of a secret', () => {
  const ALLOW = { Effect: 'Allow', Principal: '*', Action: 'secretsmanager:GetSecretValue', Resource: '*' };
  const put = (statement: object, BlockPublicPolicy = true) =>
    call('PutResourcePolicy', {
      SecretId: 'db',
      ResourcePolicy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      BlockPublicPolicy,
    });

  beforeEach(() => create());

  it.each<[string, object]>([
    ['everybody', ALLOW],
    ['everybody, by AWS’s other way to say it', { ...ALLOW, Principal: { AWS: ['*'] } }],
    ['everybody but one', { ...ALLOW, Principal: undefined, NotPrincipal: { AWS: '123456789012' } }],
    ['everybody, whose request says something', { ...ALLOW, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    ['any account', { ...ALLOW, Condition: { StringLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/x' } } }],
    ['all addresses', { ...ALLOW, Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '0.0.0.0/0'] } } }],
    ['whoever has no such key', { ...ALLOW, Condition: { StringEqualsIfExists: { 'aws:SourceVpce': 'vpce-1' } } }],
  ])('is refused where public ones are blocked: for %s', async (_, statement) => {
    await expect(put(statement)).rejects.toMatchObject({ code: 'PublicPolicyException' });
    await put(statement, false);
  });

  it.each<[string, object]>([
    ['one account', { ...ALLOW, Principal: { AWS: '123456789012' } }],
    ['one endpoint', { ...ALLOW, Condition: { StringEquals: { 'AWS:SourceVpce': 'vpce-1' } } }],
    [
      'roles of one account',
      { ...ALLOW, Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::123456789012:role/*' } } },
    ],
    ['nobody', { ...ALLOW, Effect: 'Deny' }],
  ])('is taken for %s', async (_, statement) => {
    await put(statement);
  });

  it('is refused when IAM cannot read it', async () => {
    for (const wrong of [
      { ...ALLOW, Action: undefined },
      { ...ALLOW, Effect: 'Maybe' },
      { ...ALLOW, Actions: '*' },
    ]) {
      await expect(put(wrong)).rejects.toMatchObject({ code: 'MalformedPolicyDocumentException' });
    }
  });
});
