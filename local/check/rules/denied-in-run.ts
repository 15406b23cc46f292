/** What was denied in a recorded run, and would be denied again. */
import type { Finding, Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';

export const deniedInRun: Rule = {
  code: 'denied-in-run',
  async find(facts) {
    const found: Finding[] = [];
    for (const { functionArn, action, resource, allowed } of facts.usage?.permissions ?? []) {
      const caller = facts.functions.find(({ arn }) => arn === functionArn);
      if (allowed || !caller || !facts.policiesOf(caller.roleArn)) continue;
      const permission = await facts.may(caller, { action, resource }, action.slice(0, action.indexOf(':')));
      if (permission.kind === 'allowed') continue;
      found.push(
        findingOf(facts, {
          code: 'denied-in-run',
          severity: 'error',
          certainty: 'observed',
          resource: caller.logicalId,
          message: `${caller.logicalId} was denied ${action} on ${resource} in a recorded run, and would be again: ${permission.because}`,
          remedy: permission.remedy,
        }),
      );
    }
    return found;
  },
};
