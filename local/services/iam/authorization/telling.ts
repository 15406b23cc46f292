/** A denial as the log has it: the deciding statement, or what was missing, each with its line in the template. */
import type { Decision, PolicyKind, StatementRef, TemplatePlace } from '../../../policy/iam/contract.ts';
import type { Permission } from '../../../policy/iam/verdict.ts';
import { formatRemedy } from '../../../policy/remedy.ts';
import type { Position } from '../../../template/stack.ts';
import type { Evidence } from './evidence.ts';
import { remedyOf, type TemplateNames } from './remedies.ts';

export interface TellingOptions extends TemplateNames {
  positionOf(place: TemplatePlace): Position | undefined;
}

export type Tell = (decision: Decision, evidence: Evidence) => Permission;

export function createTelling(options: TellingOptions): Tell {
  const lineOf = (place: TemplatePlace | undefined): string | undefined => {
    const position = place && options.positionOf(place);
    return position && `${position.file}:${position.line}`;
  };

  /** The place of a statement, or of the whole document when it stands there as one. */
  const lineOfStatement = ({ source, index }: StatementRef): string | undefined =>
    source.place && lineOf({ ...source.place, path: [...source.place.path, 'Statement', index] });

  function whereMissing(by: PolicyKind, { role, policies }: Evidence): string | undefined {
    switch (by) {
      case 'identity':
        return lineOf(policies.identity.find(({ source }) => source.place)?.source.place ?? role?.role.place);
      case 'boundary':
      case 'session':
      case 'endpoint':
        return lineOf(policies[by]?.[0]?.source.place);
      case 'resource':
      case 'key':
      case 'trust':
        return lineOf(policies.resource?.[0]?.source.place);
    }
  }

  function because(denied: Extract<Decision, { kind: 'denied' }>, evidence: Evidence): string {
    const { requester } = evidence.request;
    if (requester.kind === 'role-session' && !evidence.role) {
      return `there is no role ${requester.roleArn}: ${denied.because}`;
    }
    const statement = denied.deciding ?? denied.nearest;
    const line = statement ? lineOfStatement(statement) : whereMissing(denied.by, evidence);
    return line === undefined ? denied.because : `${denied.because}, ${line}`;
  }

  return (decision, evidence) => {
    if (decision.kind === 'allowed') return decision;
    const remedy = remedyOf(decision, evidence, options);
    const stackName = stackOf(decision, evidence);
    return {
      kind: 'denied',
      explicit: decision.explicit,
      by: decision.by,
      because: because(decision, evidence),
      ...(remedy && { remedy: formatRemedy(remedy, (place) => lineOf({ stackName, ...place })) }),
      ...(decision.deciding && { deciding: decision.deciding }),
    };
  };
}

/** A remedy is for the template of the policy that falls short. */
function stackOf({ deciding }: Extract<Decision, { kind: 'denied' }>, { role, policies }: Evidence): string {
  const candidates = [
    deciding?.source.place,
    policies.resource?.[0]?.source.place,
    policies.endpoint?.[0]?.source.place,
    role?.role.place,
  ];
  return candidates.find((place) => place !== undefined)?.stackName ?? '';
}
