/**
 * What Lambda asks IAM about an execution role: whether it may have it, and whether the role may do what Lambda does in
 * it. https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
 */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Caller } from '../../../kernel/caller.ts';
import type { Dispatch, Requirement } from '../../../kernel/service.ts';
import { functionArn, type Place } from '../names.ts';

/** As IAM's `CheckServiceRole` answers: reasons and remedies are for the log. */
export interface RoleVerdict {
  readonly Trusted: boolean;
  /** No stack here has it, and it may everything. */
  readonly Elsewhere?: true;
  readonly Reason?: string;
  readonly Remedy?: string;
  readonly Denied: readonly {
    readonly Action: string;
    readonly Resource: string;
    readonly Reason: string;
    readonly Remedy?: string;
  }[];
}

export interface RoleQuestion {
  readonly roleArn: string;
  /** Unqualified; what the role is wanted for. */
  readonly functionArn: string;
  /** Whether a template names it: a role that is not here may then be there in the account. */
  readonly ofTemplate?: boolean;
  readonly actions?: readonly Requirement[];
}

export type AskRole = (question: RoleQuestion) => Promise<RoleVerdict>;

const YES: RoleVerdict = { Trusted: true, Denied: [] };

/** Where there is no IAM, as in a cloud of one service, nobody says no. */
export function createAskRole(dispatch: Dispatch): AskRole {
  return async ({ roleArn, functionArn: SourceArn, ofTemplate, actions }) => {
    try {
      return (await dispatch({
        caller: { kind: 'internal', service: 'lambda.amazonaws.com' },
        service: 'iam',
        operation: 'CheckServiceRole',
        input: {
          RoleArn: roleArn,
          Service: 'lambda.amazonaws.com',
          SourceArn,
          OfTemplate: ofTemplate,
          Actions: actions,
        },
      })) as RoleVerdict;
    } catch (error) {
      if (error instanceof AwsError && error.code === 'ServiceNotEmulated') return YES;
      throw error;
    }
  };
}

export const NOT_ASSUMABLE = 'The role defined for the function cannot be assumed by Lambda.';

/** Reason first, then the mending. */
export function because({ Reason, Remedy }: { readonly Reason?: string; readonly Remedy?: string }): string {
  return [Reason, Remedy].filter((part) => part !== undefined).join('; ');
}

/** Lambda in a function's role. */
export function asRole(place: Place, roleArn: string, functionName: string): Extract<Caller, { kind: 'role' }> {
  return {
    kind: 'role',
    roleArn,
    service: 'lambda.amazonaws.com',
    sessionName: functionName,
    sourceArn: functionArn(place, functionName),
    sourceAccount: place.accountId,
  };
}
