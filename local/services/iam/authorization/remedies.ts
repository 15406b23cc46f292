/** What to change in the template so that a denied request is allowed, and nothing else with it. */
import type { Decision, Policy, PolicySource, TemplatePlace } from '../../../policy/iam/contract.ts';
import {
  addInlinePolicy,
  addStatement,
  allowInvoke,
  type Grant,
  letIn,
  missingResourceStatement,
  missingStatement,
  removeStatement,
} from '../../../policy/iam/remedy.ts';
import type { Remedy } from '../../../policy/remedy.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import type { Evidence } from './evidence.ts';

type Denied = Extract<Decision, { kind: 'denied' }>;

/** How the template is written, as far as a remedy has to know. */
export interface TemplateNames {
  /** How it names what has this ARN, e.g. `{ Ref: 'Secret' }`. */
  expressionOf(arn: string): Json | undefined;
  /** What it would write for an ARN of something else: the account it is deployed to has another number. */
  portable(arn: string): Json;
  /** The resource its author wrote: of the role that SAM makes for a function, the function. */
  authorOf(place: Pick<TemplatePlace, 'stackName' | 'logicalId'>): { logicalId: string; type: string } | undefined;
}

/** Undefined where no change of the template helps, or none is known that does. */
export function remedyOf(denied: Denied, evidence: Evidence, names: TemplateNames): Remedy | undefined {
  const { policies } = evidence;
  if (denied.explicit) {
    const { deciding } = denied;
    return deciding && isWritten(deciding.source, names) ? removeStatement(deciding) : undefined;
  }
  const grant = grantOf(evidence, names);
  const principal = principalOf(evidence, names);
  switch (denied.by) {
    case 'identity':
      return byIdentityPolicy(evidence, grant, names);
    case 'boundary':
      return inWritten(policies.boundary, missingStatement(grant), names);
    case 'endpoint':
      // Gateway endpoints take no other principal, and what a role may, its own policies say.
      return inWritten(policies.endpoint, missingResourceStatement(grant, '*'), names);
    case 'key':
      return inWritten(policies.resource, missingResourceStatement({ ...grant, resource: '*' }, principal), names);
    case 'trust':
      return inWritten(
        policies.resource,
        { Effect: 'Allow', Principal: principal, Action: evidence.request.action },
        names,
      );
    case 'resource':
      return evidence.request.action.startsWith('lambda:')
        ? byPermission(evidence, names)
        : (inWritten(policies.resource, missingResourceStatement(grant, principal), names) ??
            byPolicyOfItsOwn(evidence, grant, names));
    case 'session':
      return undefined;
  }
}

function byIdentityPolicy(evidence: Evidence, grant: Grant, names: TemplateNames): Remedy | undefined {
  const { place } = evidence.role?.role ?? {};
  const author = place && names.authorOf(place);
  if (!place || !author) return undefined;
  const statement = missingStatement(grant);
  if (author.logicalId !== place.logicalId) {
    const type = author.type.startsWith('AWS::Lambda::')
      ? 'AWS::Serverless::Function'
      : 'AWS::Serverless::StateMachine';
    return addInlinePolicy({ logicalId: author.logicalId, type }, statement);
  }
  const own = evidence.policies.identity.filter(({ source }) => source.place?.logicalId === place.logicalId);
  // A policy beside the role that speaks of the action already stands there for a reason: what it names may need the role.
  const beside = evidence.policies.identity.filter(
    ({ source, document }) =>
      source.place !== undefined &&
      names.authorOf(source.place)?.type === 'AWS::IAM::Policy' &&
      speaksOf(document, evidence.request.action),
  );
  return (
    inWritten(beside, statement, names) ??
    inWritten(own, statement, names) ??
    addInlinePolicy({ logicalId: place.logicalId, type: 'AWS::IAM::Role' }, statement)
  );
}

