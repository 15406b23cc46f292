/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
import { AwsError } from '../../kernel/aws-error.ts';
import { arnOf, type Principal } from '../../kernel/caller.ts';
import type { CallContext, Operation, ServiceContext } from '../../kernel/service.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import { type Constraint, violations } from '../../protocols/index.ts';

interface AssumeRoleInput {
  readonly RoleArn?: string;
  readonly RoleSessionName?: string;
  readonly DurationSeconds?: number;
  readonly SourceIdentity?: string;
  /** These narrow or tag a session; what of them has no effect here is said in the log. */
  readonly Policy?: string;
  readonly PolicyArns?: readonly unknown[];
  readonly Tags?: readonly unknown[];
}

const DEFAULT_SECONDS = 3_600;
/** A role's session that assumes another role gets an hour at most, whatever that role allows. */
const CHAINED_SECONDS = 3_600;

export function assumeRole(context: ServiceContext): Operation<AssumeRoleInput> {
  const { clock, dispatch, identities, telemetry } = context;

  async function maxSessionDuration(roleArn: string, principal: Principal): Promise<number> {
    const caller = { kind: 'internal', service: 'sts.amazonaws.com' } as const;
    const input = { RoleName: roleArn.slice(roleArn.lastIndexOf('/') + 1) };
    try {
      const answer = (await dispatch({ caller, service: 'iam', operation: 'GetRole', input })) as {
        Role: { Arn: string; MaxSessionDuration: number };
      };
      if (answer.Role.Arn === roleArn) return answer.Role.MaxSessionDuration;
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'NoSuchEntity') throw error;
    }
    // AWS does not tell whether a role exists to somebody who may not assume it.
    throw notAuthorized(principal, roleArn);
  }

  return {
    requires: ({ RoleArn = '*' }) => [{ action: 'sts:AssumeRole', resource: RoleArn }],
    async handle(input: AssumeRoleInput, call: CallContext) {
      const { RoleArn, RoleSessionName, DurationSeconds = DEFAULT_SECONDS, SourceIdentity } = checked(input);
      const longest = await maxSessionDuration(RoleArn, call.principal);
      if (call.principal.kind === 'role-session' && DurationSeconds > CHAINED_SECONDS) {
        const message =
          'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining';
        throw new AwsError('ValidationError', message);
      }
      if (DurationSeconds > longest) {
        const message = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.';
        throw new AwsError('ValidationError', message);
      }
      const unheeded = (['Policy', 'PolicyArns', 'Tags'] as const).filter((member) => input[member] !== undefined);
      if (unheeded.length > 0) {
        const message = `AssumeRole ${RoleArn}: ${unheeded.join(', ')} of the session have no effect here`;
        telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
      }
      const { credentials, principal } = identities.issue({
        roleArn: RoleArn,
        sessionName: RoleSessionName,
        durationSeconds: DurationSeconds,
        ...(call.origin.kind === 'environment' && { issuedTo: call.origin.environmentId }),
      });
      return {
        Credentials: {
          AccessKeyId: credentials.accessKeyId,
          SecretAccessKey: credentials.secretAccessKey,
          SessionToken: credentials.sessionToken,
          Expiration: new Date(credentials.expiration),
        },
        AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
        ...(SourceIdentity !== undefined && { SourceIdentity }),
      };
    },
  };
}

const CONSTRAINTS: readonly Constraint[] = [
  { member: 'RoleArn', length: [20, 2_048] },
  { member: 'RoleSessionName', length: [2, 64], pattern: '[\\w+=,.@-]*' },
  { member: 'DurationSeconds', range: [900, 43_200] },
];

/** Members that are missing altogether are refused before, by the protocol. */
function checked(input: AssumeRoleInput): AssumeRoleInput & { RoleArn: string; RoleSessionName: string } {
  const { RoleArn = '', RoleSessionName = '' } = input;
  const problem = violations({ ...input, RoleArn, RoleSessionName }, CONSTRAINTS);
  if (problem !== undefined) throw new AwsError('ValidationError', problem);
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(RoleArn)) throw new AwsError('ValidationError', `${RoleArn} is invalid`);
  return { ...input, RoleArn, RoleSessionName };
}

function notAuthorized(principal: Principal, roleArn: string): AwsError {
  const message = `User: ${arnOf(principal)} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return new AwsError('AccessDenied', message, { statusCode: 403 });
}
