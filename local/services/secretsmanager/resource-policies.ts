/** Resource policies of secrets: kept, given back, and told to those who decide by them. */
import type {
  DeleteResourcePolicyRequest,
  GetResourcePolicyRequest,
  PutResourcePolicyRequest,
  ValidateResourcePolicyRequest,
} from '@aws-sdk/client-secrets-manager';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Operation } from '../../kernel/service.ts';
import { MalformedPolicy, type PolicyDocument, readPolicy } from '../../policy/iam/index.ts';
import type { Room, WithSecretId } from './operations.ts';
import { isPublic } from './public-policy.ts';
import { validate } from './validation.ts';

/** Throws MalformedPolicyDocumentException. */
function checked(text: string): PolicyDocument {
  try {
    return readPolicy(text, 'resource');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw new AwsError('MalformedPolicyDocumentException', `This resource policy is not valid: ${error.message}`);
  }
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
      const document = checked(input.ResourcePolicy);
      const { policyPlace: _, ...secret } = repository.getActive(input.SecretId);
      if (input.BlockPublicPolicy && isPublic(document)) {
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
      if (!isPublic(checked(input.ResourcePolicy))) return { PolicyValidationPassed: true, ValidationErrors: [] };
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
