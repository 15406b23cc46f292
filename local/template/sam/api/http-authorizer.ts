/** Authorizers of an HTTP API: JWT, Lambda, IAM. */
import type { Json, JsonObject } from '../../stack.ts';
import { gatewayArn } from '../arn.ts';
import { InvalidResource } from '../errors.ts';
import { expect } from '../expect.ts';
import { sub } from '../intrinsics.ts';
import { entriesOf } from '../python/tree.ts';
import { isList, isNone, type Maybe, truthy } from '../python/values.ts';

const AUTHORIZER = 'x-amazon-apigateway-authorizer';

type Kind = 'iam' | 'jwt' | 'lambda';

/** Which properties exist, for which kind, in the order they are checked. */
const PROPERTIES: readonly (readonly [name: string, kind: Kind, title: string])[] = [
  ['AuthorizationScopes', 'jwt', 'OAuth2 Authorizer'],
  ['JwtConfiguration', 'jwt', 'OAuth2 Authorizer'],
  ['IdentitySource', 'jwt', "OAuth2 Authorizer. For Lambda Authorizer, use the 'Identity' property instead"],
  ['FunctionArn', 'lambda', 'Lambda Authorizer'],
  ['FunctionInvokeRole', 'lambda', 'Lambda Authorizer'],
  ['Identity', 'lambda', 'Lambda Authorizer'],
  ['AuthorizerPayloadFormatVersion', 'lambda', 'Lambda Authorizer'],
  ['EnableSimpleResponses', 'lambda', 'Lambda Authorizer'],
  ['EnableFunctionDefaultPermissions', 'lambda', 'Lambda Authorizer'],
];

class HttpAuthorizer {
  readonly name: string;
  readonly functionArn: Maybe;
  readonly needsPermission: boolean;
  readonly #apiId: string;
  readonly #kind: Kind;
  readonly #config: JsonObject;

  /** `config` undefined: IAM. @throws InvalidResource */
  constructor(apiId: string, name: string, config: JsonObject | undefined) {
    this.name = name;
    this.#apiId = apiId;
    this.#config = config ?? {};
    const jwt = this.#config['JwtConfiguration'];
    if (truthy(jwt)) expect(jwt, apiId, 'JwtConfiguration').map();
    this.#kind = config === undefined ? 'iam' : truthy(jwt) ? 'jwt' : 'lambda';
    this.#check();
    const { FunctionArn, EnableFunctionDefaultPermissions: enabled } = this.#config;
    this.functionArn = FunctionArn;
    this.needsPermission = truthy(FunctionArn) && truthy(enabled);
    if (!isNone(enabled)) expect(enabled, apiId, `Authorizers.${name}.EnableFunctionDefaultPermissions`).boolean();
  }

  get scopes(): Json[] {
    return isList(this.#config['AuthorizationScopes']) ? this.#config['AuthorizationScopes'] : [];
  }

  #check(): void {
    const refuse = (message: string) => new InvalidResource(this.#apiId, message, `Auth.Authorizers.${this.name}`);
    const scopes = this.#config['AuthorizationScopes'];
    if (!isNone(scopes) && !isList(scopes)) throw refuse('AuthorizationScopes must be a list.');
    for (const [name, kind, title] of PROPERTIES) {
      const given = name === 'JwtConfiguration' ? truthy(this.#config[name]) : !isNone(this.#config[name]);
      if (given && kind !== this.#kind) throw refuse(`${name} is only supported for ${title}.`);
    }
    const requires = (title: string, name: string) => {
      if (!truthy(this.#config[name])) throw refuse(`${this.name} ${title} Authorizer must define '${name}'.`);
    };
    if (this.#kind === 'jwt') requires('OAuth2', 'IdentitySource');
    if (this.#kind === 'lambda') {
      requires('Lambda', 'FunctionArn');
      requires('Lambda', 'AuthorizerPayloadFormatVersion');
    }
  }

  /** Its entry among the document's security schemes. */
  scheme(partition: string): JsonObject {
    const apiKey = (name: string): JsonObject => ({ type: 'apiKey', name, in: 'header' });
    if (this.#kind === 'iam') return { ...apiKey('Authorization'), 'x-amazon-apigateway-authtype': 'awsSigv4' };
    if (this.#kind === 'lambda') return { ...apiKey('Unused'), [AUTHORIZER]: this.#lambda(partition) };
    const jwt = this.#config['JwtConfiguration'] as JsonObject;
    const jwtConfiguration = Object.fromEntries(entriesOf(jwt).map(([key, value]) => [key.toLowerCase(), value]));
    const identitySource = this.#config['IdentitySource']!;
    return { type: 'oauth2', [AUTHORIZER]: { jwtConfiguration, identitySource, type: 'jwt' } };
  }

  #lambda(partition: string): JsonObject {
    const path = 'lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations';
    const { FunctionInvokeRole: role, AuthorizerPayloadFormatVersion, EnableSimpleResponses } = this.#config;
    const made: JsonObject = {
      type: 'request',
      authorizerUri: sub(gatewayArn(partition, path), { __FunctionArn__: this.functionArn! }),
    };
    if (truthy(role) && role !== 'NONE') made['authorizerCredentials'] = role;
    if (truthy(this.#config['Identity'])) {
      const path = `Auth.Authorizers.${this.name}.Identity`;
      const identity = expect(this.#config['Identity'], this.#apiId, path).map();
      if (!isNone(identity['ReauthorizeEvery'])) made['authorizerResultTtlInSeconds'] = identity['ReauthorizeEvery'];
      made['identitySource'] = this.#identitySource(identity);
    }
    made['authorizerPayloadFormatVersion'] = AuthorizerPayloadFormatVersion!;
    if (truthy(EnableSimpleResponses)) made['enableSimpleResponses'] = EnableSimpleResponses;
    return made;
  }

  #identitySource(identity: JsonObject): string[] {
    const sources = [
      ['$request.header.', 'Headers'],
      ['$request.querystring.', 'QueryStrings'],
      ['$stageVariables.', 'StageVariables'],
      ['$context.', 'Context'],
    ] as const;
    return sources.flatMap(([prefix, property]) => {
      if (!truthy(identity[property])) return [];
      const path = `Authorizers.${this.name}.Identity.${property}`;
      const names = expect(identity[property], this.#apiId, path).listOfStrings();
      return names.map((name) => prefix + name);
    });
  }
}

export function httpAuthorizers(apiId: string, auth: JsonObject): Map<string, HttpAuthorizer> {
  const made = new Map<string, HttpAuthorizer>();
  if (auth['EnableIamAuthorizer'] === true) made.set('AWS_IAM', new HttpAuthorizer(apiId, 'AWS_IAM', undefined));
  if (!truthy(auth['Authorizers'])) return made;
  for (const [name, config] of entriesOf(expect(auth['Authorizers'], apiId, 'Auth.Authorizers').map())) {
    const given = expect(config, apiId, `Auth.Authorizers.${name}`).map();
    if ('OpenIdConnectUrl' in given) {
      throw new InvalidResource(
        apiId,
        `'OpenIdConnectUrl' is no longer a supported property for authorizer '${name}'. ` +
          'Please refer to the AWS SAM documentation.',
        `Auth.Authorizers.${name}.OpenIdConnectUrl`,
      );
    }
    made.set(name, new HttpAuthorizer(apiId, name, given));
  }
  return made;
}
