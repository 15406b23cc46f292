/** Questions to a drawn cloud that services ask: in their own name, or in a role that the template gives them. */
import { randomUUID } from 'node:crypto';
import type { RoleAnswer, RoleUse } from '../check/contract.ts';
import type { Requirement } from '../kernel/service.ts';
import type { Permission } from '../policy/iam/verdict.ts';
import { CHECK_SERVICE_ROLE, type CheckServiceRoleOutput } from '../services/iam/authorization/check-service-role.ts';
import type { DrawnCloud } from './drawn-cloud.ts';

export async function askRole(
  { kernel }: DrawnCloud,
  { roleArn, service, sourceArn, needs }: RoleUse,
): Promise<RoleAnswer> {
  const answer = (await kernel.dispatch({
    caller: { kind: 'internal', service: 'sampan' },
    service: 'iam',
    operation: CHECK_SERVICE_ROLE,
    input: {
      RoleArn: roleArn,
      Service: service,
      SourceArn: sourceArn,
      SourceAccount: kernel.accountId,
      Actions: needs,
    },
  })) as CheckServiceRoleOutput;
  return {
    ...(!answer.Trusted && {
      untrusted: { reason: answer.Reason ?? 'it does not trust the service', remedy: answer.Remedy },
    }),
    denied: answer.Denied.flatMap(({ Action, Resource, Reason: reason, Remedy: remedy }) => {
      const need = needs.find(({ action, resource }) => action === Action && resource === Resource);
      return need ? [{ need, reason, remedy }] : [];
    }),
  };
}

export function mayService(
  { authorization, kernel }: DrawnCloud,
  service: string,
  need: Requirement,
  sourceArn?: string,
): Promise<Permission> {
  const source = sourceArn === undefined ? {} : { sourceArn, sourceAccount: kernel.accountId };
  const principal = { kind: 'service', service, ...source } as const;
  const [name = '', operation = ''] = need.action.split(':');
  const origin = { kind: 'inside', service } as const;
  const call = { principal, origin, requestId: randomUUID(), service: name, operation };
  return Promise.resolve(authorization.may(principal, need, call));
}
