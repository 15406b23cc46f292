import type { JsonObject } from '../../template/stack.ts';
import type { ExistingResource, Provider, ResourceRequest } from '../provider.ts';
import type { Registry } from '../registry.ts';
import type { Dispatch } from '../service.ts';
import type { ResourceRecord, StackBook } from './book.ts';
import type { ResourceStatus, StackEvent, StackStatus } from './contract.ts';
import { type Ask, resolveDynamicReferences } from './dynamic-references.ts';

export interface ActionOptions {
  readonly stackName: string;
  readonly stackId: string;
  readonly book: StackBook;
  readonly registry: Registry;
  readonly dispatch: Dispatch;
  readonly now: () => number;
  readonly onEvent?: (event: StackEvent) => void;
}

/** The template's part of a record: what an unchanged resource may still change in. */
export type Policies = Pick<ResourceRecord, 'dependsOn' | 'deletionPolicy' | 'updateReplacePolicy' | 'at'>;

export function policiesOf(node: Omit<Policies, 'dependsOn'>, dependsOn: Iterable<string>): Policies {
  const { deletionPolicy, updateReplacePolicy, at } = node;
  return {
    dependsOn: [...dependsOn],
    ...(deletionPolicy !== undefined && { deletionPolicy }),
    ...(updateReplacePolicy !== undefined && { updateReplacePolicy }),
    ...(at !== undefined && { at }),
  };
}

/**
 * What can be done with one resource of one stack. Each action asks the provider, writes the record before and after,
 * and tells of both; it rejects with what the provider threw, leaving the record as a crash at that moment would.
 */
export class ResourceActions {
  readonly stackName: string;
  readonly stackId: string;
  readonly book: StackBook;
  readonly #options: ActionOptions;

  constructor(options: ActionOptions) {
    this.stackName = options.stackName;
    this.stackId = options.stackId;
    this.book = options.book;
    this.#options = options;
  }

  /** Undefined for a type that no service here provides. Loads the service. */
  async provider(type: string): Promise<Provider | undefined> {
    const definition = this.#options.registry.forResourceType(type);
    if (!definition) return undefined;
    const { providers } = await this.#options.registry.service(definition.name);
    const exact = Object.hasOwn(providers, type) ? type : `${type.split('::')[0]}::*`;
    if (Object.hasOwn(providers, exact)) return providers[exact];
    throw new Error(`the service ${definition.name} announces ${type}, but brings no provider for it`);
  }

  async create(provider: Provider, request: ResourceRequest, policies: Policies): Promise<ResourceRecord> {
    const { logicalId, type, properties, generatedName } = request;
    const begun: ResourceRecord = {
      ...{ logicalId, type, properties, generatedName, ...policies },
      physicalId: '',
      attributes: {},
      emulated: true,
      state: 'creating',
    };
    return this.#tell(begun, 'CREATE', async () => {
      this.book.put(this.stackName, begun);
      const { physicalId, attributes = {} } = await provider.create(await this.#resolved(request));
      const made: ResourceRecord = { ...begun, physicalId, attributes, state: 'complete' };
      this.book.put(this.stackName, made);
      return made;
    });
  }

  /** When the provider replaces the resource, the one that `record` describes is retired until the clean-up. */
  async update(
    provider: Provider,
    request: ResourceRequest,
    record: ResourceRecord,
    policies: Policies,
  ): Promise<ResourceRecord> {
    return this.#tell(record, 'UPDATE', async () => {
      this.book.put(this.stackName, { ...record, state: 'updating' });
      const result = await provider.update(await this.#resolved(request), await this.existing(record));
      const isReplaced = result.physicalId !== record.physicalId;
      const renamed = isReplaced && isNamedAfter(result.physicalId, request.replacementName);
      const { logicalId, type, emulated } = record;
      const changed: ResourceRecord = {
        ...{ logicalId, type, emulated, ...policies },
        physicalId: result.physicalId,
        properties: request.properties,
        attributes: result.attributes ?? record.attributes,
        generatedName: renamed ? request.replacementName : record.generatedName,
        state: 'complete',
      };
      this.book.together(() => {
        if (isReplaced) this.book.retire(this.stackName, record);
        this.book.put(this.stackName, changed);
      });
      return changed;
    });
  }

  /** `forget` says which of the book's lists the record is to leave once the thing itself is gone. */
  async delete(record: ResourceRecord, forget: () => void): Promise<void> {
    await this.#tell(record, 'DELETE', async () => {
      if (record.emulated && record.physicalId !== '') {
        const provider = await this.provider(record.type);
        await provider?.delete(await this.existing(record));
      }
      forget();
      return record;
    });
  }

  /** What providers are given of a record; a dynamic reference that no longer leads anywhere stays as text. */
  async existing(record: ResourceRecord): Promise<ExistingResource> {
    const { logicalId, type, physicalId, attributes } = record;
    const properties = await this.#withSecrets(record.properties, type).catch(() => record.properties);
    return { logicalId, type, physicalId, attributes, properties };
  }

  resourceEvent(
    record: Pick<ResourceRecord, 'logicalId' | 'type' | 'physicalId'>,
    status: ResourceStatus,
    reason?: string,
  ) {
    const { logicalId, type, physicalId } = record;
    this.#emit({ logicalId, type, ...(physicalId && { physicalId }), status, ...(reason && { reason }) });
  }

  stackEvent(status: StackStatus, reason?: string): void {
    const { stackName, stackId } = this;
    const type = 'AWS::CloudFormation::Stack';
    this.#emit({ logicalId: stackName, type, physicalId: stackId, status, ...(reason && { reason }) });
  }

  #emit(event: Omit<StackEvent, 'timestamp' | 'stackName'>): void {
    const whole: StackEvent = { timestamp: this.#options.now(), stackName: this.stackName, ...event };
    this.book.addEvent(whole);
    this.#options.onEvent?.(whole);
  }

  async #tell(
    record: ResourceRecord,
    verb: 'CREATE' | 'UPDATE' | 'DELETE',
    work: () => Promise<ResourceRecord>,
  ): Promise<ResourceRecord> {
    this.resourceEvent(record, `${verb}_IN_PROGRESS`);
    try {
      const result = await work();
      this.resourceEvent(result, `${verb}_COMPLETE`);
      return result;
    } catch (error) {
      this.resourceEvent(record, `${verb}_FAILED`, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async #resolved(request: ResourceRequest): Promise<ResourceRequest> {
    const properties = await this.#withSecrets(request.properties, request.type);
    return properties === request.properties ? request : { ...request, properties };
  }

  #withSecrets(properties: JsonObject, type: string): Promise<JsonObject> {
    const { dispatch } = this.#options;
    // With the permissions of whoever deploys.
    const caller = { kind: 'internal', service: 'cloudformation.amazonaws.com' } as const;
    const ask: Ask = (service, operation, input) => dispatch({ caller, service, operation, input });
    return resolveDynamicReferences(properties, type, ask);
  }
}

/** Providers shorten generated names and change their case as a service asks; the random end tells them apart. */
function isNamedAfter(physicalId: string, generatedName: string): boolean {
  const end = generatedName.slice(generatedName.lastIndexOf('-') + 1);
  return physicalId.toLowerCase().includes(end.toLowerCase());
}
