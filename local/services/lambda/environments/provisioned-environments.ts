/**
 * Environments of one version that are initialised before anybody asks, kept while nobody asks, and replaced when they
 * die. https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
 */
import type { Clock, Timer } from '../../../kernel/clock.ts';
import type { EnvironmentLauncher, EnvironmentSpec, ExecutionEnvironment } from '../contract.ts';

/** What becomes of the requests of a version that has provisioned concurrency. */
export interface ProvisionedMetrics {
  /** One runs on a provisioned environment; so many do now, of so many. */
  used(running: number, provisioned: number): void;
  /** All were busy: one runs on demand. */
  spilledOver(): void;
}

export interface ProvisionedState {
  /** How many there are to be on this machine. */
  readonly target: number;
  readonly allocated: number;
  readonly available: number;
  /** Why the last one could not be initialised; forgotten when one could. */
  readonly failure: string | undefined;
}

export interface ProvisionedOptions {
  readonly spec: EnvironmentSpec;
  readonly launcher: EnvironmentLauncher;
  readonly clock: Clock;
  readonly metrics: ProvisionedMetrics;
  /** One more can be used now. */
  readonly onReady: (environment: ExecutionEnvironment) => void;
  readonly onGone: (environment: ExecutionEnvironment) => void;
}

/** Between tries to replace what cannot be initialised. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

export class ProvisionedEnvironments {
  readonly #options: ProvisionedOptions;
  readonly #environments = new Set<ExecutionEnvironment>();
  readonly #idle: ExecutionEnvironment[] = [];
  #target = 0;
  #starting = 0;
  #stopping = 0;
  #failures = 0;
  #failure: string | undefined;
  #retry: Timer | undefined;

  constructor(options: ProvisionedOptions) {
    this.#options = options;
  }

  get state(): ProvisionedState {
    return {
      target: this.#target,
      allocated: this.#environments.size,
      available: this.#environments.size,
      failure: this.#failure,
    };
  }

  /** None is left, not even one that starts or ends. */
  get isEmpty(): boolean {
    return this.#environments.size + this.#starting + this.#stopping === 0;
  }

  /** Makes it so many: starts what is missing, stops idle ones that are too many now and busy ones later. */
  provision(target: number): void {
    this.#target = target;
    this.#failures = 0;
    this.#failure = undefined;
    this.#retry?.cancel();
    this.#retry = undefined;
    while (this.#environments.size > target) {
      const surplus = this.#idle.pop();
      if (!surplus) break;
      this.#stop(surplus);
    }
    this.#fill();
  }

  owns(environment: ExecutionEnvironment): boolean {
    return this.#environments.has(environment);
  }

  /** A free one, or undefined: the request runs on demand then. */
  take(): ExecutionEnvironment | undefined {
    const { metrics } = this.#options;
    for (let environment = this.#idle.pop(); environment; environment = this.#idle.pop()) {
      if (!environment.healthy) {
        this.lost(environment);
        continue;
      }
      metrics.used(this.#environments.size - this.#idle.length, this.#target);
      return environment;
    }
    if (this.#target > 0) metrics.spilledOver();
    return undefined;
  }

  /** It is free again. */
  release(environment: ExecutionEnvironment): void {
    if (this.#environments.size > this.#target) this.#stop(environment);
    else this.#idle.push(environment);
  }

  /** It died: another takes its place. */
  lost(environment: ExecutionEnvironment): void {
    this.#environments.delete(environment);
    this.#options.onGone(environment);
    this.#fill();
  }

  #fill(): void {
    while (this.#retry === undefined && this.#environments.size + this.#starting < this.#target) {
      this.#starting += 1;
      void this.#start().finally(() => {
        this.#starting -= 1;
        this.#fill();
      });
    }
  }

  async #start(): Promise<void> {
    const { launcher, spec, onReady } = this.#options;
    try {
      const environment = await launcher.launch(spec, 'provisioned-concurrency');
      if (environment.initFailure !== undefined) {
        await environment.stop();
        throw new Error(environment.initFailure);
      }
      this.#failures = 0;
      this.#failure = undefined;
      this.#environments.add(environment);
      if (this.#environments.size > this.#target) this.#stop(environment);
      else onReady(environment);
    } catch (error) {
      this.#failed((error as Error).message);
    }
  }

  #failed(message: string): void {
    this.#failure = message;
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, LONGEST_RETRY_MS);
    this.#failures += 1;
    if (this.#target === 0) return;
    this.#retry ??= this.#options.clock.after(delay, () => {
      this.#retry = undefined;
      this.#fill();
    });
  }

  #stop(environment: ExecutionEnvironment): void {
    this.#environments.delete(environment);
    this.#stopping += 1;
    void environment.stop().then(() => {
      this.#stopping -= 1;
      this.#options.onGone(environment);
    });
  }
}
