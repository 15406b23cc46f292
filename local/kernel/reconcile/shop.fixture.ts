import { loadStack, parseDocument, type Stack } from '../../template/index.ts';
import { createKernel, type Kernel, type KernelOptions } from '../kernel.ts';
import type { Provider } from '../provider.ts';
import type { JsonObject, ServiceDefinition } from '../service.ts';
import type { Reconciler } from './contract.ts';
import { createReconciler } from './reconciler.ts';

/** A thing with rules: what it uses must exist, and while it is used it may not go. */
export interface Item {
  readonly name: string;
  readonly value: unknown;
  readonly uses: readonly string[];
}

/**
 * A made-up service with one resource type, `Test::Shop::Item`. `Name` cannot be changed without replacement;
 * `Refuse: create | update | delete` makes it refuse; `Wait` gives the number of turns it takes.
 */
export class Shop {
  readonly items = new Map<string, Item>();
  readonly log: string[] = [];
  /** Physical ids of items that were brought back. */
  readonly restored: string[] = [];
  restoreFails = false;

  readonly provider: Provider = {
    create: async (request) => {
      await this.#pause(request.properties);
      this.#refuse('create', request.properties);
      return this.#stock(
        request.logicalId,
        String(request.properties.Name ?? request.generatedName),
        request.properties,
      );
    },
    update: async (request, existing) => {
      await this.#pause(request.properties);
      this.#refuse('update', request.properties);
      const wanted = request.properties.Name as string | undefined;
      const had = existing.properties.Name as string | undefined;
      if (wanted !== had) return this.#stock(request.logicalId, wanted ?? request.replacementName, request.properties);
      this.log.push(`update ${request.logicalId}`);
      this.items.set(existing.physicalId, itemOf(existing.physicalId, this.#checked(request.properties)));
      return { physicalId: existing.physicalId, attributes: attributesOf(existing.physicalId, request.properties) };
    },
    delete: async (existing) => {
      await this.#pause(existing.properties);
      this.#refuse('delete', existing.properties);
      const user = [...this.items.values()].find(({ uses }) => uses.includes(existing.physicalId));
      if (user) throw new Error(`${existing.physicalId} is still used by ${user.name}`);
      if (!this.items.delete(existing.physicalId)) throw new Error(`there is no ${existing.physicalId}`);
      this.log.push(`delete ${existing.logicalId}`);
    },
    restore: (existing) => {
      if (this.restoreFails) throw new Error('the shop is closed');
      this.restored.push(existing.physicalId);
      return undefined;
    },
    unsupported: ({ properties }) =>
      'Colour' in properties ? [{ path: ['Colour'], message: 'Colour has no effect here' }] : [],
  };

  readonly definition: ServiceDefinition = {
    name: 'shop',
    resourceTypes: ['Test::Shop::Item'],
    load: async () => ({ operations: {}, providers: { 'Test::Shop::Item': this.provider } }),
  };

  #stock(logicalId: string, name: string, properties: JsonObject) {
    if (this.items.has(name)) throw new Error(`${name} already exists`);
    this.items.set(name, itemOf(name, this.#checked(properties)));
    this.log.push(`create ${logicalId}`);
    return { physicalId: name, attributes: attributesOf(name, properties) };
  }

  #checked(properties: JsonObject): JsonObject {
    for (const used of (properties.Uses ?? []) as string[]) {
      if (!this.items.has(used)) throw new Error(`it uses ${used}, which does not exist`);
    }
    return properties;
  }

  #refuse(action: string, { Refuse }: JsonObject): void {
    if (Refuse === action) throw new Error(`refused to ${action}`);
  }

  async #pause({ Wait }: JsonObject): Promise<void> {
    for (let turn = 0; turn < Number(Wait ?? 0); turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

const itemOf = (name: string, { Value = null, Uses = [] }: JsonObject): Item => ({
  name,
  value: Value,
  uses: Uses as string[],
});

const attributesOf = (name: string, { Value = null }: JsonObject) => ({
  Arn: `arn:aws:shop:::${name}`,
  Value,
  'Shelf.Number': 7,
});

function kernelOptions(more: Partial<KernelOptions> = {}): KernelOptions {
  return { stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', ...more };
}

export function openShop(shop: Shop, more: Partial<KernelOptions> = {}): { kernel: Kernel; reconciler: Reconciler } {
  const kernel = createKernel(kernelOptions(more));
  kernel.registry.add(shop.definition);
  return { kernel, reconciler: createReconciler({ kernel }) };
}

/** A stack from template text, or from resources: `{ A: { Value: 1 } }` is an item A. */
export function stackOf(template: string | Record<string, JsonObject>, stackName = 'shop'): Stack {
  const text =
    typeof template === 'string'
      ? template
      : JSON.stringify({
          Resources: Object.fromEntries(
            Object.entries(template).map(([id, Properties]) => [id, { Type: 'Test::Shop::Item', Properties }]),
          ),
        });
  return loadStack(parseDocument(text, 'template.yaml'), {
    stackName,
    region: 'us-east-1',
    accountId: '123456789012',
    parameterOverrides: {},
    transformSam: () => {
      throw new Error('these templates have no SAM');
    },
  });
}
