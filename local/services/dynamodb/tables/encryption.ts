/** Which key encrypts a table. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html */
import type { SSESpecification } from '@aws-sdk/client-dynamodb';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Requirement, ServiceContext } from '../../../kernel/service.ts';
import { accessDenied, invalidParameter, validationError } from '../errors.ts';
import type { Table } from './table.ts';

const AWS_KEY = 'alias/aws/dynamodb';

type Place = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

/** What whoever names a key of the account's own must be allowed, for DynamoDB to be granted it. */
export function keyRequirements(specification: SSESpecification | undefined, place: Place): Requirement[] {
  const key = specification?.Enabled ? specification.KMSMasterKeyId : undefined;
  if (key === undefined || key.startsWith('alias/') || key.includes(':alias/')) return [];
  const { partition, region, accountId } = place;
  const resource = key.startsWith('arn:') ? key : `arn:${partition}:kms:${region}:${accountId}:key/${key}`;
  const context = { 'kms:ViaService': `dynamodb.${region}.amazonaws.com`, 'kms:CallerAccount': accountId };
  return ['kms:DescribeKey', 'kms:CreateGrant'].map((action) => ({ action, resource, context }));
}

/** Undefined: AWS's own key, of which nobody is told. Rejects with ValidationException. */
export async function encryptionOf(
  { dispatch }: Pick<ServiceContext, 'dispatch'>,
  specification: SSESpecification | undefined,
): Promise<Table['encryption']> {
  if (!specification?.Enabled) {
    if (specification?.KMSMasterKeyId !== undefined) {
      throw invalidParameter('KMSMasterKeyId cannot be specified when SSE is disabled');
    }
    return undefined;
  }
  if (specification.SSEType !== undefined && specification.SSEType !== 'KMS') {
    throw validationError(`SSEType ${specification.SSEType} is not supported`);
  }
  const KeyId = specification.KMSMasterKeyId ?? AWS_KEY;
  try {
    const described = await dispatch({
      caller: { kind: 'internal', service: 'dynamodb.amazonaws.com' },
      service: 'kms',
      operation: 'DescribeKey',
      input: { KeyId },
    });
    const { KeyMetadata: key } = described as { KeyMetadata: { Arn: string; KeyState: string } };
    if (key.KeyState !== 'Enabled') throw validationError(`KMS key ${key.Arn} is ${key.KeyState}`);
    return { keyArn: key.Arn };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // In a cloud without KMS there is nobody to ask.
    if (error.code === 'ServiceNotEmulated') return { keyArn: KeyId };
    if (error.code === 'NotFoundException') throw accessDenied(`KMS key access denied or does not exist: ${KeyId}`);
    throw error;
  }
}
