/** `--bedrock-faults throttle=0.2,slow=50ms,cut=0.1,seed=7`: what is to go wrong, and how often. */

export interface FaultSpec {
  /** How often a call fails before it begins, 0 to 1. */
  readonly throttle: number;
  readonly notReady: number;
  readonly unavailable: number;
  readonly timeout: number;
  readonly error: number;
  /** How often a stream breaks off with ModelStreamErrorException, 0 to 1. */
  readonly cut: number;
  /** How often a stream just ends, without its last events. */
  readonly drop: number;
  /** Before each piece of an answer, ms. */
  readonly slowMs: number;
  /** Before the first piece, ms, besides. */
  readonly firstMs: number;
  /** The same seed goes wrong at the same calls. */
  readonly seed: number;
}

export const NO_FAULTS: FaultSpec = {
  throttle: 0,
  notReady: 0,
  unavailable: 0,
  timeout: 0,
  error: 0,
  cut: 0,
  drop: 0,
  slowMs: 0,
  firstMs: 0,
  seed: 1,
};

export class FaultSpecError extends Error {
  override readonly name = 'FaultSpecError';
}

const CHANCES: Readonly<Record<string, keyof FaultSpec>> = {
  throttle: 'throttle',
  'not-ready': 'notReady',
  unavailable: 'unavailable',
  timeout: 'timeout',
  error: 'error',
  cut: 'cut',
  drop: 'drop',
};

const DURATIONS: Readonly<Record<string, keyof FaultSpec>> = { slow: 'slowMs', first: 'firstMs' };

const NAMES = [...Object.keys(CHANCES), ...Object.keys(DURATIONS), 'seed'];

/** @throws FaultSpecError naming the part that is wrong and what may stand there. */
export function parseFaults(text: string): FaultSpec {
  const spec: { -readonly [Key in keyof FaultSpec]: number } = { ...NO_FAULTS };
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    const [name = '', value = '', ...rest] = part.trim().split('=');
    if (value === '' || rest.length > 0) throw new FaultSpecError(`"${part.trim()}" is not of the form name=value`);
    if (seen.has(name)) throw new FaultSpecError(`${name} is given twice`);
    seen.add(name);
    if (Object.hasOwn(CHANCES, name)) spec[CHANCES[name]!] = chance(name, value);
    else if (Object.hasOwn(DURATIONS, name)) spec[DURATIONS[name]!] = milliseconds(name, value);
    else if (name === 'seed') spec.seed = wholeNumber(name, value);
    else throw new FaultSpecError(`there is no fault "${name}"; there are ${NAMES.join(', ')}`);
  }
  const before = spec.throttle + spec.notReady + spec.unavailable + spec.timeout + spec.error;
  // Decimal fractions do not add up exactly.
  if (before > 1 + 1e-9)
    throw new FaultSpecError('throttle, not-ready, unavailable, timeout and error add up to more than 1');
  if (spec.cut + spec.drop > 1 + 1e-9) throw new FaultSpecError('cut and drop add up to more than 1');
  return spec;
}

function chance(name: string, value: string): number {
  const number = Number(value);
  if (!/^[\d.]+$/.test(value) || !(number >= 0 && number <= 1)) {
    throw new FaultSpecError(`${name}=${value}: a chance is a number from 0 to 1`);
  }
  return number;
}

function milliseconds(name: string, value: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(value) ?? [];
  if (digits === undefined) throw new FaultSpecError(`${name}=${value}: a duration is like 50ms or 2s`);
  return Number(digits) * (unit === 's' ? 1000 : 1);
}

function wholeNumber(name: string, value: string): number {
  if (!/^\d{1,9}$/.test(value)) throw new FaultSpecError(`${name}=${value}: a whole number is wanted`);
  return Number(value);
}
