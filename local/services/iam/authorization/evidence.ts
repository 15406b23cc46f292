/** Gathers what the evaluator needs to know of one request: who asks, by which policies, with which condition keys. */
import type { Principal } from '../../../kernel/caller.ts';
import type { Registry } from '../../../kernel/registry.ts';
import type { CallContext, Requirement, ResourceFacts, Service } from '../../../kernel/service.ts';
import type { AuthorizationRequest, Policy, PolicySet, Requester } from '../../../policy/iam/contract.ts';
import { type Asked, isForwarded } from './request-keys.ts';
import type { PolicyBook, RolePolicies } from './role-policies.ts';
import type { SessionPolicies } from './session-policies.ts';

export type CallOf = CallContext & { readonly service: string; readonly operation: string };

export interface Evidence {
  readonly request: AuthorizationRequest;
  readonly policies: PolicySet;
  /** Absent where no role asks, and for one that is not there. */
  readonly role?: RolePolicies;
}

export interface EvidenceOptions {
  readonly accountId: string;
  readonly registry: Pick<Registry, 'find' | 'loaded' | 'service'>;
  readonly book: PolicyBook;
  readonly sessionPolicies: SessionPolicies;
  readonly keysOf: (asked: Asked) => AuthorizationRequest['keys'];
}

export type Gather = (principal: Principal, requirement: Requirement, call: CallOf) => Evidence | Promise<Evidence>;

/** A promise only where the service that has the resource is not loaded yet. */
export function createGather(options: EvidenceOptions): Gather {
  const { accountId, registry, book, sessionPolicies, keysOf } = options;

  function gather(
    principal: Principal,
    requirement: Requirement,
    call: CallOf,
    facts: ResourceFacts | undefined,
  ): Evidence {
    const { action } = requirement;
    const resource = facts?.arn ?? requirement.resource;
    const session = principal.kind === 'role-session' ? principal : undefined;
    const role = session && book.ofRole(session.roleArn);
    // Of this account whatever number its ARN has: a function's role is of the function's account.
    const requester = role?.isElsewhere ? { ...requesterOf(principal), accountId } : requesterOf(principal);
    const resourceAccountId = facts?.accountId || accountIn(resource) || accountId;
    return {
      request: {
        requester,
        action,
        resource,
        resourceAccountId,
        keys: keysOf({ principal, requirement, call, facts, resourceAccountId }),
      },
      policies: {
        identity: role?.identity ?? [],
        boundary: role?.boundary,
        session: session && sessionPolicies(session),
        resource: resourcePolicies(facts, action),
        endpoint: endpointPolicies(requirement, call),
      },
      ...(role && { role }),
    };
  }

  return (principal, requirement, call) => {
    const name = serviceIn(requirement.resource);
    if (name === undefined || !registry.find(name)) return gather(principal, requirement, call, undefined);
    const facts = (service: Service) => service.resourceFacts?.(requirement.resource);
    const loaded = registry.loaded(name);
    if (loaded) return gather(principal, requirement, call, facts(loaded));
    return registry.service(name).then((service) => gather(principal, requirement, call, facts(service)));
  };
}

export function requesterOf(principal: Principal): Requester {
  switch (principal.kind) {
    case 'administrator':
      return { kind: 'root', accountId: principal.accountId, arn: principal.arn };
    case 'role-session':
      return principal;
    case 'service':
    case 'internal':
      return { kind: 'service', service: principal.service };
    case 'anonymous':
      return principal;
  }
}

/** A role's trust policy says who may become the role, and nothing of who may read or change it. */
function resourcePolicies(facts: ResourceFacts | undefined, action: string): readonly Policy[] | undefined {
  const policies = facts?.policies;
  if (policies?.[0]?.source.kind !== 'trust') return policies;
  return action.startsWith('sts:') ? policies : undefined;
}

/**
 * An endpoint's policy is about the calls that come through it: not about what its service then asks of others, nor
 * about the role that is passed along.
 */
function endpointPolicies(requirement: Requirement, { path, service }: CallOf): readonly Policy[] | undefined {
  const policy = path?.via?.policy;
  if (!policy || isForwarded(requirement)) return undefined;
  if (requirement.action === 'iam:PassRole' && service !== 'iam') return undefined;
  return [policy];
}

/** `arn:PARTITION:SERVICE:REGION:ACCOUNT:…` */
function serviceIn(arn: string): string | undefined {
  if (!arn.startsWith('arn:')) return undefined;
  const start = arn.indexOf(':', 4) + 1;
  return start === 0 ? undefined : arn.slice(start, arn.indexOf(':', start));
}

function accountIn(arn: string): string {
  return arn.startsWith('arn:') ? (arn.split(':', 5)[4] ?? '') : '';
}
