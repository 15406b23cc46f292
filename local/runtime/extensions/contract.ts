/**
 * The extensions of one execution environment, as its life cycle (`environment.ts`) sees them. Every environment has
 * one of these, because a function's own process may register internal extensions; it costs nothing until somebody does.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InitPhase, InitReport, Report, Tracing } from '../platform-log.ts';
import type { RuntimeEvent } from '../runtime-port.ts';

export type ShutdownReason = 'spindown' | 'timeout' | 'failure';

/** An extension that ended or reported an error; the environment ends with it. */
export interface ExtensionFailure {
  /** `Extension.Crash`, `Extension.InitError`, `Extension.ExitError` or `Extension.LaunchError`. */
  readonly errorType: string;
  readonly extension: string;
  /** What comes after `RequestId: … Error: `, e.g. `exit status 1`, `signal: killed`. */
  readonly message: string;
}

export interface Extensions {
  /**
   * Starts the external extensions. Resolves when every one has registered, which is when the runtime may start (at
   * once where there are none); or with what went wrong. May be called again after `shutdown` or `kill`: everything
   * starts anew.
   */
  start(): Promise<ExtensionFailure | undefined>;
  /** The runtime asked for its first invocation: nobody can register any more. */
  runtimeReady(): void;
  /** Tells the extensions that registered for it. Cheap when nobody has. */
  invoke(event: RuntimeEvent): void;
  /**
   * True when every extension waits in `next`: then, and only then, the init phase or an invocation is over and the
   * environment may be frozen.
   */
  readonly idle: boolean;
  /** Called each time `idle` becomes true, and when an extension failed. Set once, by the environment. */
  onChange: (failure: ExtensionFailure | undefined) => void;
  /**
   * How long a shutdown may take, ms: 2,000 with external extensions, 500 with internal ones only, 0 without any (the
   * runtime is killed then without a SIGTERM). The runtime's own SIGTERM gets the first 30 % of it.
   * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
   */
  readonly shutdownMs: number;
  /**
   * The shutdown phase: SHUTDOWN to those that registered for it, SIGKILL to the other external ones. Thaws what is
   * frozen. Resolves when all have ended; whoever has not after `withinMs` is killed.
   */
  shutdown(reason: ShutdownReason, withinMs: number): Promise<void>;
  /** Stop and continue the external extensions, and SIGKILL: as the environment does with its runtime's process. */
  freeze(): void;
  thaw(): void;
  kill(): void;
  /** Of the external extensions that run: their memory is the environment's (`MemoryMeter.sample`). */
  readonly pids: readonly number[];
  /**
   * Answers a request of the Extensions, Telemetry or Logs API; false when it is none of theirs.
   * `/2020-01-01/extension/…`, `/2022-07-01/telemetry`, `/2020-08-15/logs`.
   */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
  /** Where the life cycle tells what it does. Undefined as soon as nobody listens and nobody can begin to. */
  readonly telemetry: PlatformTelemetry | undefined;
}

/**
 * Platform telemetry of one environment, for the extensions that subscribed. Times are ms.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */
export interface PlatformTelemetry {
  initStart(phase: InitPhase): void;
  /** The runtime asked for its first invocation, or failed to. */
  initRuntimeDone(done: Omit<InitReport, 'durationMs'>): void;
  initReport(report: InitReport): void;
  start(requestId: string, tracing: Tracing | undefined): void;
  /** The runtime asked for its next invocation, or failed. Before the extensions' own part of the invocation ends. */
  runtimeDone(done: RuntimeDone): void;
  /** Also when it is written to the log. `extensionOverheadMs`: from the runtime's end to the last extension's. */
  report(report: Report, extensionOverheadMs: number): void;
  /** A record of the function's, its text as it goes to the log; `timestampMs` since 1970. */
  functionLog(message: string, timestampMs: number): void;
}

export interface RuntimeDone {
  readonly requestId: string;
  readonly status: 'success' | 'failure' | 'error' | 'timeout';
  readonly errorType?: string;
  readonly tracing?: Tracing;
  /** Since 1970: when the runtime was given the invocation. */
  readonly startedMs: number;
  /** From there to the response's first byte; undefined when there was none. */
  readonly responseLatencyMs?: number;
  /** From the response's first byte to its last. */
  readonly responseDurationMs?: number;
  /** From being given the invocation to asking for the next. */
  readonly durationMs: number;
  readonly producedBytes: number;
}
