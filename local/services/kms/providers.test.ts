import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { existingResource, resourceRequest } from '../../doors/aws-endpoint/testing.ts';
import { createKernel, type Kernel, ManualClock } from '../../kernel/index.ts';
import type { Provider } from '../../kernel/provider.ts';
import type { JsonObject, Service } from '../../kernel/service.ts';
import { iamService } from '../iam/index.ts';
import { kmsService } from './index.ts';

const ROOT = 'arn:aws:iam::123456789012:root';
const policy = (...more: JsonObject[]): JsonObject => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' }, ...more],
});

describe('keys of templates', () => {
  let kernel: Kernel;
  let service: Service;
  let keys: Provider;
  let aliases: Provider;

  beforeEach(async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 21));
    kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', clock });
    kernel.registry.add(kmsService());
    kernel.registry.add(iamService());
    service = await kernel.registry.service('kms');
    keys = service.providers['AWS::KMS::Key']!;
    aliases = service.providers['AWS::KMS::Alias']!;
  });

  afterEach(() => kernel.stop());

  const request = (properties: JsonObject) => resourceRequest('AWS::KMS::Key', properties);
  const call = (operation: string, input: object) =>
    kernel.dispatch({ caller: { kind: 'client' }, service: 'kms', operation, input }) as Promise<{
      KeyMetadata: { KeyState: string; Description: string };
      KeyRotationEnabled: boolean;
    }>;

  it('have id and ARN, and the policy with its place', async () => {
    const made = await keys.create(request({ KeyPolicy: policy(), EnableKeyRotation: true, Description: 'one' }));
    const arn = `arn:aws:kms:us-east-1:123456789012:key/${made.physicalId}`;
    expect(made.attributes).toEqual({ KeyId: made.physicalId, Arn: arn });
    expect(service.resourceFacts!(arn)!.policies).toMatchObject([
      { source: { kind: 'key', place: { stackName: 'shop', logicalId: 'Thing', path: ['KeyPolicy'] } } },
    ]);
    expect((await call('GetKeyRotationStatus', { KeyId: arn })).KeyRotationEnabled).toBe(true);
  });

  it('change in place, unless they would be another kind of key', async () => {
    const before = request({ KeyPolicy: policy() });
    const existing = existingResource(before, await keys.create(before));
    const { physicalId } = await keys.update(request({ KeyPolicy: policy(), Enabled: false }), existing);
    expect(physicalId).toBe(existing.physicalId);
    expect((await call('DescribeKey', { KeyId: physicalId })).KeyMetadata.KeyState).toBe('Disabled');
    const replaced = await keys.update(request({ KeyPolicy: policy(), MultiRegion: true }), existing);
    expect(replaced.physicalId).toMatch(/^mrk-[0-9a-f]{32}$/);
  });

  it('say which statement is missing where nobody could change the policy again', async () => {
    const before = request({ KeyPolicy: policy() });
    const existing = existingResource(before, await keys.create(before));
    const { Statement, ...rest } = policy({
      Effect: 'Allow',
      Principal: { Service: 's3.amazonaws.com' },
      Action: 'kms:*',
    });
    const lockedOut = request({ KeyPolicy: { ...rest, Statement: (Statement as JsonObject[]).slice(1) } });
    const advice =
      /in the future\.; add to Thing\.KeyPolicy\.Statement:\n {2}- Effect: Allow\n {4}Principal:[\s\S]*:root/;
    await expect(async () => keys.update(lockedOut, existing)).rejects.toThrow(advice);
    await expect(async () => keys.create(lockedOut)).rejects.toThrow(advice);
  });

  it('wait for their deletion', async () => {
    const asked = request({ PendingWindowInDays: 7 });
    const existing = existingResource(asked, await keys.create(asked));
    await keys.delete(existing);
    expect((await call('DescribeKey', { KeyId: existing.physicalId })).KeyMetadata.KeyState).toBe('PendingDeletion');
    await keys.delete(existing);
  });

  it('are refused with a policy that is none, or names a role that does not exist', async () => {
    await expect(keys.create(request({ KeyPolicy: { Statement: [] } }))).rejects.toMatchObject({
      code: 'MalformedPolicyDocumentException',
    });
    const Principal = { AWS: 'arn:aws:iam::123456789012:role/nobody' };
    const statement = { Effect: 'Allow', Principal, Action: 'kms:Decrypt', Resource: '*' };
    await expect(keys.create(request({ KeyPolicy: policy(statement) }))).rejects.toMatchObject({
      message: 'Policy contains a statement with one or more invalid principals.',
    });
    await expect(keys.create(request({ KeySpec: 'HMAC_256' }))).rejects.toThrow(/KeySpec HMAC_256 are not emulated/);
  });

  it('have aliases, by which their facts are found too', async () => {
    const { physicalId } = await keys.create(request({}));
    const asked = resourceRequest('AWS::KMS::Alias', { AliasName: 'alias/app', TargetKeyId: physicalId });
    const existing = existingResource(asked, await aliases.create(asked));
    expect(existing.physicalId).toBe('alias/app');
    const facts = service.resourceFacts!('arn:aws:kms:us-east-1:123456789012:alias/app')!;
    expect(facts.arn).toBe(`arn:aws:kms:us-east-1:123456789012:key/${physicalId}`);
    expect(facts.keys!['kms:ResourceAliases']).toEqual(['alias/app']);
    await aliases.delete(existing);
    expect(service.resourceFacts!('arn:aws:kms:us-east-1:123456789012:alias/app')).toBeUndefined();
  });
});

it('a key outlives the process, and so does what it encrypted', async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'kms-'));
  const open = (): Kernel => {
    const kernel = createKernel({ stateDirectory, accountId: '123456789012', region: 'us-east-1' });
    kernel.registry.add(kmsService());
    return kernel;
  };
  const call = <T>(kernel: Kernel, operation: string, input: object) =>
    kernel.dispatch({ caller: { kind: 'client' }, service: 'kms', operation, input }) as Promise<T>;
  try {
    const first = open();
    const { KeyMetadata } = await call<{ KeyMetadata: { KeyId: string } }>(first, 'CreateKey', {});
    const { CiphertextBlob } = await call<{ CiphertextBlob: Uint8Array }>(first, 'Encrypt', {
      KeyId: KeyMetadata.KeyId,
      Plaintext: new TextEncoder().encode('secret'),
    });
    await first.stop();
    const second = open();
    const { Plaintext } = await call<{ Plaintext: Uint8Array }>(second, 'Decrypt', { CiphertextBlob });
    expect(new TextDecoder().decode(Plaintext)).toBe('secret');
    await second.stop();
  } finally {
    rmSync(stateDirectory, { recursive: true });
  }
});
