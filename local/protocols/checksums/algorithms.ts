/**
 * The checksums S3 knows, by AWS's names, computed as bytes pass.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from './crc32c.ts';
import { createCrc64Nvme } from './crc64nvme.ts';

export const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256', 'SHA512', 'MD5'] as const;
export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

export interface RunningChecksum {
  update(piece: Uint8Array): void;
  /** Big-endian bytes in base64, as headers have them. */
  base64(): string;
}

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return (CHECKSUM_ALGORITHMS as readonly string[]).includes(name);
}

/** e.g. `x-amz-checksum-crc32` */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

export function createChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  switch (algorithm) {
    case 'CRC32':
      return running(crc32);
    case 'CRC32C':
      return running(crc32c);
    case 'CRC64NVME':
      return createCrc64Nvme();
    default: {
      const hash = createHash(algorithm.toLowerCase());
      return { update: (piece) => void hash.update(piece), base64: () => hash.digest('base64') };
    }
  }
}

export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  const checksum = createChecksum(algorithm);
  checksum.update(bytes);
  return checksum.base64();
}

/** Digits that a value of it has, in bytes. */
export const CHECKSUM_BYTES: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  MD5: 16,
};

function running(step: (piece: Uint8Array, value: number) => number): RunningChecksum {
  let value = 0;
  return {
    update(piece) {
      value = step(piece, value);
    },
    base64() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes.toString('base64');
    },
  };
}
