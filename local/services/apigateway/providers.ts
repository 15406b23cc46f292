/** The CloudFormation types of REST APIs. */
import { AwsError } from '../../kernel/aws-error.ts';
import type {
  ExistingResource,
  Provider,
  ResourceRequest,
  ResourceResult,
  Unsupported,
} from '../../kernel/provider.ts';
import { documentFindings } from '../../policy/iam/findings.ts';
import type { Json, JsonObject } from '../../template/stack.ts';
import { type ApiStore, apiGatewayId } from './api-store.ts';
import { API_POLICY, faultInPolicy } from './authorization/api-policy.ts';
import type { StageSettings } from './deployment.ts';
import { isObject, objectAt, textAt, textsOf } from './json.ts';
import { readOpenApi } from './openapi.ts';

export function createProviders(store: ApiStore): Record<string, Provider> {
  return {
    'AWS::ApiGateway::RestApi': restApiProvider(store),
    'AWS::ApiGateway::Deployment': deploymentProvider(store),
    'AWS::ApiGateway::Stage': stageProvider(store),
    'AWS::ApiGateway::Resource': partProvider(store.resources, (properties) => ({
      apiId: required(properties, 'RestApiId'),
      parentId: required(properties, 'ParentId'),
      pathPart: required(properties, 'PathPart'),
    })),
    'AWS::ApiGateway::Method': partProvider(store.methods, (properties) => ({
      apiId: required(properties, 'RestApiId'),
      resourceId: required(properties, 'ResourceId'),
      properties,
    })),
    'AWS::ApiGateway::Model': partProvider(store.models, (properties, request) => ({
      apiId: required(properties, 'RestApiId'),
      name: textAt(properties, 'Name') ?? request.generatedName,
      value: schemaOf(properties.Schema),
    })),
    'AWS::ApiGateway::Authorizer': partProvider(store.authorizers, (properties, request) => ({
      apiId: required(properties, 'RestApiId'),
      name: textAt(properties, 'Name') ?? request.generatedName,
      value: properties,
    })),
    'AWS::ApiGateway::RequestValidator': partProvider(store.validators, (properties, request) => ({
      apiId: required(properties, 'RestApiId'),
      name: textAt(properties, 'Name') ?? request.generatedName,
      value: properties,
    })),
    'AWS::ApiGateway::GatewayResponse': partProvider(store.gatewayResponses, (properties) => ({
      apiId: required(properties, 'RestApiId'),
      name: required(properties, 'ResponseType'),
      value: {
        statusCode: properties.StatusCode ?? null,
        responseParameters: properties.ResponseParameters ?? {},
        responseTemplates: properties.ResponseTemplates ?? {},
      },
    })),
  };
}

function restApiProvider(store: ApiStore): Provider {
  const put = (id: string, rootResourceId: string, { properties, generatedName }: ResourceRequest): ResourceResult => {
    const body = objectAt(properties, 'Body');
    const name = textAt(properties, 'Name') ?? textAt(objectAt(body, 'info'), 'title') ?? generatedName;
    const types = properties.BinaryMediaTypes;
    const binaryMediaTypes = Array.isArray(types) ? types.map(String) : [];
    const { Policy } = properties;
    const fault = faultInPolicy(Policy) ?? faultInPolicy(body[API_POLICY]);
    if (fault) throw new AwsError('BadRequestException', `Invalid policy document. ${fault.message}`);
    const endpointTypes = objectAt(properties, 'EndpointConfiguration').Types;
    store.apis.put(id, {
      id,
      name,
      rootResourceId,
      body,
      binaryMediaTypes,
      endpointType: Array.isArray(endpointTypes) ? String(endpointTypes[0]) : 'EDGE',
      ...(Policy !== undefined && { policy: Policy }),
    });
    return { physicalId: id, attributes: { RootResourceId: rootResourceId, RestApiId: id } };
  };
  return {
    create: (request) => put(apiGatewayId(), apiGatewayId(), request),
    update: (request, { physicalId }) =>
      put(physicalId, store.apis.get(physicalId)?.rootResourceId ?? apiGatewayId(), request),
    delete: ({ physicalId }) => void store.apis.delete(physicalId),
    async unsupported({ properties }) {
      const findings: Unsupported[] = isObject(properties.Body)
        ? readOpenApi(properties.Body).findings.map(({ path, message }) => ({ path: ['Body', ...path], message }))
        : [];
      for (const name of ['BodyS3Location', 'CloneFrom']) {
        if (properties[name] !== undefined) findings.push({ path: [name], message: `${name} is not emulated` });
      }
      const ofBody = isObject(properties.Body) ? properties.Body[API_POLICY] : undefined;
      return [
        ...findings,
        ...(await documentFindings(properties.Policy, 'endpoint', ['Policy'])),
        ...(await documentFindings(ofBody, 'endpoint', ['Body', API_POLICY])),
      ];
    },
  };
}

function deploymentProvider(store: ApiStore): Provider {
  const deploy = async ({ properties }: ResourceRequest): Promise<ResourceResult> => {
    const apiId = required(properties, 'RestApiId');
    const api = store.apis.get(apiId);
    if (!api) throw new AwsError('NotFoundException', 'Invalid API identifier specified', { statusCode: 404 });
    const id = apiGatewayId(6);
    store.deployments.put(id, { apiId, document: store.document(api) });
    const stageName = textAt(properties, 'StageName');
    if (stageName) await store.activate(plainStage(apiId, stageName, id));
    return { physicalId: id, attributes: { DeploymentId: id } };
  };
  return {
    create: deploy,
    // A deployment is a snapshot: what changes about it is its description alone, unless it belongs to another API.
    update: (request, existing) =>
      request.properties.RestApiId === existing.properties.RestApiId
        ? { physicalId: existing.physicalId, attributes: existing.attributes }
        : deploy(request),
    delete: ({ physicalId }) => void store.deployments.delete(physicalId),
    async restore({ physicalId, properties }) {
      const stageName = textAt(properties, 'StageName');
      if (stageName) await store.activate(plainStage(required(properties, 'RestApiId'), stageName, physicalId));
      return undefined;
    },
  };
}

