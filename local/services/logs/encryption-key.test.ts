import {
  AssociateKmsKeyCommand,
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  DescribeLogGroupsCommand,
  DisassociateKmsKeyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateKeyCommand, DisableKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { startAwsEndpoint } from '../../doors/aws-endpoint/index.ts';
import { resourceRequest } from '../../doors/aws-endpoint/testing.ts';
import { createKernel, createReconciler, type Kernel, type Reconciler } from '../../kernel/index.ts';
import { type Authorization, createAuthorization } from '../iam/authorization/index.ts';
import { iamService } from '../iam/index.ts';
import { kmsService } from '../kms/index.ts';
import { logsService } from './index.ts';

const GROUP = 'arn:aws:logs:us-east-1:123456789012:log-group:/app';
const REFUSED = `AccessDeniedException: The specified KMS key does not exist or is not allowed to be used with Arn '${GROUP}'`;
const ACTIONS = ['kms:Encrypt*', 'kms:Decrypt*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*', 'kms:Describe*'];

describe('the key of a log group', () => {
  let kernel: Kernel;
  let logs: CloudWatchLogsClient;
  let kms: KMSClient;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    let authorization: Authorization | undefined;
    let reconciler: Reconciler | undefined;
    kernel = createKernel({
      stateDirectory: 'memory',
      accountId: '123456789012',
      region: 'us-east-1',
      doors: (parts) => {
        authorization = createAuthorization({ ...parts, places: () => (reconciler as Reconciler).places });
        return { may: authorization.may };
      },
    });
    reconciler = createReconciler({ kernel });
    for (const service of [
      iamService({ authorization: () => authorization as Authorization }),
      kmsService(),
      logsService(),
    ]) {
      kernel.registry.add(service);
    }
    const endpoint = await startAwsEndpoint({ ...kernel, port: 0, health: () => ({ status: 'ready' }) });
    const configuration = {
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    };
    logs = new CloudWatchLogsClient(configuration);
    kms = new KMSClient(configuration);
    stop = async () => {
      logs.destroy();
      kms.destroy();
      await endpoint.stop();
      await kernel.stop();
    };
  });

  afterEach(() => stop());

  const create = (kmsKeyId: string) =>
    refusal(logs.send(new CreateLogGroupCommand({ logGroupName: '/app', kmsKeyId })));

  /** A key that CloudWatch Logs may do `actions` with, in the context of these log groups. */
  async function key(actions: readonly string[], groups = 'arn:aws:logs:us-east-1:123456789012:*'): Promise<string> {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const Statement = [
      { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::123456789012:root' }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: { Service: 'logs.us-east-1.amazonaws.com' },
        Action: actions,
        Resource: '*',
        Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': groups } },
      },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await kms.send(new PutKeyPolicyCommand({ KeyId: KeyMetadata!.KeyId, Policy }));
    return KeyMetadata!.Arn!;
  }

  it('is taken when its policy lets CloudWatch Logs use it', async () => {
    const kmsKeyId = await key(ACTIONS);
    expect(await create(kmsKeyId)).toBe('nothing was refused');
    expect((await logs.send(new DescribeLogGroupsCommand({}))).logGroups).toMatchObject([{ kmsKeyId }]);
  });

  it.each(ACTIONS.slice(0, 4))('is refused without %s', async (action) => {
    expect(await create(await key(ACTIONS.filter((one) => one !== action)))).toBe(REFUSED);
  });

  it('is refused for another group, when it is disabled, and when there is none', async () => {
    expect(await create(await key(ACTIONS, 'arn:aws:logs:us-east-1:123456789012:log-group:/other'))).toBe(REFUSED);
    const disabled = await key(ACTIONS);
    await kms.send(new DisableKeyCommand({ KeyId: disabled }));
    expect(await create(disabled)).toBe(REFUSED);
    expect(await create('arn:aws:kms:us-east-1:123456789012:key/00000000-0000-4000-8000-000000000000')).toBe(REFUSED);
    expect((await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/app' }))).logGroups).toEqual([]);
    const told = kernel.telemetry.logs.filter({ group: '/sampan' })!.events.map(({ message }) => message);
    expect(told.join('\n')).toMatch(/kms:GenerateDataKey/);
  });

  it('is associated and taken away later', async () => {
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/app' }));
    const associate = (kmsKeyId: string) =>
      refusal(logs.send(new AssociateKmsKeyCommand({ logGroupName: '/app', kmsKeyId })));
    expect(await associate(await key(['kms:Describe*']))).toBe(REFUSED);
    const kmsKeyId = await key(ACTIONS);
    expect(await associate(kmsKeyId)).toBe('nothing was refused');
    const described = async () => (await logs.send(new DescribeLogGroupsCommand({}))).logGroups![0]!.kmsKeyId;
    expect(await described()).toBe(kmsKeyId);
    await logs.send(new DisassociateKmsKeyCommand({ resourceIdentifier: GROUP }));
    expect(await described()).toBeUndefined();
  });

  it('keeps a template’s group from being made', async () => {
    const { providers } = await kernel.registry.service('logs');
    const request = async (KmsKeyId: string) =>
      resourceRequest('AWS::Logs::LogGroup', { LogGroupName: '/app', KmsKeyId });
    const provider = providers['AWS::Logs::LogGroup']!;
    await expect(provider.create(await request(await key(['kms:Describe*'])))).rejects.toThrow(
      /not allowed to be used/,
    );
    await expect(provider.create(await request(await key(ACTIONS)))).resolves.toMatchObject({ physicalId: '/app' });
  });
});

function refusal(sent: Promise<unknown>): Promise<string> {
  return sent.then(
    () => 'nothing was refused',
    (error) => `${error.name}: ${error.message}`,
  );
}
