/** Which deliveries that the stack tells services to make these may not make. */
import type { Delivery } from '../check/contract.ts';
import type { Requirement } from '../kernel/service.ts';
import { letIn } from '../policy/iam/remedy.ts';
import { formatRemedy } from '../policy/remedy.ts';
import type { Json } from '../template/stack.ts';
import { type Sending, sendingsIn } from './check-sendings.ts';
import type { DrawnCloud } from './drawn-cloud.ts';
import { alsoNeeded } from './drawn-needs.ts';
import { askRole, mayService } from './drawn-questions.ts';

/** By the service of the target's ARN: what delivers there, and what IAM calls it. */
const CALLS: Readonly<Record<string, readonly [operation: string, action: string]>> = {
  events: ['PutEvents', 'events:PutEvents'],
  firehose: ['PutRecord', 'firehose:PutRecord'],
  kinesis: ['PutRecord', 'kinesis:PutRecord'],
  lambda: ['Invoke', 'lambda:InvokeFunction'],
  sns: ['Publish', 'sns:Publish'],
  sqs: ['SendMessage', 'sqs:SendMessage'],
  states: ['StartExecution', 'states:StartExecution'],
};

/** To what the stack has; of what is elsewhere nobody here knows whom it lets in. */
export async function deliveriesIn(drawn: DrawnCloud): Promise<Delivery[]> {
  const resources = drawn.resources();
  const found: Delivery[] = [];
  for (const sending of sendingsIn(resources)) {
    const { resource, sender, targetArn } = sending;
    const target = resources.find(({ physicalId, attributes }) => [physicalId, attributes['Arn']].includes(targetArn));
    const call = CALLS[targetArn.split(':')[2] ?? ''];
    if (!target || !call || (await isLetInByDefault(drawn, sending))) continue;
    const refused = await refusalOf(drawn, sending, call, target.logicalId);
    found.push({ resource, sender, target: target.logicalId, targetArn, action: call[1], ...(refused && { refused }) });
  }
  return found;
}

/**
 * The policy that a topic has of its own lets the account's alarms publish; one that is written takes its place.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
 */
async function isLetInByDefault({ kernel }: DrawnCloud, { service, targetArn }: Sending): Promise<boolean> {
  if (service !== 'cloudwatch.amazonaws.com') return false;
  if (targetArn.split(':')[2] !== 'sns') return true;
  const { resourceFacts } = await kernel.registry.service('sns');
  return resourceFacts?.(targetArn)?.policies === undefined;
}

async function refusalOf(
  drawn: DrawnCloud,
  { service, sourceArn, targetArn, roleArn }: Sending,
  [operation, action]: readonly [operation: string, action: string],
  target: string,
): Promise<Delivery['refused']> {
  const principal = { kind: 'service', service } as const;
  const own: Requirement = { action, resource: targetArn };
  const needs = [own, ...(await alsoNeeded(drawn, principal, operation, targetArn))];
  if (roleArn !== undefined) {
    // A role of somewhere else may be anything.
    if (!drawn.resources().some(({ attributes }) => attributes['Arn'] === roleArn)) return undefined;
    const { untrusted, denied } = await askRole(drawn, { roleArn, service, needs, ...(sourceArn && { sourceArn }) });
    return untrusted ?? denied[0];
  }
  for (const need of needs) {
    const permission = await mayService(drawn, service, need, sourceArn);
    if (permission.kind === 'allowed') continue;
    const { because: reason, remedy = need === own ? policyFor(drawn, service, own, target, sourceArn) : undefined } =
      permission;
    return { reason, ...(remedy !== undefined && { remedy }) };
  }
  return undefined;
}

/** A policy for what has none. */
function policyFor(
  { reconciler: { places } }: DrawnCloud,
  service: string,
  { action, resource }: Requirement,
  target: string,
  sourceArn: string | undefined,
): string | undefined {
  const named = (arn: string): Json => places.expressionOf(arn) ?? arn;
  const source = sourceArn === undefined ? undefined : named(sourceArn);
  const remedy = letIn(service, target, { action, resource: named(resource) }, source);
  return remedy && formatRemedy(remedy);
}
