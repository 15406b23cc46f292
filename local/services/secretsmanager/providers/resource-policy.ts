/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-resourcepolicy.html */

import { AwsError } from '../../../kernel/aws-error.ts';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest } from '../../../kernel/provider.ts';
import { documentFindings } from '../../../policy/iam/findings.ts';
import type { SecretRepository } from '../repository.ts';
import type { CallAsCloudFormation } from './calls.ts';

export function resourcePolicyProvider(call: CallAsCloudFormation, repository: SecretRepository): Provider {
  async function put(request: ResourceRequest) {
    const input = readProperties(request, (reader) => {
      const policy = reader.properties['ResourcePolicy'];
      if (policy === undefined) reader.refuse([], 'ResourcePolicy is required');
      return {
        SecretId: reader.requiredText('SecretId'),
        ResourcePolicy: typeof policy === 'string' ? policy : JSON.stringify(policy ?? {}),
        BlockPublicPolicy: reader.boolean('BlockPublicPolicy'),
      };
    });
    const { ARN } = await call<{ ARN: string }>('secretsmanager', 'PutResourcePolicy', input);
    const { stackName, logicalId } = request;
    repository.put({ ...repository.get(ARN), policyPlace: { stackName, logicalId, path: ['ResourcePolicy'] } });
    return { physicalId: ARN, attributes: { Id: ARN } };
  }
  return {
    create: put,
    update: put,
    unsupported: ({ properties }) => documentFindings(properties['ResourcePolicy'], 'resource', ['ResourcePolicy']),
    async delete(existing) {
      try {
        await call('secretsmanager', 'DeleteResourcePolicy', { SecretId: existing.physicalId });
      } catch (error) {
        // Its secret went first, and the policy with it.
        if (!(error instanceof AwsError && error.code === 'ResourceNotFoundException')) throw error;
      }
    },
  };
}
