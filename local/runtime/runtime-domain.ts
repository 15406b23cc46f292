/**
 * The processes of one environment: the runtime and the extensions. They start together in an init phase, are frozen
 * and thawed together, and end together: in a reset after a failure, from which the next init phase begins anew, or in
 * the shutdown phase.
 */
import type { InvocationOutcome } from '../services/lambda/contract.ts';
import { EntrypointError } from './bootstrap.ts';
import type { ExtensionFailure, Extensions, ShutdownReason } from './extensions/contract.ts';
import { exitReason } from './function-error.ts';
import type { InitResult } from './init-phase.ts';
import type { MemoryUse } from './memory-use.ts';
import type { InitPhase } from './platform-log.ts';
import { RuntimeConversation } from './runtime-conversation.ts';
import type { ProcessExit, RuntimeProcess } from './runtime-process.ts';
import { endRuntime, shutDown } from './shutdown-phase.ts';
import type { Produced } from './streamed-response.ts';

/** Why we ended the runtime ourselves. */
export type Killed = 'timeout' | 'memory' | 'stop';

export interface DomainListener {
  /** Outside of an init phase: the runtime has answered, or waits in `next` after it has. */
  runtimeAnswered(outcome: InvocationOutcome, streamed?: Produced): void;
  runtimeWaits(): void;
  runtimeLogged(message: string, timestampMs: number): void;
  /** Outside of an init phase: by itself, or because we killed it. */
  runtimeExited(exit: ProcessExit, killed: Killed | undefined): void;
  extensionFailed(failure: ExtensionFailure): void;
  /** Outside of an init phase: all of them wait for an event. */
  extensionsWait(): void;
}

export interface DomainParts {
  readonly start: () => RuntimeProcess;
  readonly extensions: Extensions;
  readonly memory: MemoryUse;
}

const KILLED: ProcessExit = { code: null, signal: 'SIGKILL' };

export class RuntimeDomain {
  readonly runtime: RuntimeConversation;
  readonly #parts: DomainParts;
  readonly #listener: DomainListener;
  #process: RuntimeProcess | undefined;
  #killed: Killed | undefined;
  #frozen = false;
  #ready = false;
  /** Ends the init phase under way. */
  #initDone: ((result: InitResult) => void) | undefined;
  #initPhase: InitPhase = 'init';
  #resetting: Promise<void> | undefined;

  constructor(parts: DomainParts, listener: DomainListener) {
    this.#parts = parts;
    this.#listener = listener;
    this.runtime = new RuntimeConversation({
      runtimeWaits: () => this.#runtimeWaits(),
      runtimeAnswered: (outcome, streamed) => listener.runtimeAnswered(outcome, streamed),
      runtimeLogged: (message, timestampMs) => listener.runtimeLogged(message, timestampMs),
      // What holds its process is frozen too, and cannot tell of its end.
      runtimeGone: () => this.thaw(),
    });
    parts.extensions.onChange = (failure) => this.#extensionsChanged(failure);
  }

  /** An init phase has gone well, and nothing has ended since. */
  get ready(): boolean {
    return this.#ready;
  }

  get initialising(): boolean {
    return this.#initDone !== undefined;
  }

  /** Resolves when the reset under way is over; undefined when there is none. */
  get resetting(): Promise<void> | undefined {
    return this.#resetting;
  }

