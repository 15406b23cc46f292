/**
 * SecureStrings are encrypted by KMS, bound to the parameter they are of. What the caller may has been asked before.
 * https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Dispatch } from '../../kernel/service.ts';
import { invalidKeyId } from './errors.ts';

const ITSELF = { kind: 'internal', service: 'ssm.amazonaws.com' } as const;

export interface Encryption {
  /** @returns base64. Rejects with InvalidKeyId. */
  encrypt(text: string, keyId: string, parameterArn: string): Promise<string>;
  /** Rejects with InvalidKeyId. */
  decrypt(ciphertext: string, parameterArn: string): Promise<string>;
}

export function createEncryption(dispatch: Dispatch): Encryption {
  async function ask<T>(operation: string, input: object): Promise<T> {
    try {
      return (await dispatch({ caller: ITSELF, service: 'kms', operation, input })) as T;
    } catch (error) {
      if (!(error instanceof AwsError) || error.fault === 'server') throw error;
      throw invalidKeyId(error.message || 'The key cannot be used.');
    }
  }
  return {
    async encrypt(text, KeyId, PARAMETER_ARN) {
      const { CiphertextBlob } = await ask<{ CiphertextBlob: Uint8Array }>('Encrypt', {
        KeyId,
        Plaintext: new Uint8Array(Buffer.from(text)),
        EncryptionContext: { PARAMETER_ARN },
      });
      return Buffer.from(CiphertextBlob).toString('base64');
    },
    async decrypt(ciphertext, PARAMETER_ARN) {
      const { Plaintext } = await ask<{ Plaintext: Uint8Array }>('Decrypt', {
        CiphertextBlob: new Uint8Array(Buffer.from(ciphertext, 'base64')),
        EncryptionContext: { PARAMETER_ARN },
      });
      return Buffer.from(Plaintext).toString('utf8');
    },
  };
}
