/** How this room's providers call: as CloudFormation does, with the permissions of whoever deploys. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { ServiceContext } from '../../../kernel/service.ts';

export type CallCognito = <T>(operation: string, input: object) => Promise<T>;

export function asCloudFormation(context: ServiceContext): CallCognito {
  const caller = { kind: 'internal', service: 'cloudformation.amazonaws.com' } as const;
  return async <T>(operation: string, input: object) =>
    (await context.dispatch({ caller, service: 'cognito-idp', operation, input })) as T;
}

/** What went before, or with what it belonged to, need not be deleted again. */
export async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    const isGone = error instanceof AwsError && /^(?:ResourceNotFound|UserNotFound)Exception$/.test(error.code);
    if (!isGone) throw error;
  }
}
