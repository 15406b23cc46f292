/** Resource policies of secrets: kept, given back, and told to those who decide by them. */
import type {
  DeleteResourcePolicyRequest,
  GetResourcePolicyRequest,
  PutResourcePolicyRequest,
  ValidateResourcePolicyRequest,
} from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import type { Room, WithSecretId } from './operations.ts';
import { validate } from './validation.ts';

/** Throws MalformedPolicyDocumentException. */
function checkPolicy(text: string): void {
  let policy: unknown;
  try {
    policy = JSON.parse(text);
  } catch {
    throw malformed('This resource policy contains invalid JSON.');
  }
  const statements = (policy as { Statement?: unknown } | null)?.Statement;
  if (statements === undefined) throw malformed('This resource policy contains no Statement.');
  for (const statement of [statements].flat()) {
    const { Effect, Principal, NotPrincipal, Action, NotAction, Resource } = (statement ?? {}) as Record<
      string,
      unknown
    >;
    if (Effect !== 'Allow' && Effect !== 'Deny') throw malformed('Each statement needs an Effect: Allow or Deny.');
    if (!Principal && !NotPrincipal) throw malformed('Each statement of a resource policy needs a Principal.');
    if (!Action && !NotAction) throw malformed('Each statement needs an Action.');
    if (!Resource) throw malformed('Each statement needs a Resource.');
  }
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicyDocumentException', message);
}

/** Whether everybody may do something: what BlockPublicPolicy refuses. */
function isPublic(text: string): boolean {
  const { Statement } = JSON.parse(text) as { Statement: unknown };
  return [Statement].flat().some((statement) => {
    const { Effect, Principal, Condition } = statement as Record<string, unknown>;
    const everybody = Principal === '*' || [(Principal as { AWS?: unknown } | undefined)?.AWS].flat().includes('*');
    return Effect === 'Allow' && everybody && Condition === undefined;
  });
}

export function policyOperations({ repository, needs }: Room): Record<string, Operation> {
  const putResourcePolicy: Operation<WithSecretId<PutResourcePolicyRequest> & { ResourcePolicy: string }> = {
    requires: (input) => [
      needs.onSecret('PutResourcePolicy', input.SecretId, {
        ...(input.BlockPublicPolicy !== undefined && {
          'secretsmanager:BlockPublicPolicy': String(input.BlockPublicPolicy),
        }),
      }),
    ],
    handle(input) {
      validate(input);
      checkPolicy(input.ResourcePolicy);
      const { policyPlace: _, ...secret } = repository.getActive(input.SecretId);
      if (input.BlockPublicPolicy && isPublic(input.ResourcePolicy)) {
        throw new AwsError(
          'PublicPolicyException',
          "You can't save this resource policy because it grants public access to the secret.",
        );
      }
      repository.put({ ...secret, policy: input.ResourcePolicy });
      return { ARN: secret.arn, Name: secret.name };
    },
  };

  const getResourcePolicy: Operation<WithSecretId<GetResourcePolicyRequest>> = {
    requires: (input) => [needs.onSecret('GetResourcePolicy', input.SecretId)],
    handle(input) {
      validate(input);
      const secret = repository.getActive(input.SecretId);
      return { ARN: secret.arn, Name: secret.name, ResourcePolicy: secret.policy };
    },
  };

  const deleteResourcePolicy: Operation<WithSecretId<DeleteResourcePolicyRequest>> = {
    requires: (input) => [needs.onSecret('DeleteResourcePolicy', input.SecretId)],
    handle(input) {
      validate(input);
      const { policy, policyPlace: _, ...secret } = repository.getActive(input.SecretId);
      if (policy !== undefined) repository.put(secret);
      return { ARN: secret.arn, Name: secret.name };
    },
  };

  const validateResourcePolicy: Operation<ValidateResourcePolicyRequest & { ResourcePolicy: string }> = {
    requires: (input) => [
      input.SecretId === undefined
        ? needs.onAll('ValidateResourcePolicy')
        : needs.onSecret('ValidateResourcePolicy', input.SecretId),
    ],
    handle(input) {
      validate(input);
      if (input.SecretId !== undefined) repository.getActive(input.SecretId);
      checkPolicy(input.ResourcePolicy);
      if (!isPublic(input.ResourcePolicy)) return { PolicyValidationPassed: true, ValidationErrors: [] };
      const error = { CheckName: 'PUBLIC_POLICY', ErrorMessage: 'The policy grants public access to the secret.' };
      return { PolicyValidationPassed: false, ValidationErrors: [error] };
    },
  };

  return {
    PutResourcePolicy: putResourcePolicy,
    GetResourcePolicy: getResourcePolicy,
    DeleteResourcePolicy: deleteResourcePolicy,
    ValidateResourcePolicy: validateResourcePolicy,
  };
}
