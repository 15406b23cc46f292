/**
 * Resource-based policies as Lambda writes them. Pure.
 * https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
 */
import type { PolicyStatement } from './records.ts';

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const POLICY_BYTES = 20_480;

/** What a permission says, as CloudFormation and AddPermission name it. */
export interface Permission {
  readonly action: string;
  readonly principal: string;
  readonly sourceArn?: string;
  readonly sourceAccount?: string;
  readonly principalOrgId?: string;
  readonly eventSourceToken?: string;
  readonly functionUrlAuthType?: 'AWS_IAM' | 'NONE';
  readonly invokedViaFunctionUrl?: boolean;
}

/** `resource` is the ARN, qualified where the policy is. */
export function statementOf(sid: string, resource: string, permission: Permission, partition: string): PolicyStatement {
  const { sourceArn, sourceAccount, principalOrgId, eventSourceToken, invokedViaFunctionUrl } = permission;
  return {
    Sid: sid,
    Effect: 'Allow',
    Principal: principalOf(permission.principal, partition),
    Action: permission.action,
    Resource: resource,
    ...conditionOf({
      StringEquals: {
        'AWS:SourceAccount': sourceAccount,
        'lambda:FunctionUrlAuthType': permission.functionUrlAuthType,
        'aws:PrincipalOrgID': principalOrgId,
        'lambda:EventSourceToken': eventSourceToken,
      },
      Bool: { 'lambda:InvokedViaFunctionUrl': invokedViaFunctionUrl?.toString() },
      ArnLike: { 'AWS:SourceArn': sourceArn },
    }),
  };
}

/** Everybody, an account, a role or user, or a service. Lambda knows no other. */
export function isPrincipal(principal: string): boolean {
  return /^(?:\*|\d{12}|arn:aws[\w-]*:(?:iam|sts)::\d{12}:\S+|[a-z0-9][a-z0-9.-]*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com))$/i.test(
    principal,
  );
}

/** As GetPolicy gives it. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements });
}

function principalOf(principal: string, partition: string): PolicyStatement['Principal'] {
  if (principal === '*') return '*';
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:${partition}:iam::${principal}:root` };
  return principal.startsWith('arn:') ? { AWS: principal } : { Service: principal };
}

/** Leaves out what was not given; a statement without conditions has no `Condition`. */
function conditionOf(
  wanted: Readonly<Record<string, Readonly<Record<string, string | undefined>>>>,
): Pick<PolicyStatement, 'Condition'> {
  const operators = Object.entries(wanted).flatMap(([operator, keys]) => {
    const given = Object.entries(keys).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return given.length === 0 ? [] : [[operator, Object.fromEntries(given)] as const];
  });
  return operators.length === 0 ? {} : { Condition: Object.fromEntries(operators) };
}
