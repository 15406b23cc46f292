/** https://docs.aws.amazon.com/codedeploy/latest/userguide/getting-started-create-service-role.html */
import { AwsError } from '../../kernel/aws-error.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';

/** Rejects with InvalidRoleException for a role that CodeDeploy cannot have. Only templates make groups: their role may be the account's. */
export async function checkRole(
  { dispatch, telemetry, clock }: Pick<ServiceContext, 'dispatch' | 'telemetry' | 'clock'>,
  RoleArn: string,
): Promise<void> {
  const caller = { kind: 'internal', service: 'codedeploy.amazonaws.com' } as const;
  const input = { RoleArn, Service: 'codedeploy.amazonaws.com', OfTemplate: true };
  let verdict: {
    readonly Trusted: boolean;
    readonly Elsewhere?: true;
    readonly Reason?: string;
    readonly Remedy?: string;
  };
  try {
    verdict = (await dispatch({ caller, service: 'iam', operation: 'CheckServiceRole', input })) as typeof verdict;
  } catch (error) {
    // In a cloud without IAM nobody says no.
    if (error instanceof AwsError && error.code === 'ServiceNotEmulated') return;
    throw error;
  }
  const say = (message: string) => telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  if (verdict.Elsewhere) {
    say(`role ${RoleArn} is of no stack here: what it may is not known, so CodeDeploy may everything in it here`);
  }
  if (verdict.Trusted) return;
  const message = `AWS CodeDeploy does not have the permissions required to assume the role ${RoleArn}.`;
  const why = [verdict.Reason, verdict.Remedy].filter(Boolean).join('; ');
  say(`${message} ${why}`);
  throw new AwsError('InvalidRoleException', message);
}
