/**
 * `securityDefinitions`, `components.securitySchemes` and each operation's `security` → who may call what.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
 */
import type { Json, JsonObject } from '../../../template/stack.ts';
import { functionArnOf } from '../function-uri.ts';
import { isObject, objectAt, textAt } from '../json.ts';
import { resourceId } from '../request-context.ts';
import type {
  Authorizer,
  CognitoAuthorizer,
  IdentitySource,
  LambdaAuthorizer,
  RouteAuthorization,
} from './contract.ts';

type Report = (path: readonly (string | number)[], message: string) => void;

export interface Security {
  /** Of an operation: what its `security`, or else the document's, asks for. */
  authorizationOf(operation: JsonObject, path: readonly (string | number)[]): RouteSecurity;
}

export interface RouteSecurity {
  readonly authorization: RouteAuthorization;
  readonly apiKeyRequired: boolean;
}

type Scheme =
  | { readonly kind: 'authorizer'; readonly authorizer: Authorizer }
  | { readonly kind: 'iam' }
  | { readonly kind: 'api-key' }
  /** An authorizer that cannot be read: nobody is let in. */
  | { readonly kind: 'closed' }
  /** It says nothing that API Gateway knows. */
  | { readonly kind: 'ignored' };

/** As the SAM transform writes an operation that is open although the API has a default authorizer. */
const OPENED = 'NONE';
const NONE: RouteAuthorization = { kind: 'none' };
/** https://docs.aws.amazon.com/apigateway/latest/api/API_Authorizer.html */
const DEFAULT_TTL_SECONDS = 300;
const LONGEST_TTL_SECONDS = 3_600;
const AUTHORIZATION: IdentitySource = { in: 'header', name: 'authorization' };

export function readSecurity(document: JsonObject, report: Report): Security {
  const schemes = new Map<string, Scheme>();
  for (const [path, definitions] of schemesOf(document)) {
    for (const [name, scheme] of Object.entries(definitions)) {
      if (!isObject(scheme)) continue;
      schemes.set(
        name,
        readScheme(name, scheme, (at, message) => report([...path, name, ...at], message)),
      );
    }
  }
  return {
    authorizationOf(operation, path) {
      const auth = textAt(objectAt(operation, 'x-amazon-apigateway-auth'), 'type')?.toUpperCase();
      const required = operation.security ?? document.security;
      let authorization: RouteAuthorization = auth === 'AWS_IAM' ? { kind: 'iam' } : NONE;
      let apiKeyRequired = false;
      for (const [name, scopes] of requirementsIn(required)) {
        if (name === OPENED) continue;
        const scheme = schemes.get(name);
        if (!scheme) report([...path, 'security'], `Unable to find security definition ${name}`);
        if (scheme?.kind === 'api-key') apiKeyRequired = true;
        else if (authorization.kind === 'none' && auth !== 'NONE') authorization = requiredBy(scheme, scopes);
      }
      return { authorization, apiKeyRequired };
    },
  };
}

function requiredBy(
  scheme: Exclude<Scheme, { kind: 'api-key' }> | undefined,
  scopes: readonly string[],
): RouteAuthorization {
  switch (scheme?.kind) {
    case 'authorizer': {
      const { authorizer } = scheme;
      if (authorizer.type !== 'COGNITO_USER_POOLS') return { kind: 'lambda', authorizer };
      return { kind: 'cognito', authorizer, scopes };
    }
    case 'iam':
      return { kind: 'iam' };
    case 'ignored':
      return NONE;
    default:
      return { kind: 'closed' };
  }
}

function schemesOf(document: JsonObject): [path: string[], schemes: JsonObject][] {
  return [
    [['securityDefinitions'], objectAt(document, 'securityDefinitions')],
    [['components', 'securitySchemes'], objectAt(objectAt(document, 'components'), 'securitySchemes')],
  ];
}

/** `[{ name: [scope, …] }, …]`; API Gateway takes all of a list, whatever OpenAPI says of alternatives. */
function requirementsIn(security: Json | undefined): [name: string, scopes: string[]][] {
  const list = Array.isArray(security) ? security.filter(isObject) : [];
  return list.flatMap((entry) =>
    Object.entries(entry).map(([name, scopes]): [string, string[]] => [
      name,
      Array.isArray(scopes) ? scopes.map(String) : [],
    ]),
  );
}

