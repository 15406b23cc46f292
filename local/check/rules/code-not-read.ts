/** Where `check` knows less than it seems to: code it could not read, or not all of. */
import type { Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';

export const codeNotRead: Rule = {
  code: 'code-not-read',
  find: (facts) =>
    facts.functions.flatMap(({ logicalId, code }) => {
      const reasons = code.kind === 'unread' ? [code.why] : code.gaps;
      return reasons.map((reason) =>
        findingOf(facts, {
          code: 'code-not-read',
          severity: 'info',
          certainty: 'unknown',
          resource: logicalId,
          message: `${code.kind === 'unread' ? 'what it calls is not known' : 'it may call more than was found'}: ${reason}`,
        }),
      );
    }),
};
