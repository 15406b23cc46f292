/** OpenAPI 3.0 and Swagger 2.0 with AWS's extensions → `ApiDefinition`. Pure; collects findings instead of stopping. */
import type { Json, JsonObject } from '../../template/stack.ts';
import { API_POLICY, faultInPolicy, hasPolicy } from './authorization/api-policy.ts';
import { readSecurity, type Security } from './authorization/read-security.ts';
import type { ApiDefinition, DefinitionFinding, RouteDefinition, Validation } from './definition.ts';
import { readGatewayResponses } from './gateway-responses.ts';
import { readIntegration } from './integrations.ts';
import { isObject, objectAt, textAt } from './json.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const ANY = 'x-amazon-apigateway-any-method';

export interface ReadApi {
  readonly definition: ApiDefinition;
  readonly findings: readonly DefinitionFinding[];
}

export function readOpenApi(document: JsonObject): ReadApi {
  const findings: DefinitionFinding[] = [];
  const report = (path: readonly (string | number)[], message: string) => void findings.push({ path, message });
  const security = readSecurity(document, report);
  const routes: RouteDefinition[] = [];
  for (const [resource, item] of Object.entries(objectAt(document, 'paths'))) {
    if (!isObject(item)) continue;
    for (const [key, operation] of Object.entries(item)) {
      if (!METHODS.includes(key) && key !== ANY) continue;
      if (!isObject(operation)) continue;
      const route = readOperation({ document, security, report }, resource, key, item, operation);
      if (route) routes.push(route);
    }
  }
  reportPolicy(document, report);
  const binary = document['x-amazon-apigateway-binary-media-types'];
  const policy = document[API_POLICY];
  return {
    definition: {
      routes,
      models: schemasOf(document),
      gatewayResponses: readGatewayResponses(objectAt(document, 'x-amazon-apigateway-gateway-responses')),
      binaryMediaTypes: Array.isArray(binary) ? binary.map(String) : [],
      ...(hasPolicy(policy) && { policy }),
    },
    findings,
  };
}

type Report = (path: readonly (string | number)[], message: string) => void;

interface Reading {
  readonly document: JsonObject;
  readonly security: Security;
  readonly report: Report;
}

function readOperation(
  { document, security, report }: Reading,
  resource: string,
  key: string,
  item: JsonObject,
  operation: JsonObject,
): RouteDefinition | undefined {
  const path = ['paths', resource, key];
  const integration = operation['x-amazon-apigateway-integration'];
  if (!isObject(integration)) {
    report(path, 'No integration defined for method');
    return undefined;
  }
  const read = readIntegration(integration, (message, at = []) =>
    report([...path, 'x-amazon-apigateway-integration', ...at], message),
  );
  if (!read) return undefined;
  const operationName = textAt(operation, 'operationId');
  return {
    resource,
    method: key === ANY ? 'ANY' : key.toUpperCase(),
    ...(operationName && { operationName }),
    authorization: security.authorizationOf(operation, path).authorization,
    integration: read,
    validation: readValidation(document, item, operation, (message) => report(path, message)),
  };
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-validation-set-up.html */
function readValidation(
  document: JsonObject,
  item: JsonObject,
  operation: JsonObject,
  report: (message: string) => void,
): Validation {
  const key = 'x-amazon-apigateway-request-validator';
  const name = textAt(operation, key) ?? textAt(document, key);
  const none: Validation = { requiredParameters: [], bodySchemas: {}, bodyRequired: false };
  if (name === undefined) return none;
  const validator = objectAt(document, 'x-amazon-apigateway-request-validators')[name];
  if (!isObject(validator)) {
    report(`Invalid request validator specified: ${name}`);
    return none;
  }
  const parameters = [...listAt(item, 'parameters'), ...listAt(operation, 'parameters')].map((p) => deref(document, p));
  const required = validator.validateRequestParameters === true ? parameters.filter((p) => p.required === true) : [];
  const body = validator.validateRequestBody === true ? bodyOf(document, operation, parameters) : none;
  return {
    requiredParameters: required.flatMap((parameter) => {
      const where = { query: 'querystring', header: 'header', path: 'path' }[String(parameter.in)];
      return where ? [{ in: where as 'querystring' | 'header' | 'path', name: String(parameter.name) }] : [];
    }),
    bodySchemas: body.bodySchemas,
    bodyRequired: body.bodyRequired,
  };
}

function bodyOf(
  document: JsonObject,
  operation: JsonObject,
  parameters: readonly JsonObject[],
): Pick<Validation, 'bodySchemas' | 'bodyRequired'> {
  const inBody = parameters.find((parameter) => parameter.in === 'body');
  if (inBody)
    return { bodySchemas: { 'application/json': objectAt(inBody, 'schema') }, bodyRequired: inBody.required === true };
  if (!isObject(operation.requestBody)) return { bodySchemas: {}, bodyRequired: false };
  const body = deref(document, operation.requestBody);
  const schemas: Record<string, JsonObject> = {};
  for (const [type, content] of Object.entries(objectAt(body, 'content'))) {
    if (isObject(content) && isObject(content.schema)) schemas[type.toLowerCase()] = content.schema;
  }
  return { bodySchemas: schemas, bodyRequired: body.required === true };
}

function schemasOf(document: JsonObject): Record<string, JsonObject> {
  const all = { ...objectAt(document, 'definitions'), ...objectAt(objectAt(document, 'components'), 'schemas') };
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, JsonObject] => isObject(entry[1])));
}

function deref(document: JsonObject, value: Json): JsonObject {
  if (!isObject(value)) return {};
  const reference = textAt(value, '$ref');
  if (!reference?.startsWith('#/')) return value;
  let found: Json | undefined = document;
  for (const part of reference.slice(2).split('/')) found = isObject(found) ? found[part] : undefined;
  return isObject(found) ? found : {};
}

function listAt(value: JsonObject, key: string): Json[] {
  const list = value[key];
  return Array.isArray(list) ? list : [];
}

function reportPolicy(document: JsonObject, report: Report): void {
  const fault = faultInPolicy(document[API_POLICY]);
  if (fault) report([API_POLICY, ...fault.path], `Invalid policy document: ${fault.message}`);
}
