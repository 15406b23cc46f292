/** Resources that AWS would refuse to make: what the providers said when the stack was drawn. */
import type { Diagnostic } from '../../template/stack.ts';
import type { Facts, Finding, Rule } from '../contract.ts';

/** `visibility-timeout` says it at the queue, and what to set. */
const TOLD_ELSEWHERE = /Queue visibility timeout: \d+ seconds is less than/;

export const deploymentRefused: Rule = {
  code: 'deployment-refused',
  find: (facts) =>
    facts.diagnostics.flatMap((diagnostic) => {
      if (TOLD_ELSEWHERE.test(diagnostic.message)) return [];
      if (diagnostic.severity === 'error') return refusal(diagnostic, facts);
      return diagnostic.code === 'not-looked-at' ? notLookedAt(diagnostic) : [];
    }),
};

function refusal({ message, suggestion, at, resource, property }: Diagnostic, facts: Facts): Finding {
  const doubt = doubtOf(`${message} ${suggestion ?? ''}`, facts);
  const said = [property, `${message}${suggestion === undefined ? '' : ` (${suggestion})`}`].filter(Boolean).join(': ');
  return {
    code: 'deployment-refused',
    severity: doubt === undefined ? 'error' : 'info',
    certainty: doubt === undefined ? 'proved' : 'unknown',
    message: doubt === undefined ? said : `${said.replace(/\.+$/, '')}. Not proved: ${doubt}`,
    ...(at && { at }),
    ...(resource !== undefined && { resource }),
  };
}

/** A refusal that only this machine has a reason for is none of AWS's. */
function doubtOf(text: string, { stack, resources }: Facts): string | undefined {
  if (MISSING.test(text)) return OF_THE_ACCOUNT;
  const roles = new Set([...resources.values()].map(({ attributes }) => attributes['Arn']));
  if ((text.match(ROLE) ?? []).some((arn) => !roles.has(arn))) return OF_THE_ACCOUNT;
  if (/not emulated|is no emulat|on this machine/.test(text)) return 'that is not emulated here';
  const { accountId, region } = stack.pseudo;
  for (const [, , where, whose] of text.matchAll(/arn:[\w-]+:([\w-]+):([\w-]*):([\w-]*):/g)) {
    if ((where !== '' && where !== region) || (whose !== '' && whose !== accountId)) {
      return 'it names something of another account or Region, which is not here';
    }
  }
  return undefined;
}

const OF_THE_ACCOUNT = 'what is named is not of this template, and may be there in the account';
/** A full stop is a sentence's. */
const ROLE = /arn:[\w-]+:iam::\d+:role\/[\w+=,.@/-]*[\w+=@/-]/g;

/** How services say that something is not there. */
const MISSING = /NotFound|not found|not exist|cannot be found|NoSuch|No export named|there is no role/i;

function notLookedAt({ message, at, resource }: Diagnostic): Finding {
  return {
    code: 'deployment-refused',
    severity: 'info',
    certainty: 'unknown',
    message: `was not looked at: it ${message}`,
    ...(at && { at }),
    ...(resource !== undefined && { resource }),
  };
}
