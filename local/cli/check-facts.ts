/** What `sampan check` knows: the drawn cloud, asked through its doors, and what was read of the code. */
import { randomUUID } from 'node:crypto';
import type { CodeReading } from '../check/calls/contract.ts';
import type { Facts, FunctionFacts, PastUse, RolePolicies } from '../check/contract.ts';
import { isObject } from '../check/json.ts';
import type { ResourceDescription } from '../kernel/reconcile/contract.ts';
import type { CallContext, Requirement } from '../kernel/service.ts';
import type { Permission } from '../policy/iam/verdict.ts';
import type { Placement } from '../policy/network/contract.ts';
import type { JsonObject, Stack } from '../template/stack.ts';
import { deliveriesIn } from './check-deliveries.ts';
import { invocationsIn } from './check-invocations.ts';
import type { DrawnCloud } from './drawn-cloud.ts';
import { alsoNeeded } from './drawn-needs.ts';
import { askRole, mayService } from './drawn-questions.ts';

export interface FactsOptions {
  readonly drawn: DrawnCloud;
  readonly readings: ReadonlyMap<string, CodeReading>;
  readonly usage?: PastUse;
  /** Lambda's default when nobody said. */
  readonly accountConcurrency?: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const DEFAULT_CONCURRENCY = 1_000;

export async function gatherFacts({ drawn, readings, usage, accountConcurrency }: FactsOptions): Promise<Facts> {
  const { stack, report, kernel, network, reconciler } = drawn;
  const resources = new Map(drawn.resources().map((resource) => [resource.logicalId, resource]));
  const functions = functionsIn(stack, resources, readings);
  return {
    stack,
    diagnostics: [...stack.diagnostics, ...report.diagnostics],
    resources,
    functions,
    accountConcurrency: {
      limit: accountConcurrency ?? DEFAULT_CONCURRENCY,
      isAssumed: accountConcurrency === undefined,
    },
    ...(usage && { usage }),
    authorOf: (logicalId) => reconciler.places.authorOf({ stackName: stack.name, logicalId })?.logicalId ?? logicalId,
    positionOf: (logicalId, path = []) => {
      const place = reconciler.places.positionOf({ stackName: stack.name, logicalId, path });
      return place ?? stack.resources.get(logicalId)?.at;
    },
    may: (by, need, through) => may(drawn, by, need, through),
    alsoNeeded: ({ roleArn, logicalId: sessionName }, operation, resourceArn) => {
      const { principal } = kernel.identities.issue({ roleArn, sessionName, durationSeconds: 900 });
      return alsoNeeded(drawn, principal, operation, resourceArn);
    },
    mayAnswer: (from) => mayAnswer(drawn, from),
    expressionOf: (arn) => reconciler.places.expressionOf(arn),
    reach: ({ logicalId, placement }, to) => network.canReach(placement, to, () => ({ name: logicalId, logicalId })),
    placeOf: (hostname, port) => kernel.addresses.lookup(hostname, port),
    mayService: (service, need, sourceArn) => mayService(drawn, service, need, sourceArn),
    askRole: (use) => askRole(drawn, use),
    policiesOf: (roleArn) => policiesOf(drawn, resources, roleArn),
    invocations: await invocationsIn(drawn),
    deliveries: await deliveriesIn(drawn),
  };
}

/** Those too that AWS would not let be made: more may be wrong with them than the first thing it says. */
function functionsIn(
  { pseudo }: Stack,
  resources: ReadonlyMap<string, ResourceDescription>,
  readings: ReadonlyMap<string, CodeReading>,
): FunctionFacts[] {
  return [...resources.values()]
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ logicalId, properties, attributes }) => ({
      logicalId,
      arn: String(attributes['Arn'] ?? arnOf(pseudo, String(properties['FunctionName'] ?? logicalId))),
      roleArn: String(properties['Role'] ?? ''),
      properties,
      variables: variablesOf(properties),
      placement: placementOf(properties),
      code: readings.get(logicalId) ?? { kind: 'unread', why: 'its code is not in this project' },
    }));
}

function arnOf({ partition, region, accountId }: Stack['pseudo'], name: string): string {
  return `arn:${partition}:lambda:${region}:${accountId}:function:${name}`;
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

const CLOUDFORMATION = 'cloudformation.amazonaws.com';

/** CloudFormation has signed the URL: it is its permission that counts, on the way that the function's packets take. */
async function mayAnswer(
  { authorization, network, stack }: DrawnCloud,
  { logicalId, arn: functionArn, placement }: FunctionFacts,
): Promise<Permission> {
  const { partition, region } = stack.pseudo;
  const resource = `arn:${partition}:s3:::cloudformation-custom-resource-response-${region.replaceAll('-', '')}/x`;
  const way = network.canReach(placement, { kind: 'aws-service', service: 's3', port: 443 }, () => ({
    name: logicalId,
    logicalId,
  }));
  const principal = { kind: 'service', service: CLOUDFORMATION } as const;
  return authorization.may(
    principal,
    { action: 's3:PutObject', resource },
    {
      principal,
      origin: { kind: 'environment', environmentId: 'drawn', functionArn, placement },
      requestId: randomUUID(),
      service: 's3',
      operation: 'PutObject',
      ...(way.kind === 'yes' && { path: way }),
    },
  );
}

/** As the function in a call of its own would be asked, by the same door. */
async function may(
  drawn: DrawnCloud,
  by: FunctionFacts,
  need: Requirement,
  through: string | undefined,
): Promise<Permission> {
  const { kernel, authorization, network } = drawn;
  const { roleArn, logicalId, arn: functionArn, placement } = by;
  const { principal } = kernel.identities.issue({ roleArn, sessionName: logicalId, durationSeconds: 900, functionArn });
  const way =
    through === undefined
      ? undefined
      : network.canReach(placement, { kind: 'aws-service', service: through, port: 443 }, () => ({
          name: logicalId,
          logicalId,
        }));
  const operation = need.action.slice(need.action.indexOf(':') + 1);
  return authorization.may(principal, need, {
    principal,
    origin: way ? { kind: 'environment', environmentId: 'drawn', functionArn, placement } : { kind: 'outside' },
    requestId: randomUUID(),
    service: need.action.slice(0, need.action.indexOf(':')),
    operation,
    ...(way?.kind === 'yes' && { path: way }),
  });
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
