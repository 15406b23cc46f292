import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecryptCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
} from '@aws-sdk/client-kms';
import { startTestCloud, type TestCloud } from '../../doors/aws-endpoint/testing.ts';
import { kmsService } from './index.ts';

const DAY = 86_400_000;
const ARN = /^arn:aws:kms:us-east-1:123456789012:key\/[0-9a-f-]{36}$/;
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (value: Uint8Array | undefined) => new TextDecoder().decode(value);

describe('KMS through the SDK', () => {
  let cloud: TestCloud;
  let client: KMSClient;

  beforeEach(async () => {
    cloud = await startTestCloud([kmsService()]);
    client = new KMSClient(cloud.client);
  });

  afterEach(async () => {
    client.destroy();
    await cloud[Symbol.asyncDispose]();
  });

  const create = async (input: CreateKeyCommandInput = {}) =>
    (await client.send(new CreateKeyCommand(input))).KeyMetadata!;
  const encrypt = async (KeyId: string, EncryptionContext?: Record<string, string>, plaintext = 'secret') =>
    (await client.send(new EncryptCommand({ KeyId, Plaintext: bytes(plaintext), EncryptionContext }))).CiphertextBlob!;
  const decrypt = (CiphertextBlob: Uint8Array, EncryptionContext?: Record<string, string>, KeyId?: string) =>
    client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext, KeyId }));
  const refusal = (sent: Promise<unknown>) =>
    sent.then(
      () => 'nothing was refused',
      (error) => `${error.name}: ${error.message}`,
    );

  it('encrypts, and decrypts without being told the key', async () => {
    const key = await create({ Description: 'data' });
    expect(key).toMatchObject({
      Arn: expect.stringMatching(ARN),
      AWSAccountId: '123456789012',
      Description: 'data',
      Enabled: true,
      KeyManager: 'CUSTOMER',
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyState: 'Enabled',
      KeyUsage: 'ENCRYPT_DECRYPT',
      Origin: 'AWS_KMS',
      CreationDate: new Date(cloud.clock.now()),
    });
    const first = await encrypt(key.KeyId!);
    const second = await encrypt(key.Arn!);
    expect(Buffer.from(first).equals(second)).toBe(false);
    for (const blob of [first, second]) {
      const opened = await decrypt(blob);
      expect(text(opened.Plaintext)).toBe('secret');
      expect(opened.KeyId).toBe(key.Arn);
    }
  });

  it('binds a ciphertext to its encryption context, whatever the order of the pairs', async () => {
    const { KeyId } = await create();
    const blob = await encrypt(KeyId!, { a: '1', b: '2' });
    expect(text((await decrypt(blob, { b: '2', a: '1' })).Plaintext)).toBe('secret');
    const others: (Record<string, string> | undefined)[] = [
      undefined,
      { a: '1' },
      { a: '1', b: '3' },
      { a: '2', b: '1' },
      { A: '1', b: '2' },
    ];
    for (const context of others) {
      expect(await refusal(decrypt(blob, context))).toMatch(/^InvalidCiphertextException/);
    }
  });

  it('refuses what was tampered with, what no key made, and another key', async () => {
    const { KeyId } = await create();
    const other = await create();
    const blob = await encrypt(KeyId!);
    for (const at of [blob.length - 1, blob.length - 8, 75]) {
      const changed = Uint8Array.from(blob);
      changed[at]! ^= 1;
      expect(await refusal(decrypt(changed))).toMatch(/^InvalidCiphertextException/);
    }
    expect(await refusal(decrypt(bytes('nonsense')))).toMatch(/^InvalidCiphertextException/);
    expect(await refusal(decrypt(blob.subarray(0, 40)))).toMatch(/^InvalidCiphertextException/);
    expect(await refusal(decrypt(blob, undefined, other.KeyId!))).toMatch(/^IncorrectKeyException/);
  });

  it('makes data keys, with and without their plaintext', async () => {
    const { KeyId, Arn } = await create();
    const made = await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    expect(made.Plaintext).toHaveLength(32);
    expect((await decrypt(made.CiphertextBlob!)).Plaintext).toEqual(made.Plaintext);
    expect(made.KeyId).toBe(Arn);
    const hidden = await client.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 24 }));
    expect('Plaintext' in hidden).toBe(false);
    expect((await decrypt(hidden.CiphertextBlob!)).Plaintext).toHaveLength(24);
    expect(await refusal(client.send(new GenerateDataKeyCommand({ KeyId })))).toBe(
      'ValidationException: Please specify either number of bytes or key spec.',
    );
    expect((await client.send(new GenerateRandomCommand({ NumberOfBytes: 7 }))).Plaintext).toHaveLength(7);
  });

  it('moves a ciphertext to another key', async () => {
    const from = await create();
    const to = await create();
    const moved = await client.send(
      new ReEncryptCommand({
        CiphertextBlob: await encrypt(from.KeyId!, { old: 'one' }),
        SourceEncryptionContext: { old: 'one' },
        DestinationKeyId: to.KeyId,
        DestinationEncryptionContext: { new: 'one' },
      }),
    );
    expect(moved).toMatchObject({ SourceKeyId: from.Arn, KeyId: to.Arn });
    const opened = await decrypt(moved.CiphertextBlob!, { new: 'one' });
    expect([text(opened.Plaintext), opened.KeyId]).toEqual(['secret', to.Arn]);
  });

  it('names keys by aliases', async () => {
    const one = await create();
    const two = await create();
    const AliasName = 'alias/app';
    await client.send(new CreateAliasCommand({ AliasName, TargetKeyId: one.KeyId }));
    expect(await refusal(client.send(new CreateAliasCommand({ AliasName, TargetKeyId: two.KeyId })))).toBe(
      'AlreadyExistsException: An alias with the name arn:aws:kms:us-east-1:123456789012:alias/app already exists',
    );
    const blob = await encrypt('arn:aws:kms:us-east-1:123456789012:alias/app');
    expect((await decrypt(blob)).KeyId).toBe(one.Arn);
    await client.send(new UpdateAliasCommand({ AliasName, TargetKeyId: two.KeyId }));
    expect((await decrypt(await encrypt(AliasName))).KeyId).toBe(two.Arn);
    const { Aliases } = await client.send(new ListAliasesCommand({ KeyId: two.KeyId }));
    expect(Aliases).toMatchObject([{ AliasName, TargetKeyId: two.KeyId }]);
    await client.send(new DeleteAliasCommand({ AliasName }));
    expect(await refusal(encrypt(AliasName))).toBe(
      'NotFoundException: Alias arn:aws:kms:us-east-1:123456789012:alias/app is not found.',
    );
    expect(await refusal(client.send(new CreateAliasCommand({ AliasName: 'app', TargetKeyId: one.KeyId })))).toMatch(
      /^ValidationException/,
    );
  });

  it('has the keys of AWS services when they are asked for, and lets nobody change them', async () => {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/secretsmanager' }));
    expect(KeyMetadata).toMatchObject({ KeyManager: 'AWS', Arn: expect.stringMatching(ARN) });
    const again = await client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/secretsmanager' }));
    expect(again.KeyMetadata!.KeyId).toBe(KeyMetadata!.KeyId);
    const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId: KeyMetadata!.KeyId }));
    expect(Policy).toContain('"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"');
    expect(await refusal(client.send(new ScheduleKeyDeletionCommand({ KeyId: KeyMetadata!.KeyId })))).toMatch(
      /^NotAuthorizedException/,
    );
    expect(await refusal(client.send(new DescribeKeyCommand({ KeyId: 'alias/aws/nothing' })))).toMatch(
      /^NotFoundException/,
    );
  });

  it('does nothing with a key that is disabled or on its way out', async () => {
    const { KeyId, Arn } = await create();
    const blob = await encrypt(KeyId!);
    await client.send(new DisableKeyCommand({ KeyId }));
    expect(await refusal(encrypt(KeyId!))).toBe(`DisabledException: ${Arn} is disabled.`);
    expect(await refusal(decrypt(blob))).toBe(`DisabledException: ${Arn} is disabled.`);
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(text((await decrypt(blob)).Plaintext)).toBe('secret');

    const gone = await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    expect(gone).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate: new Date(cloud.clock.now() + 7 * DAY) });
    expect(await refusal(decrypt(blob))).toBe(`KMSInvalidStateException: ${Arn} is pending deletion.`);
    await client.send(new CancelKeyDeletionCommand({ KeyId }));
    expect((await client.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata!.KeyState).toBe('Disabled');
    await client.send(new EnableKeyCommand({ KeyId }));
    expect(text((await decrypt(blob)).Plaintext)).toBe('secret');

    await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await cloud.clock.advance(7 * DAY);
    expect(await refusal(client.send(new DescribeKeyCommand({ KeyId })))).toBe(
      `NotFoundException: Key '${Arn}' does not exist`,
    );
    expect(await refusal(decrypt(blob))).toMatch(
      /^AccessDeniedException: The ciphertext refers to a customer master key/,
    );
    expect((await client.send(new ListKeysCommand())).Keys).toEqual([]);
  });

  it('says what is wrong with the name of a key', async () => {
    const describeKey = (KeyId: string) => refusal(client.send(new DescribeKeyCommand({ KeyId })));
    expect(await describeKey('nonsense')).toBe("NotFoundException: Invalid keyId 'nonsense'");
    const id = '00000000-0000-4000-8000-000000000000';
    expect(await describeKey(id)).toBe(
      `NotFoundException: Key 'arn:aws:kms:us-east-1:123456789012:key/${id}' does not exist`,
    );
    expect(await describeKey('arn:aws:s3:::bucket')).toMatch(/^InvalidArnException/);
    expect(await describeKey(`arn:aws:kms:eu-west-1:123456789012:key/${id}`)).toMatch(/^NotFoundException/);
  });

  it('rotates when the time has come, and still reads what it wrote before', async () => {
    const { KeyId } = await create();
    const before = await encrypt(KeyId!);
    await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
    const status = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    expect(status).toMatchObject({
      KeyRotationEnabled: true,
      RotationPeriodInDays: 90,
      NextRotationDate: new Date(cloud.clock.now() + 90 * DAY),
    });
    await cloud.clock.advance(181 * DAY);
    const after = await decrypt(await encrypt(KeyId!));
    const older = await decrypt(before);
    expect(text(older.Plaintext)).toBe('secret');
    expect(after.KeyMaterialId).not.toBe(older.KeyMaterialId);
    const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId }));
    expect(Rotations).toMatchObject([
      { RotationType: 'AUTOMATIC', KeyMaterialState: 'NON_CURRENT' },
      { RotationType: 'AUTOMATIC', KeyMaterialState: 'CURRENT' },
    ]);
  });

  it('keeps tags', async () => {
    const { KeyId } = await create({ Tags: [{ TagKey: 'team', TagValue: 'red' }] });
    await client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'stage', TagValue: 'dev' }] }));
    await client.send(new UntagResourceCommand({ KeyId, TagKeys: ['team'] }));
    const { Tags } = await client.send(new ListResourceTagsCommand({ KeyId }));
    expect(Tags).toEqual([{ TagKey: 'stage', TagValue: 'dev' }]);
    expect(
      await refusal(client.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'aws:x', TagValue: '' }] }))),
    ).toMatch(/^TagException/);
  });

  it('keeps key policies that leave somebody to change them', async () => {
    const { KeyId } = await create();
    const put = (statement: object) =>
      refusal(
        client.send(
          new PutKeyPolicyCommand({ KeyId, Policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }) }),
        ),
      );
    const anyone = { Effect: 'Allow', Principal: { AWS: '*' }, Resource: '*' };
    expect(await put({ ...anyone, Action: 'kms:Encrypt' })).toBe(
      'MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future.',
    );
    expect(await put({ ...anyone, Action: 'kms:Put*' })).toBe('nothing was refused');
    expect(await put({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })).toMatch(/^MalformedPolicyDocumentException/);
    expect(await refusal(client.send(new PutKeyPolicyCommand({ KeyId, Policy: '{' })))).toMatch(
      /^MalformedPolicyDocumentException/,
    );
    expect((await client.send(new GetKeyPolicyCommand({ KeyId }))).Policy).toContain('kms:Put*');
  });

  it('names what it has not', async () => {
    expect(await refusal(create({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }))).toBe(
      'UnsupportedOperationException: Keys of KeySpec RSA_2048 are not emulated here: only SYMMETRIC_DEFAULT is.',
    );
    expect(await refusal(create({ Origin: 'EXTERNAL' }))).toMatch(/^UnsupportedOperationException: Keys of Origin/);
    const { KeyId } = await create();
    const error = await client
      .send(new SignCommand({ KeyId, Message: bytes('x'), SigningAlgorithm: 'ECDSA_SHA_256' }))
      .catch((caught) => caught);
    expect([error.name, error.$metadata.httpStatusCode]).toEqual(['OperationNotEmulated', 501]);
  });

  it('holds inputs against the model of KMS', async () => {
    const { KeyId } = await create();
    expect(await refusal(encrypt(KeyId!, undefined, 'x'.repeat(4097)))).toMatch(
      /^ValidationException: 1 validation error detected: .*'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096/,
    );
  });
});
