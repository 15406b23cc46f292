import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { CHECKSUM_ALGORITHMS, checksumOf } from './algorithms.ts';
import { createDigests } from './digests.ts';

const LARGE = 512 * 1024;

/** Over the bytes once they were taken, as who reads a socket into the same buffer again does. */
async function digestsOf(pieces: readonly Uint8Array[], announced: number) {
  const digests = createDigests(CHECKSUM_ALGORITHMS, announced);
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    await digests.update(bytes);
    bytes.fill(0xee);
  }
  return await digests.end();
}

const expected = (bytes: Uint8Array) => CHECKSUM_ALGORITHMS.map((algorithm) => checksumOf(algorithm, bytes));

describe('digests of a body', () => {
  it('are the same here and on a thread, however the bytes come', async () => {
    const source = randomBytes(3 * LARGE);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(LARGE), fc.integer({ min: 0, max: 300_000 })), { maxLength: 6 }),
        fc.constantFrom(0, LARGE),
        async (cuts, announced) => {
          const pieces = cuts.map(([from, length]) => source.subarray(from, from + length));
          expect(await digestsOf(pieces, announced)).toEqual(expected(Buffer.concat(pieces)));
        },
      ),
      { numRuns: 8 },
    );
  });

  it('are each its own where many bodies come at once and some are given up', async () => {
    const bodies = Array.from({ length: 6 }, (_, index) => randomBytes(LARGE + 70_000 * index));
    const givenUp = bodies.map(() => createDigests(['SHA256'], LARGE));
    const results = bodies.map((body) => digestsOf([body, body], LARGE));
    for (const [index, digests] of givenUp.entries()) {
      await digests.update(bodies[index]!);
      digests.drop();
    }
    expect(await Promise.all(results)).toEqual(bodies.map((body) => expected(Buffer.concat([body, body]))));
  });

  it.each([0, LARGE])(
    'are computed once and said as often as they were asked for, of %i bytes announced',
    async (announced) => {
      const body = randomBytes(LARGE);
      const digests = createDigests(['MD5', 'SHA256', 'MD5', 'CRC32C', 'CRC32C'], announced);
      await digests.update(body);
      expect(await digests.end()).toEqual(
        (['MD5', 'SHA256', 'MD5', 'CRC32C', 'CRC32C'] as const).map((algorithm) => checksumOf(algorithm, body)),
      );
    },
  );

  it('wait for nobody who began a body and sends no more of it', async () => {
    const begun = Array.from({ length: 40 }, () => createDigests(['MD5'], LARGE));
    for (const digests of begun) await digests.update(randomBytes(1000));
    const body = randomBytes(8 * LARGE);
    expect(await digestsOf([body], LARGE)).toEqual(expected(body));
    for (const digests of begun) digests.drop();
    expect(await digestsOf([body], LARGE)).toEqual(expected(body));
  });
});
