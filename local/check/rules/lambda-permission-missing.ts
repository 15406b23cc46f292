/** What a function's role must allow for Lambda's own sake, and does not. */
import type { Finding, Rule } from '../contract.ts';
import { findingOf, listed } from '../finding.ts';
import { lambdaNeeds } from '../lambda-needs.ts';
import { doubtAbout } from '../statements.ts';

export const lambdaPermissionMissing: Rule = {
  code: 'lambda-permission-missing',
  async find(facts) {
    const found: Finding[] = [];
    for (const caller of facts.functions) {
      const role = facts.policiesOf(caller.roleArn);
      if (!role) continue;
      const needs = lambdaNeeds(facts, caller);
      const { roleArn, arn: sourceArn } = caller;
      const { denied } = await facts.askRole({ roleArn, service: 'lambda.amazonaws.com', sourceArn, needs });
      const lacking = needs.flatMap((need) => {
        const denial = denied.find((each) => each.need === need);
        return denial ? [{ need, denial }] : [];
      });
      for (const group of Map.groupBy(lacking, ({ need }) => `${need.purpose} ${need.isEssential}`).values()) {
        const [{ need, denial }] = group as [(typeof lacking)[number]];
        const doubt = group.map((each) => doubtAbout(role, each.need.action)).find((each) => each !== undefined);
        const actions = listed(group.map((each) => each.need.action));
        found.push(
          findingOf(facts, {
            code: 'lambda-permission-missing',
            severity: need.isEssential ? 'error' : 'warning',
            certainty: doubt === undefined ? 'proved' : 'unknown',
            resource: role.role,
            path: ['Policies'],
            message:
              `${caller.logicalId} needs ${actions} on ${need.resource} ${need.purpose}, or ${need.without}: ${denial.reason}` +
              (doubt === undefined ? '' : `. Not proved: ${doubt}`),
            remedy: denial.remedy,
          }),
        );
      }
    }
    return found;
  },
};
