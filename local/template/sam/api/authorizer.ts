/** Authorizers of a REST API: Cognito user pools, Lambda functions, IAM. */
import type { Json, JsonObject } from '../../stack.ts';
import { gatewayArn } from '../arn.ts';
import { InvalidResource } from '../errors.ts';
import { expect } from '../expect.ts';
import { sub } from '../intrinsics.ts';
import { text } from '../python/print.ts';
import { dict, keysOf, list, put, read, Text } from '../python/tree.ts';
import { isList, isMap, isNone, type Maybe, truthy } from '../python/values.ts';
import { keyTexts, readText } from './editor.ts';

const AUTHORIZER = 'x-amazon-apigateway-authorizer';

const IDENTITY_SOURCES = [
  ['Headers', 'method.request.header.'],
  ['QueryStrings', 'method.request.querystring.'],
  ['StageVariables', 'stageVariables.'],
  ['Context', 'context.'],
] as const;

class RestAuthorizer {
  readonly name: string;
  readonly scopes: Json[];
  readonly functionArn: Maybe;
  readonly needsPermission: boolean;
  readonly #apiId: string;
  readonly #config: JsonObject;
  readonly #isIam: boolean;

  /** `config` undefined: IAM. @throws InvalidResource */
  constructor(apiId: string, name: string, config: JsonObject | undefined) {
    this.name = name;
    this.#apiId = apiId;
    this.#isIam = config === undefined;
    this.#config = config ?? {};
    const { FunctionPayloadType: payload, AuthorizationScopes, DisableFunctionDefaultPermissions } = this.#config;
    const path = `Authorizers.${name}`;
    if (!isNone(payload) && payload !== 'TOKEN' && payload !== 'REQUEST') {
      throw this.#refuse(`${name} Authorizer has invalid 'FunctionPayloadType': ${text(payload)}.`);
    }
    if (payload === 'REQUEST' && this.#lacksIdentitySource()) {
      throw this.#refuse(
        `${name} Authorizer must specify Identity with at least one of Headers, QueryStrings, StageVariables, or Context.`,
      );
    }
    this.scopes = isNone(AuthorizationScopes)
      ? []
      : expect(AuthorizationScopes, apiId, `${path}.AuthorizationScopes`).list();
    if (!isNone(DisableFunctionDefaultPermissions)) {
      expect(DisableFunctionDefaultPermissions, apiId, `${path}.DisableFunctionDefaultPermissions`).boolean();
    }
    this.functionArn = this.#config['FunctionArn'];
    this.needsPermission = truthy(this.functionArn) && !truthy(DisableFunctionDefaultPermissions);
  }

  /** Its entry among the document's security definitions. */
  definition(partition: string): JsonObject {
    const kind = this.#isIam ? 'iam' : truthy(this.#config['UserPoolArn']) ? 'cognito' : 'lambda';
    const isRequest = this.#config['FunctionPayloadType'] === 'REQUEST';
    const made = dict({ type: 'apiKey' });
    put(made, 'name', kind === 'lambda' && isRequest ? 'Unused' : this.#header());
    put(made, 'in', 'header');
    const authTypes = { iam: 'awsSigv4', cognito: 'cognito_user_pools', lambda: 'custom' };
    put(made, 'x-amazon-apigateway-authtype', authTypes[kind]);
    if (kind === 'cognito') put(made, AUTHORIZER, this.#userPools());
    if (kind === 'lambda') put(made, AUTHORIZER, this.#lambda(partition, isRequest));
    const expression = this.#identity()['ValidationExpression'];
    if ((kind === 'cognito' || (kind === 'lambda' && !isRequest)) && truthy(expression)) {
      const identity = read(this.#identity(), 'ValidationExpression');
      put(made[AUTHORIZER] as JsonObject, 'identityValidationExpression', identity);
    }
    return made;
  }

  #userPools(): JsonObject {
    const arn = this.#config['UserPoolArn']!;
    const made = dict({ type: 'cognito_user_pools' });
    put(made, 'providerARNs', isList(arn) ? arn : list([read(this.#config, 'UserPoolArn')]));
    return made;
  }

  #lambda(partition: string, isRequest: boolean): JsonObject {
    const made = dict({ type: isRequest ? 'request' : 'token' });
    const variables: JsonObject = {};
    put(variables, '__FunctionArn__', read(this.#config, 'FunctionArn') ?? null);
    const path = 'lambda:path/2015-03-31/functions/${__FunctionArn__}/invocations';
    put(made, 'authorizerUri', sub(gatewayArn(partition, path), variables));
    const identity = this.#identity();
    if (!isNone(identity['ReauthorizeEvery'])) {
      put(made, 'authorizerResultTtlInSeconds', read(identity, 'ReauthorizeEvery'));
    }
    const role = this.#config['FunctionInvokeRole'];
    if (truthy(role) && role !== 'NONE') put(made, 'authorizerCredentials', read(this.#config, 'FunctionInvokeRole'));
    const source = isRequest ? this.#identitySource() : undefined;
    if (source) put(made, 'identitySource', source);
    return made;
  }

  #identity(): JsonObject {
    return isMap(this.#config['Identity']) ? this.#config['Identity'] : {};
  }

  #header(): Json | Text {
    const identity = this.#config['Identity'];
    if (truthy(identity) && !isMap(identity)) {
      throw this.#refuse(
        'Auth.Authorizers.<Authorizer>.Identity must be a dict (LambdaTokenAuthorizationIdentity, ' +
          'LambdaRequestAuthorizationIdentity or CognitoAuthorizationIdentity).',
      );
    }
    return truthy(this.#identity()['Header']) ? read(this.#identity(), 'Header') : 'Authorization';
  }

  #identitySource(): Text | undefined {
    const parts = IDENTITY_SOURCES.flatMap(([property, prefix]) => {
      const values = this.#identity()[property];
      if (!truthy(values)) return [];
      const path = `Auth.Authorizers.${this.name}.Identity.${property}`;
      const names = expect(values, this.#apiId, path).listOfStrings();
      return names.map((name, index) => new Text(prefix + name, (read(values as Json[], index) as Text).authored));
    });
    if (parts.length === 0) return undefined;
    return new Text(
      parts.map((part) => part.text).join(', '),
      parts.some((part) => part.authored),
    );
  }

  #lacksIdentitySource(): boolean {
    const identity = this.#config['Identity'];
    if (!truthy(identity)) return true;
    const given = expect(identity, this.#apiId, `Authorizer.${this.name}.Identity`).map();
    const missing = IDENTITY_SOURCES.every(([property]) => !truthy(given[property]));
    const seconds = given['ReauthorizeEvery'];
    const isNumber = typeof seconds === 'number' || (typeof seconds === 'string' && /^\s*[+-]?\d+\s*$/.test(seconds));
    return isNumber ? Number(seconds) > 0 && missing : missing;
  }

  #refuse(message: string): InvalidResource {
    return new InvalidResource(this.#apiId, message, `Auth.Authorizers.${this.name}`);
  }
}

/** The API's authorizers by name, in the order of its definitions; undefined when it has none. */
export function restAuthorizers(
  apiId: string,
  auth: JsonObject,
  withDefault: boolean,
): Map<string, { key: Text; authorizer: RestAuthorizer }> | undefined {
  const made = new Map<string, { key: Text; authorizer: RestAuthorizer }>();
  const order = dict();
  if (withDefault && auth['DefaultAuthorizer'] === 'AWS_IAM') {
    const key = readText(auth, 'DefaultAuthorizer')!;
    put(order, key, null);
    made.set('AWS_IAM', { key, authorizer: new RestAuthorizer(apiId, 'AWS_IAM', undefined) });
  }
  const config = auth['Authorizers'];
  if (!truthy(config)) return made.size > 0 ? made : undefined;
  const authorizers = expect(config, apiId, 'Auth.Authorizers').map();
  for (const key of keyTexts(authorizers)) {
    const given = expect(authorizers[key.text], apiId, `Auth.Authorizers.${key.text}`).map();
    put(order, key, null);
    made.set(key.text, {
      key: made.get(key.text)?.key ?? key,
      authorizer: new RestAuthorizer(apiId, key.text, given),
    });
  }
  return new Map(keysOf(order).map((name) => [name, made.get(name)!]));
}
