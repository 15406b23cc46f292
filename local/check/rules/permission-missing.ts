/** What the code calls and no policy allows: the role's, the resource's, or that of the endpoint on the way. */
import { actionExists } from '../../policy/iam/reference.ts';
import type { Permission } from '../../policy/iam/verdict.ts';
import { resourcesOf } from '../call-resources.ts';
import type { SdkCall } from '../calls/contract.ts';
import type { Facts, Finding, FunctionFacts, RolePolicies, Rule } from '../contract.ts';
import { findingOf } from '../finding.ts';
import { doubtAbout, examplesOf } from '../statements.ts';

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
    const permission = await may(asked, resources.arn);
    if (permission.kind === 'allowed') return [];
    return [finding(asked, permission, { resource: resources.arn, why: resources.why })];
  }
  const told = resources.kind === 'told' ? resources.arns : [];
  const denials: { arn: string; why: string; permission: Denied }[] = [];
  for (const { arn, why } of told) {
    const permission = await may(asked, arn);
    if (permission.kind === 'denied') denials.push({ arn, why, permission });
  }
  if (denials.length < told.length) {
    const doubt = `which resources ${call.operation} is called for only shows while the code runs`;
    return denials.map(({ arn, why, permission }) => finding(asked, permission, { resource: arn, why, doubt }));
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

function finding(
  { facts, caller, role, call, action, isListed }: Asked,
  permission: Denied,
  about: { readonly resource: string; readonly why?: string; readonly doubt?: string },
): Finding {
  const at = call.at ? ` (${call.at.file}:${call.at.line})` : '';
  const unlisted = isListed ? undefined : `AWS’s list of actions has no ${action}`;
  const doubts = [about.doubt, doubtAbout(role, action), DOUBTS[call.basis], unlisted].filter(
    (doubt) => doubt !== undefined,
  );
  const why = about.why === undefined ? '' : `, as ${about.why}`;
  const sure = doubts.length === 0 ? '' : `. Not proved: ${doubts.join('; ')}`;
  const does = call.presigned ? 'signs URLs for' : 'calls';
  const subject = `${caller.logicalId} ${does} ${call.operation}${at} and may not do ${action} on ${about.resource}${why}`;
  const deciding = permission.deciding?.source.place;
  return findingOf(facts, {
    code: CODE,
    severity: 'error',
    certainty: doubts.length === 0 ? 'proved' : 'unknown',
    resource: deciding?.logicalId ?? (permission.by === 'identity' || !permission.by ? role.role : caller.logicalId),
    neededBy: caller.logicalId,
    path: deciding ? deciding.path : ['Policies'],
    message: `${subject}: ${permission.because}${sure}`,
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
