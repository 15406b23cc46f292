/** https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-compare.html#symm-asymm-operations */
import { randomBytes } from 'node:crypto';
import type {
  DecryptRequest,
  EncryptRequest,
  GenerateDataKeyRequest,
  GenerateRandomRequest,
  ReEncryptRequest,
} from '@aws-sdk/client-kms';
import { AwsError } from '../../kernel/aws-error.ts';
import type { CallContext, Operation, Requirement } from '../../kernel/service.ts';
import { decrypt, type EncryptionContext, encrypt, headOf } from './cryptography.ts';
import { dryRun, incorrectKey, invalidCiphertext, invalidGrantToken, unsupported, validationError } from './errors.ts';
import type { Key, KeyMaterial } from './key.ts';
import { ALGORITHM, encryptionKeys } from './requirements.ts';
import type { Room, With } from './room.ts';

type Encrypt = With<EncryptRequest, 'KeyId' | 'Plaintext'>;
type Decrypt = With<DecryptRequest, 'CiphertextBlob'>;
type ReEncrypt = With<ReEncryptRequest, 'CiphertextBlob' | 'DestinationKeyId'>;
type GenerateDataKey = With<GenerateDataKeyRequest, 'KeyId'>;

/** A ciphertext read: which key and material made it. */
interface Opened {
  readonly key: Key;
  readonly material: KeyMaterial;
  readonly plaintext: Uint8Array;
}

