/**
 * What Lambda writes into an environment's log around its invocations. The last lines of an invocation wait for the
 * end of the turn, so that they come after everything the function wrote.
 */
import type { Invocation } from '../services/lambda/contract.ts';
import type { RuntimeDone } from './extensions/contract.ts';
import { timedOutMessage } from './function-error.ts';
import type { LogWriter } from './log-writer.ts';
import type { InitPhase, InitReport, PlatformLog, Report, Tracing } from './platform-log.ts';

interface Ended {
  readonly report: Report;
  readonly written: ((tail: string) => void) | undefined;
}

export class InvocationLog {
  readonly #logs: LogWriter;
  readonly #lines: PlatformLog;
  readonly #now: () => number;
  #ended: Ended | undefined;
  #done: RuntimeDone | undefined;

  /** `now` gives ms since 1970. */
  constructor(logs: LogWriter, lines: PlatformLog, now: () => number) {
    this.#logs = logs;
    this.#lines = lines;
    this.#now = now;
  }

  initStart(): void {
    const at = this.#now();
    this.#logs.write(this.#lines.initStart(at), at);
  }

  initRuntimeDone(phase: InitPhase, status: InitReport['status'], errorType?: string): void {
    const at = this.#now();
    this.#logs.write(this.#lines.initRuntimeDone({ phase, status, errorType }, at), at);
  }

  /** `startedAt` by `performance.now()`. */
  initReported(phase: InitPhase, startedAt: number, status: InitReport['status'], errorType?: string): void {
    const at = this.#now();
    const durationMs = performance.now() - startedAt;
    this.#logs.write(this.#lines.initReport({ phase, durationMs, status, errorType }, at), at);
  }

  /** What is logged from here on belongs to this invocation, an init phase inside it included. */
  begin({ wantsLogTail }: Invocation): void {
    this.#writeEnd();
    if (wantsLogTail) this.#logs.startTail();
  }

  started({ requestId }: Invocation, tracing: Tracing | undefined): void {
    const at = this.#now();
    this.#logs.write(this.#lines.start(requestId, tracing, at), at);
  }

  /** A record of the function's `console`; `timestampMs` since 1970. */
  record(message: string, timestampMs: number): void {
    this.#logs.write(message, timestampMs);
  }

  timedOut(requestId: string, timeoutMs: number): void {
    const at = this.#now();
    this.#logs.write(this.#lines.timedOut(requestId, timedOutMessage(timeoutMs), at), at);
  }

  exited(requestId: string, reason: string, errorType: string): void {
    const at = this.#now();
    this.#logs.write(this.#lines.exited(requestId, reason, errorType, at), at);
  }

  /** Whether `runtimeDone` would write anything. */
  tellsRuntimeDone(failed: boolean): boolean {
    return this.#lines.tellsRuntimeDone(failed);
  }

  /** Right before `ended`. */
  runtimeDone(done: RuntimeDone): void {
    this.#done = done;
  }

  /** `written` is called with the invocation's log text when its last line is there. */
  ended(report: Report, written?: (tail: string) => void): void {
    this.#ended = { report, written };
  }

  endOfTurn(): void {
    this.#writeEnd();
    this.#logs.flush();
  }

  #writeEnd(): void {
    if (this.#ended === undefined) return;
    const { report, written } = this.#ended;
    this.#ended = undefined;
    const at = this.#now();
    if (this.#done) this.#logs.write(this.#lines.runtimeDone(this.#done, at), at);
    this.#done = undefined;
    this.#logs.write(this.#lines.end(report.requestId), at);
    this.#logs.write(this.#lines.report(report, at), at);
    written?.(this.#logs.takeTail() ?? '');
  }
}
