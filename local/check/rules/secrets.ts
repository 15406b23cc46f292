/** Secrets in plain sight: everybody who may look at a function or a stack reads them. The findings never repeat one. */
import type { Facts, Finding, Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';

/** Values that are what they look like. */
const PATTERNS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['an AWS access key', /^(?:AKIA|ASIA)[0-9A-Z]{16}$/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a GitHub token', /^(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{50,})$/],
  ['a Slack token', /^xox[abprs]-[\w-]{10,}$/],
  ['a Stripe key', /^(?:sk|rk)_live_[A-Za-z0-9]{16,}$/],
  ['a JSON web token', /^eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]+$/],
  ['an address with a password', /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]+:[^\s/@]{3,}@/],
];

const TELLING_NAME =
  /(?:^|[_-])(?:password|passwd|pwd|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credentials?)$/i;

export const secretInVariable: Rule = {
  code: 'secret-in-variable',
  find: (facts) =>
    facts.functions.flatMap(({ logicalId, variables }) =>
      Object.entries(variables).flatMap(([name, value]): Finding[] => {
        const what = PATTERNS.find(([, pattern]) => pattern.test(value))?.[0];
        if (what === undefined && !(TELLING_NAME.test(name) && isPlain(facts, value))) return [];
        return [
          findingOf(facts, {
            code: 'secret-in-variable',
            severity: 'warning',
            certainty: what === undefined ? 'unknown' : 'proved',
            resource: logicalId,
            path: ['Environment', 'Variables', name],
            message:
              what === undefined
                ? `${name} sounds like a secret, and its value stands in the function's configuration. Not proved: it may be none`
                : `${name} holds ${what}, for everybody to read who may look at the function's configuration`,
            remedy: `keep it in AWS Secrets Manager, and give the function its ARN:\n  ${name}_ARN: !Ref MySecret`,
          }),
        ];
      }),
    ),
};

/** A value of its own: no ARN, no name of something in the stack, nothing that is looked up later. */
function isPlain({ resources }: Facts, value: string): boolean {
  if (value === '' || /^arn:|^\{\{resolve:|^not-emulated-/.test(value)) return false;
  return ![...resources.values()].some(({ physicalId }) => physicalId === value);
}

export const secretInParameter: Rule = {
  code: 'secret-in-parameter',
  find: ({ stack }) =>
    Object.entries(stack.parameters).flatMap(([name, value]): Finding[] => {
      const words = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_');
      if (typeof value !== 'string' || value === '' || stack.noEcho.has(name) || !TELLING_NAME.test(words)) return [];
      if (/^arn:/.test(value)) return [];
      return [
        {
          code: 'secret-in-parameter',
          severity: 'warning',
          certainty: 'unknown',
          message:
            `the parameter ${name} sounds like a secret, and without NoEcho everybody who may look at the stack reads it. ` +
            'Not proved: it may be none',
          remedy: `Parameters:\n  ${name}:\n    NoEcho: true`,
        },
      ];
    }),
};
