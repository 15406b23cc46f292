/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { makeBucket, removeBucket } from '../buckets/bucket-operations.ts';
import { nameProblem } from '../buckets/names.ts';
import type { Bucket } from '../records.ts';
import type { Room } from '../room.ts';
import { readBucket } from './bucket-properties.ts';
import { unsupportedOf } from './unsupported.ts';

export function bucketProvider(room: Room): Provider {
  const { repository, store } = room;

  /** Everything the template says; what it does not say is as on a new bucket. */
  function apply(request: ResourceRequest, name: string): ResourceResult {
    const read = readProperties(request, (reader) => readBucket(reader, room));
    store.transaction(() => {
      const { createdAt, policy, policyPlace } = repository.get(name);
      const bucket: Bucket = {
        name,
        createdAt,
        ...(policy !== undefined && { policy }),
        ...(policyPlace && { policyPlace }),
        ...read.settings(repository.get(name).versioning),
      };
      repository.put(bucket);
    });
    read.settled(name);
    return result(name);
  }

  function nameIn({ properties }: ResourceRequest, generated: string): string {
    const given = properties['BucketName'];
    return typeof given === 'string'
      ? given
      : generated
          .toLowerCase()
          .slice(0, 63)
          .replace(/[.-]+$/, '');
  }

  async function create(request: ResourceRequest, name: string): Promise<ResourceResult> {
    const read = readProperties(request, (reader) => {
      const problem = nameProblem(name);
      if (problem !== undefined) reader.refuse(['BucketName'], `${name} cannot be a bucket's name: ${problem}`);
      return readBucket(reader, room);
    });
    const existing = repository.find(name);
    if (existing && !request.interrupted) {
      throw new AwsError('AlreadyExists', `${name} already exists`, { statusCode: 409 });
    }
    await read.checkDestinations(name);
    if (!existing) makeBucket(room, { Bucket: name, CreateBucketConfiguration: locationOf(room.region) });
    try {
      return apply(request, name);
    } catch (error) {
      if (!existing) removeBucket(room, repository.get(name));
      throw error;
    }
  }

  function result(name: string): ResourceResult {
    const { partition, region } = room;
    const suffix = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
    return {
      physicalId: name,
      attributes: {
        Arn: `arn:${partition}:s3:::${name}`,
        DomainName: `${name}.s3.${suffix}`,
        DualStackDomainName: `${name}.s3.dualstack.${region}.${suffix}`,
        RegionalDomainName: `${name}.s3.${region}.${suffix}`,
        WebsiteURL: `http://${name}.s3-website-${region}.${suffix}`,
      },
    };
  }

  return {
    create: (request) => create(request, nameIn(request, request.generatedName)),
    async update(request, existing) {
      const renamed = request.properties['BucketName'] !== existing.properties['BucketName'];
      if (renamed) return create(request, nameIn(request, request.replacementName));
      await readProperties(request, (reader) => readBucket(reader, room)).checkDestinations(existing.physicalId);
      return apply(request, existing.physicalId);
    },
    delete({ physicalId }: ExistingResource) {
      const bucket = repository.find(physicalId);
      if (bucket) removeBucket(room, bucket);
    },
    unsupported: unsupportedOf,
  };
}

function locationOf(region: string) {
  return region === 'us-east-1' ? {} : { LocationConstraint: region };
}
