/** What a function's role must allow for Lambda's own sake, and does not. */
import type { Facts, Finding, FunctionFacts, Rule } from '../contract.ts';
import { findingOf, listed } from '../finding.ts';
import { isNamed, resourcesOfType } from '../functions.ts';
import { type LambdaNeed, lambdaNeeds } from '../lambda-needs.ts';
import { doubtAbout } from '../statements.ts';

export const lambdaPermissionMissing: Rule = {
  code: 'lambda-permission-missing',
  async find(facts) {
    const found: Finding[] = [];
    for (const caller of facts.functions) {
      const role = facts.policiesOf(caller.roleArn);
      if (!role) continue;
      const needs = [...lambdaNeeds(facts, caller), ...(await keysOfQueues(facts, caller))];
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

/** Lambda receives in the function's role, and a queue with a key of its own asks for the key. */
async function keysOfQueues(facts: Facts, caller: FunctionFacts): Promise<LambdaNeed[]> {
  const found: LambdaNeed[] = [];
  for (const { logicalId, properties } of resourcesOfType(facts, 'AWS::Lambda::EventSourceMapping')) {
    const source = String(properties['EventSourceArn'] ?? '');
    if (source.split(':')[2] !== 'sqs' || !isNamed(properties['FunctionName'], caller, facts)) continue;
    const rest = { purpose: `to open what ${logicalId} reads`, without: 'it gets no events', isEssential: true };
    for (const need of await facts.alsoNeeded(caller, 'ReceiveMessage', source)) found.push({ ...need, ...rest });
  }
  return found;
}
