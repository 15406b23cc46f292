import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { CHECKSUM_ALGORITHMS, checksumOf } from './algorithms.ts';
import { createDigests } from './digests.ts';

const LARGE = 512 * 1024;

/** Over the bytes once they were taken, as who reads a socket into the same buffer again does. */
async function digestsOf(pieces: readonly Uint8Array[], announced: number) {
  const digests = createDigests(CHECKSUM_ALGORITHMS.filter(isOnAnyThread), announced);
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    await digests.update(bytes);
    bytes.fill(0xee);
  }
  return await digests.end();
}

/** One for which no thread is asked would keep the others here too. */
const isOnAnyThread = (algorithm: string): boolean => algorithm !== 'CRC32C';

const expected = (bytes: Uint8Array) =>
  CHECKSUM_ALGORITHMS.filter(isOnAnyThread).map((algorithm) => checksumOf(algorithm, bytes));

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
});
