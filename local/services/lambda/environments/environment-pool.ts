/**
 * The execution environments of one function version: warm ones are used again, the most recently used first; new ones
 * are started while all are busy, as many as the machine bears; idle ones are stopped after a while.
 *
 * Lambda starts an environment for every concurrent request. On one machine more environments than cores make
 * everything slower, unless they mostly wait. So
 * - the first ones, one per core, start at once;
 * - more start when those that exist make no progress, and beyond `maximum` only while the machine has processor time
 *   to spare;
 * - an environment that itself waits for the answer of a function it called counts for nothing: functions that call
 *   each other, or themselves, never wait for one another's place;
 * - and where even that is not known (a function that calls its own API over HTTP), one more starts whenever nothing
 *   has moved for a whole second. The ceiling is thereby no promise, but nothing stands still for ever.
 * A request that finds no environment waits for one: on AWS it would have got one of its own.
 */
import type { Clock, Timer } from '../../../kernel/clock.ts';
import type {
  EnvironmentLauncher,
  EnvironmentSpec,
  ExecutionEnvironment,
  Invocation,
  InvocationOutcome,
} from '../contract.ts';
import { ProvisionedEnvironments, type ProvisionedMetrics, type ProvisionedState } from './provisioned-environments.ts';

export interface PoolLimits {
  /** Started at once when all others are busy; the machine's cores. */
  readonly immediate: number;
  /** Started when the others make no progress. */
  readonly maximum: number;
  /** Started, a few at a time, when they make no progress and leave processors idle; default `maximum`. */
  readonly ceiling?: number;
  /** An environment idle for this long is stopped, ms on the clock. */
  readonly idleMs: number;
}

/** What the pools of a machine share. */
export interface PoolMachine {
  readonly hasSpareCpu: () => boolean;
  /** Which pool an environment belongs to, by its id. */
  readonly whereabouts: Map<string, EnvironmentPool>;
}

interface Waiter {
  readonly invocation: Invocation;
  readonly resolve: (outcome: InvocationOutcome) => void;
  readonly reject: (error: unknown) => void;
}

interface Idle {
  readonly environment: ExecutionEnvironment;
  readonly since: number;
}

/** No environment has become free for this long: they wait for something, and more of them help. */
const STALLED_MS = 20;
const DEADLOCKED_MS = 1000;
/** Whoever nests deeper than this on purpose gets one environment a second. */
const MOST_CALLING = 64;
/** A queue that takes longer than this at the present pace deserves more environments too. */
const LONG_QUEUE_MS = 250;

export class EnvironmentPool {
  readonly spec: EnvironmentSpec;
  readonly #launcher: EnvironmentLauncher;
  readonly #clock: Clock;
  readonly #limits: PoolLimits;
  readonly #environments = new Set<ExecutionEnvironment>();
  /** Least recently used first. */
  readonly #idle: Idle[] = [];
  readonly #waiting: Waiter[] = [];
  #starting = 0;
  #draining = false;
  #drained: (() => void)[] = [];
  /** By `performance.now()`: when an environment last became free or was added. */
  #progressAt = 0;
  /** Moving average of an invocation's duration, ms. */
  #pace = 0;
  #patience: NodeJS.Timeout | undefined;
  #idleTimer: Timer | undefined;
  readonly #machine: PoolMachine;
  /** Calls in hand of environments that wait for another function's answer. */
  readonly #calling = new Map<string, number>();
  #provisioned: ProvisionedEnvironments | undefined;

  constructor(
    spec: EnvironmentSpec,
    launcher: EnvironmentLauncher,
    clock: Clock,
    limits: PoolLimits,
    machine: PoolMachine = { hasSpareCpu: () => false, whereabouts: new Map() },
  ) {
    this.spec = spec;
    this.#launcher = launcher;
    this.#clock = clock;
    this.#limits = limits;
    this.#machine = machine;
  }

  /** Environments that exist, those that start included. */
  get size(): number {
    return this.#environments.size + this.#starting;
  }

  /** Requests wait for an environment. */
  get isCrowded(): boolean {
    return this.#waiting.length > 0;
  }

  get provisioned(): ProvisionedState | undefined {
    return this.#provisioned?.state;
  }

