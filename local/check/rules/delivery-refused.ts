/** Deliveries that the stack tells services to make and that they may not make: nobody gets an error, and nothing arrives. */
import type { Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';

export const deliveryRefused: Rule = {
  code: 'delivery-refused',
  find: (facts) =>
    facts.deliveries.flatMap(({ resource, sender, target, targetArn, action, refused }) => {
      if (!refused) return [];
      return findingOf(facts, {
        code: 'delivery-refused',
        severity: 'error',
        resource,
        message: `${sender} may not do ${action} on ${targetArn} (${target}): ${refused.reason}`,
        remedy: refused.remedy,
      });
    }),
};
