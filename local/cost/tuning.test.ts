import fc from 'fast-check';
import { formatTuning, type Invoked, percentile, tuningReport } from './tuning.ts';

const ran = (...durations: number[]): Invoked[] =>
  durations.map((durationMs) => ({ durationMs, billedMs: Math.ceil(durationMs), memoryUsedMb: 60 }));
const cold = (durationMs: number, initMs: number): Invoked => ({
  durationMs,
  billedMs: Math.ceil(durationMs + initMs),
  initMs,
  memoryUsedMb: 64,
});

const ABOUT = { functionName: 'Hello', architecture: 'x86_64', currentMb: 512 } as const;

test('each size has its share of a processor, its durations and what a million cost', () => {
  const { sizes, cheapestMb, fastestMb } = tuningReport(
    [
      { memoryMb: 128, cold: [cold(900, 100)], warm: ran(400, 400, 410) },
      { memoryMb: 512, cold: [cold(200, 100)], warm: ran(90, 95, 100) },
      { memoryMb: 1769, cold: [cold(80, 100)], warm: ran(30, 30, 60) },
      { memoryMb: 3008, cold: [cold(80, 100)], warm: ran(30, 31, 32) },
    ],
    ABOUT,
  );
  expect(sizes.map(({ cpus }) => cpus)).toEqual([0.07, 0.29, 1, 1.7]);
  expect(sizes[1]).toMatchObject({ warmMs: { p50: 95, p95: 100 }, coldMs: { p50: 300, p95: 300 }, memoryUsedMb: 64 });
  expect(sizes.map(({ warmUsdAMillion }) => warmUsdAMillion!.toFixed(2))).toEqual(['1.03', '0.99', '1.06', '1.72']);
  expect(sizes[0]!.coldUsdAMillion).toBeCloseTo(0.125 * 1000 * 0.0166667 + 0.2, 3);
  expect([cheapestMb, fastestMb]).toEqual([512, 1769]);
});

test('a size that failed is told with the error, and is neither cheapest nor fastest', () => {
  const report = tuningReport(
    [
      { memoryMb: 128, cold: [], warm: [], error: 'Runtime.OutOfMemory: killed' },
      { memoryMb: 512, cold: [cold(1, 1)], warm: ran(1), error: 'Error: now and then' },
      { memoryMb: 1024, cold: [cold(9, 9)], warm: ran(9) },
    ],
    ABOUT,
  );
  expect([report.cheapestMb, report.fastestMb]).toEqual([1024, 1024]);
  expect(formatTuning(report)).toMatch(/128 MB +0\.07 .*– +Runtime\.OutOfMemory: killed/);
  const failed = tuningReport([{ memoryMb: 128, cold: [], warm: [], error: 'no' }], ABOUT);
  expect(formatTuning(failed)).toContain('No size answered every time.');
});

test('the report says that it is an estimate, and marks what the template says', () => {
  const text = formatTuning(tuningReport([{ memoryMb: 512, cold: [cold(20, 100)], warm: ran(4.26) }], ABOUT));
  expect(text).toMatch(/512 MB \* +0\.29 +4\.3 ms +4\.3 ms +120 ms/);
  expect(text).toContain(
    'Cheapest when warm: 512 MB. Fastest: 512 MB. * is what the template says. USD, x86_64, us-east-1.',
  );
  expect(text).toContain('An estimate');
});

test('a percentile is one of the values, and so many are not above it', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1 }), fc.constantFrom(0.5, 0.95, 1), (values, share) => {
      const found = percentile(values, share);
      expect(values).toContain(found);
      expect(values.filter((value) => value <= found).length).toBeGreaterThanOrEqual(share * values.length);
      expect(values.filter((value) => value < found).length).toBeLessThan(share * values.length);
    }),
  );
});
