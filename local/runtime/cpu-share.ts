/**
 * How much processor a function gets for its memory size, and when it has had enough of it: a budget that fills by the
 * share and is spent by what was measured. Pure; what it decides is carried out by `cpu-limiter.ts`.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
 */

/** "At 1,769 MB, a function has the equivalent of one vCPU." */
const MB_PER_CPU = 1769;
/** Of the scheduler's bandwidth control, as Lambda's environments have it. */
export const PERIOD_MS = 20;

/** Of one processor; above 1 for what may use several. */
export function cpuShareOf(memorySizeMb: number): number {
  return memorySizeMb / MB_PER_CPU;
}

export interface CpuBudget {
  /** `elapsedMs` have passed, in which `usedMs` of processor time were used. */
  spend(elapsedMs: number, usedMs: number): void;
  /** How long it may run until it is worth another look, ms; 0 when it must stand still. */
  readonly runMs: number;
  /** How long it must stand still until it may use a whole period's part again, ms. */
  readonly stopMs: number;
}

/**
 * What is overdrawn is paid back, so that the average is right however late anybody looked. What is not used is kept
 * for one more period and no longer.
 */
export function createCpuBudget(share: number): CpuBudget {
  const part = PERIOD_MS * share;
  let balanceMs = part;
  return {
    spend(elapsedMs, usedMs) {
      balanceMs = Math.min(2 * part, balanceMs + elapsedMs * share - usedMs);
    },
    get runMs() {
      return Math.max(0, balanceMs);
    },
    get stopMs() {
      return balanceMs > 0 ? 0 : (part - balanceMs) / share;
    },
  };
}
