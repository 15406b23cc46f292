/**
 * Queues whose messages a customer's own key encrypts: what callers need of it, and that it is there.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Requirement, ServiceContext } from '../../kernel/service.ts';
import type { Place } from './place.ts';
import type { Queue } from './queues/queue-book.ts';

const AWS_MANAGED = /(?:^|:)alias\/aws\/sqs$/;

const keyArn = (id: string, { partition, region, accountId }: Place): string =>
  id.startsWith('arn:')
    ? id
    : `arn:${partition}:kms:${region}:${accountId}:${id.startsWith('alias/') ? id : `key/${id}`}`;

export function keyRequirements(
  actions: readonly string[],
  { settings, record }: Pick<Queue, 'settings' | 'record'>,
  place: Place,
): readonly Requirement[] {
  const id = settings.kmsKeyId ?? '';
  if (AWS_MANAGED.test(id)) return [];
  const context = {
    'kms:ViaService': `sqs.${place.region}.amazonaws.com`,
    'kms:CallerAccount': place.accountId,
    'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
    'kms:EncryptionContextKeys': ['aws:sqs:arn'],
    'kms:EncryptionContext:aws:sqs:arn': record.arn,
  };
  return actions.map((action) => ({ action, resource: keyArn(id, place), context }));
}

/** Rejects with KmsNotFound, KmsDisabled, KmsInvalidState; undefined where there is no key of a customer. */
export type KeyCheck = (queue: Queue) => Promise<void> | undefined;

export function keyCheck({ dispatch, emulates, ...place }: ServiceContext): KeyCheck {
  async function check(id: string): Promise<void> {
    const caller = { kind: 'internal', service: 'sqs.amazonaws.com' } as const;
    const input = { KeyId: keyArn(id, place) };
    const { KeyMetadata } = (await dispatch({ caller, service: 'kms', operation: 'DescribeKey', input }).catch(
      (error: unknown) => {
        if (error instanceof AwsError && error.code === 'NotFoundException') throw refusal('NotFound', error.message);
        throw error;
      },
    )) as { readonly KeyMetadata: { readonly Arn: string; readonly KeyState: string; readonly KeyUsage: string } };
    const { Arn, KeyState, KeyUsage } = KeyMetadata;
    if (KeyState === 'Disabled') throw refusal('Disabled', `${Arn} is disabled.`);
    if (KeyState !== 'Enabled') throw refusal('InvalidState', `${Arn} is pending deletion.`);
    if (KeyUsage !== 'ENCRYPT_DECRYPT') throw refusal('InvalidKeyUsage', `${Arn} key usage is ${KeyUsage}.`);
  }
  return ({ settings: { kmsKeyId } }) =>
    kmsKeyId === undefined || AWS_MANAGED.test(kmsKeyId) || !emulates('kms') ? undefined : check(kmsKeyId);
}

const refusal = (name: string, message: string): AwsError => new AwsError(`Kms${name}`, message);

/** How SQS says that the key's policy, not the queue's, refuses. */
export const KEY_ACCESS_DENIED = { code: 'KmsAccessDenied', statusCode: 400 } as const;
