/**
 * Principal and NotPrincipal. How a requester is named matters: a policy that names its account leaves the decision to
 * the account's own policies, one that names the session is not narrowed by anything.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
 */
import type { Requester } from './contract.ts';
import type { Statement } from './document.ts';

export const NOT_NAMED = 0;
/** By its account: it may what its own policies let it. */
export const BY_ACCOUNT = 1;
/** By its role or its service: a boundary or a session policy still narrows what a role is given. */
export const DIRECTLY = 2;
/** By its session, or as one of everybody: nothing narrows that but an explicit Deny. */
export const OUTRIGHT = 3;
export type Naming = typeof NOT_NAMED | typeof BY_ACCOUNT | typeof DIRECTLY | typeof OUTRIGHT;

export type PrincipalMatcher = (requester: Requester, hasBoundary: boolean) => Naming;

const EVERYBODY: PrincipalMatcher = () => OUTRIGHT;

interface Names {
  readonly everybody: boolean;
  readonly aws: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
}

/** Undefined for a statement that has neither, as in identity policies: it is about its bearer. */
export function compilePrincipal({ Principal, NotPrincipal, Effect }: Statement): PrincipalMatcher | undefined {
  if (Principal !== undefined) {
    const names = namesOf(Principal);
    return names.everybody ? EVERYBODY : (requester) => naming(names, requester);
  }
  if (NotPrincipal === undefined) return undefined;
  const names = namesOf(NotPrincipal);
  return (requester, hasBoundary) => {
    // Documented: a Deny with NotPrincipal holds for whoever has a permissions boundary, whomever it names.
    if (Effect === 'Deny' && hasBoundary) return DIRECTLY;
    return isExcepted(names, requester, Effect) ? NOT_NAMED : DIRECTLY;
  };
}

function namesOf(principal: NonNullable<Statement['Principal']>): Names {
  if (principal === '*') return { everybody: true, aws: new Set(), services: new Set() };
  const aws = new Set(principal.AWS);
  const services = (principal.Service ?? []).map((name) => name.replace(IN_A_REGION, '$1.amazonaws.com'));
  return { everybody: aws.has('*'), aws, services: new Set(services) };
}

/**
 * Principals that may be written with their Region, and then mean the same.
 * https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
 * https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html
 */
const IN_A_REGION = /^(states|codedeploy)\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com$/;

function naming(names: Names, requester: Requester): Naming {
  switch (requester.kind) {
    case 'anonymous':
      return NOT_NAMED;
    case 'service':
      return names.services.has(requester.service) ? DIRECTLY : NOT_NAMED;
    case 'root':
      if (names.aws.has(requester.arn)) return DIRECTLY;
      return namesAccount(names, requester) ? BY_ACCOUNT : NOT_NAMED;
    case 'role-session':
      if (names.aws.has(requester.arn)) return OUTRIGHT;
      if (namesRole(names, requester)) return DIRECTLY;
      return namesAccount(names, requester) ? BY_ACCOUNT : NOT_NAMED;
  }
}

type Account = { readonly accountId: string; readonly arn: string };
type RoleSession = Extract<Requester, { kind: 'role-session' }>;

/** By ARN or by the unique id that AWS keeps instead of it. */
const namesRole = ({ aws }: Names, { roleArn, userId }: RoleSession): boolean =>
  aws.has(roleArn) || aws.has(userId.slice(0, Math.max(0, userId.indexOf(':'))));

/** The partition is the requester's own. */
const namesAccount = ({ aws }: Names, { accountId, arn }: Account): boolean =>
  aws.has(accountId) || aws.has(`${arn.slice(0, arn.indexOf(':', 4))}:iam::${accountId}:root`);

/**
 * Whom a NotPrincipal leaves out. In a Deny, AWS may check account, role and session one after the other, so a role is
 * only safe from it when its account is listed as well.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
 */
function isExcepted(names: Names, requester: Requester, effect: Statement['Effect']): boolean {
  if (names.everybody) return true;
  const named = naming(names, requester);
  if (requester.kind !== 'role-session' || effect === 'Allow') return named !== NOT_NAMED;
  return named > BY_ACCOUNT && namesAccount(names, requester);
}
