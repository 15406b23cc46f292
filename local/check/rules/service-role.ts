/** Services that may not have the role they are given, or may not do in it what they are given it for. */
import type { Facts, Finding, Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';
import { type GivenRole, givenRoles } from '../service-roles.ts';
import { doubtAbout } from '../statements.ts';

export const roleNotTrusted: Rule = {
  code: 'role-not-trusted',
  find: (facts) =>
    inTurn(facts, async (use, role) => {
      const { untrusted } = await facts.askRole(use);
      if (!untrusted) return [];
      return [
        findingOf(facts, {
          code: 'role-not-trusted',
          severity: 'error',
          resource: role,
          path: ['AssumeRolePolicyDocument'],
          message: `${use.logicalId} gives ${role} to ${use.service}, which may not assume it: ${untrusted.reason}`,
          remedy: untrusted.remedy,
        }),
      ];
    }),
};

export const servicePermissionMissing: Rule = {
  code: 'service-permission-missing',
  find: (facts) =>
    inTurn(facts, async (use, role) => {
      const policies = facts.policiesOf(use.roleArn);
      const { denied } = await facts.askRole(use);
      return denied.map(({ need, reason, remedy }) => {
        const doubt = policies && doubtAbout(policies, need.action);
        return findingOf(facts, {
          code: 'service-permission-missing',
          severity: 'error',
          certainty: doubt === undefined ? 'proved' : 'unknown',
          resource: role,
          path: ['Policies'],
          message:
            `${use.service} needs ${need.action} on ${need.resource} for ${use.logicalId}: ${reason}` +
            (doubt === undefined ? '' : `. Not proved: ${doubt}`),
          remedy,
        });
      });
    }),
};

async function inTurn(
  facts: Facts,
  look: (use: GivenRole, role: string) => Promise<readonly Finding[]>,
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const use of givenRoles(facts)) {
    const role = facts.policiesOf(use.roleArn)?.role;
    if (role !== undefined) found.push(...(await look(use, role)));
  }
  return found;
}
