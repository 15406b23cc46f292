/**
 * Events a service emits are written with the change that caused them and delivered through `dispatch`, at least once.
 * See https://docs.aws.amazon.com/prescriptive-guidance/latest/cloud-design-patterns/transactional-outbox.html
 */
import type { Call } from './service.ts';

export interface Delivery {
  /** What to call; must be JSON (it is stored). Signals and streams do not travel. */
  readonly call: Omit<Call, 'signal'>;
  /** Waits before the first try, in ms; 0 when absent. */
  readonly delayMs?: number;
  /**
   * Waits before the 2nd, 3rd … try, in ms; its length is the number of retries. What a door refuses is not tried again.
   */
  readonly retryDelaysMs: readonly number[];
  /** Give up when older than this, whatever tries are left. */
  readonly maximumAgeMs?: number;
  /** Called through dispatch when every try failed; `{{error}}` never interpolated: the emitter's service builds it. */
  readonly deadLetter?: Omit<Call, 'signal'>;
}

/** A queue of a service's own, whose life is the outbox's. */
export interface Companion {
  /** Nothing is under way, and nothing is due. */
  readonly isIdle: boolean;
  /** Resolves when `isIdle` holds. */
  idle(): Promise<void>;
  /** As `Outbox.resume`; called at once when that has been called before. */
  resume(): void;
  /** Starts nothing more, waits for what is under way, and lets what ends later change nothing. */
  stop(graceMs: number): Promise<void>;
}

export interface Outbox {
  /** Call inside `store.transaction`; the delivery starts when it commits, and again after a restart until it succeeds. */
  emit(delivery: Delivery): void;
  /** A service's own queue rests, resumes and stops with the outbox from now on. */
  join(companion: Companion): void;
  /** Resolves when nothing is due, in companions neither. For tests and for shutdown. */
  idle(): Promise<void>;
  /** Takes up what an earlier run left undelivered; call it when the services it goes to are there again. */
  resume(): void;
  /** Starts nothing more and waits, at most `graceMs` (500), for what is under way; the rest is tried at the next start. */
  stop(graceMs?: number): Promise<void>;
}
