/**
 * What a service asks before it takes a role it is given: whether the role lets it, and whether the role may do what
 * the service will have to do in it. Not one of IAM's operations: services find this out by trying.
 */
import type { CallContext, Operation, Requirement } from '../../../kernel/service.ts';
import type { Permission } from '../../../policy/iam/verdict.ts';
import type { IamRecords } from '../records.ts';
import type { Authorization } from './authorization.ts';

export const CHECK_SERVICE_ROLE = 'CheckServiceRole';

export interface CheckServiceRoleInput {
  readonly RoleArn: string;
  /** e.g. `lambda.amazonaws.com` */
  readonly Service: string;
  /** For what the service wants it, as `aws:SourceArn` and `aws:SourceAccount` tell the trust policy. */
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  /** A template names the role: one that no stack here has may well be there in the account. */
  readonly OfTemplate?: boolean;
  /** Asked one by one, as the role in the service's hands. */
  readonly Actions?: readonly Requirement[];
}

export interface CheckServiceRoleOutput {
  readonly Trusted: boolean;
  /** No stack here has the role: from now on it may everything, since nobody knows what it may. */
  readonly Elsewhere?: true;
  /** Why not, with the line of the trust policy. For the log. */
  readonly Reason?: string;
  readonly Remedy?: string;
  /** Those of the actions that the role does not allow; all of them are asked, trusted or not. */
  readonly Denied: readonly {
    readonly Action: string;
    readonly Resource: string;
    readonly Reason: string;
    readonly Remedy?: string;
  }[];
}

export function checkServiceRole(
  authorization: () => Pick<Authorization, 'mayAssume' | 'mayInRole'>,
  { roles, rolesElsewhere }: Pick<IamRecords, 'roles' | 'rolesElsewhere'>,
): Operation<CheckServiceRoleInput, CheckServiceRoleOutput> {
  return {
    requires: () => [],
    async handle(input, call: CallContext) {
      const { RoleArn, Service, SourceArn, SourceAccount, OfTemplate = false, Actions = [] } = input;
      const claim = { roleArn: RoleArn, service: Service, sourceArn: SourceArn, sourceAccount: SourceAccount };
      const isElsewhere = OfTemplate && roles.get(RoleArn.slice(RoleArn.lastIndexOf('/') + 1))?.arn !== RoleArn;
      if (isElsewhere && !rolesElsewhere.get(RoleArn)) rolesElsewhere.put({ name: RoleArn });
      const trust = authorization().mayAssume(claim);
      const Denied: CheckServiceRoleOutput['Denied'][number][] = [];
      for (const requirement of Actions) {
        const permission = await authorization().mayInRole(claim, requirement, call);
        if (permission.kind === 'allowed') continue;
        Denied.push({ Action: requirement.action, Resource: requirement.resource, ...told(permission) });
      }
      return {
        Trusted: trust.kind === 'allowed',
        ...(isElsewhere && { Elsewhere: true as const }),
        ...(trust.kind === 'denied' && told(trust)),
        Denied,
      };
    },
  };
}

function told({ because, remedy }: Extract<Permission, { kind: 'denied' }>) {
  return { Reason: because, ...(remedy !== undefined && { Remedy: remedy }) };
}
