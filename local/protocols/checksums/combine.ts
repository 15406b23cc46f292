/**
 * The CRC of two pieces of data, one behind the other, from the CRCs of the two: what bytes of zero do to a CRC is a
 * matrix over GF(2), and its powers are soon made.
 */
import type { ChecksumAlgorithm } from './algorithms.ts';

interface Crc {
  readonly bits: number;
  /** Reflected. */
  readonly polynomial: bigint;
}

const CRCS: Partial<Record<ChecksumAlgorithm, Crc>> = {
  CRC32: { bits: 32, polynomial: 0xedb88320n },
  CRC32C: { bits: 32, polynomial: 0x82f63b78n },
  CRC64NVME: { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n },
};

/** By column: what each bit becomes. */
type Matrix = readonly bigint[];

export function canCombine(algorithm: ChecksumAlgorithm): boolean {
  return CRCS[algorithm] !== undefined;
}

/**
 * All in base64.
 * @param secondLength bytes of the second piece
 */
export function combine(algorithm: ChecksumAlgorithm, first: string, second: string, secondLength: number): string {
  const crc = CRCS[algorithm];
  if (!crc) throw new TypeError(`${algorithm} cannot be combined`);
  let value = toNumber(first);
  let power = powers(algorithm, crc);
  for (let left = secondLength; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) value = times(power.matrix, value);
    power = power.next();
  }
  return toBase64(value ^ toNumber(second), crc.bits);
}

/** What 2ⁿ bytes of zero do, each made of the one before when it is first asked for. */
interface Power {
  readonly matrix: Matrix;
  next(): Power;
}

const known = new Map<ChecksumAlgorithm, Power>();

function powers(algorithm: ChecksumAlgorithm, { bits, polynomial }: Crc): Power {
  let power = known.get(algorithm);
  if (!power) {
    const oneBit: Matrix = Array.from({ length: bits }, (_, bit) => (bit === 0 ? polynomial : 1n << BigInt(bit - 1)));
    power = powerOf(square(square(square(oneBit))));
    known.set(algorithm, power);
  }
  return power;
}

function powerOf(matrix: Matrix): Power {
  let next: Power | undefined;
  return {
    matrix,
    next() {
      next ??= powerOf(square(matrix));
      return next;
    },
  };
}

function times(matrix: Matrix, vector: bigint): bigint {
  let sum = 0n;
  for (let bit = 0, left = vector; left !== 0n; bit += 1, left >>= 1n) {
    if (left & 1n) sum ^= matrix[bit]!;
  }
  return sum;
}

const square = (matrix: Matrix): Matrix => matrix.map((column) => times(matrix, column));

const toNumber = (base64: string): bigint => BigInt(`0x${Buffer.from(base64, 'base64').toString('hex') || '0'}`);

const toBase64 = (value: bigint, bits: number): string =>
  Buffer.from(value.toString(16).padStart(bits / 4, '0'), 'hex').toString('base64');
