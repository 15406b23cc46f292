/** Calls that the stack makes of its own functions and that their policies do not allow: APIs, mostly. */
import type { Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';

export const invocationRefused: Rule = {
  code: 'invocation-refused',
  find: (facts) =>
    facts.invocations.flatMap(({ resource, service, functionArn, refused }) => {
      if (!refused) return [];
      return findingOf(facts, {
        code: 'invocation-refused',
        severity: 'error',
        resource,
        message: `${service} may not invoke ${functionArn} for ${resource}: ${refused.reason}`,
        remedy: refused.remedy,
      });
    }),
};