  /** Keeps `target` environments initialised ahead of requests; they come on top of those started on demand. */
  provision(target: number, metrics: ProvisionedMetrics): void {
    if (this.#draining || (target === 0 && this.#provisioned === undefined)) return;
    const { spec } = this;
    this.#provisioned ??= new ProvisionedEnvironments({
      spec,
      launcher: this.#launcher,
      clock: this.#clock,
      metrics,
      onReady: (environment) => {
        this.#machine.whereabouts.set(environment.id, this);
        this.#release(environment);
      },
      onGone: (environment) => {
        this.#machine.whereabouts.delete(environment.id);
        this.#checkDrained();
      },
    });
    this.#provisioned.provision(target);
  }

  /**
   * Starts the first environment although nobody has asked; does nothing where there is one. Resolves when its init phase
   * is over, however that went: the first request learns of a failure, as it would have done without this.
   * @param isBackground nobody will wait for its answers
   */
  async initialiseAhead(isBackground = false): Promise<void> {
    if (this.#draining || this.size > 0 || (this.#provisioned?.state.target ?? 0) > 0) return;
    await this.#start(isBackground);
  }

  /** One of its environments waits for another function until the answer is called. */
  calls(environmentId: string): () => void {
    this.#calling.set(environmentId, (this.#calling.get(environmentId) ?? 0) + 1);
    if (this.#waiting.length > 0) this.#grow();
    return () => {
      const others = (this.#calling.get(environmentId) ?? 1) - 1;
      if (others === 0) this.#calling.delete(environmentId);
      else this.#calling.set(environmentId, others);
    };
  }

  /** Runs one invocation. Rejects only when no environment can be started at all. */
  run(invocation: Invocation): Promise<InvocationOutcome> {
    const environment = this.#provisioned?.take() ?? this.#takeIdle();
    if (environment) return this.#runOn(environment, invocation);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ invocation, resolve, reject });
      this.#grow();
    });
  }

  /** Takes no environment anew, stops idle ones now and busy ones when they are done. Resolves when none is left. */
  drain(): Promise<void> {
    this.#draining = true;
    this.#idleTimer?.cancel();
    this.#provisioned?.provision(0);
    for (const { environment } of this.#idle.splice(0)) this.#stop(environment);
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#checkDrained();
    });
  }

  #takeIdle(): ExecutionEnvironment | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.environment.healthy) return idle.environment;
      this.#forget(idle.environment);
    }
    return undefined;
  }

  #runOn(environment: ExecutionEnvironment, invocation: Invocation, hasWaited = false): Promise<InvocationOutcome> {
    return environment.invoke(invocation).then((outcome) => {
      this.#pace += ((outcome.durationMs ?? 0) - this.#pace) / 8;
      if (outcome.settled === undefined) this.#release(environment);
      else void outcome.settled.then(() => this.#release(environment));
      return hasWaited || outcome.initDurationMs === undefined ? outcome : { ...outcome, initialisedAhead: true };
    });
  }

  #release(environment: ExecutionEnvironment): void {
    this.#progressAt = performance.now();
    const provisioned = this.#provisioned?.owns(environment) ? this.#provisioned : undefined;
    if (!environment.healthy) {
      if (provisioned) provisioned.lost(environment);
      else this.#forget(environment);
      if (this.#waiting.length > 0) this.#grow();
      this.#checkDrained();
      return;
    }
    const waiter = this.#waiting.shift();
    if (waiter) {
      this.#runOn(environment, waiter.invocation, true).then(waiter.resolve, waiter.reject);
      return;
    }
    if (provisioned) {
      provisioned.release(environment);
      return;
    }
    if (this.#draining) {
      this.#stop(environment);
      return;
    }
    this.#idle.push({ environment, since: this.#clock.now() });
    this.#idleTimer ??= this.#clock.after(this.#limits.idleMs, () => this.#stopIdle());
  }

  /** Starts what the waiting ones need and the limits allow now; looks again later otherwise. */
  #grow(): void {
    while (this.#waiting.length > this.#starting && this.size < this.#allowed()) void this.#start();
    if (this.#waiting.length > this.#starting) this.#lookAgain();
  }

  #allowed(): number {
    const { immediate, maximum, ceiling = maximum } = this.#limits;
    const calling = Math.min(this.#calling.size, MOST_CALLING);
    if (this.size < immediate + calling) return Math.min(immediate, maximum) + calling;
    // While some start, they are the progress.
    if (this.#starting > 0) return 0;
    const stalledMs = performance.now() - this.#progressAt;
    const queueMs = (this.#waiting.length * this.#pace) / this.size;
    if (stalledMs >= DEADLOCKED_MS) return Math.max(maximum + calling, this.size + 1);
    if (stalledMs < STALLED_MS && queueMs <= LONG_QUEUE_MS) return 0;
    if (this.size < maximum + calling) return maximum + calling;
    return this.#machine.hasSpareCpu() ? Math.min(this.size + immediate, ceiling + calling) : 0;
  }

  #lookAgain(): void {
    if (this.#patience !== undefined) return;
    const { maximum, ceiling = maximum } = this.#limits;
    const wait = this.size < ceiling + this.#calling.size ? STALLED_MS : DEADLOCKED_MS;
    this.#patience = setTimeout(() => {
      this.#patience = undefined;
      if (this.#waiting.length > 0) this.#grow();
    }, wait);
    this.#patience.unref();
  }

  #start(isBackground = this.#waiting.every(({ invocation }) => invocation.isBackground)): Promise<void> {
    this.#starting += 1;
    return this.#launcher.launch(this.spec, 'on-demand', isBackground).then(
      (environment) => {
        this.#starting -= 1;
        this.#environments.add(environment);
        this.#machine.whereabouts.set(environment.id, this);
        this.#release(environment);
        if (this.#waiting.length > 0) this.#grow();
      },
      (error) => {
        this.#starting -= 1;
        // Nothing says that the next try would do better: one waiting request learns of it, the others try again.
        this.#waiting.shift()?.reject(error);
        if (this.#waiting.length > 0) this.#grow();
        this.#checkDrained();
      },
    );
  }

  #stop(environment: ExecutionEnvironment): void {
    void environment.stop().then(() => {
      this.#forget(environment);
      this.#checkDrained();
    });
  }

  #forget(environment: ExecutionEnvironment): void {
    this.#environments.delete(environment);
    this.#machine.whereabouts.delete(environment.id);
  }

  #stopIdle(): void {
    this.#idleTimer = undefined;
    const end = this.#clock.now() - this.#limits.idleMs;
    while (this.#idle[0] !== undefined && this.#idle[0].since <= end) {
      const idle = this.#idle.shift() as Idle;
      this.#stop(idle.environment);
    }
    const oldest = this.#idle[0];
    if (oldest) this.#idleTimer = this.#clock.after(oldest.since - end, () => this.#stopIdle());
  }

  #checkDrained(): void {
    if (!this.#draining || this.size > 0 || this.#waiting.length > 0) return;
    if (this.#provisioned?.isEmpty === false) return;
    clearTimeout(this.#patience);
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}
