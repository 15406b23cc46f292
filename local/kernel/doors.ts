/** The two doors that policies hang on; `policy/` supplies them, and without them everything passes. */
import type { PolicyKind } from '../policy/iam/contract.ts';
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

type Denied = Extract<Permission, { kind: 'denied' }>;

/** How a service words a refusal, where it is not the usual way: what is absent is as usual. */
export interface DenialWording {
  readonly code?: string;
  readonly message?: string;
  /** Default 403. */
  readonly statusCode?: number;
}

/** What the caller is told, and what the log is. `word` is the service's own way of saying the usual sentence. */
export function accessDenied(
  principal: Principal,
  requirement: Requirement,
  permission: Denied,
  word: (requirement: Requirement, sentence: string) => DenialWording | undefined = () => undefined,
): Refusal {
  const { because, remedy } = permission;
  const sentence = denialSentence(principal, requirement, permission);
  const { code = 'AccessDeniedException', message = sentence, statusCode = 403 } = word(requirement, sentence) ?? {};
  return new Refusal(code, message, statusCode, remedy === undefined ? because : `${because}; ${remedy}`);
}

/** What AWS calls the policies, with the article it gives them. */
const POLICY_TYPES: Readonly<Record<PolicyKind, readonly [article: string, type: string]>> = {
  identity: ['an', 'identity-based policy'],
  boundary: ['a', 'permissions boundary'],
  session: ['a', 'session policy'],
  resource: ['a', 'resource-based policy'],
  key: ['a', 'resource-based policy'],
  trust: ['the', 'role trust policy'],
  endpoint: ['a', 'VPC endpoint policy'],
};

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html has these sentences. */
function denialSentence(
  principal: Principal,
  { action, resource }: Requirement,
  { explicit, by = 'identity' }: Denied,
): string {
  const [article, type] = POLICY_TYPES[by];
  const why = explicit
    ? `with an explicit deny in ${article} ${type}`
    : `because no ${type} allows the ${action} action`;
  return `User: ${arnOf(principal)} is not authorized to perform: ${action} on resource: ${resource} ${why}`;
}

export function unreachable(service: string, reason: string, remedy: string | undefined): Refusal {
  const full = remedy ? `${reason}; ${remedy}` : reason;
  return new Refusal('NetworkUnreachable', `Could not connect to ${service}: ${full}`, 504, full);
}
