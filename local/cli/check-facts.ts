/** What `sampan check` knows: the drawn cloud, asked through its doors, and what was read of the code. */
import { randomUUID } from 'node:crypto';
import type { CodeReading } from '../check/calls/contract.ts';
import type {
  Facts,
  FunctionFacts,
  Invocation,
  PastUse,
  RoleAnswer,
  RolePolicies,
  RoleUse,
} from '../check/contract.ts';
import { isObject } from '../check/json.ts';
import type { ResourceDescription } from '../kernel/reconcile/contract.ts';
import type { CallContext, Requirement } from '../kernel/service.ts';
import type { Permission } from '../policy/iam/verdict.ts';
import type { Placement } from '../policy/network/contract.ts';
import { CHECK_SERVICE_ROLE, type CheckServiceRoleOutput } from '../services/iam/authorization/check-service-role.ts';
import type { JsonObject } from '../template/stack.ts';
import type { DrawnCloud } from './drawn-cloud.ts';

export interface FactsOptions {
  readonly drawn: DrawnCloud;
  readonly readings: ReadonlyMap<string, CodeReading>;
  readonly usage?: PastUse;
  readonly accountConcurrency: number;
}

export async function gatherFacts({ drawn, readings, usage, accountConcurrency }: FactsOptions): Promise<Facts> {
  const { stack, report, kernel, network, reconciler } = drawn;
  const resources = new Map(drawn.resources().map((resource) => [resource.logicalId, resource]));
  const functions = functionsIn(resources, readings);
  return {
    stack,
    diagnostics: [...stack.diagnostics, ...report.diagnostics],
    resources,
    functions,
    accountConcurrency,
    ...(usage && { usage }),
    positionOf: (logicalId, path = []) => {
      const place = reconciler.places.positionOf({ stackName: stack.name, logicalId, path });
      return place ?? stack.resources.get(logicalId)?.at;
    },
    may: (by, need, through) => may(drawn, by, need, through),
    reach: ({ logicalId, placement }, to) => network.canReach(placement, to, () => ({ name: logicalId, logicalId })),
    placeOf: (hostname, port) => kernel.addresses.lookup(hostname, port),
    askRole: (use) => askRole(drawn, use),
    policiesOf: (roleArn) => policiesOf(drawn, resources, roleArn),
    invocations: await invocationsIn(drawn),
  };
}

function functionsIn(
  resources: ReadonlyMap<string, ResourceDescription>,
  readings: ReadonlyMap<string, CodeReading>,
): FunctionFacts[] {
  return [...resources.values()]
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ logicalId, properties, attributes }) => ({
      logicalId,
      arn: String(attributes['Arn']),
      roleArn: String(properties['Role'] ?? ''),
      properties,
      variables: variablesOf(properties),
      placement: placementOf(properties),
      code: readings.get(logicalId) ?? { kind: 'unread', why: 'its code is not in this project' },
    }));
}

function variablesOf({ Environment }: JsonObject): Record<string, string> {
  const variables = isObject(Environment) && isObject(Environment['Variables']) ? Environment['Variables'] : {};
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}

function placementOf({ VpcConfig }: JsonObject): Placement {
  const { SubnetIds, SecurityGroupIds } = isObject(VpcConfig) ? VpcConfig : {};
  if (!Array.isArray(SubnetIds) || SubnetIds.length === 0) return { kind: 'public' };
  const securityGroupIds = Array.isArray(SecurityGroupIds) ? SecurityGroupIds.map(String) : [];
  return { kind: 'vpc', subnetIds: SubnetIds.map(String), securityGroupIds };
}

/** As the function in a call of its own would be asked, by the same door. */
async function may(drawn: DrawnCloud, by: FunctionFacts, need: Requirement, through: string): Promise<Permission> {
  const { kernel, authorization, network } = drawn;
  const { roleArn, logicalId, arn: functionArn, placement } = by;
  const { principal } = kernel.identities.issue({ roleArn, sessionName: logicalId, durationSeconds: 900 });
  const way = network.canReach(placement, { kind: 'aws-service', service: through, port: 443 }, () => ({
    name: logicalId,
    logicalId,
  }));
  const operation = need.action.slice(need.action.indexOf(':') + 1);
  return authorization.may(principal, need, {
    principal,
    origin: { kind: 'environment', environmentId: 'drawn', functionArn, placement },
    requestId: randomUUID(),
    service: need.action.slice(0, need.action.indexOf(':')),
    operation,
    ...(way.kind === 'yes' && { path: way }),
  });
}

