/** The decision taken apart for people: every statement that was looked at, and why it does or does not apply. */
import { compile, mismatch, type Question, questionOf, refOf } from './compile.ts';
import type { AuthorizationRequest, Decision, EvaluationStep, Policy, PolicyKind, PolicySet } from './contract.ts';
import { decide, GROUPS } from './decide.ts';
import { mismatchText } from './sentences.ts';

type Statements = EvaluationStep['statements'];

export function explain(
  request: AuthorizationRequest,
  policies: PolicySet,
): { decision: Decision; steps: readonly EvaluationStep[] } {
  const question = questionOf(request, policies.boundary !== undefined);
  const all = GROUPS.flatMap((group) => policies[group] ?? []);
  const denials = statementsOf(all, question, 'Deny');
  const denies = denials.some(({ applies }) => applies);
  const steps: EvaluationStep[] = [
    {
      kind: 'explicit-deny',
      outcome: denies ? 'deny' : 'no-match',
      note: denies ? 'A Deny applies, and nothing outweighs it.' : 'No Deny applies.',
      statements: denials,
    },
    ...GROUPS.map((group) => step(kindOf(group, policies), policies[group], question)),
  ];
  return { decision: decide(request, policies), steps };
}

function kindOf(group: (typeof GROUPS)[number], policies: PolicySet): PolicyKind {
  return group === 'resource' ? (policies.resource?.[0]?.source.kind ?? 'resource') : group;
}

const ABSENT: Readonly<Record<PolicyKind, string>> = {
  endpoint: 'The request does not come through a VPC endpoint.',
  resource: 'The resource has no policy.',
  key: 'There is no key policy.',
  trust: 'There is no trust policy.',
  identity: 'The requester carries no policies.',
  boundary: 'The requester has no permissions boundary.',
  session: 'The session was not narrowed by a policy.',
};

/** What people call each kind of policy. */
export const POLICY_NAMES: Readonly<Record<PolicyKind, string>> = {
  endpoint: 'VPC endpoint policy',
  resource: 'resource-based policy',
  key: 'key policy',
  trust: 'trust policy',
  identity: 'identity-based policies',
  boundary: 'permissions boundary',
  session: 'session policy',
};

function step(kind: PolicyKind, policies: readonly Policy[] | undefined, question: Question): EvaluationStep {
  if (!policies) return { kind, outcome: 'not-present', note: ABSENT[kind], statements: [] };
  const statements = statementsOf(policies, question, 'Allow');
  const allows = statements.some(({ applies }) => applies);
  const verb = kind === 'identity' ? 'have' : 'has';
  const note = `The ${POLICY_NAMES[kind]} ${verb} ${allows ? 'an' : 'no'} Allow that applies.`;
  return { kind, outcome: allows ? 'allow' : 'no-match', note, statements };
}

function statementsOf(policies: readonly Policy[], question: Question, effect: 'Allow' | 'Deny'): Statements {
  return policies.flatMap((policy) =>
    compile(policy.document)
      .filter(({ source }) => source.Effect === effect)
      .map((statement) => {
        const reason = mismatch(statement, question);
        return {
          ref: refOf(policy, statement),
          effect,
          applies: reason === undefined,
          because:
            reason === undefined ? 'Everything in it matches.' : mismatchText(reason, statement, question.request),
        };
      }),
  );
}
