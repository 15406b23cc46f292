/**
 * Which encryption an object gets, and what its key has to say. Nothing is encrypted on disk here.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import { invalidArgument, invalidRequest, notImplemented } from './errors.ts';
import type { Bucket, Encryption } from './records.ts';

type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

export interface EncryptionInput {
  readonly ServerSideEncryption?: string;
  readonly SSEKMSKeyId?: string;
  readonly BucketKeyEnabled?: boolean;
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKey?: string;
  readonly CopySourceSSECustomerAlgorithm?: string;
}

/** What a bucket has that nobody configured. */
export const DEFAULT_ENCRYPTION: Encryption = { algorithm: 'AES256' };

/** The request's, or the bucket's own. Throws AwsError. */
export function encryptionOf(input: EncryptionInput, bucket: Bucket, place: Place): Encryption {
  const { ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled } = input;
  refuseCustomerKeys(input);
  if (ServerSideEncryption === undefined) {
    if (SSEKMSKeyId !== undefined) {
      throw invalidArgument(
        'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
        'x-amz-server-side-encryption',
      );
    }
    const { encryption } = bucket;
    return BucketKeyEnabled === undefined || encryption.algorithm === 'AES256'
      ? encryption
      : { ...encryption, bucketKey: BucketKeyEnabled };
  }
  switch (ServerSideEncryption) {
    case 'AES256':
      if (SSEKMSKeyId === undefined) return DEFAULT_ENCRYPTION;
      throw invalidArgument(
        'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
        'x-amz-server-side-encryption',
        ServerSideEncryption,
      );
    case 'aws:kms':
    case 'aws:kms:dsse': {
      const inherited = bucket.encryption.algorithm === ServerSideEncryption ? bucket.encryption : undefined;
      const keyId = SSEKMSKeyId === undefined ? inherited?.keyId : keyArn(SSEKMSKeyId, place);
      const bucketKey = BucketKeyEnabled ?? inherited?.bucketKey;
      return { algorithm: ServerSideEncryption, ...(keyId && { keyId }), ...(bucketKey && { bucketKey }) };
    }
    default:
      throw invalidArgument(
        'The encryption method specified is not supported',
        'x-amz-server-side-encryption',
        ServerSideEncryption,
      );
  }
}

/** Keys that come with the request are in nobody's keeping here. */
export function refuseCustomerKeys(input: EncryptionInput): void {
  const { SSECustomerAlgorithm, SSECustomerKey, CopySourceSSECustomerAlgorithm } = input;
  if ((SSECustomerAlgorithm ?? SSECustomerKey ?? CopySourceSSECustomerAlgorithm) !== undefined) {
    throw notImplemented('Server-side encryption with customer-provided keys (SSE-C)');
  }
}

/** A key's ARN from any of its names. */
export function keyArn(id: string, { partition, region, accountId }: Place): string {
  if (id.startsWith('arn:')) return id;
  return `arn:${partition}:kms:${region}:${accountId}:${id.startsWith('alias/') ? id : `key/${id}`}`;
}

/** Members of answers. */
export function encryptionOutput({ algorithm, keyId, bucketKey }: Encryption, place: Place) {
  return {
    ServerSideEncryption: algorithm,
    ...(algorithm !== 'AES256' && { SSEKMSKeyId: keyId ?? keyArn('alias/aws/s3', place) }),
    ...(bucketKey && { BucketKeyEnabled: true }),
  };
}

/** Uses the key once, as S3 does for each object. Rejects with KMS's own errors, as S3 passes them on. */
export async function useKey(
  { algorithm, keyId }: Encryption,
  { dispatch }: Pick<ServiceContext, 'dispatch'>,
): Promise<void> {
  if (algorithm === 'AES256' || keyId === undefined) return;
  const caller = { kind: 'internal', service: 's3.amazonaws.com' } as const;
  try {
    await dispatch({
      caller,
      service: 'kms',
      operation: 'GenerateDataKey',
      input: { KeyId: keyId, KeySpec: 'AES_256' },
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // Where no KMS runs, keys are names.
    if (error.code === 'ServiceNotEmulated') return;
    throw new AwsError(`KMS.${error.code}`, error.message, { statusCode: 400 });
  }
}

/** Of PutBucketEncryption and of a template. Throws AwsError. */
export function encryptionRule(
  rule: { readonly SSEAlgorithm?: string; readonly KMSMasterKeyID?: string; readonly BucketKeyEnabled?: boolean },
  place: Place,
): Encryption {
  const { SSEAlgorithm, KMSMasterKeyID, BucketKeyEnabled } = rule;
  switch (SSEAlgorithm) {
    case 'AES256':
      if (KMSMasterKeyID !== undefined) {
        throw invalidArgument(
          'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
        );
      }
      return { algorithm: 'AES256', ...(BucketKeyEnabled && { bucketKey: true }) };
    case 'aws:kms':
    case 'aws:kms:dsse':
      return {
        algorithm: SSEAlgorithm,
        ...(KMSMasterKeyID !== undefined && { keyId: keyArn(KMSMasterKeyID, place) }),
        ...(BucketKeyEnabled && { bucketKey: true }),
      };
    default:
      throw invalidRequest(`The default encryption algorithm ${String(SSEAlgorithm)} is not supported`);
  }
}