function readScheme(name: string, scheme: JsonObject, report: Report): Scheme {
  const authType = textAt(scheme, 'x-amazon-apigateway-authtype')?.toLowerCase();
  if (authType === 'awssigv4') return { kind: 'iam' };
  const extension = scheme['x-amazon-apigateway-authorizer'];
  if (isObject(extension)) {
    const header = scheme.in === 'header' ? textAt(scheme, 'name') : undefined;
    const authorizer = readAuthorizer(textAt(extension, 'name') ?? name, extension, header, (at, message) =>
      report(['x-amazon-apigateway-authorizer', ...at], message),
    );
    return authorizer ? { kind: 'authorizer', authorizer } : { kind: 'closed' };
  }
  if (scheme.type === 'apiKey' && textAt(scheme, 'name')?.toLowerCase() === 'x-api-key') {
    report([], 'API keys are not emulated: requests pass without');
    return { kind: 'api-key' };
  }
  report([], `${name} has nothing that API Gateway knows, which lets requests pass that it should stop`);
  return { kind: 'ignored' };
}

/** @param header that the scheme names; of TOKEN and Cognito authorizers the place of the token */
function readAuthorizer(
  name: string,
  extension: JsonObject,
  header: string | undefined,
  report: Report,
): Authorizer | undefined {
  const type = textAt(extension, 'type')?.toUpperCase();
  const id = textAt(extension, 'id') ?? resourceId('authorizer', name);
  const own = { in: 'header', name: (header ?? AUTHORIZATION.name).toLowerCase() } as const;
  if (type === 'COGNITO_USER_POOLS') return readCognito(id, name, extension, own, report);
  if (type === 'TOKEN' || type === 'REQUEST') return readLambda(type, id, name, extension, own, report);
  report(['type'], `authorizers of type ${String(extension.type)} are not emulated: nobody is let in`);
  return undefined;
}

function readCognito(
  id: string,
  name: string,
  extension: JsonObject,
  own: IdentitySource,
  report: Report,
): CognitoAuthorizer {
  const arns = extension.providerARNs;
  const providerArns = Array.isArray(arns) ? arns.map(String) : [];
  if (providerArns.length === 0) report(['providerARNs'], 'Invalid Authorizer configuration: it has no user pool');
  const audience = expressionIn(extension, report);
  const source = sourcesIn(extension, report)[0] ?? own;
  return { type: 'COGNITO_USER_POOLS', id, name, providerArns, source, ...(audience && { audience }) };
}

function readLambda(
  type: 'TOKEN' | 'REQUEST',
  id: string,
  name: string,
  extension: JsonObject,
  own: IdentitySource,
  report: Report,
): LambdaAuthorizer | undefined {
  const functionArn = functionArnOf(textAt(extension, 'authorizerUri') ?? '');
  if (!functionArn) {
    report(['authorizerUri'], `Invalid Authorizer URI: ${JSON.stringify(extension.authorizerUri ?? null)}`);
    return undefined;
  }
  const credentials = textAt(extension, 'authorizerCredentials');
  const validation = type === 'TOKEN' ? expressionIn(extension, report) : undefined;
  const named = sourcesIn(extension, report);
  const sources = type === 'REQUEST' ? named : [named[0] ?? own];
  const ttl = Number(extension.authorizerResultTtlInSeconds ?? DEFAULT_TTL_SECONDS);
  if (!(ttl >= 0 && ttl <= LONGEST_TTL_SECONDS)) {
    report(['authorizerResultTtlInSeconds'], 'Authorizer result TTL must be between 0 and 3600 seconds');
  }
  return {
    type,
    id,
    name,
    functionArn,
    ...(credentials && { credentials }),
    sources,
    ...(validation && { validation }),
    ttlSeconds: Math.min(Math.max(ttl, 0), LONGEST_TTL_SECONDS) || 0,
  };
}

const SOURCE = /^(?:method\.request\.(header|querystring)|(stageVariables|context))\.(.+)$/;

/** `method.request.header.Authorization, method.request.querystring.tenant, stageVariables.x, context.identity.y` */
function sourcesIn(extension: JsonObject, report: Report): IdentitySource[] {
  const text = textAt(extension, 'identitySource') ?? '';
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .flatMap((one) => {
      const [, ofRequest, ofContext, name = ''] = SOURCE.exec(one) ?? [];
      const where = (ofRequest ?? ofContext) as IdentitySource['in'] | undefined;
      if (where === undefined) {
        report(['identitySource'], `Invalid identity source: ${one}`);
        return [];
      }
      return [{ in: where, name: where === 'header' ? name.toLowerCase() : name }];
    });
}

/** It matches a whole text, as Java's do. */
function expressionIn(extension: JsonObject, report: Report): RegExp | undefined {
  const text = textAt(extension, 'identityValidationExpression');
  if (!text) return undefined;
  try {
    return new RegExp(`^(?:${text})$`);
  } catch {
    report(['identityValidationExpression'], `Invalid identity validation expression specified: ${text}`);
    // Nobody is let in by what nobody can read.
    return /(?!)/;
  }
}
