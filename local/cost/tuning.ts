/** What was measured of a function at several memory sizes, and what follows. Pure. */
import { durationCost } from './size.ts';

/** 1,769 MB are one processor. https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
const MB_A_PROCESSOR = 1769;

export interface Invoked {
  readonly durationMs: number;
  readonly billedMs: number;
  /** Of a cold start. */
  readonly initMs?: number;
  readonly memoryUsedMb: number;
}

/** What came of one size; `error` is the function's own, or why it could not run. */
export interface Measured {
  readonly memoryMb: number;
  readonly cold: readonly Invoked[];
  readonly warm: readonly Invoked[];
  readonly error?: string;
}

export interface SizeReport {
  readonly memoryMb: number;
  /** Of a processor; more than 1 are several. */
  readonly cpus: number;
  readonly memoryUsedMb?: number;
  readonly warmMs?: { readonly p50: number; readonly p95: number };
  /** Init and the first invocation together. */
  readonly coldMs?: { readonly p50: number; readonly p95: number };
  /** USD, requests included, at the median. */
  readonly warmUsdAMillion?: number;
  readonly coldUsdAMillion?: number;
  readonly error?: string;
}

export interface TuningReport {
  readonly functionName: string;
  readonly architecture: 'arm64' | 'x86_64';
  readonly currentMb: number;
  readonly sizes: readonly SizeReport[];
  readonly cheapestMb?: number;
  readonly fastestMb?: number;
  readonly estimate: string;
}

export const ESTIMATE =
  'An estimate: this machine is not AWS. Its processor was shared out as Lambda does, one for 1,769 MB; what waits for others took as long as it takes here.';

export function tuningReport(
  measured: readonly Measured[],
  about: Pick<TuningReport, 'functionName' | 'architecture' | 'currentMb'>,
): TuningReport {
  const sizes = measured.map((one) => sizeReport(one, about.architecture));
  const complete = sizes.filter((size) => size.error === undefined && size.warmMs !== undefined);
  // Of equals the smaller one.
  const cheapest = least(complete, ({ warmUsdAMillion = 0 }) => warmUsdAMillion);
  const fastest = least(complete, ({ warmMs }) => warmMs?.p50 ?? 0);
  return {
    ...about,
    sizes,
    ...(cheapest && { cheapestMb: cheapest.memoryMb }),
    ...(fastest && { fastestMb: fastest.memoryMb }),
    estimate: ESTIMATE,
  };
}

function sizeReport({ memoryMb, cold, warm, error }: Measured, architecture: 'arm64' | 'x86_64'): SizeReport {
  const usd = (durationMs: number) => durationCost({ memoryMb, architecture, durationMs });
  const all = [...cold, ...warm];
  return {
    memoryMb,
    cpus: Math.round((memoryMb / MB_A_PROCESSOR) * 100) / 100,
    ...(all.length > 0 && { memoryUsedMb: Math.max(...all.map(({ memoryUsedMb }) => memoryUsedMb)) }),
    ...(warm.length > 0 && {
      warmMs: spread(warm.map(({ durationMs }) => durationMs)),
      warmUsdAMillion: usd(
        percentile(
          warm.map(({ billedMs }) => billedMs),
          0.5,
        ),
      ),
    }),
    ...(cold.length > 0 && {
      coldMs: spread(cold.map(({ durationMs, initMs = 0 }) => durationMs + initMs)),
      coldUsdAMillion: usd(
        percentile(
          cold.map(({ billedMs }) => billedMs),
          0.5,
        ),
      ),
    }),
    ...(error !== undefined && { error }),
  };
}

const spread = (values: readonly number[]) => ({ p50: percentile(values, 0.5), p95: percentile(values, 0.95) });

/** The smallest value that so many of them are not above. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function least<T>(items: readonly T[], by: (item: T) => number): T | undefined {
  return items.reduce<T | undefined>(
    (best, item) => (best === undefined || by(item) < by(best) ? item : best),
    undefined,
  );
}

const HEADER = ['memory', 'CPU', 'warm p50', 'p95', 'cold p50', 'p95', 'used', 'warm / million', 'cold / million'];

export function formatTuning({
  sizes,
  cheapestMb,
  fastestMb,
  currentMb,
  architecture,
  estimate,
}: TuningReport): string {
  const rows = sizes.map((size) => [
    `${size.memoryMb} MB${size.memoryMb === currentMb ? ' *' : ''}`,
    size.cpus.toFixed(2),
    ms(size.warmMs?.p50),
    ms(size.warmMs?.p95),
    ms(size.coldMs?.p50),
    ms(size.coldMs?.p95),
    size.memoryUsedMb === undefined ? '–' : `${size.memoryUsedMb} MB`,
    usd(size.warmUsdAMillion),
    usd(size.coldUsdAMillion),
    ...(size.error === undefined ? [] : [size.error]),
  ]);
  const widths = HEADER.map((title, column) => Math.max(title.length, ...rows.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (column < widths.length ? cell.padStart(widths[column]!) : cell)).join('  ')}`;
  const verdict =
    cheapestMb === undefined
      ? 'No size answered every time.'
      : `Cheapest when warm: ${cheapestMb} MB. Fastest: ${fastestMb} MB.${sizes.some(({ memoryMb }) => memoryMb === currentMb) ? ' * is what the template says.' : ''}`;
  return `${[line(HEADER), ...rows.map(line), '', `${verdict} USD, ${architecture}, us-east-1.`, estimate].join('\n')}\n`;
}

const ms = (value: number | undefined): string =>
  value === undefined ? '–' : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

const usd = (value: number | undefined): string => (value === undefined ? '–' : value.toFixed(2));