/** A stage that came with its deployment, without settings of its own. */
function plainStage(apiId: string, name: string, deploymentId: string): StageSettings {
  return { apiId, name, deploymentId, variables: {}, tracing: false, throttles: [], logging: [], metrics: [] };
}

function stageProvider(store: ApiStore): Provider {
  const activate = async (properties: JsonObject): Promise<ResourceResult> => {
    const settings = stageSettings(properties);
    if (!store.deployments.get(settings.deploymentId)) {
      throw new AwsError('BadRequestException', 'Deployment id does not exist', { statusCode: 400 });
    }
    await store.activate(settings);
    return { physicalId: settings.name };
  };
  const deactivate = ({ properties, physicalId }: ExistingResource) =>
    store.deactivate(String(properties.RestApiId), physicalId);
  return {
    create: ({ properties }) => activate(properties),
    update: ({ properties }) => activate(properties),
    delete: deactivate,
    async restore({ properties }) {
      await store.activate(stageSettings(properties));
      return undefined;
    },
    unsupported({ properties }) {
      const ignored = ['CacheClusterEnabled', 'ClientCertificateId', 'CanarySetting'];
      return ignored
        .filter((name) => properties[name] !== undefined && properties[name] !== false)
        .map((name) => ({ path: [name], message: `${name} is not emulated` }));
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-stage.html */
function stageSettings(properties: JsonObject): StageSettings {
  const settings = Array.isArray(properties.MethodSettings) ? properties.MethodSettings.filter(isObject) : [];
  const log = objectAt(properties, 'AccessLogSetting');
  const destination = /:log-group:([^:]+)/.exec(textAt(log, 'DestinationArn') ?? '')?.[1];
  const format = textAt(log, 'Format');
  return {
    apiId: required(properties, 'RestApiId'),
    name: required(properties, 'StageName'),
    deploymentId: required(properties, 'DeploymentId'),
    variables: textsOf(objectAt(properties, 'Variables')),
    tracing: properties.TracingEnabled === true || properties.TracingEnabled === 'true',
    ...(destination && format && { accessLog: { logGroup: destination, format } }),
    logging: settings.flatMap((setting) => {
      const level = textAt(setting, 'LoggingLevel');
      return level === undefined ? [] : [{ ...scopeOf(setting), logsErrors: level !== 'OFF' }];
    }),
    metrics: settings.flatMap((setting) => {
      const { MetricsEnabled } = setting;
      const isDetailed = MetricsEnabled === true || MetricsEnabled === 'true';
      return MetricsEnabled === undefined ? [] : [{ ...scopeOf(setting), isDetailed }];
    }),
    throttles: settings.flatMap((setting) => {
      const rate = Number(setting.ThrottlingRateLimit ?? Number.NaN);
      const burst = Number(setting.ThrottlingBurstLimit ?? Number.NaN);
      if (Number.isNaN(rate) || Number.isNaN(burst)) return [];
      return [{ ...scopeOf(setting), rate, burst }];
    }),
  };
}

/** Which methods one of MethodSettings is about: `/~1tickets~1{id}` is `/tickets/{id}`. */
function scopeOf(setting: JsonObject): { readonly method: string; readonly resource: string } {
  const resource = (textAt(setting, 'ResourcePath') ?? '/*').replaceAll('~1', '/').replace(/^\/\//, '/');
  return { method: textAt(setting, 'HttpMethod') ?? '*', resource };
}

/** A part of an API that only counts with the next deployment. */
function partProvider<T>(
  collection: { put(key: string, value: T): void; delete(key: string): boolean },
  read: (properties: JsonObject, request: ResourceRequest) => T,
): Provider {
  return {
    create(request) {
      const id = apiGatewayId(6);
      collection.put(id, read(request.properties, request));
      return { physicalId: id, attributes: partAttributes(request.type, id) };
    },
    update(request, { physicalId, attributes }) {
      collection.put(physicalId, read(request.properties, request));
      return { physicalId, attributes };
    },
    delete: ({ physicalId }) => void collection.delete(physicalId),
  };
}

function partAttributes(type: string, id: string): Record<string, Json> {
  if (type === 'AWS::ApiGateway::Resource') return { ResourceId: id };
  if (type === 'AWS::ApiGateway::RequestValidator') return { RequestValidatorId: id };
  if (type === 'AWS::ApiGateway::Authorizer') return { AuthorizerId: id };
  return { Id: id };
}

/** A model's schema may be written as a JSON text. */
function schemaOf(schema: Json | undefined): JsonObject {
  if (typeof schema === 'string') {
    try {
      const parsed = JSON.parse(schema) as Json;
      return isObject(parsed) ? parsed : {};
    } catch {
      throw new AwsError('BadRequestException', 'Invalid model schema specified: it is not valid JSON');
    }
  }
  return isObject(schema) ? schema : {};
}

function required(properties: JsonObject, name: string): string {
  const value = textAt(properties, name);
  if (value === undefined) throw new AwsError('ValidationError', `Property ${name} cannot be empty.`);
  return value;
}
