/** The may door, and what else asks the same question: simulations, and services that are given a role. */
import type { Principal } from '../../../kernel/caller.ts';
import type { MayDoor } from '../../../kernel/doors.ts';
import { roleSession } from '../../../kernel/identities.ts';
import type { TemplatePlaces } from '../../../kernel/reconcile/template-places.ts';
import type { Registry } from '../../../kernel/registry.ts';
import type { CallContext, Requirement, ServiceContext } from '../../../kernel/service.ts';
import { awsManagedDocument } from '../../../policy/iam/aws-managed/index.ts';
import { decide } from '../../../policy/iam/index.ts';
import { portableArn } from '../../../policy/iam/remedy.ts';
import type { Permission } from '../../../policy/iam/verdict.ts';
import { openRecords } from '../records.ts';
import { type CallOf, createGather, type Evidence } from './evidence.ts';
import { createRequestKeys } from './request-keys.ts';
import { createPolicyBook } from './role-policies.ts';
import { createTrust, type ServiceClaim } from './service-roles.ts';
import { createSessionPolicies } from './session-policies.ts';
import { createTelling } from './telling.ts';

export interface AuthorizationOptions
  extends Pick<ServiceContext, 'store' | 'clock' | 'usage' | 'accountId' | 'partition' | 'region'> {
  /** Whose resources are asked about. */
  readonly registry: Pick<Registry, 'find' | 'loaded' | 'service'>;
  /** Where things stand in the templates; absent: nothing is known of any. */
  readonly places?: () => TemplatePlaces;
}

export interface Authorization {
  readonly may: MayDoor;
  /** Everything that has a say in one request; what `explain` is given. */
  gather(principal: Principal, requirement: Requirement, call: CallOf): Evidence | Promise<Evidence>;
  /** Whether a service may have a role. */
  mayAssume(claim: ServiceClaim): Permission;
  /** Whether the role allows it to a service that has it, whatever its trust policy says. Nothing is recorded. */
  mayInRole(claim: ServiceClaim, requirement: Requirement, call: CallContext): Promise<Permission>;
}

export function createAuthorization(options: AuthorizationOptions): Authorization {
  const { store, clock, usage, accountId, region, registry, places } = options;
  const records = openRecords(store);
  const { revision } = records;
  const book = createPolicyBook(records, awsManagedDocument);
  const gather = createGather({
    accountId,
    registry,
    book,
    sessionPolicies: createSessionPolicies(book),
    keysOf: createRequestKeys({
      accountId,
      region,
      now: () => clock.now(),
      roleOf: (roleArn) => book.ofRole(roleArn)?.role,
      revision,
    }),
  });
  const tell = createTelling({
    positionOf: (place) => places?.().positionOf(place),
    authorOf: (place) => places?.().authorOf(place),
    expressionOf: (arn) => places?.().expressionOf(arn),
    portable: (arn) => portableArn(arn, options),
  });
  const trustOf = createTrust({ book, revision, accountId, decide });

  const mayAssume = (claim: ServiceClaim): Permission => {
    const { decision, evidence } = trustOf(claim);
    return tell(decision, evidence);
  };

  /** A service in a role has to be trusted by it first. */
  function untrusted(principal: Principal): Permission | undefined {
    if (principal.kind !== 'role-session' || principal.invokedBy === undefined) return undefined;
    const { roleArn, invokedBy: service, sourceArn, sourceAccount } = principal;
    const { decision, evidence } = trustOf({ roleArn, service, sourceArn, sourceAccount });
    return decision.kind === 'allowed' ? undefined : tell(decision, evidence);
  }

  function answer(evidence: Evidence, { origin }: CallOf): Permission {
    const decision = decide(evidence.request, evidence.policies);
    // What a function does with a URL that a service or another function presigned is no use of its own permissions.
    if (origin.kind === 'environment' && !origin.bearer && evidence.request.requester.kind !== 'service') {
      const { action, resource } = evidence.request;
      const allowed = decision.kind === 'allowed';
      usage.permission({ functionArn: origin.functionArn, action, resource, allowed });
    }
    return decision.kind === 'allowed' ? decision : tell(decision, evidence);
  }

  const decided = (evidence: Evidence): Permission => {
    const decision = decide(evidence.request, evidence.policies);
    return decision.kind === 'allowed' ? decision : tell(decision, evidence);
  };

  return {
    gather,
    mayAssume,
    async mayInRole({ roleArn, service }, requirement, call) {
      const [name = service] = service.split('.');
      const origin = { kind: 'inside', service } as const;
      const principal = sessionOf(roleArn, service, options);
      return decided(await gather(principal, requirement, { ...call, origin, service: name, operation: '' }));
    },
    may(principal, requirement, call) {
      const denial = untrusted(principal);
      if (denial) return denial;
      const evidence = gather(principal, requirement, call);
      return 'then' in evidence ? evidence.then((found) => answer(found, call)) : answer(evidence, call);
    },
  };
}

/** The session that a service in a role is, were it to call now. */
function sessionOf(
  roleArn: string,
  service: string,
  options: Pick<AuthorizationOptions, 'accountId' | 'partition' | 'clock'>,
): Principal {
  return { ...roleSession(options, roleArn, service.split('.', 1)[0]!), issuedAt: options.clock.now() };
}
