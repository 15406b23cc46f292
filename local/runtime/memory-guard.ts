/**
 * Looks at the memory of environments that do something: ten times a second, fifty times while one of them is near its
 * limit; asleep while nothing runs.
 */
import type { MemoryMeter } from './memory.ts';

const INTERVAL_MS = 100;
/** A process that fills new memory as fast as it can takes some MB in a millisecond. */
const NEAR_INTERVAL_MS = 20;
/** Of the limit. */
const NEAR = 0.6;
/** Nothing wanted to be looked at for so long. */
const QUIET_MS = 1000;

export interface Guarded {
  /** It runs, or has run since the last sample. */
  readonly wantsSample: boolean;
  sampleMemory(): void;
}

export interface MemoryGuard {
  readonly meter: MemoryMeter;
  watch(environment: Guarded): void;
  forget(environment: Guarded): void;
  /** Something has begun to run. Cheap enough for every invocation. */
  wake(): void;
}

export function createMemoryGuard(meter: MemoryMeter): MemoryGuard {
  const environments = new Set<Guarded>();
  let timer: NodeJS.Timeout | undefined;
  let quietSince = 0;
  let anyNear = false;

  const round = (): void => {
    anyNear = false;
    let sampled = 0;
    for (const environment of environments) {
      if (!environment.wantsSample) continue;
      sampled += 1;
      environment.sampleMemory();
    }
    if (sampled > 0) quietSince = performance.now();
    const asleep = environments.size === 0 || performance.now() - quietSince >= QUIET_MS;
    timer = asleep ? undefined : later();
  };
  const later = (): NodeJS.Timeout => setTimeout(round, anyNear ? NEAR_INTERVAL_MS : INTERVAL_MS).unref();

  return {
    meter: {
      sample(pids, limitMb) {
        const use = meter.sample(pids, limitMb);
        if (use !== undefined && use.residentMb > limitMb * NEAR) anyNear = true;
        return use;
      },
    },
    watch: (environment) => environments.add(environment),
    forget: (environment) => environments.delete(environment),
    wake() {
      if (timer !== undefined) return;
      quietSince = performance.now();
      timer = later();
    },
  };
}
