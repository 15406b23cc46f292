/**
 * One execution environment: the init phase, then one invocation at a time, frozen in between; after a failure it is
 * reset, and the next invocation begins with an init phase of its own; at last the shutdown phase.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 *
 * Times of a function are real times, whatever clock the rest of the local cloud runs on: its process lives in the
 * real world. Only the time stamps of log events come from the injected clock.
 */
import type {
  EnvironmentSpec,
  ExecutionEnvironment,
  Invocation,
  InvocationOutcome,
  Settled,
} from '../services/lambda/contract.ts';
import { createDeadline, type Deadline } from './deadline.ts';
import type { ExtensionFailure, Extensions, ShutdownReason } from './extensions/contract.ts';
import type { Freezer } from './freezer.ts';
import { exitReason, isTruncated, runtimeExited } from './function-error.ts';
import { describeInitFailure, type InitFailure, type InitResult } from './init-phase.ts';
import { type InvocationFailures, invocationFailures } from './invocation-failures.ts';
import type { InvocationLog } from './invocation-log.ts';
import { answerOf, beginInvoke, type InvokePhase, reportOf, runtimeDoneOf } from './invoke-phase.ts';
import type { MemoryGuard } from './memory-guard.ts';
import { MemoryUse } from './memory-use.ts';
import type { InitPhase } from './platform-log.ts';
import { type DomainListener, type Killed, RuntimeDomain } from './runtime-domain.ts';
import type { RuntimePort } from './runtime-port.ts';
import type { ProcessExit, RuntimeProcess } from './runtime-process.ts';
import type { Produced } from './streamed-response.ts';
import { tracingOf } from './trace-header.ts';
import type { Turn, TurnTask } from './turn.ts';

export interface EnvironmentParts {
  readonly id: string;
  readonly spec: EnvironmentSpec;
  /** Starts the runtime's process; called again for every further init phase. */
  readonly start: () => RuntimeProcess;
  readonly extensions: Extensions;
  readonly log: InvocationLog;
  readonly turn: Turn;
  readonly memory: MemoryGuard;
  readonly freezer: Freezer;
  /** Undefined while debugging: nothing is frozen, nothing times out. */
  readonly initTimeoutMs: number | undefined;
  /** Frees what the environment holds beside its processes. */
  readonly dispose: () => Promise<void>;
}

const KILLED: ProcessExit = { code: null, signal: 'SIGKILL' };

