/** Bucket policies. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html */
import type { Operation } from '../../../kernel/service.ts';
import { MalformedPolicy, type PolicyDocument, readPolicy, type TemplatePlace } from '../../../policy/iam/index.ts';
import { accessDenied, malformedPolicy, notConfigured } from '../errors.ts';
import { inBucket } from '../guard.ts';
import { isOpenToAll, isPublic } from '../public-access.ts';
import type { Bucket } from '../records.ts';
import type { InBucket } from '../requirements.ts';
import type { Room } from '../room.ts';

const MOST_BYTES = 20_480;

export function policyOperations(room: Room): Record<string, Operation> {
  const { needs, repository } = room;

  const putBucketPolicy: Operation<InBucket & { readonly Policy: string }> = {
    requires: (input, call) => needs.onBucket('PutBucketPolicy', input, call),
    handle(input) {
      setPolicy(room, inBucket(room, input), input.Policy);
      return {};
    },
  };

  const getBucketPolicy: Operation<InBucket> = {
    requires: (input, call) => needs.onBucket('GetBucketPolicy', input, call),
    handle(input) {
      const { policy } = inBucket(room, input);
      if (policy === undefined) throw noPolicy(input.Bucket);
      return { Policy: policy };
    },
  };

  const deleteBucketPolicy: Operation<InBucket> = {
    requires: (input, call) => needs.onBucket('DeleteBucketPolicy', input, call),
    handle(input) {
      const { policy: _, policyPlace: __, ...bucket } = inBucket(room, input);
      repository.put(bucket);
      return {};
    },
  };

  const getBucketPolicyStatus: Operation<InBucket> = {
    requires: (input, call) => needs.onBucket('GetBucketPolicyStatus', input, call),
    handle(input) {
      const { policy } = inBucket(room, input);
      if (policy === undefined) throw noPolicy(input.Bucket);
      return { PolicyStatus: { IsPublic: isOpenToAll(policy) } };
    },
  };

  return {
    PutBucketPolicy: putBucketPolicy,
    GetBucketPolicy: getBucketPolicy,
    DeleteBucketPolicy: deleteBucketPolicy,
    GetBucketPolicyStatus: getBucketPolicyStatus,
  };
}

const noPolicy = (bucket: string) => notConfigured('NoSuchBucketPolicy', 'The bucket policy does not exist', bucket);

/** Throws MalformedPolicy, and AccessDenied for a public one where those are blocked. */
export function setPolicy(
  { repository, partition }: Room,
  bucket: Bucket,
  text: string,
  place?: TemplatePlace,
): Bucket {
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw malformedPolicy('Policies must be valid JSON and at most 20480 bytes long');
  const document = checked(text, bucket.name, partition);
  if (bucket.publicAccessBlock?.BlockPublicPolicy && isPublic(document)) {
    throw accessDenied(
      `User is not authorized to perform: s3:PutBucketPolicy on resource: "arn:${partition}:s3:::${bucket.name}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.`,
    );
  }
  const { policyPlace: _, ...others } = bucket;
  return repository.put({ ...others, policy: text, ...(place && { policyPlace: place }) });
}

function checked(text: string, bucket: string, partition: string): PolicyDocument {
  let document: PolicyDocument;
  try {
    JSON.parse(text);
  } catch {
    throw malformedPolicy("Policies must be valid JSON and the first byte must be '{'");
  }
  try {
    document = readPolicy(text, 'resource');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw malformedPolicy(error.message);
  }
  const own = `arn:${partition}:s3:::${bucket}`;
  for (const { Resource = [], NotResource = [], Action = [] } of document.Statement) {
    const foreign = [...Resource, ...NotResource].find((arn) => arn !== own && !arn.startsWith(`${own}/`));
    if (foreign !== undefined && !coversOwn(foreign, own))
      throw malformedPolicy('Policy has invalid resource', foreign);
    const strange = Action.find((action) => action !== '*' && !/^s3:/i.test(action));
    if (strange !== undefined) throw malformedPolicy('Policy has invalid action', strange);
  }
  return document;
}

/** Wildcards may stand in the bucket's name too, as long as it is this bucket that they mean. */
function coversOwn(pattern: string, own: string): boolean {
  const [name = ''] = pattern.split('/');
  const expression = name
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return pattern !== '*' && new RegExp(`^${expression}$`).test(own);
}
