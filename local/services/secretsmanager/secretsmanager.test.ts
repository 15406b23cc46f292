import {
  BatchGetSecretValueCommand,
  CreateSecretCommand,
  type CreateSecretCommandInput,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetRandomPasswordCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { secretsManagerService } from './index.ts';

const token = (letter: string) => letter.repeat(32);
const DAY = 86_400_000;

describe('Secrets Manager through the SDK', () => {
  let cloud: TestCloud;
  let client: SecretsManagerClient;

  beforeEach(async () => {
    cloud = await startTestCloud([secretsManagerService()]);
    client = new SecretsManagerClient(cloud.client);
  });

  afterEach(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  const create = (input: Partial<CreateSecretCommandInput> = {}) =>
    client.send(new CreateSecretCommand({ Name: 'app/db', SecretString: 'one', ...input }));
  const get = (input: { VersionId?: string; VersionStage?: string } = {}) =>
    client.send(new GetSecretValueCommand({ SecretId: 'app/db', ...input }));
  const put = (SecretString: string, input: { ClientRequestToken?: string; VersionStages?: string[] } = {}) =>
    client.send(new PutSecretValueCommand({ SecretId: 'app/db', SecretString, ...input }));
  const refusal = (sent: Promise<unknown>) =>
    sent.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );

  it('creates a secret and reads it back by name, ARN and ARN without suffix', async () => {
    const created = await create({ SecretString: '{"password":"p"}' });
    expect(created.ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:123456789012:secret:app\/db-[A-Za-z0-9]{6}$/);
    for (const SecretId of ['app/db', created.ARN!, created.ARN!.slice(0, -7)]) {
      const read = await client.send(new GetSecretValueCommand({ SecretId }));
      expect(read).toMatchObject({ ARN: created.ARN, Name: 'app/db', SecretString: '{"password":"p"}' });
      expect(read.VersionId).toBe(created.VersionId);
      expect(read.VersionStages).toEqual(['AWSCURRENT']);
      expect(read.CreatedDate).toEqual(new Date(cloud.clock.now()));
    }
  });

  it('keeps bytes as bytes', async () => {
    const SecretBinary = Uint8Array.from({ length: 256 }, (_, index) => index);
    await create({ SecretString: undefined, SecretBinary });
    const read = await get();
    expect(read.SecretString).toBeUndefined();
    expect([...read.SecretBinary!]).toEqual([...SecretBinary]);
  });

  it('answers a missing secret as AWS does', async () => {
    const error = await get().catch((caught) => caught);
    expect(error.name).toBe('ResourceNotFoundException');
    expect(error.message).toBe("Secrets Manager can't find the specified secret.");
    expect(error.$metadata.httpStatusCode).toBe(400);
    expect(error.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('finds no secret by an ARN with another suffix, account or Region', async () => {
    const { ARN } = await create();
    for (const SecretId of [
      ARN!.replace(/.{6}$/, 'zzzzz!'),
      ARN!.replace('123456789012', '999999999999'),
      ARN!.replace('us-east-1', 'eu-west-1'),
    ]) {
      expect(await refusal(client.send(new GetSecretValueCommand({ SecretId })))).toMatch(/^ResourceNotFoundException/);
    }
  });

  it('names a secret without a value, and has none to give', async () => {
    const created = await create({ SecretString: undefined });
    expect(created.VersionId).toBeUndefined();
    expect(await refusal(get())).toBe(
      "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    );
    await put('first', { VersionStages: ['AWSPENDING'] });
    expect((await get()).SecretString).toBe('first');
  });

  it('moves AWSCURRENT and AWSPREVIOUS with every new value', async () => {
    const first = await create();
    const second = await put('two');
    const third = await put('three');
    expect((await get()).SecretString).toBe('three');
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('two');
    expect((await get({ VersionId: first.VersionId })).SecretString).toBe('one');
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(described.VersionIdsToStages).toEqual({
      [second.VersionId!]: ['AWSPREVIOUS'],
      [third.VersionId!]: ['AWSCURRENT'],
    });
    const all = await client.send(new ListSecretVersionIdsCommand({ SecretId: 'app/db', IncludeDeprecated: true }));
    expect(all.Versions).toHaveLength(3);
    expect(await refusal(get({ VersionId: second.VersionId, VersionStage: 'AWSCURRENT' }))).toBe(
      'InvalidRequestException: You provided a VersionStage that is not associated to the provided VersionId.',
    );
  });

  it('repeats a request with the same token without repeating its effect', async () => {
    const once = await create({ ClientRequestToken: token('a') });
    expect(once.VersionId).toBe(token('a'));
    expect(await create({ ClientRequestToken: token('a') })).toMatchObject({ ARN: once.ARN, VersionId: token('a') });
    expect(await refusal(create({ ClientRequestToken: token('a'), SecretString: 'other' }))).toBe(
      'ResourceExistsException: The operation failed because the secret app/db already exists.',
    );
    await put('two', { ClientRequestToken: token('b') });
    await put('two', { ClientRequestToken: token('b') });
    expect(await refusal(put('three', { ClientRequestToken: token('b') }))).toBe(
      `ResourceExistsException: You can't use ClientRequestToken ${token('b')} because that value is already in use for a version of secret ${once.ARN}.`,
    );
  });

  it('moves a label only away from the version that is named', async () => {
    const first = await create();
    const pending = await put('next', { VersionStages: ['AWSPENDING'] });
    const move = (input: { MoveToVersionId?: string; RemoveFromVersionId?: string; VersionStage?: string }) =>
      client.send(new UpdateSecretVersionStageCommand({ SecretId: 'app/db', VersionStage: 'AWSCURRENT', ...input }));
    expect(await refusal(move({ MoveToVersionId: pending.VersionId }))).toBe(
      `InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version ${first.VersionId}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
    expect(await refusal(move({ RemoveFromVersionId: first.VersionId }))).toBe(
      'InvalidParameterException: You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.',
    );
    await move({ MoveToVersionId: pending.VersionId, RemoveFromVersionId: first.VersionId });
    expect(await get()).toMatchObject({ SecretString: 'next', VersionStages: ['AWSPENDING', 'AWSCURRENT'] });
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('one');
    await move({ VersionStage: 'AWSPENDING', RemoveFromVersionId: pending.VersionId });
    expect((await get()).VersionStages).toEqual(['AWSCURRENT']);
    expect(await refusal(move({ MoveToVersionId: token('x') }))).toMatch(/^ResourceNotFoundException/);
  });

  it('hides a deleted secret, gives it back within its window, and forgets it afterwards', async () => {
    const { ARN } = await create();
    const remove = (input: object) => client.send(new DeleteSecretCommand({ SecretId: 'app/db', ...input }));
    expect(await refusal(remove({ RecoveryWindowInDays: 6 }))).toBe(
      'InvalidParameterException: The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).',
    );
    const deleted = await remove({ RecoveryWindowInDays: 7 });
    expect(deleted.DeletionDate).toEqual(new Date(cloud.clock.now() + 7 * DAY));
    const marked =
      "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion.";
    expect(await refusal(get())).toBe(marked);
    expect(await refusal(put('two'))).toBe(marked);
    expect(await refusal(create())).toBe(
      "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
    expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
    const planned = await client.send(new ListSecretsCommand({ IncludePlannedDeletion: true }));
    expect(planned.SecretList).toMatchObject([{ ARN, DeletedDate: new Date(cloud.clock.now()) }]);

    await client.send(new RestoreSecretCommand({ SecretId: ARN }));
    expect((await get()).SecretString).toBe('one');

    await remove({ RecoveryWindowInDays: 7 });
    await cloud.clock.advance(7 * DAY - 1);
    expect(await refusal(get())).toBe(marked);
    await cloud.clock.advance(1);
    expect(await refusal(get())).toMatch(/^ResourceNotFoundException/);
    expect((await create()).ARN).not.toBe(ARN);
  });

  it('deletes at once when forced, also what is not there', async () => {
    await create();
    const force = { SecretId: 'app/db', ForceDeleteWithoutRecovery: true };
    await client.send(new DeleteSecretCommand(force));
    expect(await refusal(get())).toMatch(/^ResourceNotFoundException/);
    await client.send(new DeleteSecretCommand(force));
    expect(await refusal(client.send(new DeleteSecretCommand({ ...force, RecoveryWindowInDays: 7 })))).toBe(
      "InvalidParameterException: You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    );
  });

  it('describes, updates and tags', async () => {
    await create({ Description: 'a', Tags: [{ Key: 'team', Value: 'red' }] });
    const updated = await client.send(
      new UpdateSecretCommand({ SecretId: 'app/db', Description: 'b', SecretString: 'two' }),
    );
    await client.send(new TagResourceCommand({ SecretId: 'app/db', Tags: [{ Key: 'stage', Value: 'dev' }] }));
    await client.send(new UntagResourceCommand({ SecretId: 'app/db', TagKeys: ['team'] }));
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(described).toMatchObject({ Description: 'b', Tags: [{ Key: 'stage', Value: 'dev' }] });
    expect(described.LastAccessedDate).toBeUndefined();
    expect((await get()).VersionId).toBe(updated.VersionId);
    const accessed = await client.send(new DescribeSecretCommand({ SecretId: 'app/db' }));
    expect(accessed.LastAccessedDate).toEqual(new Date(Date.UTC(2026, 10, 21)));
  });

  it('lists by filter, in order and page by page', async () => {
    for (const [Name, Description] of [
      ['app/db', 'Primary database'],
      ['app/api', 'Key of the payments API'],
      ['ops/root', 'For emergencies'],
    ] as const) {
      await create({ Name, Description, Tags: [{ Key: 'owner', Value: Name.split('/')[0] }] });
      await cloud.clock.advance(1000);
    }
    const list = async (input: object) => {
      const { SecretList, NextToken } = await client.send(new ListSecretsCommand(input));
      return { names: SecretList!.map(({ Name }) => Name), NextToken };
    };
    const by = async (Key: string, ...Values: string[]) =>
      (await list({ Filters: [{ Key, Values }], SortOrder: 'asc' })).names;
    expect(await by('name', 'app/')).toEqual(['app/db', 'app/api']);
    expect(await by('name', 'App/')).toEqual([]);
    expect(await by('name', '!app/')).toEqual(['ops/root']);
    expect(await by('description', 'PAYMENTS')).toEqual(['app/api']);
    expect(await by('tag-value', 'ops', 'nobody')).toEqual(['ops/root']);
    expect(await by('all', 'Database')).toEqual(['app/db']);
    const first = await list({ MaxResults: 2 });
    expect(first.names).toEqual(['ops/root', 'app/api']);
    expect((await list({ MaxResults: 2, NextToken: first.NextToken })).names).toEqual(['app/db']);
    expect(await refusal(list({ NextToken: 'made up' }))).toMatch(/^InvalidNextTokenException/);
  });

  it('gets many at once, with an error for each that cannot be had', async () => {
    await create();
    const batch = await client.send(new BatchGetSecretValueCommand({ SecretIdList: ['app/db', 'nothing'] }));
    expect(batch.SecretValues).toMatchObject([{ Name: 'app/db', SecretString: 'one' }]);
    expect(batch.Errors).toMatchObject([{ SecretId: 'nothing', ErrorCode: 'ResourceNotFoundException' }]);
  });

  it('keeps resource policies, and refuses malformed and public ones', async () => {
    await create();
    const policy = (principal: unknown) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
      });
    const set = (ResourcePolicy: string) =>
      client.send(new PutResourcePolicyCommand({ SecretId: 'app/db', ResourcePolicy, BlockPublicPolicy: true }));
    const own = policy({ AWS: '123456789012' });
    await set(own);
    expect((await client.send(new GetResourcePolicyCommand({ SecretId: 'app/db' }))).ResourcePolicy).toBe(own);
    expect(await refusal(set('{'))).toMatch(/^MalformedPolicyDocumentException/);
    expect(await refusal(set(policy('*')))).toMatch(/^PublicPolicyException/);
    await client.send(new DeleteResourcePolicyCommand({ SecretId: 'app/db' }));
    expect((await client.send(new GetResourcePolicyCommand({ SecretId: 'app/db' }))).ResourcePolicy).toBeUndefined();
  });

  it('generates passwords', async () => {
    const { RandomPassword } = await client.send(
      new GetRandomPasswordCommand({ PasswordLength: 20, ExcludePunctuation: true }),
    );
    expect(RandomPassword).toMatch(/^[A-Za-z0-9]{20}$/);
  });

  it.each([
    [
      { Name: '' },
      /^ValidationException: 1 validation error detected: Value '' at 'name' failed.*greater than or equal/,
    ],
    [{ Name: 'x'.repeat(513) }, /less than or equal to 512$/],
    [{ Name: 'with blanks' }, /^ValidationException: Invalid name\. Must be a valid name/],
    [{ ClientRequestToken: 'short' }, /at 'clientRequestToken' failed to satisfy constraint: Member must have length/],
    [
      { SecretString: 'x'.repeat(65_537) },
      /^ValidationException: 1 validation error detected: Value at 'secretString'/,
    ],
    [{ SecretBinary: new Uint8Array([1]) }, /^InvalidParameterException: You can't specify both a binary/],
    [{ Tags: [{ Key: 'aws:x', Value: '' }] }, /^InvalidParameterException/],
  ])('refuses to create %o', async (input, expected) => {
    expect(await refusal(create(input))).toMatch(expected);
    expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
  });

  it('says that it does not replicate', async () => {
    await create();
    const AddReplicaRegions = [{ Region: 'eu-west-1' }];
    expect(
      await refusal(client.send(new ReplicateSecretToRegionsCommand({ SecretId: 'app/db', AddReplicaRegions }))),
    ).toBe(
      'InvalidRequestException: ReplicateSecretToRegions is refused: replication of secrets to other Regions is not emulated.',
    );
  });
});
