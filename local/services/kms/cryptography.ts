/**
 * AES-256-GCM, with the key's ARN and the encryption context as additional authenticated data: what was encrypted with
 * one context is not decrypted with another, nor by another key.
 * https://docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { KeyMaterial } from './key.ts';

export type EncryptionContext = Readonly<Record<string, string>>;

/** What a ciphertext tells about itself: KMS finds the key of a symmetric ciphertext without being told. */
export interface CiphertextHead {
  readonly keyId: string;
  readonly materialId: string;
}

const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const MATERIAL_ID_BYTES = 32;

export function newMaterial(made: KeyMaterial['made'], now: number): KeyMaterial {
  return { id: randomBytes(MATERIAL_ID_BYTES).toString('hex'), bytes: randomBytes(32), since: now, made };
}

/** `[version][length of key id][key id][material id][iv][tag][encrypted]` */
export function encrypt(
  key: { readonly id: string; readonly arn: string },
  material: KeyMaterial,
  plaintext: Uint8Array,
  context: EncryptionContext,
): Uint8Array {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', material.bytes, iv);
  cipher.setAAD(additionalData(key.arn, context));
  const encrypted = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const id = Buffer.from(key.id, 'latin1');
  return new Uint8Array(
    Buffer.concat([
      Uint8Array.of(VERSION, id.length),
      id,
      Buffer.from(material.id, 'hex'),
      iv,
      cipher.getAuthTag(),
      encrypted,
    ]),
  );
}

/** Undefined for what no key here has made. */
export function headOf(ciphertext: Uint8Array): CiphertextHead | undefined {
  const [version, idLength = 0] = ciphertext;
  if (version !== VERSION || ciphertext.length < bodyOffset(idLength) + IV_BYTES + TAG_BYTES) return undefined;
  const bytes = Buffer.from(ciphertext);
  return {
    keyId: bytes.toString('latin1', 2, 2 + idLength),
    materialId: bytes.toString('hex', 2 + idLength, bodyOffset(idLength)),
  };
}

/** Undefined when the ciphertext was tampered with, or the context is another. */
export function decrypt(
  key: { readonly arn: string },
  material: KeyMaterial,
  ciphertext: Uint8Array,
  context: EncryptionContext,
): Uint8Array | undefined {
  const start = bodyOffset(ciphertext[1] ?? 0);
  const iv = ciphertext.subarray(start, start + IV_BYTES);
  const tag = ciphertext.subarray(start + IV_BYTES, start + IV_BYTES + TAG_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', material.bytes, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData(key.arn, context));
  decipher.setAuthTag(tag);
  try {
    const body = ciphertext.subarray(start + IV_BYTES + TAG_BYTES);
    return new Uint8Array(Buffer.concat([decipher.update(body), decipher.final()]));
  } catch {
    return undefined;
  }
}

const bodyOffset = (idLength: number): number => 2 + idLength + MATERIAL_ID_BYTES;

/** The order of the pairs has no meaning; their spelling has. */
function additionalData(keyArn: string, context: EncryptionContext): Uint8Array {
  const pairs = Object.entries(context).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([keyArn, pairs]))
    .digest();
}
