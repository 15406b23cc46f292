import {
  AddCustomAttributesCommand,
  AdminGetUserAuthFactorsCommand,
  AdminGetUserCommand,
  AdminListDevicesCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  DeleteUserPoolCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GetUserPoolMfaConfigCommand,
  ListTagsForResourceCommand,
  ListUserPoolsCommand,
  TagResourceCommand,
  UpdateUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { existingResource, resourceRequest } from '../../doors/aws-endpoint/testing.ts';
import { createKernel } from '../../kernel/index.ts';
import type { Provider } from '../../kernel/provider.ts';
import type { JsonObject } from '../../kernel/service.ts';
import { operationShape } from '../../protocols/shape.ts';
import { type Fixture, openFixture, refusal } from './cognito.fixture.ts';
import { cognitoService } from './index.ts';

describe('pools, clients, and what templates make of them', () => {
  let fixture: Fixture;
  let providers: Readonly<Record<string, Provider>>;

  beforeAll(async () => {
    fixture = await openFixture();
    ({ providers } = await fixture.cloud.kernel.registry.service('cognito-idp'));
  });

  afterAll(() => fixture[Symbol.asyncDispose]());

  async function create(type: string, properties: JsonObject) {
    const request = resourceRequest(`AWS::Cognito::${type}`, properties);
    return existingResource(request, await providers[request.type]!.create(request));
  }

  async function update(existing: Awaited<ReturnType<typeof create>>, properties: JsonObject) {
    const request = resourceRequest(existing.type, properties);
    return existingResource(request, await providers[existing.type]!.update(request, existing));
  }

  const describePool = async (UserPoolId: string) =>
    (await fixture.client.send(new DescribeUserPoolCommand({ UserPoolId }))).UserPool;

  it('have ids and attributes as on AWS', async () => {
    const pool = await create('UserPool', {
      UserPoolName: 'people',
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
    expect(pool.physicalId).toMatch(/^us-east-1_[A-Za-z0-9]{9}$/);
    const ProviderName = `cognito-idp.us-east-1.amazonaws.com/${pool.physicalId}`;
    expect(pool.attributes).toEqual({
      Arn: `arn:aws:cognito-idp:us-east-1:123456789012:userpool/${pool.physicalId}`,
      UserPoolId: pool.physicalId,
      ProviderName,
      ProviderURL: `https://${ProviderName}`,
    });
    const described = await describePool(pool.physicalId);
    expect(described).toMatchObject({ Name: 'people', MfaConfiguration: 'OPTIONAL', UserPoolTier: 'ESSENTIALS' });
    expect(described?.Policies?.PasswordPolicy).toMatchObject({ MinimumLength: 8, RequireSymbols: true });
    const mfa = await fixture.client.send(new GetUserPoolMfaConfigCommand({ UserPoolId: pool.physicalId }));
    expect(mfa).toMatchObject({ SoftwareTokenMfaConfiguration: { Enabled: true }, MfaConfiguration: 'OPTIONAL' });
    const client = await create('UserPoolClient', {
      UserPoolId: pool.physicalId,
      GenerateSecret: 'true',
      AccessTokenValidity: '10',
      TokenValidityUnits: { AccessToken: 'minutes' },
    });
    expect(client.attributes).toMatchObject({
      ClientId: client.physicalId,
      ClientSecret: expect.stringMatching(/^\w{51}$/),
    });
    const ids = { UserPoolId: pool.physicalId, ClientId: client.physicalId };
    const { UserPoolClient } = await fixture.client.send(new DescribeUserPoolClientCommand(ids));
    expect(UserPoolClient).toMatchObject({
      AccessTokenValidity: 10,
      RefreshTokenValidity: 30,
      EnableTokenRevocation: true,
    });
  });

  it('change in place, get new attributes, and are replaced only for what cannot change', async () => {
    const before = await create('UserPool', { UserPoolTags: { team: 'one' } });
    const same = await update(before, {
      Policies: { PasswordPolicy: { MinimumLength: '12' } },
      Schema: [{ Name: 'tenant', AttributeDataType: 'String' }],
    });
    expect(same.physicalId).toBe(before.physicalId);
    const described = await describePool(same.physicalId);
    expect(described?.Policies?.PasswordPolicy).toMatchObject({ MinimumLength: 12, RequireSymbols: false });
    expect(described?.SchemaAttributes?.map(({ Name }) => Name)).toContain('custom:tenant');
    const other = await update(same, { UsernameAttributes: ['email'] });
    expect(other.physicalId).not.toBe(before.physicalId);
    await providers['AWS::Cognito::UserPool']!.delete(same);
    expect(await refusal(describePool(same.physicalId))).toBe(
      `ResourceNotFoundException: User pool ${same.physicalId} does not exist.`,
    );
  });

  it('have users, groups, memberships, resource servers and domains by template too, and lose them', async () => {
    const { physicalId: UserPoolId } = await create('UserPool', {});
    const group = await create('UserPoolGroup', { UserPoolId, GroupName: 'agent', Precedence: '3' });
    const user = await create('UserPoolUser', { UserPoolId, Username: 'ann', MessageAction: 'SUPPRESS' });
    const membership = await create('UserPoolUserToGroupAttachment', {
      UserPoolId,
      Username: 'ann',
      GroupName: 'agent',
    });
    const Scopes = [{ ScopeName: 'read', ScopeDescription: 'read it' }];
    const server = await create('UserPoolResourceServer', { UserPoolId, Identifier: 'orders', Name: 'Orders', Scopes });
    const domain = await create('UserPoolDomain', { UserPoolId, Domain: 'my-shop' });
    await create('UserPoolClient', { UserPoolId, AllowedOAuthScopes: ['orders/read', 'openid'] });
    expect((await describePool(UserPoolId))?.Domain).toBe('my-shop');
    expect(providers['AWS::Cognito::UserPoolDomain']!.unsupported!(resourceRequest('', {}))).toHaveLength(1);
    for (const each of [domain, server, membership, user, group]) await providers[each.type]!.delete(each);
    const gone = fixture.client.send(new AdminGetUserCommand({ UserPoolId, Username: 'ann' }));
    expect(await refusal(gone)).toBe('UserNotFoundException: User does not exist.');
    await providers['AWS::Cognito::UserPoolGroup']!.delete(group);
  });

  it('name what is not emulated, with its place', async () => {
    const properties = {
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      DeviceConfiguration: {},
      VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK' },
    };
    const found = await providers['AWS::Cognito::UserPool']!.unsupported!(
      resourceRequest('AWS::Cognito::UserPool', properties),
    );
    expect(found.map(({ path }) => path.join('.')).toSorted()).toEqual([
      'DeviceConfiguration',
      'UserPoolAddOns.AdvancedSecurityMode',
      'VerificationMessageTemplate.DefaultEmailOption',
    ]);
  });

  it.each<[string, JsonObject, RegExp]>([
    [
      'both kinds of names',
      { AliasAttributes: ['email'], UsernameAttributes: ['email'] },
      /Only one of the aliasAttributes/,
    ],
    ['text messages nobody can send', { AutoVerifiedAttributes: ['phone_number'] }, /SMS configuration/],
    ['a second factor without any', { MfaConfiguration: 'ON' }, /at least one MFA method/],
    [
      'a required attribute of its own',
      { Schema: [{ Name: 'x', Required: true }] },
      /Required custom attributes are not supported/,
    ],
    ['factors nobody knows', { EnabledMfas: ['PIGEON'] }, /EnabledMfas must be of/],
  ])('are refused with %s, and nothing is left', async (_, properties, said) => {
    const count = async () =>
      (await fixture.client.send(new ListUserPoolsCommand({ MaxResults: 60 }))).UserPools?.length;
    const before = await count();
    await expect(create('UserPool', properties)).rejects.toThrow(said);
    expect(await count()).toBe(before);
  });

  it('that are protected are not deleted', async () => {
    const UserPoolId = await fixture.pool({ DeletionProtection: 'ACTIVE' });
    const remove = () => fixture.client.send(new DeleteUserPoolCommand({ UserPoolId }));
    expect(await refusal(remove())).toContain('deletion protection is activated');
    await fixture.client.send(new UpdateUserPoolCommand({ UserPoolId, DeletionProtection: 'INACTIVE' }));
    await remove();
  });

  it.each<[string, object, string]>([
    [
      'tokens that live too short',
      { AccessTokenValidity: 4, TokenValidityUnits: { AccessToken: 'minutes' } },
      'InvalidParameterException: Invalid range for token validity.',
    ],
    [
      'scopes nobody has',
      { AllowedOAuthScopes: ['orders/write'] },
      'InvalidParameterException: Invalid scope requested: orders/write',
    ],
    [
      'flows old and new',
      { ExplicitAuthFlows: ['USER_PASSWORD_AUTH', 'ALLOW_CUSTOM_AUTH'] },
      'InvalidParameterException: Existing authflow and new authflow can not be mixed.',
    ],
    [
      'attributes that the pool does not know',
      { ReadAttributes: ['custom:no'] },
      'InvalidParameterException: Invalid read attributes specified while creating a client',
    ],
  ])('have no clients with %s', async (_, settings, said) => {
    const UserPoolId = await fixture.pool();
    const Scopes = [{ ScopeName: 'read', ScopeDescription: 'read it' }];
    await fixture.client.send(
      new CreateResourceServerCommand({ UserPoolId, Identifier: 'orders', Name: 'Orders', Scopes }),
    );
    const call = fixture.client.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'web', ...settings }));
    expect(await refusal(call)).toBe(said);
  });

  it('have tags, and attributes that are added later', async () => {
    const UserPoolId = await fixture.pool({ UserPoolTags: { team: 'one' } });
    const ResourceArn = (await describePool(UserPoolId))?.Arn;
    await fixture.client.send(new TagResourceCommand({ ResourceArn, Tags: { stage: 'dev' } }));
    const { Tags } = await fixture.client.send(new ListTagsForResourceCommand({ ResourceArn }));
    expect(Tags).toEqual({ team: 'one', stage: 'dev' });
    const CustomAttributes = [{ Name: 'tenant', AttributeDataType: 'String' as const }];
    const add = () => fixture.client.send(new AddCustomAttributesCommand({ UserPoolId, CustomAttributes }));
    await add();
    expect(await refusal(add())).toContain('InvalidParameterException');
  });

  it('are found page by page', async () => {
    const seen = new Set<string | undefined>();
    let NextToken: string | undefined;
    do {
      const page = await fixture.client.send(new ListUserPoolsCommand({ MaxResults: 3, NextToken }));
      for (const { Id } of page.UserPools ?? []) seen.add(Id);
      ({ NextToken } = page);
    } while (NextToken);
    const all = await fixture.client.send(new ListUserPoolsCommand({ MaxResults: 60 }));
    expect(seen.size).toBe(all.UserPools?.length);
    expect(seen.size).toBeGreaterThan(6);
  });

  it('are asked of the pool they are on, and keys are told to callers in here alone', async () => {
    const asked: { action: string; resource: string }[] = [];
    const kernel = createKernel({
      stateDirectory: 'memory',
      accountId: '123456789012',
      region: 'us-east-1',
      doors: () => ({
        may(_principal, { action, resource }) {
          asked.push({ action, resource });
          return { kind: 'allowed', because: 'a test' } as never;
        },
      }),
    });
    kernel.registry.add(cognitoService());
    const call = (operation: string, input: object, caller: object = { kind: 'client' }) =>
      kernel.dispatch({ caller: caller as never, service: 'cognito-idp', operation, input });
    const { UserPool } = (await call('CreateUserPool', { PoolName: 'shop' })) as {
      UserPool: { Id: string; Arn: string };
    };
    await call('ListUsers', { UserPoolId: UserPool.Id });
    expect(asked).toEqual([
      { action: 'cognito-idp:CreateUserPool', resource: '*' },
      { action: 'cognito-idp:ListUsers', resource: UserPool.Arn },
    ]);
    await expect(call('GetSigningKeys', { UserPoolId: UserPool.Id })).rejects.toMatchObject({
      code: 'UnknownOperationException',
    });
    await call('SignUp', { ClientId: 'no', Username: 'a' }, { kind: 'anonymous' }).catch(() => {});
    expect(asked).toHaveLength(2);
    const keys = await call('GetSigningKeys', { UserPoolId: UserPool.Id }, { kind: 'internal', service: 'test' });
    expect(keys).toMatchObject({
      Issuer: `https://cognito-idp.us-east-1.amazonaws.com/${UserPool.Id}`,
      Keys: [
        { kty: 'RSA', alg: 'RS256' },
        { kty: 'RSA', alg: 'RS256' },
      ],
    });
    await kernel.stop();
  });

  it('answer every operation of the API, or say by name why not', async () => {
    const { operations, wire } = await fixture.cloud.kernel.registry.service('cognito-idp');
    const { schemas } = (await wire?.()) ?? { schemas: {} };
    const names = Object.values(schemas).flatMap((schema) => operationShape(schema)?.name ?? []);
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !Object.hasOwn(operations, name))).toEqual([]);
    const listing = fixture.client.send(
      new AdminListDevicesCommand({ UserPoolId: await fixture.pool(), Username: 'ann' }),
    );
    await expect(listing).rejects.toMatchObject({
      name: 'OperationNotEmulated',
      message: 'AdminListDevices is not emulated here: devices are not remembered.',
      $metadata: { httpStatusCode: 501, attempts: 1 },
    });
  });

  it('say which factors a user has', async () => {
    const UserPoolId = await fixture.pool();
    await fixture.user(UserPoolId, 'bea');
    expect(
      await fixture.client.send(new AdminGetUserAuthFactorsCommand({ UserPoolId, Username: 'bea' })),
    ).toMatchObject({ Username: 'bea', UserMFASettingList: [], ConfiguredUserAuthFactors: ['PASSWORD'] });
  });
});
