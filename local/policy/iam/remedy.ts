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
