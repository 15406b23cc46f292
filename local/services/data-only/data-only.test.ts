import { existingResource, resourceRequest } from '../../doors/aws-endpoint/testing.ts';
import { createKernel, type Kernel } from '../../kernel/index.ts';
import type { Provider } from '../../kernel/provider.ts';
import { dataOnlyService } from './index.ts';
import { DATA_TYPES } from './types.ts';

describe('resources that are recorded only', () => {
  let kernel: Kernel;
  let providers: Readonly<Record<string, Provider>>;

  beforeEach(async () => {
    kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1' });
    kernel.registry.add(dataOnlyService());
    providers = (await kernel.registry.service('data-only')).providers;
  });

  afterEach(() => kernel.stop());

  it.each(Object.keys(DATA_TYPES))('%s is made, updated, removed, and says that it does nothing', async (type) => {
    const properties = Object.fromEntries(DATA_TYPES[type]!.required.map((name) => [name, 'x']));
    const request = resourceRequest(type, properties);
    const provider = providers[type]!;
    const existing = existingResource(request, await provider.create(request));
    expect(provider.unsupported!(request)).toMatchObject([
      { message: expect.stringMatching(/^recorded, no effect yet/) },
    ]);
    const updated = await provider.update(resourceRequest(type, { ...properties, Description: 'new' }), existing);
    expect(updated.physicalId).toBe(existing.physicalId);
    await provider.delete(existing);
    expect(kernel.store.collection('data-only', 'resources').list()).toEqual([]);
  });

  it('are replaced by another name, and refused without what they need', async () => {
    const type = 'AWS::Logs::ResourcePolicy';
    const policy = { PolicyName: 'a', PolicyDocument: '{}' };
    const request = resourceRequest(type, policy);
    const existing = existingResource(request, await providers[type]!.create(request));
    const renamed = await providers[type]!.update(resourceRequest(type, { ...policy, PolicyName: 'b' }), existing);
    expect([existing.physicalId, renamed.physicalId]).toEqual(['a', 'b']);
    expect(() => providers[type]!.create(resourceRequest(type, {}))).toThrow(
      /PolicyDocument is required\n.*PolicyName is required/,
    );
  });
});
