/** What is said of a decision: one sentence each, without line numbers, which the deciding statement leads to. */
import { type CompiledStatement, compile, type Mismatch, mismatch, type Question, refOf } from './compile.ts';
import type { Condition } from './condition.ts';
import type { AuthorizationRequest, Policy, PolicyKind, Requester, StatementRef } from './contract.ts';

export function allowedBecause(
  { action, resource }: AuthorizationRequest,
  policy: Policy,
  statement: CompiledStatement,
) {
  return `${statementName(policy, statement)} allows ${action} on ${resource}`;
}

export function deniedBecause(
  { action, resource }: AuthorizationRequest,
  policy: Policy,
  statement: CompiledStatement,
) {
  return `${statementName(policy, statement)} denies ${action} on ${resource}`;
}

export function statementName({ source }: Policy, statement: CompiledStatement): string {
  const { Sid } = statement.source;
  return Sid === undefined
    ? `statement ${statement.index + 1} of ${source.name}`
    : `statement ${Sid} of ${source.name}`;
}

const WHOSE: Readonly<Record<PolicyKind, string>> = {
  identity: 'no identity-based policy',
  boundary: 'the permissions boundary does not allow it: no statement of it',
  session: 'the session policy does not allow it: no statement of it',
  resource: 'no resource-based policy',
  key: 'the key policy does not allow it: no statement of it',
  trust: 'the trust policy does not allow it: no statement of it',
  endpoint: 'the VPC endpoint policy does not allow it: no statement of it',
};

/** Says what was missing and, where a statement came close, how it fell short. */
export function missingBecause(
  by: PolicyKind,
  question: Question,
  policies: readonly Policy[] | undefined,
): { because: string; nearest?: StatementRef } {
  const { request } = question;
  const whom = by === 'identity' || by === 'boundary' || by === 'session' ? '' : ` ${requesterName(request.requester)}`;
  const verb = whom === '' ? 'allows' : 'lets';
  const what = whom === '' ? request.action : `${whom.slice(1)} call ${request.action}`;
  const close = closest(question, policies ?? []);
  const sentence = `${WHOSE[by]} ${verb} ${what} on ${request.resource}`;
  return close ? { because: `${sentence} (${close.text})`, nearest: close.ref } : { because: sentence };
}

export function requesterName(requester: Requester): string {
  switch (requester.kind) {
    case 'service':
      return requester.service;
    case 'anonymous':
      return 'an anonymous caller';
    default:
      return requester.arn;
  }
}

/** Of the Allows that have the action, the one that fits furthest: its principal or condition is said before its resource. */
function closest(question: Question, policies: readonly Policy[]): { text: string; ref: StatementRef } | undefined {
  let best: { readonly rank: number; readonly text: string; readonly ref: StatementRef } | undefined;
  for (const policy of policies) {
    for (const statement of compile(policy.document)) {
      if (statement.isDeny) continue;
      const reason = mismatch(statement, question);
      if (reason === undefined || reason === 'action') continue;
      const rank = reason === 'resource' ? 1 : reason === 'principal' ? 2 : 3;
      if (best && best.rank >= rank) continue;
      best = {
        rank,
        text: `${statementName(policy, statement)} does not apply: ${mismatchText(reason, statement, question.request)}`,
        ref: refOf(policy, statement),
      };
    }
  }
  return best;
}

/** Why one statement does not apply. */
export function mismatchText(reason: Mismatch, { source }: CompiledStatement, request: AuthorizationRequest): string {
  switch (reason) {
    case 'action':
      return source.Action
        ? `Action does not match: ${listed(source.Action)}`
        : `NotAction leaves it out: ${listed(source.NotAction ?? [])}`;
    case 'resource':
      return source.Resource
        ? `Resource does not match: ${listed(source.Resource)}`
        : `NotResource leaves it out: ${listed(source.NotResource ?? [])}`;
    case 'principal':
      return source.Principal
        ? `Principal does not match: ${principals(source.Principal)}`
        : `NotPrincipal leaves it out: ${principals(source.NotPrincipal ?? '*')}`;
    default:
      return conditionText(reason, request);
  }
}

function conditionText({ label, key, values }: Condition, { keys }: AuthorizationRequest): string {
  const value = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (value === undefined) return `Condition ${label}: the request has no such key`;
  return `Condition ${label}: the request has ${listed([value].flat())}, the policy ${listed(values)}`;
}

function principals(principal: NonNullable<CompiledStatement['source']['Principal']>): string {
  if (principal === '*') return '*';
  return listed(Object.values(principal).flat());
}

function listed(values: readonly string[]): string {
  const shown = values.slice(0, 3).join(', ');
  return values.length > 3 ? `${shown} and ${values.length - 3} more` : shown;
}
