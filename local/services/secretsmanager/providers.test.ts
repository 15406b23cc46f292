import { existingResource, resourceRequest } from '../../doors/aws-endpoint/testing.ts';
import { createKernel, type Kernel } from '../../kernel/index.ts';
import type { Provider } from '../../kernel/provider.ts';
import type { JsonObject, ServiceDefinition } from '../../kernel/service.ts';
import { secretsManagerService } from './index.ts';

/** Stands where RDS stands: one database. */
const database: ServiceDefinition = {
  name: 'rds',
  resourceTypes: [],
  load: async () => ({
    providers: {},
    operations: {
      DescribeDBInstances: {
        requires: () => [],
        handle: () => ({
          DBInstances: [
            {
              DBInstanceIdentifier: 'shop-db',
              Engine: 'mariadb',
              DBName: 'shop',
              Endpoint: { Address: 'shop-db.abc.us-east-1.rds.amazonaws.com', Port: 3306 },
            },
          ],
        }),
      },
    },
  }),
};

const TYPE = 'AWS::SecretsManager::Secret';
const ATTACHMENT = 'AWS::SecretsManager::SecretTargetAttachment';

describe('secrets of a template', () => {
  let kernel: Kernel;
  let providers: Readonly<Record<string, Provider>>;

  beforeEach(async () => {
    kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1' });
    kernel.registry.add(secretsManagerService());
    kernel.registry.add(database);
    providers = (await kernel.registry.service('secretsmanager')).providers;
  });

  afterEach(() => kernel.stop());

  const call = (operation: string, input: object) =>
    kernel.dispatch({ caller: { kind: 'client' }, service: 'secretsmanager', operation, input });
  const read = async (SecretId: string) =>
    (await call('GetSecretValue', { SecretId })) as { SecretString: string; VersionStages: string[] };
  const create = async (properties: JsonObject) => {
    const request = resourceRequest(TYPE, properties);
    return existingResource(request, await providers[TYPE]!.create(request));
  };
  const update = async (existing: Awaited<ReturnType<typeof create>>, properties: JsonObject) =>
    providers[TYPE]!.update(resourceRequest(TYPE, properties), existing);

  const GENERATED = {
    GenerateSecretString: {
      SecretStringTemplate: '{"username":"admin"}',
      GenerateStringKey: 'password',
      PasswordLength: '40',
      ExcludePunctuation: 'true',
    },
  };

  it('generate a password into their template', async () => {
    const secret = await create(GENERATED);
    expect(secret.physicalId).toMatch(/:secret:shop-Thing-AAAAAAAAAAAA-[A-Za-z0-9]{6}$/);
    expect(secret.attributes).toEqual({ Id: secret.physicalId });
    const content = JSON.parse((await read(secret.physicalId)).SecretString);
    expect(content).toEqual({ username: 'admin', password: expect.stringMatching(/^[A-Za-z0-9]{40}$/) });
  });

  it('keep the generated password until its rules change', async () => {
    const secret = await create(GENERATED);
    const before = await read(secret.physicalId);
    await update(secret, { ...GENERATED, Description: 'now with a description' });
    expect((await read(secret.physicalId)).SecretString).toBe(before.SecretString);
    await update(secret, { GenerateSecretString: { PasswordLength: 12 } });
    expect((await read(secret.physicalId)).SecretString).toHaveLength(12);
  });

  it('are replaced when the name changes, and leave no trace when deleted', async () => {
    const secret = await create({ Name: 'one', SecretString: 'x' });
    const replaced = await update(secret, { Name: 'two', SecretString: 'x' });
    expect(replaced.physicalId).toMatch(/:secret:two-/);
    await providers[TYPE]!.delete(secret);
    await expect(read('one')).rejects.toMatchObject({ code: 'ResourceNotFoundException' });
    expect((await read('two')).SecretString).toBe('x');
  });

  it('take over what a crash left half-made', async () => {
    await create({ SecretString: 'left over' });
    const request = resourceRequest(TYPE, { SecretString: 'fresh' }, { interrupted: true });
    const { physicalId } = await providers[TYPE]!.create(request);
    expect((await read(physicalId)).SecretString).toBe('fresh');
  });

  it('name every mistake with its line', async () => {
    const wrong = create({
      SecretString: 'x',
      GenerateSecretString: { PasswordLength: 5000, GenerateStringKey: 'password' },
    });
    await expect(wrong).rejects.toMatchObject({
      name: 'TemplateError',
      diagnostics: [
        { property: 'Properties.GenerateSecretString', message: expect.stringMatching(/go together/), at: { line: 7 } },
        { property: 'Properties.GenerateSecretString.PasswordLength', message: expect.stringMatching(/1 and 4096/) },
        { message: 'SecretString and GenerateSecretString exclude each other' },
      ],
    });
  });

  it('learn where their database is, and forget it with the attachment', async () => {
    const secret = await create({ SecretString: '{"username":"admin","password":"p"}' });
    const request = resourceRequest(ATTACHMENT, {
      SecretId: secret.physicalId,
      TargetType: 'AWS::RDS::DBInstance',
      TargetId: 'shop-db',
    });
    const attachment = existingResource(request, await providers[ATTACHMENT]!.create(request));
    expect(attachment.physicalId).toBe(secret.physicalId);
    const attached = await read(secret.physicalId);
    expect(JSON.parse(attached.SecretString)).toEqual({
      username: 'admin',
      password: 'p',
      engine: 'mariadb',
      host: 'shop-db.abc.us-east-1.rds.amazonaws.com',
      port: 3306,
      dbname: 'shop',
      dbInstanceIdentifier: 'shop-db',
    });
    expect(attached.VersionStages).toEqual(['AWSCURRENT']);
    await providers[ATTACHMENT]!.delete(attachment);
    expect(JSON.parse((await read(secret.physicalId)).SecretString)).toEqual({ username: 'admin', password: 'p' });
  });

  it('say which of their properties have no effect', () => {
    const request = resourceRequest(TYPE, { ReplicaRegions: [{ Region: 'eu-west-1' }] });
    expect(providers[TYPE]!.unsupported!(request)).toMatchObject([{ path: ['ReplicaRegions'] }]);
    const schedule = resourceRequest('AWS::SecretsManager::RotationSchedule', { HostedRotationLambda: {} });
    expect(providers[schedule.type]!.unsupported!(schedule)).toMatchObject([{ path: ['HostedRotationLambda'] }]);
  });
});
