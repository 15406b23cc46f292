import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  type DescribeParametersCommandInput,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListDocumentsCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  SSMClient,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { existingResource, resourceRequest, startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { kmsService } from '../kms/index.ts';
import { secretsManagerService } from '../secretsmanager/index.ts';
import { ssmService } from './index.ts';

describe('Parameter Store through the SDK', () => {
  let cloud: TestCloud;
  let ssm: SSMClient;
  let count = 0;

  beforeAll(async () => {
    cloud = await startTestCloud([ssmService(), kmsService(), secretsManagerService()]);
    ssm = new SSMClient(cloud.client);
  });

  afterAll(async () => {
    ssm.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  const fresh = (): string => {
    count += 1;
    return `/test-${count}`;
  };
  const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
    ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
  const get = async (Name: string, WithDecryption?: boolean) =>
    (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter!;
  const refusal = (sent: Promise<unknown>): Promise<string> =>
    sent.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );

  test('a parameter is put, read by name and by ARN, and changed', async () => {
    const root = fresh();
    expect(await put(`${root}/a`, '1')).toMatchObject({ Version: 1, Tier: 'Standard' });
    const read = await get(`${root}/a`);
    expect(read).toEqual({
      Name: `${root}/a`,
      Type: 'String',
      Value: '1',
      Version: 1,
      LastModifiedDate: new Date(cloud.clock.now()),
      ARN: `arn:aws:ssm:us-east-1:123456789012:parameter${root}/a`,
      DataType: 'text',
    });
    expect(await get(read.ARN!)).toEqual(read);
    expect(await refusal(put(`${root}/a`, '2'))).toMatch(/^ParameterAlreadyExists: The parameter already exists/);
    expect(await put(`${root}/a`, '2', { Overwrite: true, Type: undefined })).toMatchObject({ Version: 2 });
    expect((await get(`${root}/a:1`)).Value).toBe('1');
    expect(await get(`${root}/a:2`)).toMatchObject({ Value: '2', Selector: ':2' });
    expect(await refusal(get(`${root}/a:3`))).toBe(
      `ParameterVersionNotFound: Systems Manager could not find version 3 of ${root}/a. Verify the version and try again.`,
    );
    expect(await refusal(get(`${root}/b`))).toMatch(/^ParameterNotFound/);
  });

  test('labels lead to versions, and move', async () => {
    const name = fresh();
    await put(name, '1');
    await put(name, '2', { Overwrite: true });
    const label = (ParameterVersion: number, Labels: string[]) =>
      ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion, Labels }));
    expect(await label(1, ['live', 'aws-x', '1st'])).toMatchObject({
      InvalidLabels: ['aws-x', '1st'],
      ParameterVersion: 1,
    });
    expect((await get(`${name}:live`)).Value).toBe('1');
    await label(2, ['live']);
    expect((await get(`${name}:live`)).Value).toBe('2');
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: name }));
    expect(Parameters!.map(({ Version, Labels }) => [Version, Labels])).toEqual([
      [1, []],
      [2, ['live']],
    ]);
    await ssm.send(new UnlabelParameterVersionCommand({ Name: name, ParameterVersion: 2, Labels: ['live'] }));
    expect(await refusal(get(`${name}:live`))).toMatch(/^ParameterVersionNotFound/);
    expect(
      await refusal(
        label(
          1,
          Array.from({ length: 11 }, (_, index) => `l${index}`),
        ),
      ),
    ).toMatch(/10|LimitExceeded/);
  });

  test('a SecureString shows its text only to who asks for it', async () => {
    const name = fresh();
    await put(name, 'hidden', { Type: 'SecureString' });
    const sealed = (await get(name)).Value!;
    expect(sealed).not.toContain('hidden');
    expect((await get(name, true)).Value).toBe('hidden');
    const { Parameters } = await ssm.send(new DescribeParametersCommand({}));
    expect(Parameters!.find(({ Name }) => Name === name)).toMatchObject({
      Type: 'SecureString',
      KeyId: 'alias/aws/ssm',
    });
  });

  test('nobody reads a SecureString whose key is disabled', async () => {
    const kms = new KMSClient(cloud.client);
    const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
    const name = fresh();
    await put(name, 'hidden', { Type: 'SecureString', KeyId });
    await kms.send(new DisableKeyCommand({ KeyId }));
    expect(await refusal(get(name, true))).toMatch(/^InvalidKeyId: .*is disabled/);
    expect(await refusal(put(fresh(), 'x', { Type: 'SecureString', KeyId: 'alias/none' }))).toMatch(/^InvalidKeyId/);
    kms.destroy();
  });

  test('several are read at once, with what is not there named', async () => {
    const root = fresh();
    await put(`${root}/a`, '1');
    const answer = await ssm.send(new GetParametersCommand({ Names: [`${root}/a`, `${root}/none`] }));
    expect(answer.Parameters!.map(({ Value }) => Value)).toEqual(['1']);
    expect(answer.InvalidParameters).toEqual([`${root}/none`]);
  });

  test('a path is read one level deep or all the way down, in pages', async () => {
    const root = fresh();
    for (const name of ['a', 'b', 'c/d', 'c/e']) await put(`${root}/${name}`, name);
    const below = async (more: object) =>
      (await ssm.send(new GetParametersByPathCommand({ Path: root, ...more }))).Parameters!.map(({ Value }) => Value);
    expect(await below({})).toEqual(['a', 'b']);
    expect(await below({ Recursive: true })).toEqual(['a', 'b', 'c/d', 'c/e']);
    const { NextToken } = await ssm.send(
      new GetParametersByPathCommand({ Path: root, Recursive: true, MaxResults: 3 }),
    );
    expect(await below({ Recursive: true, MaxResults: 3, NextToken })).toEqual(['c/e']);
    expect(await refusal(below({ Path: 'a' }))).toMatch(/must begin with a forward slash/);
    expect(await refusal(below({ MaxResults: 11 }))).toMatch(/less than or equal to 10/);
  });

  test('lists are narrowed by filters', async () => {
    const root = fresh();
    await put(`${root}/a`, '1', { Tags: [{ Key: 'team', Value: 'x' }] });
    await put(`${root}/b`, 'a,b', { Type: 'StringList' });
    const names = async (ParameterFilters: DescribeParametersCommandInput['ParameterFilters']) =>
      (await ssm.send(new DescribeParametersCommand({ ParameterFilters }))).Parameters!.map(({ Name }) => Name);
    const below = { Key: 'Path', Option: 'Recursive', Values: [root] };
    expect(await names([below])).toEqual([`${root}/a`, `${root}/b`]);
    expect(await names([below, { Key: 'Type', Values: ['StringList'] }])).toEqual([`${root}/b`]);
    expect(await names([below, { Key: 'tag:team', Values: ['x'] }])).toEqual([`${root}/a`]);
    expect(await names([{ Key: 'Name', Option: 'BeginsWith', Values: [`${root}/`] }])).toHaveLength(2);
  });

  test.each<[string, Partial<PutParameterCommandInput> & { Name?: string }, RegExp]>([
    ['a reserved name', { Name: '/aws/mine' }, /^AccessDeniedException: No access to reserved/],
    ['a reserved prefix', { Name: 'ssm-mine' }, /can't be prefixed with/],
    ['half a path', { Name: 'a/b' }, /fully qualified name/],
    ['too many levels', { Name: '/1'.repeat(16) }, /^HierarchyLevelLimitExceededException/],
    ['no type', { Type: undefined }, /A parameter type is required/],
    ['too long a value', { Value: 'x'.repeat(4097) }, /maximum parameter value of 4096/],
    ['a value that does not fit', { Value: 'x', AllowedPattern: '\\d+' }, /^ParameterPatternMismatchException/],
    ['a pattern that is none', { AllowedPattern: '(' }, /^InvalidAllowedPatternException/],
    ['policies', { Policies: '[{"Type":"Expiration"}]' }, /^OperationNotEmulated: .*parameter policies/],
    ['a nested reference', { Value: '{{ssm:x}}' }, /can't nest another parameter/],
  ])('%s is refused', async (_what, { Name = fresh(), Value = '1', ...more }, message) => {
    expect(await refusal(put(Name, Value, more))).toMatch(message);
  });

  test('a long value takes the advanced tier, and does not go back', async () => {
    const name = fresh();
    expect(await put(name, 'x'.repeat(5_000), { Tier: 'Intelligent-Tiering' })).toMatchObject({ Tier: 'Advanced' });
    expect(await refusal(put(name, 'x', { Tier: 'Standard', Overwrite: true }))).toMatch(/can't downgrade/);
    expect(await refusal(put(name, 'x', { Type: 'SecureString', Overwrite: true }))).toMatch(
      /^HierarchyTypeMismatchException/,
    );
  });

  test('a hundred versions are kept, and a labelled one is not dropped', async () => {
    const name = fresh();
    for (let version = 0; version < 101; version += 1) await put(name, String(version), { Overwrite: true });
    const { Parameters } = await ssm.send(new GetParameterHistoryCommand({ Name: name }));
    expect(Parameters![0]!.Version).toBe(2);
    await ssm.send(new LabelParameterVersionCommand({ Name: name, ParameterVersion: 2, Labels: ['kept'] }));
    expect(await refusal(put(name, 'x', { Overwrite: true }))).toMatch(/^ParameterMaxVersionLimitExceeded/);
  });

  test('tags are told, and parameters deleted', async () => {
    const name = fresh();
    await put(name, '1');
    const resource = { ResourceType: 'Parameter', ResourceId: name } as const;
    await ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'a', Value: 'b' }] }));
    expect((await ssm.send(new ListTagsForResourceCommand(resource))).TagList).toEqual([{ Key: 'a', Value: 'b' }]);
    expect(await ssm.send(new DeleteParametersCommand({ Names: [name, '/none'] }))).toMatchObject({
      DeletedParameters: [name],
      InvalidParameters: ['/none'],
    });
    expect(await refusal(ssm.send(new DeleteParameterCommand({ Name: name })))).toMatch(/^ParameterNotFound/);
  });

  test('a secret is read as a parameter', async () => {
    const secrets = new SecretsManagerClient(cloud.client);
    await secrets.send(new CreateSecretCommand({ Name: 'app/db', SecretString: 'pw' }));
    expect(await get('/aws/reference/secretsmanager/app/db', true)).toMatchObject({
      Type: 'SecureString',
      Value: 'pw',
    });
    expect(await refusal(get('/aws/reference/secretsmanager/app/db'))).toMatch(/WithDecryption flag must be True/);
    expect(await refusal(get('/aws/reference/secretsmanager/none', true))).toMatch(/^ParameterNotFound/);
    secrets.destroy();
  });

  test("AWS's public parameters and everything else of Systems Manager are refused by name", async () => {
    expect(await refusal(get('/aws/service/ami-amazon-linux-latest/x'))).toMatch(
      /^OperationNotEmulated: The public parameter .* is not emulated here/,
    );
    expect(await refusal(ssm.send(new ListDocumentsCommand({})))).toMatch(/^OperationNotEmulated: ListDocuments/);
  });

  test('a template makes, changes and takes away a parameter', async () => {
    const service = await cloud.kernel.registry.service('ssm');
    const provider = service.providers['AWS::SSM::Parameter']!;
    const make = (Value: string) =>
      resourceRequest('AWS::SSM::Parameter', { Name: '/shop/limit', Type: 'String', Value, Tags: { team: 'x' } });
    const made = await provider.create(make('1'));
    expect(made).toEqual({ physicalId: '/shop/limit', attributes: { Type: 'String', Value: '1' } });
    const existing = existingResource(make('1'), made);
    await provider.update(make('2'), existing);
    expect(await get('/shop/limit')).toMatchObject({ Value: '2', Version: 2 });
    await provider.delete(existing);
    expect(await refusal(get('/shop/limit'))).toMatch(/^ParameterNotFound/);
  });
});
