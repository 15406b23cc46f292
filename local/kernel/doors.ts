/** The two doors that policies hang on; `policy/` supplies them, and without them everything passes. */
import type { Permission } from '../policy/iam/verdict.ts';
import type { Reachability } from '../policy/network/verdict.ts';
import { AwsError } from './aws-error.ts';
import { arnOf, type Origin, type Principal } from './caller.ts';
import type { CallContext, Requirement } from './service.ts';

/** Can the call get from its origin to the service at all? Asked once per call; what it answers goes on to the may door. */
export type ReachDoor = (
  origin: Origin,
  service: string,
  operation: string,
  input: unknown,
  requirements: readonly Requirement[],
) => Reachability | Promise<Reachability>;

/**
 * May the principal do this one thing? Asked for each requirement in turn; the first denial decides. A promise only where
 * something has to be loaded first: the warm path awaits nothing.
 */
export type MayDoor = (
  principal: Principal,
  requirement: Requirement,
  call: CallContext & { readonly service: string; readonly operation: string },
) => Permission | Promise<Permission>;

/** Built once the kernel stands: they read the store, and ask services about their resources. */
export interface Doors {
  readonly reach?: ReachDoor;
  readonly may?: MayDoor;
}

/** A refusal whose full reason is for the log alone: the caller is told no more than AWS would tell. */
export class Refusal extends AwsError {
  readonly reason: string;
  constructor(code: string, message: string, statusCode: number, reason: string) {
    super(code, message, { statusCode });
    this.name = 'Refusal';
    this.reason = reason;
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html has these sentences. */
export function accessDenied(
  principal: Principal,
  requirement: Requirement,
  permission: Permission,
  code = 'AccessDeniedException',
): Refusal {
  const why =
    permission.kind === 'denied' && permission.explicit
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${requirement.action} action`;
  const message = `User: ${arnOf(principal)} is not authorized to perform: ${requirement.action} on resource: ${requirement.resource} ${why}`;
  const { because } = permission;
  const full = permission.kind === 'denied' && permission.remedy ? `${because}; ${permission.remedy}` : because;
  return new Refusal(code, message, 403, full);
}

export function unreachable(service: string, reason: string, remedy: string | undefined): Refusal {
  const full = remedy ? `${reason}; ${remedy}` : reason;
  return new Refusal('NetworkUnreachable', `Could not connect to ${service}: ${full}`, 504, full);
}
