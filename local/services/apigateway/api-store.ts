/** What exists of APIs: kept in the store as documents, and as compiled stages in memory. */
import { randomBytes } from 'node:crypto';
import type { ServiceContext } from '../../kernel/service.ts';
import type { Collection } from '../../kernel/store.ts';
import type { Json, JsonObject } from '../../template/stack.ts';
import { API_POLICY, hasPolicy } from './authorization/api-policy.ts';
import { type CompiledStage, compileStage, type StageSettings } from './deployment.ts';
import { readOpenApi } from './openapi.ts';
import { type ApiParts, type MethodRecord, type ResourceRecord, withParts } from './resources.ts';

export interface ApiRecord {
  readonly id: string;
  readonly name: string;
  readonly rootResourceId: string;
  readonly body: JsonObject;
  readonly binaryMediaTypes: readonly string[];
  /** Of its endpoint: `EDGE` unless it says otherwise. */
  readonly endpointType?: string;
  /** Its own policy, as it was written; absent: it has none. */
  readonly policy?: Json;
}

export interface DeploymentRecord {
  readonly apiId: string;
  /** The whole document as it was when it was deployed: later changes of the API do not touch it. */
  readonly document: JsonObject;
}

interface NamedPart {
  readonly apiId: string;
  readonly name: string;
  readonly value: JsonObject;
}

export interface ApiStore {
  readonly apis: Collection<ApiRecord>;
  readonly deployments: Collection<DeploymentRecord>;
  readonly resources: Collection<ResourceRecord>;
  readonly methods: Collection<MethodRecord>;
  readonly models: Collection<NamedPart>;
  /** Properties of authorizers, by id. */
  readonly authorizers: Collection<NamedPart>;
  readonly validators: Collection<NamedPart>;
  readonly gatewayResponses: Collection<NamedPart>;
  /** The API's document with all its single resources. */
  document(api: ApiRecord): JsonObject;
  activate(settings: StageSettings): Promise<void>;
  deactivate(apiId: string, stage: string): void;
  /** In the order in which they were activated. */
  readonly stages: ReadonlyMap<string, CompiledStage>;
}

/** Ids as API Gateway makes them: ten lower-case letters and digits. */
export function apiGatewayId(length = 10): string {
  return Array.from(randomBytes(length), (byte) => (byte % 36).toString(36)).join('');
}

export function createApiStore(context: ServiceContext): ApiStore {
  const collection = <T>(name: string) => context.store.collection<T>('apigateway', name);
  const stages = new Map<string, CompiledStage>();
  const store: ApiStore = {
    apis: collection('apis'),
    deployments: collection('deployments'),
    resources: collection('resources'),
    methods: collection('methods'),
    models: collection('models'),
    authorizers: collection('authorizers'),
    validators: collection('validators'),
    gatewayResponses: collection('gateway-responses'),
    stages,
    document(api) {
      const merged = withParts(api.body, partsOf(store, api));
      const own = merged['x-amazon-apigateway-binary-media-types'];
      const types = [...(Array.isArray(own) ? own : []), ...api.binaryMediaTypes];
      const policy = merged[API_POLICY] ?? api.policy;
      return {
        ...merged,
        'x-amazon-apigateway-binary-media-types': types,
        ...(hasPolicy(policy) && { [API_POLICY]: policy }),
      };
    },
    async activate(settings) {
      const deployment = store.deployments.get(settings.deploymentId);
      if (!deployment) return;
      const { definition } = readOpenApi(deployment.document);
      const { accountId, region, partition, clock } = context;
      const account = { accountId, region, partition, now: () => clock.now() };
      const { name: apiName = settings.apiId, endpointType = 'EDGE' } = store.apis.get(settings.apiId) ?? {};
      const compiled = await compileStage({ ...definition, apiName, endpointType }, settings, account);
      stages.set(`${settings.apiId}/${settings.name}`, compiled);
    },
    deactivate: (apiId, stage) => void stages.delete(`${apiId}/${stage}`),
  };
  return store;
}

function partsOf(store: ApiStore, api: ApiRecord): ApiParts {
  const own = <T extends { readonly apiId: string }>(all: Collection<T>) =>
    all.list().filter(({ value }) => value.apiId === api.id);
  const byName = (all: Collection<NamedPart>) =>
    Object.fromEntries(own(all).map(({ value }) => [value.name, value.value]));
  return {
    rootResourceId: api.rootResourceId,
    resources: new Map(own(store.resources).map(({ key, value }) => [key, value])),
    methods: own(store.methods).map(({ value }) => value),
    models: byName(store.models),
    authorizers: new Map(own(store.authorizers).map(({ key, value }) => [key, value.value])),
    validators: new Map(
      own(store.validators).map(({ key, value }) => [
        key,
        { body: value.value.ValidateRequestBody === true, parameters: value.value.ValidateRequestParameters === true },
      ]),
    ),
    gatewayResponses: byName(store.gatewayResponses),
  };
}
