import { AwsError } from './aws-error.ts';
import type { Service, ServiceContext, ServiceDefinition } from './service.ts';

/** Every service this local cloud has, loaded when first needed: a stack without a database never loads RDS. */
export interface Registry {
  /** Throws when the name, an alias or a resource type is already taken: that is a mistake in the wiring. */
  add(definition: ServiceDefinition): void;
  find(nameOrAlias: string): ServiceDefinition | undefined;
  /** Loads the service once, however many ask at the same time. Rejects with AwsError when there is none of that name. */
  service(nameOrAlias: string): Promise<Service>;
  /** The fast path: the service, when it is loaded already. */
  loaded(nameOrAlias: string): Service | undefined;
  /** By exact CloudFormation type, else by a wildcard such as `Custom::*`. */
  forResourceType(type: string): ServiceDefinition | undefined;
  readonly knownTypes: readonly string[];
  /** In the order in which they were added; none of them is loaded by asking. */
  readonly definitions: readonly ServiceDefinition[];
  /** Stops what was loaded, in reverse order; the first failure is thrown after all have been stopped. */
  stop(): Promise<void>;
}

export function createRegistry(context: () => ServiceContext): Registry {
  const byName = new Map<string, ServiceDefinition>();
  const byType = new Map<string, ServiceDefinition>();
  const loading = new Map<ServiceDefinition, Promise<Service>>();
  const loaded = new Map<string, Service>();
  const inOrder: Service[] = [];

  async function load(definition: ServiceDefinition): Promise<Service> {
    try {
      const service = await definition.load(context());
      inOrder.push(service);
      for (const name of [definition.name, ...(definition.aliases ?? [])]) loaded.set(name, service);
      return service;
    } catch (error) {
      loading.delete(definition);
      throw error;
    }
  }

  return {
    add(definition) {
      const names = [definition.name, ...(definition.aliases ?? [])];
      for (const name of names) {
        const taken = byName.get(name);
        if (taken) throw new Error(`service ${definition.name}: the name ${name} belongs to service ${taken.name}`);
      }
      for (const type of definition.resourceTypes) {
        const taken = byType.get(type);
        if (taken) throw new Error(`service ${definition.name}: ${type} belongs to service ${taken.name}`);
      }
      for (const name of names) byName.set(name, definition);
      for (const type of definition.resourceTypes) byType.set(type, definition);
    },
    find: (name) => byName.get(name),
    service(name) {
      const definition = byName.get(name);
      if (!definition) return Promise.reject(unknownService(name, [...byName.keys()]));
      let promise = loading.get(definition);
      if (!promise) {
        promise = load(definition);
        loading.set(definition, promise);
      }
      return promise;
    },
    loaded: (name) => loaded.get(name),
    forResourceType: (type) => byType.get(type) ?? byType.get(`${type.slice(0, type.indexOf('::'))}::*`),
    get knownTypes() {
      return [...byType.keys()];
    },
    get definitions() {
      return [...new Set(byName.values())];
    },
    async stop() {
      await Promise.allSettled(loading.values());
      const failures: unknown[] = [];
      for (const service of inOrder.splice(0).reverse()) {
        try {
          await service.stop?.();
        } catch (error) {
          failures.push(error);
        }
      }
      loaded.clear();
      loading.clear();
      if (failures.length > 0) throw failures[0];
    },
  };
}

function unknownService(name: string, known: readonly string[]): AwsError {
  const list = known.length > 0 ? known.toSorted().join(', ') : 'none';
  return new AwsError('ServiceNotEmulated', `The service "${name}" is not emulated here. Emulated: ${list}`, {
    statusCode: 501,
  });
}
