/** Statements of a role's policies, looked through by action. */

import type { Policy, StatementRef } from '../policy/iam/contract.ts';
import type { Statement } from '../policy/iam/document.ts';
import type { Facts, RolePolicies } from './contract.ts';
import { below, isObject } from './json.ts';

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

/**
 * Why a denial is not the last word: what it would take to know is not in the template.
 * @param told condition keys whose values were told with the question
 */
export function doubtAbout(
  role: RolePolicies,
  action: string,
  told: Readonly<Record<string, unknown>> = {},
): string | undefined {
  if (role.unreadable.length > 0) return `what ${role.unreadable[0]} allows is not known here`;
  const known = new Set(Object.keys(told).map((key) => key.toLowerCase()));
  const conditional = allowStatements(role).find(
    ({ statement }) =>
      coversAction(statement, action) && conditionKeys(statement).some((key) => !known.has(key.toLowerCase())),
  );
  if (!conditional) return undefined;
  const keys = conditionKeys(conditional.statement).join(', ');
  return `a statement allows it under a condition on ${keys}, which only the call itself can meet`;
}

/** What is the same in every call of a function. */
const OF_THE_CALLER = /^aws:(?:SourceVpce?|Principal\w+|ResourceAccount|SecureTransport)$/i;

/** Why an explicit denial is not the last word: its statement may not be about every call. */
export function doubtAboutDenial({ resources }: Pick<Facts, 'resources'>, deciding: StatementRef): string | undefined {
  const { place } = deciding.source;
  const statement =
    place &&
    below(resources.get(place.logicalId)?.properties, ...place.path.map(String), 'Statement', String(deciding.index));
  const condition =
    isObject(statement) && isObject(statement['Condition']) ? Object.values(statement['Condition']) : [];
  const keys = condition.flatMap((byKey) => (isObject(byKey) ? Object.keys(byKey) : []));
  const open = keys.filter((key) => !OF_THE_CALLER.test(key));
  return open.length === 0
    ? undefined
    : `the statement denies it under a condition on ${open.join(', ')}, which the call itself may not meet`;
}

function conditionKeys({ Condition = {} }: Statement): string[] {
  return Object.values(Condition).flatMap((byKey) => Object.keys(byKey));
}
