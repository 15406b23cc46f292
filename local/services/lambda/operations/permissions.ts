/** Resource-based policies. https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html */
import type { Operation, Requirement } from '../../../kernel/service.ts';
import type { Json } from '../../../template/stack.ts';
import { notFound, preconditionFailed } from '../errors.ts';
import { LATEST } from '../functions/functions.ts';
import { exists, qualifiedNotFound, revisionOf } from '../functions/qualified.ts';
import type { PolicyRecord } from '../records.ts';
import { policyDocument } from '../resource-policy.ts';
import { type Named, type OperationParts, requiresOn } from './parts.ts';

interface AddPermissionInput extends Named {
  readonly StatementId: string;
  readonly Action: string;
  readonly Principal: string;
  readonly SourceArn?: string;
  readonly SourceAccount?: string;
  readonly EventSourceToken?: string;
  readonly PrincipalOrgID?: string;
  readonly FunctionUrlAuthType?: 'NONE' | 'AWS_IAM';
  readonly InvokedViaFunctionUrl?: boolean;
  readonly RevisionId?: string;
}

interface RemovePermissionInput extends Named {
  readonly StatementId: string;
  readonly RevisionId?: string;
}

/** Members that go to the provider as they come. */
const SAME = [
  ...(['Action', 'Principal', 'SourceArn', 'SourceAccount', 'EventSourceToken', 'PrincipalOrgID'] as const),
  ...(['FunctionUrlAuthType', 'InvokedViaFunctionUrl'] as const),
] as const;

const PERMISSION = 'AWS::Lambda::Permission';

export function permissionOperations(parts: OperationParts): Readonly<Record<string, Operation>> {
  const { functions, records, through } = parts;

  /** The policy of what the input names, and the ARN it stands at. */
  function find({ FunctionName, Qualifier }: Named) {
    const { name, qualifier } = functions.reference(FunctionName, Qualifier);
    const arn = functions.arn(name, qualifier);
    return { name, qualifier, arn, policy: records.policies.get(arn) };
  }

  /** Before there is a policy, its revision is that of what it will belong to. */
  function checkRevision(given: string | undefined, policy: PolicyRecord | undefined, current: () => string): void {
    if (given !== undefined && given !== (policy?.revisionId ?? current())) throw preconditionFailed('GetPolicy');
  }

  return {
    /** https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html */
    AddPermission: {
      requires: (input: AddPermissionInput) => withConditions(requiresOn(functions, 'AddPermission')(input), input),
      async handle(input: AddPermissionInput) {
        const { name, qualifier, arn, policy } = find(input);
        if (qualifier !== LATEST) checkRevision(input.RevisionId, policy, () => revisionOf(parts, name, qualifier));
        const given = SAME.flatMap((member) =>
          input[member] == null ? [] : [[member, input[member] as Json] as const],
        );
        await through.create(PERMISSION, {
          name: input.StatementId,
          properties: { ...Object.fromEntries(given), FunctionName: arn },
        });
        const added = records.policies.get(arn)?.statements.find(({ Sid }) => Sid === input.StatementId);
        return { Statement: JSON.stringify(added) };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html */
    GetPolicy: {
      requires: requiresOn(functions, 'GetPolicy'),
      handle(input: Named) {
        const { policy } = find(input);
        if (!policy) throw notFound('The resource you requested does not exist.');
        return { Policy: policyDocument(policy.statements), RevisionId: policy.revisionId };
      },
    },

    /** https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html */
    RemovePermission: {
      requires: (input: RemovePermissionInput) => requiresOn(functions, 'RemovePermission')(input),
      async handle(input: RemovePermissionInput) {
        const { name, qualifier, arn, policy } = find(input);
        if (!records.functions.get(name)) throw notFound(`No policy found for: ${arn}`);
        if (!exists(parts, name, qualifier)) throw qualifiedNotFound(parts, name, qualifier);
        if (!policy) throw notFound('No policy is associated with the given resource.');
        if (!policy.statements.some(({ Sid }) => Sid === input.StatementId)) {
          throw notFound(`Statement ${input.StatementId} is not found in resource policy.`);
        }
        checkRevision(input.RevisionId, policy, () => policy.revisionId);
        await through.delete(PERMISSION, input.StatementId, { FunctionName: arn });
        return {};
      },
    },
  };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html */
function withConditions(
  requirements: readonly Requirement[],
  { Principal, FunctionUrlAuthType }: AddPermissionInput,
): readonly Requirement[] {
  const context = {
    ...(Principal !== undefined && { 'lambda:Principal': Principal }),
    ...(FunctionUrlAuthType !== undefined && { 'lambda:FunctionUrlAuthType': FunctionUrlAuthType }),
  };
  return requirements.map((requirement) => ({ ...requirement, context }));
}
