/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest } from '../../../kernel/provider.ts';
import { documentFindings } from '../../../policy/iam/findings.ts';
import { setPolicy } from '../buckets/policy.ts';
import type { Room } from '../room.ts';

export function bucketPolicyProvider(room: Room): Provider {
  const { repository } = room;

  function read(request: ResourceRequest) {
    return readProperties(request, (reader) => {
      const { PolicyDocument } = reader.properties;
      if (PolicyDocument === undefined) reader.refuse([], 'PolicyDocument is required');
      const text = typeof PolicyDocument === 'string' ? PolicyDocument : JSON.stringify(PolicyDocument ?? {});
      return { bucket: reader.requiredText('Bucket'), text };
    });
  }

  function put(request: ResourceRequest, { bucket, text }: ReturnType<typeof read>) {
    const { stackName, logicalId } = request;
    setPolicy(room, repository.get(bucket), text, { stackName, logicalId, path: ['PolicyDocument'] });
    return { physicalId: bucket };
  }

  return {
    create(request) {
      const given = read(request);
      const { policy } = repository.get(given.bucket);
      if (policy !== undefined && policy !== given.text && !request.interrupted) {
        throw new AwsError('AlreadyExists', `The bucket policy already exists on bucket ${given.bucket}.`, {
          statusCode: 409,
        });
      }
      return put(request, given);
    },
    update: (request) => put(request, read(request)),
    delete({ physicalId }) {
      const bucket = repository.find(physicalId);
      if (!bucket) return;
      const { policy: _, policyPlace: __, ...others } = bucket;
      repository.put(others);
    },
    unsupported: ({ properties }) => documentFindings(properties['PolicyDocument'], 'resource', ['PolicyDocument']),
  };
}
