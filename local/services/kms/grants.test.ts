import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  CreateKeyCommand,
  KMSClient,
  ListGrantsCommand,
  ListRetirableGrantsCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
} from '@aws-sdk/client-kms';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { decide, type RequestKeys } from '../../policy/iam/index.ts';
import { kmsService } from './index.ts';

const ROLE = 'arn:aws:iam::123456789012:role/app';

describe('grants', () => {
  let cloud: TestCloud;
  let client: KMSClient;
  let KeyId: string;

  beforeEach(async () => {
    cloud = await startTestCloud([kmsService()]);
    client = new KMSClient(cloud.client);
    KeyId = (await client.send(new CreateKeyCommand({}))).KeyMetadata!.Arn!;
  });

  afterEach(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  const grant = (input: Partial<CreateGrantCommandInput> = {}) =>
    client.send(new CreateGrantCommand({ KeyId, GranteePrincipal: ROLE, Operations: ['Decrypt'], ...input }));

  /** Whether a session of the role may do it, which no policy of its own says. */
  async function may(operation: string, keys: RequestKeys = {}): Promise<boolean> {
    const { resourceFacts } = await cloud.kernel.registry.service('kms');
    const facts = resourceFacts!(KeyId)!;
    const requester = {
      kind: 'role-session',
      arn: 'arn:aws:sts::123456789012:assumed-role/app/f',
      roleArn: ROLE,
      accountId: '123456789012',
      userId: 'AROAXXXXXXXXXXXXXXXXX:f',
    } as const;
    const request = { requester, action: `kms:${operation}`, resource: KeyId, resourceAccountId: '123456789012', keys };
    return decide(request, { identity: [], resource: facts.policies }).kind === 'allowed';
  }

  it('let the grantee do what they say, and no more', async () => {
    expect(await may('Decrypt')).toBe(false);
    const { GrantId } = await grant();
    expect(await may('Decrypt')).toBe(true);
    expect(await may('Encrypt')).toBe(false);
    await client.send(new RevokeGrantCommand({ KeyId, GrantId }));
    expect(await may('Decrypt')).toBe(false);
  });

  it('hold for the encryption context they name', async () => {
    const keysOf = (context: Record<string, string>): RequestKeys => ({
      ...Object.fromEntries(Object.entries(context).map(([name, value]) => [`kms:encryptioncontext:${name}`, value])),
      'kms:encryptioncontextkeys': Object.keys(context),
    });
    const { GrantId } = await grant({
      Operations: ['Decrypt', 'DescribeKey'],
      Constraints: { EncryptionContextSubset: { app: 'a' } },
    });
    expect(await may('Decrypt', keysOf({ app: 'a', more: 'b' }))).toBe(true);
    expect(await may('Decrypt', keysOf({ app: 'b' }))).toBe(false);
    expect(await may('Decrypt')).toBe(false);
    expect(await may('DescribeKey')).toBe(true);
    await client.send(new RevokeGrantCommand({ KeyId, GrantId }));
    await grant({ Constraints: { EncryptionContextEquals: { app: 'a' } } });
    expect(await may('Decrypt', keysOf({ app: 'a' }))).toBe(true);
    expect(await may('Decrypt', keysOf({ app: 'a', more: 'b' }))).toBe(false);
  });

  it('are the same when they are asked for by the same name', async () => {
    const first = await grant({ Name: 'mine' });
    expect((await grant({ Name: 'mine' })).GrantId).toBe(first.GrantId);
    expect((await grant({ Name: 'mine', Operations: ['Encrypt'] })).GrantId).not.toBe(first.GrantId);
    expect((await grant()).GrantId).not.toBe((await grant()).GrantId);
  });

  it('are listed, and retired by their token', async () => {
    const { GrantToken, GrantId } = await grant({ RetiringPrincipal: ROLE, Name: 'mine' });
    await grant({ GranteePrincipal: 'arn:aws:iam::123456789012:role/other' });
    const { Grants } = await client.send(new ListGrantsCommand({ KeyId, GranteePrincipal: ROLE }));
    expect(Grants).toMatchObject([{ GrantId, KeyId, Name: 'mine', GranteePrincipal: ROLE, Operations: ['Decrypt'] }]);
    const retirable = await client.send(new ListRetirableGrantsCommand({ RetiringPrincipal: ROLE }));
    expect(retirable.Grants).toHaveLength(1);
    // Who retires may retire this grant alone.
    expect(await may('RetireGrant', { 'kms:grantid': GrantId! })).toBe(true);
    expect(await may('RetireGrant', { 'kms:grantid': 'another' })).toBe(false);
    await client.send(new RetireGrantCommand({ GrantToken }));
    expect((await client.send(new ListGrantsCommand({ KeyId, GrantId }))).Grants).toEqual([]);
    const error = await client.send(new RetireGrantCommand({ GrantToken })).catch((caught) => caught);
    expect(error.name).toBe('InvalidGrantTokenException');
  });

  it('are refused to what is no principal, and for what a symmetric key cannot do', async () => {
    const refused = async (input: Partial<CreateGrantCommandInput>) =>
      (await grant(input).catch((error) => error)).name as string;
    expect(await refused({ GranteePrincipal: 'arn:aws:lambda:us-east-1:123456789012:function:f' })).toBe(
      'InvalidArnException',
    );
    expect(await refused({ Operations: ['Sign'] })).toBe('ValidationException');
    expect(await refused({ GranteePrincipal: undefined })).toBe('ValidationException');
    expect(await refused({ DryRun: true })).toBe('DryRunOperationException');
  });
});
