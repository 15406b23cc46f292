/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html */
import { type AuditedCall, principalId } from '../../kernel/index.ts';
import type { JsonObject } from '../../template/stack.ts';

/** Nobody's address, of a function's: what `aws:SourceIp` has. */
const OF_A_FUNCTION = '192.0.2.1';

export interface Who {
  readonly userIdentity: JsonObject;
  /** An address, or the name of the service that called. */
  readonly sourceIPAddress: string;
  /** What programs say of themselves is not handed on; a service is known. */
  readonly userAgent: string | null;
}

/** Undefined of what AWS does by itself, which nobody called. */
export function whoCalled({ principal, origin, call, service }: AuditedCall): Who | undefined {
  const from = {
    sourceIPAddress: origin.kind === 'environment' ? OF_A_FUNCTION : '127.0.0.1',
    userAgent: null,
  };
  const inTheNameOf = (name: string) => ({ sourceIPAddress: name, userAgent: name });
  const accessKeyId = 'accessKeyId' in call.caller ? (call.caller.accessKeyId ?? '') : '';
  switch (principal.kind) {
    case 'internal':
      return undefined;
    case 'service': {
      const { service: invokedBy } = principal;
      return { userIdentity: { type: 'AWSService', invokedBy }, ...inTheNameOf(invokedBy) };
    }
    case 'anonymous': {
      if (service !== 's3') return { userIdentity: { type: 'Unknown', principalId: 'Anonymous' }, ...from };
      return { userIdentity: { type: 'AWSAccount', principalId: '', accountId: 'ANONYMOUS_PRINCIPAL' }, ...from };
    }
    case 'administrator': {
      const { arn, accountId, userId } = principal;
      return { userIdentity: { type: 'Root', principalId: userId, arn, accountId, accessKeyId }, ...from };
    }
    case 'role-session': {
      const { arn, accountId, userId, roleArn, invokedBy, issuedAt, sourceIdentity } = principal;
      const userIdentity = {
        type: 'AssumedRole',
        principalId: userId,
        arn,
        accountId,
        ...(accessKeyId !== '' && { accessKeyId }),
        sessionContext: {
          sessionIssuer: {
            type: 'Role',
            principalId: principalId('AROA', roleArn),
            arn: roleArn,
            accountId,
            userName: roleArn.slice(roleArn.lastIndexOf('/') + 1),
          },
          ...(sourceIdentity !== undefined && { sourceIdentity }),
          attributes: {
            ...(issuedAt !== undefined && { creationDate: seconds(issuedAt) }),
            mfaAuthenticated: 'false',
          },
        },
        ...(invokedBy !== undefined && { invokedBy }),
      };
      return { userIdentity, ...(invokedBy === undefined ? from : inTheNameOf(invokedBy)) };
    }
  }
}

/** As records have times: `2026-11-21T19:00:00Z`. */
export const seconds = (timestamp: number): string => `${new Date(timestamp).toISOString().slice(0, 19)}Z`;