async function askRole({ kernel }: DrawnCloud, { roleArn, service, sourceArn, needs }: RoleUse): Promise<RoleAnswer> {
  const answer = (await kernel.dispatch({
    caller: { kind: 'internal', service: 'sampan' },
    service: 'iam',
    operation: CHECK_SERVICE_ROLE,
    input: {
      RoleArn: roleArn,
      Service: service,
      SourceArn: sourceArn,
      SourceAccount: kernel.accountId,
      Actions: needs,
    },
  })) as CheckServiceRoleOutput;
  return {
    ...(!answer.Trusted && {
      untrusted: { reason: answer.Reason ?? 'it does not trust the service', remedy: answer.Remedy },
    }),
    denied: answer.Denied.flatMap(({ Action, Resource, Reason: reason, Remedy: remedy }) => {
      const need = needs.find(({ action, resource }) => action === Action && resource === Resource);
      return need ? [{ need, reason, remedy }] : [];
    }),
  };
}

function policiesOf(
  { authorization, kernel }: DrawnCloud,
  resources: ReadonlyMap<string, ResourceDescription>,
  roleArn: string,
): RolePolicies | undefined {
  const role = [...resources.values()].find(
    ({ type, attributes }) => type === 'AWS::IAM::Role' && attributes['Arn'] === roleArn,
  );
  if (!role) return undefined;
  const { principal } = kernel.identities.issue({ roleArn, sessionName: 'sampan', durationSeconds: 900 });
  const call: CallContext = { principal, origin: { kind: 'outside' }, requestId: randomUUID() };
  const asked = { action: 'sts:GetCallerIdentity', resource: '*' };
  const evidence = authorization.gather(principal, asked, { ...call, service: 'sts', operation: 'GetCallerIdentity' });
  const policies = evidence instanceof Promise ? [] : evidence.policies.identity;
  const attached = role.properties['ManagedPolicyArns'];
  const known = new Set(policies.map(({ source }) => source.arn));
  const unreadable = (Array.isArray(attached) ? attached.map(String) : []).filter((arn) => !known.has(arn));
  return { role: role.logicalId, policies, unreadable };
}

/** The routes of the stack's APIs: each invokes its function in API Gateway's own name. */
async function invocationsIn({ apis, authorization, stack, resources }: DrawnCloud): Promise<Invocation[]> {
  const { partition, region, accountId } = stack.pseudo;
  const service = 'apigateway.amazonaws.com';
  const found: Invocation[] = [];
  for (const { apiId, stage, routes } of apis.stages()) {
    const api = resources().find(({ physicalId }) => physicalId === apiId)?.logicalId ?? apiId;
    for (const { integration, method, resource } of routes) {
      if (integration.kind !== 'lambda-proxy') continue;
      const verb = method === 'ANY' ? '*' : method;
      const sourceArn = `arn:${partition}:execute-api:${region}:${accountId}:${apiId}/${stage}/${verb}${resource}`;
      const { functionArn } = integration;
      const principal = { kind: 'service', service, sourceArn, sourceAccount: accountId } as const;
      const permission = await authorization.may(
        principal,
        { action: 'lambda:InvokeFunction', resource: functionArn },
        {
          principal,
          origin: { kind: 'inside', service },
          requestId: randomUUID(),
          service: 'lambda',
          operation: 'Invoke',
        },
      );
      const refused =
        permission.kind === 'denied' ? { reason: permission.because, remedy: permission.remedy } : undefined;
      found.push({
        resource: api,
        service: `${method} ${resource} of API Gateway`,
        functionArn,
        ...(refused && { refused }),
      });
    }
  }
  return found;
}