export class Environment implements ExecutionEnvironment, DomainListener, TurnTask {
  readonly id: string;
  readonly #parts: EnvironmentParts;
  readonly #deadline: Deadline;
  readonly #memory: MemoryUse;
  readonly #failures: InvocationFailures;
  readonly #domain: RuntimeDomain;
  #state: 'initialising' | 'idle' | 'busy' | 'ended' = 'initialising';
  #initStartedAt = 0;
  /** Until the first invocation's report has it. */
  #initDurationMs: number | undefined;
  #initFailure: string | undefined;
  #current: InvokePhase | undefined;
  /** While extensions work on an invocation that has been answered. */
  #settled: Promise<Settled> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(parts: EnvironmentParts) {
    this.id = parts.id;
    this.#parts = parts;
    this.#memory = new MemoryUse(parts.memory.meter, parts.spec.memorySizeMb);
    this.#failures = invocationFailures(parts.log, parts.spec.timeoutMs);
    this.#domain = new RuntimeDomain({ ...parts, memory: this.#memory }, this);
    this.#deadline = createDeadline(() => this.#overdue());
  }

  get initFailure(): string | undefined {
    return this.#initFailure;
  }

  get healthy(): boolean {
    return this.#state !== 'ended';
  }

  /** Where the runtime speaks. */
  get runtime(): RuntimePort {
    return this.#domain.runtime;
  }

  // --- init phase ---

  /** Resolves when the init phase is over, however it went: after a failure the first invocation repeats it. */
  async init(): Promise<void> {
    const { log, extensions, initTimeoutMs, memory, turn } = this.#parts;
    log.initStart();
    memory.watch(this);
    memory.wake();
    const overrun = (): void => this.#domain.endInit({ kind: 'overran' });
    const timer = initTimeoutMs === undefined ? undefined : setTimeout(overrun, initTimeoutMs);
    try {
      const result = await this.#initialise('init');
      if (!this.healthy) return;
      this.#state = 'idle';
      if (result.kind === 'ready') {
        const durationMs = performance.now() - this.#initStartedAt;
        this.#initDurationMs = durationMs;
        log.initRuntimeDone('init', 'success');
        log.initReported('init', this.#initStartedAt, 'success');
        extensions.telemetry?.initReport({ phase: 'init', status: 'success', durationMs });
        this.sampleMemory();
      } else this.#initFailed(result, 'init');
      turn.add(this);
    } catch (error) {
      memory.forget(this);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #initialise(phase: InitPhase): Promise<InitResult> {
    this.#initStartedAt = performance.now();
    return this.#domain.initialise(phase);
  }

  #initFailed(result: InitFailure, phase: InitPhase): void {
    const { log, extensions } = this.#parts;
    this.#initFailure ??= describeInitFailure(result);
    const overran = result.kind === 'overran';
    const status = overran ? 'timeout' : 'error';
    const errorType = overran ? undefined : result.errorType;
    log.initRuntimeDone(phase, status, errorType);
    log.initReported(phase, this.#initStartedAt, status, errorType);
    const durationMs = performance.now() - this.#initStartedAt;
    extensions.telemetry?.initRuntimeDone({ phase, status, errorType: errorType ?? 'Runtime.Unknown' });
    extensions.telemetry?.initReport({ phase, status, errorType, durationMs });
    this.#domain.reset(overran ? 'timeout' : 'failure');
  }

  // --- invoke phase ---

  invoke(invocation: Invocation): Promise<InvocationOutcome> {
    // Neither what extensions do after an answer nor a reset is on this invocation's time.
    const before = this.#settled ?? this.#domain.resetting;
    if (before !== undefined) return before.then(() => this.invoke(invocation));
    return new Promise((resolve) => {
      const { log, memory, spec, initTimeoutMs } = this.#parts;
      const current = beginInvoke(invocation, tracingOf(invocation), resolve);
      this.#current = current;
      log.begin(invocation);
      if (this.#state === 'ended') {
        // Stopped between being chosen and being used.
        this.#started(current);
        this.#complete(current, runtimeExited(invocation.requestId, exitReason({ code: 0, signal: null })));
        return;
      }
      this.#state = 'busy';
      memory.wake();
      if (initTimeoutMs !== undefined) this.#deadline.set(current.startedAt + spec.timeoutMs);
      if (this.#domain.ready) this.#deliver(current);
      else void this.#initialiseFor(current);
    });
  }

  /** The init phase again, inside an invocation and its time-out: "suppressed init". START comes after it. */
  async #initialiseFor(current: InvokePhase): Promise<void> {
    const result = await this.#initialise('invoke').catch(
      ({ message }: Error): InitResult => ({ kind: 'failed', errorType: 'Runtime.InvalidEntrypoint', reason: message }),
    );
    // Stopped meanwhile.
    if (!this.healthy) return;
    if (result.kind === 'ready') {
      this.#deliver(current);
      return;
    }
    this.#initFailed(result, 'invoke');
    this.#started(current);
    this.#complete(current, this.#failures.ofInit(current.invocation.requestId, result));
  }

  #started(current: InvokePhase): void {
    if (current.started) return;
    current.started = true;
    const { invocation, tracing } = current;
    this.#parts.log.started(invocation, tracing);
    this.#parts.extensions.telemetry?.start(invocation.requestId, tracing);
  }

  #deliver(current: InvokePhase): void {
    const { invocation } = current;
    const { extensions, spec } = this.#parts;
    this.#started(current);
    this.#memory.unsampled = true;
    this.#domain.thaw();
    const event = {
      requestId: invocation.requestId,
      payload: invocation.payload,
      // An init phase inside the invocation is on its time.
      deadlineMs: Math.round(Date.now() + current.startedAt + spec.timeoutMs - performance.now()),
      invokedFunctionArn: invocation.invokedFunctionArn,
      traceHeader: invocation.traceHeader,
      clientContext: invocation.clientContext,
    };
    extensions.invoke(event);
    this.#domain.runtime.give(event, invocation.stream);
  }

  runtimeLogged(message: string, timestampMs: number): void {
    this.#parts.log.record(message, timestampMs);
    this.#parts.extensions.telemetry?.functionLog(message, timestampMs);
  }

  runtimeAnswered(outcome: InvocationOutcome, streamed?: Produced): void {
    const current = this.#current;
    if (current === undefined) return;
    current.outcome = outcome;
    current.streamed = streamed;
    if (current.tracing !== undefined || this.#parts.extensions.telemetry) current.respondedAt = performance.now();
    // AWS's client does not wait for the end of a stream that failed: its `next` has come already.
    if (this.#domain.runtime.waits) this.#runtimeDone(current, outcome);
  }

  runtimeWaits(): void {
    const current = this.#current;
    if (current?.outcome !== undefined && current.answeredAt === undefined) this.#runtimeDone(current, current.outcome);
  }

  /** The runtime's part is over. While extensions go on, the caller has the answer, and the report waits for them. */
  #runtimeDone(current: InvokePhase, outcome: InvocationOutcome): void {
    const { extensions } = this.#parts;
    this.#tellRuntimeDone(current, outcome);
    if (extensions.idle) {
      this.#complete(current, outcome);
      return;
    }
    current.answeredAt = performance.now();
    const settled = new Promise<Settled>((resolve) => {
      current.settle = resolve;
    });
    this.#settled = settled;
    if (current.invocation.wantsLogTail) return;
    const durationMs = current.answeredAt - current.startedAt;
    current.resolve({ ...answerOf(current, outcome, durationMs, this.#initDurationMs), settled });
  }

  extensionsWait(): void {
    const current = this.#current;
    if (current?.outcome !== undefined && current.answeredAt !== undefined) this.#complete(current, current.outcome);
  }

  #complete(current: InvokePhase, answered: InvocationOutcome): void {
    const { log, spec, turn, extensions } = this.#parts;
    const { invocation, startedAt, answeredAt } = current;
    this.#current = undefined;
    this.#domain.runtime.withdraw();
    this.#settled = undefined;
    if (this.#state === 'busy') this.#state = 'idle';
    this.#deadline.clear();
    const initDurationMs = this.#initDurationMs;
    this.#initDurationMs = undefined;
    const endedAt = performance.now();
    const outcome = this.#memory.isDueAfter(endedAt - startedAt, initDurationMs !== undefined)
      ? this.#withinMemory(invocation.requestId, answered)
      : answered;
    const isTimeout = outcome.kind === 'error' && outcome.errorType === 'Sandbox.Timedout';
    const durationMs = isTimeout ? spec.timeoutMs : endedAt - startedAt;
    const maxMemoryUsedMb = this.#memory.peakMb;
    const report = reportOf(current, outcome, spec, { durationMs, initDurationMs, maxMemoryUsedMb });
    const extensionsMs = answeredAt === undefined ? 0 : endedAt - answeredAt;
    extensions.telemetry?.report(report, extensionsMs);
    if (invocation.wantsLogTail) {
      const answer = answerOf(current, outcome, durationMs, initDurationMs);
      log.ended(report, (logTail) => current.resolve({ ...answer, logTail }));
    } else log.ended(report);
    // Who waits for the log waits no longer than need be, and what runs on is frozen at once.
    if (invocation.wantsLogTail || !this.#domain.runtime.standsStill) turn.add(this);
    else turn.addSoon(this);
    current.settle?.({ durationMs, postRuntimeExtensionsMs: extensionsMs });
    if (answeredAt === undefined && !invocation.wantsLogTail) {
      current.resolve(answerOf(current, outcome, durationMs, initDurationMs));
    }
  }

  /** What an invocation that was long enough to use much ends with: an answer counts only if its peak was allowed. */
  #withinMemory(requestId: string, outcome: InvocationOutcome): InvocationOutcome {
    this.sampleMemory();
    return this.#domain.killed === 'memory' && outcome.kind === 'response'
      ? this.#failures.outOfMemory(requestId)
      : outcome;
  }

  // --- failures ---

  /** The function's time is up. */
  #overdue(): void {
    const current = this.#current;
    if (current === undefined) return;
    if (this.#domain.initialising) this.#domain.endInit({ kind: 'overran' });
    else if (current.answeredAt !== undefined)
      this.#fail(current, this.#failures.timedOut(current.invocation.requestId), 'timeout');
    else this.#domain.kill('timeout');
  }

  runtimeExited(exit: ProcessExit, killed: Killed | undefined): void {
    const current = this.#current;
    if (current === undefined) this.#domain.reset('failure');
    else if (this.#domain.runtime.missed && killed === undefined && !current.again) {
      // It never began: another process may take it.
      current.again = true;
      this.#domain.reset('failure');
      void this.#initialiseFor(current);
    } else {
      // A response that broke off did so because its process ended: that says more.
      const answered = isTruncated(current.outcome) ? undefined : current.outcome;
      const outcome = answered ?? this.#failures.ofExit(current.invocation.requestId, exit, killed);
      this.#fail(current, outcome, killed === 'timeout' ? 'timeout' : 'failure');
    }
  }

  extensionFailed({ errorType, message }: ExtensionFailure): void {
    const current = this.#current;
    if (current === undefined) {
      if (this.#domain.ready) this.#domain.reset('failure');
      return;
    }
    this.#fail(current, this.#failures.exited(current.invocation.requestId, message, errorType), 'failure');
  }

  #tellRuntimeDone(current: InvokePhase, outcome: InvocationOutcome): void {
    const { log, extensions } = this.#parts;
    const isLogged = log.tellsRuntimeDone(outcome.kind === 'error');
    if (!isLogged && extensions.telemetry === undefined) return;
    const done = runtimeDoneOf(current, outcome);
    extensions.telemetry?.runtimeDone(done);
    if (isLogged) log.runtimeDone(done);
  }

  #fail(current: InvokePhase, outcome: InvocationOutcome, reason: ShutdownReason): void {
    // Once it has answered, only extensions can fail.
    if (current.answeredAt === undefined) this.#tellRuntimeDone(current, outcome);
    this.#complete(current, outcome);
    if (this.healthy) this.#domain.reset(reason);
  }

  // --- shutdown phase ---

  stop(): Promise<void> {
    this.#stopped ??= this.#shutDown();
    return this.#stopped;
  }

  async #shutDown(): Promise<void> {
    this.#state = 'ended';
    this.#deadline.clear();
    const current = this.#current;
    await this.#domain.stop(current !== undefined);
    if (current !== undefined && this.#current === current) {
      this.#complete(
        current,
        current.outcome ?? this.#failures.ofExit(current.invocation.requestId, KILLED, undefined),
      );
    }
    this.#parts.memory.forget(this);
    this.#parts.freezer.forget(this);
    this.#parts.turn.add(this);
    await this.#parts.dispose();
  }

  // --- what the house asks ---

  endOfTurn(): void {
    this.#parts.log.endOfTurn();
    if (this.#state !== 'idle' || this.#domain.frozen) return;
    if (this.#domain.runtime.standsStill) this.#parts.freezer.add(this);
    else this.freeze();
  }

  /** Stops the whole tree, unless it has something to do by now. */
  freeze(): void {
    if (this.#state === 'idle' && this.#parts.initTimeoutMs !== undefined) this.#domain.freeze();
  }

  get wantsSample(): boolean {
    return this.#memory.unsampled || this.#state === 'busy' || this.#state === 'initialising';
  }

  sampleMemory(): void {
    this.#domain.sampleMemory();
  }
}