  get killed(): Killed | undefined {
    return this.#killed;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /**
   * An init phase, as soon as a reset that is under way is over. One at a time. Rejects when a process cannot be started.
   */
  initialise(phase: InitPhase): Promise<InitResult> {
    this.#killed = undefined;
    this.#initPhase = phase;
    return new Promise((resolve, reject) => {
      const done = (result: InitResult): void => {
        this.#ready = result.kind === 'ready';
        resolve(result);
      };
      this.#initDone = done;
      this.#startAll(() => this.#initDone === done).catch((error) => {
        if (error instanceof EntrypointError) {
          this.endInit({ kind: 'failed', errorType: 'Runtime.InvalidEntrypoint', reason: error.message });
          return;
        }
        this.#initDone = undefined;
        reject(error);
      });
    });
  }

  /** `isWanted`: the init phase may be over at any time. */
  async #startAll(isWanted: () => boolean): Promise<void> {
    await this.#resetting;
    if (!isWanted()) return;
    const { extensions } = this.#parts;
    this.runtime.restart();
    extensions.telemetry?.initStart(this.#initPhase);
    const failure = await extensions.start();
    if (!isWanted()) return;
    if (failure) this.endInit({ kind: 'failed', errorType: failure.errorType, reason: failure.message });
    else this.#startRuntime();
  }

  /** Ends the init phase, if there is one. */
  endInit(result: InitResult): void {
    const done = this.#initDone;
    this.#initDone = undefined;
    done?.(result);
  }

  freeze(): void {
    if (this.#frozen || this.#process === undefined) return;
    this.#frozen = true;
    this.#process.freeze();
    this.#parts.extensions.freeze();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.#process?.thaw();
    this.#parts.extensions.thaw();
  }

  /** Ends the runtime; its end is then told as any other, as soon as all it wrote has been read. */
  kill(reason: Killed): void {
    const process = this.#process;
    if (this.#killed !== undefined || process === undefined) return;
    this.#killed = reason;
    endRuntime(process, reason === 'timeout' ? this.#parts.extensions.shutdownMs : 0);
    void process.silent.then(() => this.#noticeExit(process, KILLED));
  }

  /** Looks at the memory, and kills the runtime when it is too much. */
  sampleMemory(): void {
    if (this.#process === undefined) return;
    const { extensions, memory } = this.#parts;
    const { pids } = extensions;
    const { pid: own, strays } = this.#process;
    const left = strays?.() ?? [];
    if (memory.isExceededBy(pids.length + left.length === 0 ? [own] : [own, ...pids, ...left])) this.kill('memory');
  }

  /** Ends what is left of runtime and extensions; /tmp stays. */
  reset(reason: ShutdownReason): void {
    const before = this.#resetting;
    const ended = this.#end(reason);
    const resetting = Promise.all([before, ended]).then(async () => {
      await allRead();
      if (this.#resetting === resetting) this.#resetting = undefined;
    });
    this.#resetting = resetting;
  }

  /** Resolves when everything has ended. `atOnce` asks nobody. */
  async stop(atOnce: boolean): Promise<void> {
    this.#killed ??= 'stop';
    if (atOnce) this.#process?.kill();
    this.endInit({ kind: 'overran' });
    await Promise.all([this.#resetting, this.#end('spindown')]);
  }

  // --- inside ---

  #startRuntime(): void {
    const process = this.#parts.start();
    this.#process = process;
    this.#frozen = false;
    void process.ended.then((exit) => this.#noticeExit(process, exit));
  }

  #end(reason: ShutdownReason): Promise<void> {
    const process = this.#process;
    this.#process = undefined;
    this.runtime.close();
    this.#ready = false;
    this.#frozen = false;
    return shutDown(process, this.#parts.extensions, reason);
  }

  #runtimeWaits(): void {
    if (this.#initDone === undefined) {
      this.#listener.runtimeWaits();
      return;
    }
    const { extensions } = this.#parts;
    extensions.telemetry?.initRuntimeDone({ phase: this.#initPhase, status: 'success' });
    extensions.runtimeReady();
    // They may be part of the runtime's process, and its SIGTERM is to be heard.
    if (extensions.shutdownMs > 0) this.runtime.keepAwake();
    if (extensions.idle) this.endInit({ kind: 'ready' });
  }

  #extensionsChanged(failure: ExtensionFailure | undefined): void {
    if (this.#initDone === undefined) {
      if (failure) this.#listener.extensionFailed(failure);
      else this.#listener.extensionsWait();
    } else if (failure) this.endInit({ kind: 'failed', errorType: failure.errorType, reason: failure.message });
    else if (this.runtime.waits) this.endInit({ kind: 'ready' });
  }

  /** What it answered before it ended counts, even if its end was noticed first. */
  async #noticeExit(process: RuntimeProcess, exit: ProcessExit): Promise<void> {
    await this.runtime.channelClosed;
    // A process we gave up on is no longer ours to report.
    if (this.#process !== process) return;
    if (this.#initDone === undefined) {
      this.#listener.runtimeExited(exit, this.#killed);
      return;
    }
    const { initError } = this.runtime;
    const errorType = this.#killed === 'memory' ? 'Runtime.OutOfMemory' : 'Runtime.ExitError';
    this.endInit(
      initError ? { kind: 'reported', ...initError } : { kind: 'failed', errorType, reason: exitReason(exit) },
    );
  }
}

/** Two rounds of the event loop: what a process that has ended left in connections of its own has been read by then. */
async function allRead(): Promise<void> {
  for (let round = 0; round < 2; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
