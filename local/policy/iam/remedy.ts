/**
 * What mends a refusal of IAM, as edits of the template: the statement that is missing, at the place where it belongs.
 * Whoever knows the template (which role, which endpoint) gives the place; `formatRemedy` makes text of the result.
 */
import type { Json, JsonObject } from '../../template/stack.ts';
import type { Remedy } from '../remedy.ts';
import type { StatementRef, TemplatePlace } from './contract.ts';

/** What is to be allowed. */
export interface Grant {
  readonly action: string | readonly string[];
  /** An ARN, `*`, or an expression of the template such as `{ 'Fn::GetAtt': ['Table', 'Arn'] }`. */
  readonly resource: Json;
  readonly sid?: string;
  readonly condition?: JsonObject;
}

/** The statement of an identity policy. Its members stand in the order in which people write them. */
export function missingStatement({ action, resource, sid, condition }: Grant): JsonObject {
  return {
    ...(sid !== undefined && { Sid: sid }),
    Effect: 'Allow',
    Action: typeof action === 'string' ? action : [...action],
    Resource: resource,
    ...(condition && { Condition: condition }),
  };
}

/** The same with a principal: for the policies of endpoints, keys, secrets, queues …. */
export function missingResourceStatement(grant: Grant, principal: Json): JsonObject {
  const { Sid, Effect, ...rest } = missingStatement(grant);
  return { ...(Sid !== undefined && { Sid }), Effect: Effect as string, Principal: principal, ...rest };
}

/** Adds to a policy document that is there. `document` leads to the document itself: `['Policies', 0, 'PolicyDocument']`. */
export function addStatement(document: Pick<TemplatePlace, 'logicalId' | 'path'>, statement: JsonObject): Remedy {
  const { logicalId, path } = document;
  return [{ kind: 'add-item', logicalId, path: [...path, 'Statement'], value: statement }];
}

/** For a role without a policy to add to. `logicalId` is the role's, or the function's whose role SAM makes. */
export function addInlinePolicy(
  bearer: {
    readonly logicalId: string;
    readonly type: 'AWS::IAM::Role' | 'AWS::Serverless::Function' | 'AWS::Serverless::StateMachine';
  },
  statement: JsonObject,
  policyName = 'Missing',
): Remedy {
  const PolicyDocument = { Version: '2012-10-17', Statement: [statement] };
  const value = bearer.type === 'AWS::IAM::Role' ? { PolicyName: policyName, PolicyDocument } : PolicyDocument;
  return [{ kind: 'add-item', logicalId: bearer.logicalId, path: ['Policies'], value }];
}

export interface Invocation {
  /** The new resource's. */
  readonly logicalId: string;
  /** `{ Ref: 'Function' }`, a name or an ARN. */
  readonly functionName: Json;
  /** `apigateway.amazonaws.com`, or an account. */
  readonly principal: string;
  readonly sourceArn?: Json;
  readonly sourceAccount?: Json;
  /** `lambda:InvokeFunction` when it is not said. */
  readonly action?: string;
}

/** Whom a function lets invoke it stands in a resource of its own. */
export function allowInvoke(invocation: Invocation): Remedy {
  const { logicalId, functionName, principal, sourceArn, sourceAccount, action = 'lambda:InvokeFunction' } = invocation;
  const Properties = {
    Action: action,
    FunctionName: functionName,
    Principal: principal,
    ...(sourceArn !== undefined && { SourceArn: sourceArn }),
    ...(sourceAccount !== undefined && { SourceAccount: sourceAccount }),
  };
  return [{ kind: 'add-resource', logicalId, resource: { Type: 'AWS::Lambda::Permission', Properties } }];
}

/** By action: the type of the policies that let somebody do it, and the property in which they say to what they belong. */
const POLICIES_OF: Readonly<Record<string, readonly [type: string, list: string]>> = {
  'sns:Publish': ['AWS::SNS::TopicPolicy', 'Topics'],
  'sqs:SendMessage': ['AWS::SQS::QueuePolicy', 'Queues'],
};

/**
 * A policy for a queue or a topic that has none, by which a service may send to it; undefined for what is neither.
 * @param target logical id
 * @param source as the template names what the service acts for
 */
export function letIn(service: string, target: string, grant: Grant, source?: Json): Remedy | undefined {
  const policy = typeof grant.action === 'string' ? POLICIES_OF[grant.action] : undefined;
  if (!policy) return undefined;
  const [type, list] = policy;
  const condition = conditionOf(service, source);
  const statement = missingResourceStatement({ ...grant, ...(condition && { condition }) }, { Service: service });
  const Properties = { [list]: [{ Ref: target }], PolicyDocument: { Version: '2012-10-17', Statement: [statement] } };
  // There may be a policy with the usual name, of something else.
  const from = service.split('.')[0]!.replace(/^./, (first) => first.toUpperCase());
  return [{ kind: 'add-resource', logicalId: `${target}PolicyFor${from}`, resource: { Type: type, Properties } }];
}

/** A bucket is made after the policy that lets it in, which then cannot name it. */
function conditionOf(service: string, source: Json | undefined): JsonObject | undefined {
  if (service === 's3.amazonaws.com') return { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } };
  return source === undefined ? undefined : { ArnEquals: { 'aws:SourceArn': source } };
}

/** What mends an explicit Deny; undefined where the statement is not the template's. */
export function removeStatement({ source, index }: StatementRef): Remedy | undefined {
  if (!source.place) return undefined;
  const { logicalId, path } = source.place;
  return [{ kind: 'remove', logicalId, path: [...path, 'Statement', index] }];
}

/** An ARN as a template that is deployed elsewhere too would write it. */
export function portableArn(
  arn: string,
  here: { readonly partition: string; readonly region: string; readonly accountId: string },
): Json {
  const parts = arn.split(':');
  if (parts[0] !== 'arn' || parts.length < 6) return arn;
  const names = [
    [1, here.partition, 'AWS::Partition'],
    [3, here.region, 'AWS::Region'],
    [4, here.accountId, 'AWS::AccountId'],
  ] as const;
  // What looks like a variable of CloudFormation's stays what it is.
  const written = parts.map((part) => part.replaceAll('${', '${!'));
  for (const [at, value, name] of names) {
    if (parts[at] === value) written[at] = `\${${name}}`;
  }
  return { 'Fn::Sub': written.join(':') };
}
