/**
 * The customer's key of a log group. CloudWatch Logs uses it in its own name, so that only the key's policy can let it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Room } from './groups.ts';

/** Rejects with AccessDeniedException: CloudWatch Logs does not tell a missing key from one it may not use. */
export async function checkKey(room: Room, group: string, KeyId: string | undefined): Promise<void> {
  if (KeyId === undefined) return;
  const { dispatch, region, accountId } = room;
  const arn = room.groupArn(group);
  const caller = {
    kind: 'service',
    service: `logs.${region}.amazonaws.com`,
    sourceArn: arn,
    sourceAccount: accountId,
  } as const;
  const context = { 'aws:logs:arn': arn };
  const kms = <T>(operation: string, input: object): Promise<T> =>
    dispatch({
      caller,
      service: 'kms',
      operation,
      input: { KeyId, EncryptionContext: context, ...input },
    }) as Promise<T>;
  try {
    // What AWS's own example of a key policy lets it do, each tried.
    const { CiphertextBlob } = await kms<{ CiphertextBlob: Uint8Array }>('GenerateDataKey', { KeySpec: 'AES_256' });
    await kms('Decrypt', { CiphertextBlob });
    await kms('Encrypt', { Plaintext: Buffer.from(group) });
    await kms('ReEncrypt', {
      CiphertextBlob,
      DestinationKeyId: KeyId,
      SourceEncryptionContext: context,
      DestinationEncryptionContext: context,
    });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // In a cloud without KMS there is nobody to ask.
    if (error.code === 'ServiceNotEmulated') return;
    throw new AwsError(
      'AccessDeniedException',
      `The specified KMS key does not exist or is not allowed to be used with Arn '${arn}'`,
      { cause: error },
    );
  }
}
