/** Which functions of the stack services are told to invoke, and which of them they may not. */
import type { Invocation } from '../check/contract.ts';
import { isObject } from '../check/json.ts';
import type { RouteDefinition } from '../services/apigateway/index.ts';
import type { DrawnCloud } from './drawn-cloud.ts';
import { askRole, mayService } from './drawn-questions.ts';

/**
 * The routes and authorizers of APIs, triggers of user pools and rotations of secrets, each in the service's own name, or
 * in the role it is given.
 */
export async function invocationsIn(drawn: DrawnCloud): Promise<Invocation[]> {
  return [...(await ofApis(drawn)), ...(await ofResources(drawn))];
}

async function ofApis(drawn: DrawnCloud): Promise<Invocation[]> {
  const { apis, stack, resources } = drawn;
  const { partition, region, accountId } = stack.pseudo;
  const found: Invocation[] = [];
  for (const { apiId, stage, routes } of apis.stages()) {
    const api = resources().find(({ physicalId }) => physicalId === apiId)?.logicalId ?? apiId;
    for (const { integration, method, resource } of routes) {
      if (integration.kind !== 'lambda-proxy') continue;
      const verb = method === 'ANY' ? '*' : method;
      const sourceArn = `arn:${partition}:execute-api:${region}:${accountId}:${apiId}/${stage}/${verb}${resource}`;
      const { functionArn, credentials } = integration;
      const refused = await refusalOf(drawn, functionArn, sourceArn, credentials);
      found.push({
        resource: api,
        service: `${method} ${resource} of API Gateway`,
        waits: 'caller',
        functionArn,
        ...(refused && { refused }),
      });
    }
    for (const { id, name, functionArn, credentials } of authorizersIn(routes)) {
      const sourceArn = `arn:${partition}:execute-api:${region}:${accountId}:${apiId}/authorizers/${id}`;
      const refused = await refusalOf(drawn, functionArn, sourceArn, credentials);
      found.push({
        resource: api,
        service: `authorizer ${name} of API Gateway`,
        waits: 'caller',
        functionArn,
        ...(refused && { refused }),
      });
    }
  }
  return found;
}

/** What services are told to invoke by a resource of the stack. */
async function ofResources(drawn: DrawnCloud): Promise<Invocation[]> {
  const found: Invocation[] = [];
  for (const { logicalId, type, properties, attributes } of drawn.resources()) {
    if (type === 'AWS::Cognito::UserPool') {
      const triggers = isObject(properties['LambdaConfig']) ? properties['LambdaConfig'] : {};
      for (const [name, trigger] of Object.entries(triggers)) {
        const functionArn = isObject(trigger) ? trigger['LambdaArn'] : trigger;
        const by = { service: 'cognito-idp.amazonaws.com', sourceArn: String(attributes['Arn']) };
        found.push(...(await invocation(drawn, logicalId, `${name} of Cognito`, functionArn, by)));
      }
    } else if (type === 'AWS::SecretsManager::RotationSchedule') {
      const by = { service: 'secretsmanager.amazonaws.com', sourceArn: String(properties['SecretId']) };
      found.push(...(await invocation(drawn, logicalId, 'Secrets Manager', properties['RotationLambdaARN'], by)));
    }
  }
  return found;
}

/** None of what is no function of the stack: whom that lets in, is not known here. */
async function invocation(
  drawn: DrawnCloud,
  resource: string,
  service: string,
  functionArn: unknown,
  by: { readonly service: string; readonly sourceArn: string },
): Promise<Invocation[]> {
  if (
    typeof functionArn !== 'string' ||
    !drawn.resources().some(({ attributes }) => attributes['Arn'] === functionArn)
  ) {
    return [];
  }
  const need = { action: 'lambda:InvokeFunction', resource: functionArn };
  const permission = await mayService(drawn, by.service, need, by.sourceArn);
  const refused = permission.kind === 'denied' && { reason: permission.because, remedy: permission.remedy };
  return [{ resource, service, waits: 'service', functionArn, ...(refused && { refused }) }];
}

/** Those of functions, each once. */
function authorizersIn(routes: readonly RouteDefinition[]) {
  const found = routes.flatMap(({ authorization }) =>
    authorization.kind === 'lambda' ? [[authorization.authorizer.id, authorization.authorizer] as const] : [],
  );
  return new Map(found).values();
}

/** Why API Gateway may not invoke a function. A role of somewhere else may be anything: nothing is said against it. */
async function refusalOf(
  drawn: DrawnCloud,
  functionArn: string,
  sourceArn: string,
  credentials: string | undefined,
): Promise<Invocation['refused']> {
  const service = 'apigateway.amazonaws.com';
  const need = { action: 'lambda:InvokeFunction', resource: functionArn };
  if (credentials === undefined) {
    const permission = await mayService(drawn, service, need, sourceArn);
    return permission.kind === 'denied' ? { reason: permission.because, remedy: permission.remedy } : undefined;
  }
  if (!drawn.resources().some(({ attributes }) => attributes['Arn'] === credentials)) return undefined;
  const { untrusted, denied } = await askRole(drawn, { roleArn: credentials, service, sourceArn, needs: [need] });
  return untrusted ?? denied[0];
}
