/** Statements of a role's policies, looked through by action. */

import type { Policy } from '../policy/iam/contract.ts';
import type { Statement } from '../policy/iam/document.ts';
import type { RolePolicies } from './contract.ts';

export interface Placed {
  readonly statement: Statement;
  readonly policy: Policy;
  readonly index: number;
}

export function allowStatements(role: RolePolicies): Placed[] {
  return role.policies.flatMap((policy) =>
    policy.document.Statement.flatMap((statement, index) =>
      statement.Effect === 'Allow' ? [{ statement, policy, index }] : [],
    ),
  );
}

/** Whether a pattern of IAM (`s3:Get*`) covers a name. Actions do not tell upper case from lower. */
export function covers(pattern: string, name: string): boolean {
  const escaped = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 'is').test(name);
}

export function coversAction({ Action, NotAction }: Statement, action: string): boolean {
  if (Action) return Action.some((pattern) => covers(pattern, action));
  return NotAction !== undefined && !NotAction.some((pattern) => covers(pattern, action));
}

/** ARNs that the role's statements about this action are for, with something in place of each wildcard. */
export function examplesOf(role: RolePolicies, action: string): string[] {
  const patterns = allowStatements(role)
    .filter(({ statement }) => coversAction(statement, action))
    .flatMap(({ statement }) => statement.Resource ?? ['*'])
    .filter((pattern) => isOfService(pattern, action));
  return [...new Set(patterns.map((pattern) => (pattern === '*' ? '*' : pattern.replaceAll(/[*?]/g, 'x'))))];
}

/** A statement about what another service has allows nothing. */
function isOfService(pattern: string, action: string): boolean {
  const [, , service = '*'] = pattern.split(':');
  return pattern === '*' || covers(service, action.slice(0, action.indexOf(':')));
}

/** Why a denial is not the last word: what it would take to know is not in the template. */
export function doubtAbout(role: RolePolicies, action: string): string | undefined {
  if (role.unreadable.length > 0) return `what ${role.unreadable[0]} allows is not known here`;
  const conditional = allowStatements(role).find(
    ({ statement }) => statement.Condition !== undefined && coversAction(statement, action),
  );
  if (!conditional) return undefined;
  const keys = Object.values(conditional.statement.Condition ?? {}).flatMap((byKey) => Object.keys(byKey));
  return `a statement allows it under a condition on ${keys.join(', ')}, which only the call itself can meet`;
}
