import fc from 'fast-check';
import { CHECKSUM_ALGORITHMS, checksumOf, createChecksum } from './algorithms.ts';
import { canCombine, combine } from './combine.ts';

const hex = (base64: string) => Buffer.from(base64, 'base64').toString('hex');

describe('a checksum', () => {
  it.each([
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['MD5', '25f9e794323b453885f5181f1b624d0b'],
  ] as const)('%s of the check value is the published one', (algorithm, expected) => {
    expect(hex(checksumOf(algorithm, Buffer.from('123456789')))).toBe(expected);
  });

  it('is the same however the bytes come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHECKSUM_ALGORITHMS),
        fc.array(fc.uint8Array({ maxLength: 40 })),
        (algorithm, pieces) => {
          const running = createChecksum(algorithm);
          for (const piece of pieces) running.update(piece);
          expect(running.base64()).toBe(checksumOf(algorithm, Buffer.concat(pieces)));
        },
      ),
    );
  });

  it('of two pieces is made of theirs', () => {
    const crcs = CHECKSUM_ALGORITHMS.filter(canCombine);
    expect(crcs).toEqual(['CRC32', 'CRC32C', 'CRC64NVME']);
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(fc.constantFrom(...crcs), bytes, bytes, (algorithm, first, second) => {
        const [a, b] = [checksumOf(algorithm, first), checksumOf(algorithm, second)];
        const whole = checksumOf(algorithm, Buffer.concat([first, second]));
        expect(combine(algorithm, a, b, second.length)).toBe(whole);
      }),
    );
  });
});
