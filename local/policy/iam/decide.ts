/**
 * AWS's decision, in the order its documentation gives: explicit denies of every policy, then the Allow each kind of
 * policy has to give. Organisations' policies have no part here.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 */
import { type CompiledStatement, compile, mismatch, namingOf, type Question, questionOf, refOf } from './compile.ts';
import type { AuthorizationRequest, Decision, Policy, PolicyKind, PolicySet } from './contract.ts';
import { DIRECTLY, type Naming, OUTRIGHT } from './principal.ts';
import { allowedBecause, deniedBecause, missingBecause } from './sentences.ts';

/** Those that take part, in the order they are asked. */
export const GROUPS = ['endpoint', 'resource', 'identity', 'boundary', 'session'] as const;
export type Group = (typeof GROUPS)[number];

/** The Allow that names the requester most closely, in one group of policies. */
interface Grant {
  readonly naming: Naming;
  readonly policy: Policy;
  readonly statement: CompiledStatement;
}

export function decide(request: AuthorizationRequest, policies: PolicySet): Decision {
  const question = questionOf(request, policies.boundary !== undefined);
  for (const group of GROUPS) {
    const denial = policies[group] && explicitDenial(policies[group], question);
    if (denial) return denial;
  }
  const grant = (group: Group) => policies[group] && grantOf(policies[group], question);
  const lacking = (by: PolicyKind) => missing(by, question, policies);

  const endpoint = grant('endpoint');
  if (policies.endpoint && !endpoint) return lacking('endpoint');

  const resource = grant('resource');
  const { requester } = request;
  const resourceKind = policies.resource?.[0]?.source.kind ?? 'resource';
  /** A key and a role belong to whom their own policy says; everything else to its account. */
  const rulesAlone = resourceKind === 'key' || resourceKind === 'trust';

  if (requester.kind === 'service' || requester.kind === 'anonymous') {
    return resource ? allowed(request, resource) : lacking(resourceKind);
  }
  const ownAccount = requester.accountId === request.resourceAccountId;
  if (requester.kind === 'root') {
    if (resource) return allowed(request, resource);
    if (rulesAlone || !ownAccount) return lacking(resourceKind);
    return { kind: 'allowed', because: 'the account’s administrator may do what no policy denies' };
  }

  if (ownAccount && resource?.naming === OUTRIGHT) return allowed(request, resource);
  // Without the owner's consent nothing else counts.
  if (!resource && (rulesAlone || !ownAccount)) return lacking(resourceKind);
  const namedHere = ownAccount && resource?.naming === DIRECTLY ? resource : undefined;
  const identity = namedHere ? undefined : grant('identity');
  const giving = namedHere ?? identity;
  if (!giving) return lacking('identity');
  if (policies.boundary && !grant('boundary')) return lacking('boundary');
  if (policies.session && !grant('session')) return lacking('session');
  return allowed(request, giving);
}

function explicitDenial(policies: readonly Policy[], question: Question): Decision | undefined {
  for (const policy of policies) {
    for (const statement of compile(policy.document)) {
      if (!statement.isDeny || mismatch(statement, question)) continue;
      const because = deniedBecause(question.request, policy, statement);
      return { kind: 'denied', explicit: true, by: policy.source.kind, deciding: refOf(policy, statement), because };
    }
  }
  return undefined;
}

/** The closest Allow: one that names the session goes before one that names the account. */
function grantOf(policies: readonly Policy[], question: Question): Grant | undefined {
  let best: Grant | undefined;
  for (const policy of policies) {
    for (const statement of compile(policy.document)) {
      if (statement.isDeny || mismatch(statement, question)) continue;
      const naming = namingOf(statement, question);
      if (!best || naming > best.naming) best = { naming, policy, statement };
      if (naming === OUTRIGHT || !statement.principal) return best;
    }
  }
  return best;
}

function allowed(request: AuthorizationRequest, { policy, statement }: Grant): Decision {
  const because = allowedBecause(request, policy, statement);
  return { kind: 'allowed', deciding: refOf(policy, statement), because };
}

function missing(by: PolicyKind, question: Question, policies: PolicySet): Decision {
  const group = by === 'key' || by === 'trust' ? 'resource' : by;
  return { kind: 'denied', explicit: false, by, ...missingBecause(by, question, policies[group]) };
}
