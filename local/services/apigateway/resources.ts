/**
 * APIs written as single resources (`AWS::ApiGateway::Resource`, `Method`, `Model` …) in the terms of an OpenAPI
 * document, so that there is one reader for both.
 */
import type { Json, JsonObject } from '../../template/stack.ts';
import { isObject, objectAt, textAt } from './json.ts';

export interface ResourceRecord {
  readonly apiId: string;
  readonly parentId: string;
  readonly pathPart: string;
}

export interface MethodRecord {
  readonly apiId: string;
  readonly resourceId: string;
  readonly properties: JsonObject;
}

export interface ApiParts {
  readonly rootResourceId: string;
  readonly resources: ReadonlyMap<string, ResourceRecord>;
  readonly methods: readonly MethodRecord[];
  readonly models: Readonly<Record<string, JsonObject>>;
  /** Properties of `AWS::ApiGateway::Authorizer` by id. */
  readonly authorizers: ReadonlyMap<string, JsonObject>;
  readonly validators: ReadonlyMap<string, { readonly body: boolean; readonly parameters: boolean }>;
  readonly gatewayResponses: JsonObject;
}

/** Adds the parts to the document that came as `Body`, if any. */
export function withParts(body: JsonObject, parts: ApiParts): JsonObject {
  const paths: JsonObject = { ...objectAt(body, 'paths') };
  for (const method of parts.methods) {
    const path = pathOf(method.resourceId, parts);
    if (path === undefined) continue;
    const item = isObject(paths[path]) ? paths[path] : {};
    const name = String(method.properties.HttpMethod).toUpperCase();
    const key = name === 'ANY' ? 'x-amazon-apigateway-any-method' : name.toLowerCase();
    paths[path] = { ...item, [key]: operationOf(method.properties, parts) };
  }
  const validators: JsonObject = { ...objectAt(body, 'x-amazon-apigateway-request-validators') };
  for (const [id, validator] of parts.validators) {
    validators[id] = { validateRequestBody: validator.body, validateRequestParameters: validator.parameters };
  }
  const components = objectAt(body, 'components');
  return {
    ...body,
    paths,
    components: {
      ...components,
      schemas: { ...objectAt(components, 'schemas'), ...parts.models },
      securitySchemes: { ...objectAt(components, 'securitySchemes'), ...schemesOf(parts.authorizers) },
    },
    'x-amazon-apigateway-request-validators': validators,
    'x-amazon-apigateway-gateway-responses': {
      ...objectAt(body, 'x-amazon-apigateway-gateway-responses'),
      ...parts.gatewayResponses,
    },
  };
}

function pathOf(resourceId: string, parts: ApiParts): string | undefined {
  if (resourceId === parts.rootResourceId) return '/';
  const resource = parts.resources.get(resourceId);
  if (!resource) return undefined;
  const parent = pathOf(resource.parentId, parts);
  return parent === undefined ? undefined : `${parent === '/' ? '' : parent}/${resource.pathPart}`;
}

function operationOf(properties: JsonObject, parts: ApiParts): JsonObject {
  const integration = objectAt(properties, 'Integration');
  const operation: JsonObject = {
    'x-amazon-apigateway-integration': {
      type: textAt(integration, 'Type') ?? 'MOCK',
      uri: integration.Uri ?? null,
      ...(integration.Credentials !== undefined && { credentials: integration.Credentials }),
      ...(integration.ResponseTransferMode !== undefined && { responseTransferMode: integration.ResponseTransferMode }),
      timeoutInMillis: integration.TimeoutInMillis ?? 29_000,
      requestTemplates: integration.RequestTemplates ?? {},
      responses: mockResponses(integration.IntegrationResponses),
    },
    parameters: parametersOf(objectAt(properties, 'RequestParameters')),
  };
  const name = textAt(properties, 'OperationName');
  if (name) operation.operationId = name;
  const validator = textAt(properties, 'RequestValidatorId');
  if (validator) operation['x-amazon-apigateway-request-validator'] = validator;
  const content: JsonObject = {};
  for (const [type, model] of Object.entries(objectAt(properties, 'RequestModels'))) {
    content[type] = { schema: parts.models[String(model)] ?? {} };
  }
  if (Object.keys(content).length > 0) operation.requestBody = { required: true, content };
  operation.security = securityOf(properties);
  return operation;
}

/** Names of schemes that no author can write. */
const SIGNED = '\0sigv4';
const API_KEY = '\0api_key';

/** A method has no default: without an authorization type it is open. */
function securityOf(properties: JsonObject): Json[] {
  const type = textAt(properties, 'AuthorizationType')?.toUpperCase() ?? 'NONE';
  const scopes = Array.isArray(properties.AuthorizationScopes) ? properties.AuthorizationScopes : [];
  const required: Json[] = [];
  if (type === 'AWS_IAM') required.push({ [SIGNED]: [] });
  else if (type !== 'NONE') required.push({ [textAt(properties, 'AuthorizerId') ?? type]: scopes });
  if (properties.ApiKeyRequired === true) required.push({ [API_KEY]: [] });
  return required;
}

/** Authorizers of their own as the security schemes they would be in a document. */
function schemesOf(authorizers: ApiParts['authorizers']): JsonObject {
  const schemes: JsonObject = {
    [SIGNED]: { type: 'apiKey', name: 'Authorization', in: 'header', 'x-amazon-apigateway-authtype': 'awsSigv4' },
    [API_KEY]: { type: 'apiKey', name: 'x-api-key', in: 'header' },
  };
  for (const [id, properties] of authorizers) {
    const { ProviderARNs, AuthorizerUri, AuthorizerCredentials, AuthorizerResultTtlInSeconds } = properties;
    schemes[id] = {
      type: 'apiKey',
      name: 'Authorization',
      in: 'header',
      'x-amazon-apigateway-authorizer': {
        id,
        name: properties.Name ?? id,
        type: properties.Type ?? null,
        ...(ProviderARNs !== undefined && { providerARNs: ProviderARNs }),
        ...(AuthorizerUri !== undefined && { authorizerUri: AuthorizerUri }),
        ...(AuthorizerCredentials !== undefined && { authorizerCredentials: AuthorizerCredentials }),
        ...(AuthorizerResultTtlInSeconds !== undefined && {
          authorizerResultTtlInSeconds: AuthorizerResultTtlInSeconds,
        }),
        ...(properties.IdentitySource !== undefined && { identitySource: properties.IdentitySource }),
        ...(properties.IdentityValidationExpression !== undefined && {
          identityValidationExpression: properties.IdentityValidationExpression,
        }),
      },
    };
  }
  return schemes;
}

/** `method.request.querystring.name: true` → an OpenAPI parameter. */
function parametersOf(parameters: JsonObject): Json[] {
  return Object.entries(parameters).flatMap(([key, required]) => {
    const match = /^method\.request\.(querystring|header|path)\.(.+)$/.exec(key);
    if (!match) return [];
    const where = match[1] === 'querystring' ? 'query' : (match[1] ?? '');
    return [{ in: where, name: match[2] ?? '', required: required === true || required === 'true' }];
  });
}

function mockResponses(responses: Json | undefined): JsonObject {
  const result: JsonObject = {};
  for (const response of Array.isArray(responses) ? responses : []) {
    if (!isObject(response)) continue;
    result[textAt(response, 'SelectionPattern') || 'default'] = {
      statusCode: response.StatusCode ?? 200,
      responseParameters: response.ResponseParameters ?? {},
      responseTemplates: response.ResponseTemplates ?? {},
    };
  }
  return result;
}
