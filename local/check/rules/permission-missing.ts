/** What the code calls and no policy allows: the role's, the resource's, or that of the endpoint on the way. */
import type { Requirement } from '../../kernel/service.ts';
import { actionExists } from '../../policy/iam/reference.ts';
import type { Permission } from '../../policy/iam/verdict.ts';
import { resourcesOf } from '../call-resources.ts';
import type { SdkCall } from '../calls/contract.ts';
import type { Facts, Finding, FunctionFacts, RolePolicies, Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';
import { isAboutObjects, objectsIn } from '../objects.ts';
import { doubtAbout, doubtAboutDenial, examplesOf } from '../statements.ts';

const CODE = 'permission-missing';

export const permissionMissing: Rule = {
  code: CODE,
  async find(facts) {
    const found: Finding[] = [];
    for (const caller of facts.functions) {
      const role = facts.policiesOf(caller.roleArn);
      if (!role || caller.code.kind !== 'read') continue;
      for (const asked of distinct(caller.code.calls)) {
        for (const action of asked.actions) {
          const isListed = await actionExists(action);
          found.push(...(await askFor({ facts, caller, role, call: asked, action, isListed })));
        }
      }
    }
    return found;
  },
};

interface Asked {
  readonly facts: Facts;
  readonly caller: FunctionFacts;
  readonly role: RolePolicies;
  readonly call: SdkCall;
  readonly action: string;
  /** Some clients are called otherwise than their actions: `pinpoint` sends by `mobiletargeting:SendMessages`. */
  readonly isListed: boolean;
}

async function askFor(asked: Asked): Promise<Finding[]> {
  const { facts, caller, call, action } = asked;
  const resources = await resourcesOf(facts, caller, call, action);
  if (resources.kind === 'known') {
    const { arn, why } = resources;
    const answer = await mayOn(asked, arn);
    if (answer.kind === 'denied') return [finding(asked, answer, { resource: arn, why })];
    return besides(asked, answer.on, { resource: arn, why });
  }
  const told = resources.kind === 'told' ? resources.arns : [];
  const denials: { arn: string; why: string; permission: Denied }[] = [];
  const allowed: { arn: string; why: string; on: string }[] = [];
  for (const { arn, why } of told) {
    const answer = await mayOn(asked, arn);
    if (answer.kind === 'denied') denials.push({ arn, why, permission: answer });
    else allowed.push({ arn, why, on: answer.on });
  }
  if (allowed.length > 0) {
    const doubt = `which resources ${call.operation} is called for only shows while the code runs`;
    // Many a function reads one bucket and writes another: only what somebody has forbidden says that this is a third thing.
    const meant = denials.filter(({ permission }) => permission.explicit || !isAboutObjects(action));
    const found = meant.map(({ arn, why, permission }) => finding(asked, permission, { resource: arn, why, doubt }));
    for (const { arn, why, on } of allowed) {
      const about = { resource: arn, why, ...(told.length > 1 && { doubt }) };
      found.push(...(await besides(asked, on, about)));
    }
    return found;
  }
  // Whatever it is called for: is there anything at all that the role may do it to?
  for (const example of examplesOf(asked.role, action)) {
    if ((await may(asked, example)).kind === 'allowed') return [];
  }
  const [first] = denials;
  if (first) return [finding(asked, first.permission, { resource: first.arn, why: first.why })];
  const example = examplesOf(asked.role, action)[0] ?? '*';
  const permission = await may(asked, example);
  return permission.kind === 'allowed' ? [] : [finding(asked, permission, { resource: 'any resource' })];
}

type Denied = Extract<Permission, { kind: 'denied' }>;

function may({ facts, caller, call, action }: Asked, resource: string): Promise<Permission> {
  return facts.may(caller, { action, resource }, call.presigned ? undefined : call.endpoint);
}

/** `on`: what may be touched, of a bucket one of its objects. What somebody has forbidden is told before what is missing. */
async function mayOn(asked: Asked, arn: string): Promise<Denied | { readonly kind: 'allowed'; readonly on: string }> {
  const { facts, role, action } = asked;
  const denials: Denied[] = [];
  for (const on of isAboutObjects(action) ? objectsIn(facts, role, action, arn) : [arn]) {
    const permission = await may(asked, on);
    if (permission.kind === 'allowed') return { kind: 'allowed', on };
    denials.push(permission);
  }
  return denials.find(({ explicit }) => explicit) ?? denials[0]!;
}

/** What the call needs besides: the service calls others for its caller, and not through the caller's endpoints. */
async function besides(asked: Asked, on: string, about: About): Promise<Finding[]> {
  const { facts, caller, call } = asked;
  const found: Finding[] = [];
  for (const need of await facts.alsoNeeded(caller, call.operation, on)) {
    const permission = await facts.may(caller, need, undefined);
    if (permission.kind === 'denied') found.push(finding(asked, permission, about, need));
  }
  return found;
}

interface About {
  readonly resource: string;
  readonly why?: string;
  readonly doubt?: string;
}

/** @param besides what the service needs of its caller for the call, where that is what is missing */
function finding(
  { facts, caller, role, call, action, isListed }: Asked,
  permission: Denied,
  about: About,
  besides?: Requirement,
): Finding {
  const at = call.at ? ` (${call.at.file}:${call.at.line})` : '';
  const unlisted = isListed ? undefined : `AWS’s list of actions has no ${action}`;
  const deciding = permission.deciding?.source.place;
  const doubts = [
    about.doubt,
    permission.explicit && permission.deciding
      ? doubtAboutDenial(facts, permission.deciding)
      : doubtAbout(role, besides?.action ?? action, besides?.context),
    DOUBTS[call.basis],
    unlisted,
  ].filter((doubt) => doubt !== undefined);
  const why = about.why === undefined ? '' : `, as ${about.why}`;
  const sure = doubts.length === 0 ? '' : `. Not proved: ${doubts.join('; ')}`;
  const does = call.presigned ? 'signs URLs for' : 'calls';
  const subject = `${caller.logicalId} ${does} ${call.operation}${at} and may not do`;
  const lacking = besides
    ? `${besides.action} on ${besides.resource}, which ${about.resource} needs of whoever calls it${why}`
    : `${action} on ${about.resource}${why}`;
  return findingOf(facts, {
    code: CODE,
    severity: 'error',
    certainty: doubts.length === 0 ? 'proved' : 'unknown',
    resource: deciding?.logicalId ?? (permission.by === 'identity' || !permission.by ? role.role : caller.logicalId),
    neededBy: caller.logicalId,
    path: deciding ? [...deciding.path, 'Statement', permission.deciding!.index] : ['Policies'],
    message: `${subject} ${lacking}: ${permission.because}${sure}`,
    remedy: permission.remedy,
  });
}

const DOUBTS: Readonly<Record<SdkCall['basis'], string | undefined>> = {
  code: undefined,
  package: 'the call is in a package that the function uses, which may never make it',
  lent: 'the code makes a client with credentials of its own choice',
  constant: 'the code signs its requests itself, and only names the operation',
};

/** The same call in several places is one question. */
function distinct(calls: readonly SdkCall[]): SdkCall[] {
  const byKey = new Map(
    calls
      .toReversed()
      .map((call) => [JSON.stringify([call.endpoint, call.operation, call.resource, call.presigned]), call]),
  );
  return [...byKey.values()].toReversed();
}
