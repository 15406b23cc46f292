/** How this room's providers call: as CloudFormation does, with the permissions of whoever deploys. */
import type { ServiceContext } from '../../../kernel/service.ts';

export type CallAsCloudFormation = <T>(service: string, operation: string, input: object) => Promise<T>;

export function asCloudFormation(context: ServiceContext): CallAsCloudFormation {
  const caller = { kind: 'internal', service: 'cloudformation.amazonaws.com' } as const;
  return async <T>(service: string, operation: string, input: object) =>
    (await context.dispatch({ caller, service, operation, input })) as T;
}
