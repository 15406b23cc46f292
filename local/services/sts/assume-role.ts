/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
import { AwsError } from '../../kernel/aws-error.ts';
import { arnOf, type Principal } from '../../kernel/caller.ts';
import type { CallContext, Operation, Requirement, ServiceContext } from '../../kernel/service.ts';
import { type Constraint, violations } from '../../protocols/index.ts';
import { inheritedTags, packedPolicySize, type SessionInput, sessionSettings } from './session.ts';

interface AssumeRoleInput extends SessionInput {
  readonly RoleArn?: string;
  readonly RoleSessionName?: string;
  readonly DurationSeconds?: number;
  readonly ExternalId?: string;
  readonly SerialNumber?: string;
  readonly TokenCode?: string;
}

const DEFAULT_SECONDS = 3_600;
/** A role's session that assumes another role gets an hour at most, whatever that role allows. */
const CHAINED_SECONDS = 3_600;

export function assumeRole(context: ServiceContext): Operation<AssumeRoleInput> {
  const { dispatch, identities } = context;

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
    requires: requirements,
    async handle(input: AssumeRoleInput, call: CallContext) {
      const { RoleArn, RoleSessionName, DurationSeconds = DEFAULT_SECONDS } = checked(input);
      const settings = sessionSettings(input, call.principal);
      const PackedPolicySize = packedPolicySize(input);
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
      const { credentials, principal } = identities.issue({
        roleArn: RoleArn,
        sessionName: RoleSessionName,
        durationSeconds: DurationSeconds,
        ...settings,
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
        ...(settings.sourceIdentity !== undefined && { SourceIdentity: settings.sourceIdentity }),
        ...(PackedPolicySize !== undefined && { PackedPolicySize }),
      };
    },
  };
}

const CONSTRAINTS: readonly Constraint[] = [
  { member: 'RoleArn', length: [20, 2_048] },
  { member: 'RoleSessionName', length: [2, 64], pattern: '[\\w+=,.@-]*' },
  { member: 'DurationSeconds', range: [900, 43_200] },
  { member: 'ExternalId', length: [2, 1_224], pattern: '[\\w+=,.@:\\/-]*' },
];

/**
 * The role's trust policy and the caller's own are asked. Tags and a source identity take permissions of their own.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
 */
function requirements(input: AssumeRoleInput, { principal }: CallContext): readonly Requirement[] {
  const {
    RoleArn: resource,
    RoleSessionName,
    ExternalId,
    Tags = [],
    TransitiveTagKeys,
    SourceIdentity,
  } = checked(input);
  const context = {
    'sts:RoleSessionName': RoleSessionName,
    ...(ExternalId !== undefined && { 'sts:ExternalId': ExternalId }),
    ...(SourceIdentity !== undefined && { 'sts:SourceIdentity': SourceIdentity }),
    ...(TransitiveTagKeys && { 'sts:TransitiveTagKeys': TransitiveTagKeys }),
    ...(Tags.length > 0 && { 'aws:TagKeys': Tags.map(({ Key = '' }) => Key) }),
    ...Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [`aws:RequestTag/${Key}`, Value])),
  };
  const setsTags = Tags.length > 0 || Object.keys(inheritedTags(principal)).length > 0;
  const actions = [
    'sts:AssumeRole',
    ...(setsTags ? ['sts:TagSession'] : []),
    ...(SourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
  ];
  return actions.map((action) => ({ action, resource, context }));
}

/** Members that are missing altogether are refused before, by the protocol. */
function checked(input: AssumeRoleInput): AssumeRoleInput & { RoleArn: string; RoleSessionName: string } {
  const { RoleArn = '', RoleSessionName = '' } = input;
  const problem = violations({ ...input, RoleArn, RoleSessionName }, CONSTRAINTS);
  if (problem !== undefined) throw new AwsError('ValidationError', problem);
  if (!/^arn:[^:]+:iam::\d{12}:role\/.+$/.test(RoleArn)) throw new AwsError('ValidationError', `${RoleArn} is invalid`);
  if (input.SerialNumber !== undefined || input.TokenCode !== undefined) {
    const message = 'MultiFactorAuthentication failed with invalid MFA one time pass code. ';
    throw new AwsError('AccessDenied', message, { statusCode: 403 });
  }
  return { ...input, RoleArn, RoleSessionName };
}

function notAuthorized(principal: Principal, roleArn: string): AwsError {
  const message = `User: ${arnOf(principal)} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
  return new AwsError('AccessDenied', message, { statusCode: 403 });
}