function speaksOf({ Statement }: Policy['document'], action: string): boolean {
  return Statement.some(({ Effect, Action }) => Effect === 'Allow' && Action?.includes(action));
}

/** Of a queue or a topic to which no policy of a template belongs. */
function byPolicyOfItsOwn({ request, policies }: Evidence, grant: Grant, names: TemplateNames): Remedy | undefined {
  const { requester, resource, keys } = request;
  const expression = names.expressionOf(resource);
  if (requester.kind !== 'service' || expression === undefined || (policies.resource ?? []).length > 0)
    return undefined;
  const sourceArn = keys['aws:sourcearn'];
  const source = typeof sourceArn === 'string' ? named(sourceArn, names) : undefined;
  return letIn(requester.service, firstName(expression), grant, source);
}

function byPermission({ request }: Evidence, names: TemplateNames): Remedy | undefined {
  const { action, resource, requester, keys } = request;
  const functionName = names.expressionOf(resource);
  if (functionName === undefined) return undefined;
  const sourceArn = keys['aws:sourcearn'];
  const sourceAccount = keys['aws:sourceaccount'];
  return allowInvoke({
    logicalId: `${firstName(functionName)}Permission${typeof sourceArn === 'string' ? nameOfSource(sourceArn) : ''}`,
    functionName,
    principal: requester.kind === 'service' ? requester.service : '*',
    action,
    ...(typeof sourceArn === 'string' && { sourceArn: named(sourceArn, names) }),
    ...(sourceArn === undefined && typeof sourceAccount === 'string' && { sourceAccount }),
  });
}

function grantOf({ request: { action, resource } }: Evidence, names: TemplateNames): Grant {
  const wanted = withEveryKey(resource);
  return { action, resource: named(wanted, names) };
}

/** As the template would have it. */
const named = (arn: string, names: TemplateNames): Json => names.expressionOf(arn) ?? names.portable(arn);

/** The next object has another key: a statement about this one alone would mend nothing. */
function withEveryKey(arn: string): string {
  return arn.replace(/^(arn:[^:]+:s3:::[^/]+\/).*$/, '$1*');
}

function principalOf({ request }: Evidence, names: TemplateNames): Json {
  const { requester } = request;
  switch (requester.kind) {
    case 'service':
      return { Service: requester.service };
    case 'anonymous':
      return '*';
    case 'root':
      return { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } };
    case 'role-session':
      return { AWS: named(requester.roleArn, names) };
  }
}

/** Appends to the first of the policies that somebody wrote in a template. */
function inWritten(
  policies: readonly Policy[] | undefined,
  statement: JsonObject,
  names: TemplateNames,
): Remedy | undefined {
  const written = policies?.find(({ source }) => isWritten(source, names));
  return written?.source.place && addStatement(written.source.place, statement);
}

/** What SAM made, no author finds where it says. */
function isWritten({ place }: PolicySource, names: TemplateNames): boolean {
  return place !== undefined && names.authorOf(place)?.logicalId === place.logicalId;
}

/** `PostTicketsId` of `…:api/v1/POST/tickets/{id}`: what calls a function twice needs two permissions, under two names. */
function nameOfSource(arn: string): string {
  const resource = arn.split(':').slice(5).join(':');
  const [first = '', ...rest] = resource.split('/');
  const route = arn.split(':')[2] === 'execute-api' ? rest.slice(1) : [first, ...rest].slice(-1);
  const words = route.join(' ').match(/[A-Za-z0-9]+/g) ?? [];
  return words
    .map((word) => (/^[A-Z]+$/.test(word) ? word.toLowerCase() : word))
    .map(capitalized)
    .join('');
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `TicketsFunction` of `!GetAtt TicketsFunction.Arn`. */
function firstName(expression: Json): string {
  const argument = Object.values(expression as JsonObject)[0];
  return /\w+/.exec(String(Array.isArray(argument) ? argument[0] : argument))?.[0] ?? 'Function';
}