export function cryptographicOperations(room: Room): Record<string, Operation> {
  const { keyring, needs } = room;

  /** The key that must allow it: the ciphertext's own. Without a key there is nobody to ask, and the handler refuses. */
  function onCiphertext(
    action: string,
    ciphertext: Uint8Array | undefined,
    named: string | undefined,
    call: CallContext,
    context: EncryptionContext | undefined,
  ): readonly Requirement[] {
    const head = ciphertext && headOf(ciphertext);
    const keyId = named ?? head?.keyId;
    return keyId === undefined ? [] : [needs.onKey(action, keyId, call, encryptionKeys(context))];
  }

  function open(ciphertext: Uint8Array, named: string | undefined, context: EncryptionContext = {}): Opened {
    const wanted = named === undefined ? undefined : keyring.getUsable(named);
    const head = headOf(ciphertext);
    if (!head) throw invalidCiphertext();
    if (!keyring.find(head.keyId)) throw ciphertextOfNobody();
    const key = keyring.getUsable(head.keyId);
    if (wanted && wanted.id !== key.id) throw incorrectKey();
    const material = key.materials.find(({ id }) => id === head.materialId);
    const plaintext = material && decrypt(key, material, ciphertext, context);
    if (!plaintext) throw invalidCiphertext();
    return { key, material, plaintext };
  }

  function seal(key: Key, plaintext: Uint8Array, context: EncryptionContext = {}) {
    const material = key.materials.at(-1)!;
    return { CiphertextBlob: encrypt(key, material, plaintext, context), material };
  }

  const encryptOperation: Operation<Encrypt> = {
    requires: (input, call) => [needs.onKey('Encrypt', input.KeyId, call, encryptionKeys(input.EncryptionContext))],
    handle(input) {
      const key = keyring.getUsable(input.KeyId);
      check(input, input.EncryptionAlgorithm);
      const { CiphertextBlob } = seal(key, input.Plaintext, input.EncryptionContext);
      return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm: ALGORITHM };
    },
  };

  const decryptOperation: Operation<Decrypt> = {
    requires: (input, call) =>
      onCiphertext('Decrypt', input.CiphertextBlob, input.KeyId, call, input.EncryptionContext),
    handle(input) {
      check(input, input.EncryptionAlgorithm);
      if (!input.CiphertextBlob) throw validationError('CiphertextBlob is required.');
      const { key, material, plaintext } = open(input.CiphertextBlob, input.KeyId, input.EncryptionContext);
      return { KeyId: key.arn, Plaintext: plaintext, EncryptionAlgorithm: ALGORITHM, KeyMaterialId: material.id };
    },
  };

  const reEncrypt: Operation<ReEncrypt> = {
    requires(input, call) {
      const from = input.SourceKeyId ?? (input.CiphertextBlob && headOf(input.CiphertextBlob)?.keyId);
      const same = from !== undefined && keyring.arnOf(from) === keyring.arnOf(input.DestinationKeyId);
      const given = { 'kms:ReEncryptOnSameKey': String(same) };
      const sources = onCiphertext(
        'ReEncryptFrom',
        input.CiphertextBlob,
        input.SourceKeyId,
        call,
        input.SourceEncryptionContext,
      );
      return [
        ...sources.map((source) => ({ ...source, context: { ...source.context, ...given } })),
        needs.onKey('ReEncryptTo', input.DestinationKeyId, call, {
          ...encryptionKeys(input.DestinationEncryptionContext),
          ...given,
        }),
      ];
    },
    handle(input) {
      check(input, input.SourceEncryptionAlgorithm, input.DestinationEncryptionAlgorithm);
      if (!input.CiphertextBlob) throw validationError('CiphertextBlob is required.');
      const source = open(input.CiphertextBlob, input.SourceKeyId, input.SourceEncryptionContext);
      const key = keyring.getUsable(input.DestinationKeyId);
      const { CiphertextBlob, material } = seal(key, source.plaintext, input.DestinationEncryptionContext);
      return {
        CiphertextBlob,
        SourceKeyId: source.key.arn,
        KeyId: key.arn,
        SourceEncryptionAlgorithm: ALGORITHM,
        DestinationEncryptionAlgorithm: ALGORITHM,
        SourceKeyMaterialId: source.material.id,
        DestinationKeyMaterialId: material.id,
      };
    },
  };

  const dataKey = (action: string, withPlaintext: boolean): Operation<GenerateDataKey> => ({
    requires: (input, call) => [needs.onKey(action, input.KeyId, call, encryptionKeys(input.EncryptionContext))],
    handle(input) {
      const size = sizeOf(input);
      const key = keyring.getUsable(input.KeyId);
      check(input);
      const plaintext = new Uint8Array(randomBytes(size));
      const { CiphertextBlob, material } = seal(key, plaintext, input.EncryptionContext);
      return {
        CiphertextBlob,
        ...(withPlaintext && { Plaintext: plaintext }),
        KeyId: key.arn,
        KeyMaterialId: material.id,
      };
    },
  });

  const generateRandom: Operation<GenerateRandomRequest> = {
    requires: (_input, call) => [needs.onAll('GenerateRandom', call)],
    handle(input) {
      check(input);
      if (input.CustomKeyStoreId !== undefined) throw unsupported('Custom key stores are not emulated here.');
      if (input.NumberOfBytes === undefined) throw validationError('NumberOfBytes is required.');
      return { Plaintext: new Uint8Array(randomBytes(input.NumberOfBytes)) };
    },
  };

  return {
    Encrypt: encryptOperation,
    Decrypt: decryptOperation,
    ReEncrypt: reEncrypt,
    GenerateDataKey: dataKey('GenerateDataKey', true),
    GenerateDataKeyWithoutPlaintext: dataKey('GenerateDataKeyWithoutPlaintext', false),
    GenerateRandom: generateRandom,
  };
}

/** What every one of them may be refused for; a dry run ends here, where the request would have succeeded. */
function check(
  input: {
    readonly GrantTokens?: readonly string[] | undefined;
    readonly Recipient?: unknown;
    readonly DryRun?: boolean | undefined;
  },
  ...algorithms: readonly (string | undefined)[]
): void {
  for (const algorithm of algorithms) {
    if (algorithm !== undefined && algorithm !== ALGORITHM) {
      throw new AwsError('InvalidKeyUsageException', `${algorithm} is not an algorithm of a symmetric key.`);
    }
  }
  if (input.Recipient !== undefined) throw unsupported('Nitro enclaves (Recipient) are not emulated here.');
  if (input.GrantTokens?.some((token) => !/^[A-Za-z0-9+/=_-]+$/.test(token))) throw invalidGrantToken();
  if (input.DryRun) throw dryRun();
}

function sizeOf({ KeySpec, NumberOfBytes }: GenerateDataKey): number {
  if ((KeySpec === undefined) === (NumberOfBytes === undefined)) {
    throw validationError('Please specify either number of bytes or key spec.');
  }
  return NumberOfBytes ?? (KeySpec === 'AES_128' ? 16 : 32);
}

/** A key that is gone, or was never here: KMS does not say which. */
function ciphertextOfNobody(): AwsError {
  return new AwsError(
    'AccessDeniedException',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  );
}
