/**
 * The lines Lambda itself writes into a function's log, in the text form and as JSON platform events.
 * https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
 */

import type { InitializationType } from '../services/lambda/contract.ts';
import type { RuntimeDone } from './extensions/contract.ts';

/** Phase of the environment's life an init ran in. */
export type InitPhase = 'init' | 'invoke';

export interface Tracing {
  readonly traceId: string;
  readonly segmentId: string;
}

export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  readonly memorySizeMb: number;
  readonly maxMemoryUsedMb: number;
  /** Only on the first invocation of an environment. */
  readonly initDurationMs?: number;
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType?: string;
  /** Only when the request is sampled. */
  readonly tracing?: Tracing;
}

export interface InitReport {
  readonly phase: InitPhase;
  readonly durationMs: number;
  readonly status: 'success' | 'error' | 'timeout';
  readonly errorType?: string;
}

/** Each answers the log event's message, or undefined where Lambda writes nothing. `now` is ms since 1970. */
export interface PlatformLog {
  initStart(now: number): string | undefined;
  initRuntimeDone(report: Omit<InitReport, 'durationMs'>, now: number): string | undefined;
  initReport(report: InitReport, now: number): string | undefined;
  start(requestId: string, tracing: Tracing | undefined, now: number): string | undefined;
  /** `message` is `Task timed out after 3.00 seconds`. */
  timedOut(requestId: string, message: string, now: number): string | undefined;
  /** The process ended in the middle of an invocation; `reason` as `exitReason` words it. */
  exited(requestId: string, reason: string, errorType: string, now: number): string | undefined;
  /** Whether `runtimeDone` has anything to say of an invocation that failed, or of one that did not. */
  tellsRuntimeDone(failed: boolean): boolean;
  runtimeDone(done: RuntimeDone, now: number): string | undefined;
  end(requestId: string): string | undefined;
  report(report: Report, now: number): string | undefined;
}

export interface LoggedFunction {
  readonly initializationType: InitializationType;
  readonly functionName: string;
  readonly version: string;
  /** e.g. `nodejs:24.v12` */
  readonly runtimeVersion: string;
  readonly runtimeVersionArn: string;
}

/** Milliseconds that are paid for: since August 2025 the init phase is billed with the first invocation. */
export function billedMs(durationMs: number, initDurationMs = 0): number {
  return Math.ceil(durationMs + initDurationMs);
}

/** An error a handler threw leaves the text REPORT as it is; what Lambda itself reports is named there. */
const PLATFORM_ERROR = /^(?:Runtime|Function|Sandbox|Extension)\./;

export function textPlatformLog(logged: LoggedFunction): PlatformLog {
  const startTail = ` Version: ${logged.version}\n`;
  const initStart = `INIT_START Runtime Version: ${logged.runtimeVersion}\tRuntime Version ARN: ${logged.runtimeVersionArn}\n`;
  return {
    initStart: () => initStart,
    initRuntimeDone: () => undefined,
    initReport({ durationMs, phase, status, errorType }) {
      // The REPORT of the first invocation has it then.
      if (status === 'success' && logged.initializationType === 'on-demand') return undefined;
      const error = errorType === undefined ? '' : `\tError Type: ${errorType}`;
      return `INIT_REPORT Init Duration: ${durationMs.toFixed(2)} ms\tPhase: ${phase}\tStatus: ${status}${error}\n`;
    },
    start: (requestId) => `START RequestId: ${requestId}${startTail}`,
    timedOut: (requestId, message, now) => `${new Date(now).toISOString()} ${requestId} ${message}\n\n`,
    exited: (requestId, reason, errorType) => `RequestId: ${requestId} Error: ${reason}\n${errorType}\n`,
    tellsRuntimeDone: () => false,
    runtimeDone: () => undefined,
    end: (requestId) => `END RequestId: ${requestId}\n`,
    report(r) {
      let line = `REPORT RequestId: ${r.requestId}\tDuration: ${r.durationMs.toFixed(2)} ms\tBilled Duration: ${billedMs(
        r.durationMs,
        r.initDurationMs,
      )} ms\tMemory Size: ${r.memorySizeMb} MB\tMax Memory Used: ${r.maxMemoryUsedMb} MB\t`;
      if (r.initDurationMs !== undefined) line += `Init Duration: ${r.initDurationMs.toFixed(2)} ms\t`;
      if (r.status === 'timeout') line += 'Status: timeout';
      else if (r.errorType !== undefined && PLATFORM_ERROR.test(r.errorType)) {
        line += `Status: error\tError Type: ${r.errorType}`;
      }
      line += '\n';
      if (r.tracing) line += `XRAY TraceId: ${r.tracing.traceId}\tSegmentId: ${r.tracing.segmentId}\tSampled: true\t\n`;
      return line;
    },
  };
}

type SystemLogLevel = 'DEBUG' | 'INFO' | 'WARN';

const RANK: Readonly<Record<SystemLogLevel, number>> = { DEBUG: 0, INFO: 1, WARN: 2 };

/** Level of each event: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html */
export function jsonPlatformLog(logged: LoggedFunction, systemLogLevel: string | undefined): PlatformLog {
  const threshold = RANK[(systemLogLevel as SystemLogLevel | undefined) ?? 'INFO'] ?? RANK.INFO;
  const initReportLevel = logged.initializationType === 'on-demand' ? 'DEBUG' : 'INFO';
  const event = (level: SystemLogLevel, type: string, now: number, record: object): string | undefined =>
    RANK[level] < threshold ? undefined : JSON.stringify({ time: new Date(now).toISOString(), type, record });
  const fault = (requestId: string, message: string, errorType: string, now: number): string =>
    JSON.stringify({ timestamp: new Date(now).toISOString(), level: 'ERROR', requestId, errorType, message });
  const trace = (tracing: Tracing | undefined) =>
    tracing && { spanId: tracing.segmentId, type: 'X-Amzn-Trace-Id', value: tracing.traceId };
  return {
    initStart: (now) =>
      event('INFO', 'platform.initStart', now, {
        initializationType: logged.initializationType,
        phase: 'init',
        runtimeVersion: logged.runtimeVersion,
        runtimeVersionArn: logged.runtimeVersionArn,
        functionName: logged.functionName,
        functionVersion: logged.version,
      }),
    initRuntimeDone: ({ phase, status, errorType }, now) =>
      event(levelOf(status, 'DEBUG'), 'platform.initRuntimeDone', now, {
        initializationType: logged.initializationType,
        phase,
        status,
        ...(errorType !== undefined && { errorType }),
      }),
    initReport: ({ durationMs, phase, status, errorType }, now) =>
      event(levelOf(status, initReportLevel), 'platform.initReport', now, {
        initializationType: logged.initializationType,
        phase,
        status,
        ...(errorType !== undefined && { errorType }),
        metrics: { durationMs: hundredths(durationMs) },
      }),
    start: (requestId, tracing, now) =>
      event('INFO', 'platform.start', now, {
        requestId,
        version: logged.version,
        ...(tracing && { tracing: trace(tracing) }),
      }),
    timedOut: (requestId, message, now) => fault(requestId, message, 'Sandbox.Timedout', now),
    exited: (requestId, reason, errorType, now) => fault(requestId, reason, errorType, now),
    tellsRuntimeDone: (failed) => RANK[failed ? 'WARN' : 'DEBUG'] >= threshold,
    runtimeDone: (done, now) =>
      event(levelOf(done.status, 'DEBUG'), 'platform.runtimeDone', now, {
        requestId: done.requestId,
        status: done.status,
        ...(done.errorType !== undefined && { errorType: done.errorType }),
        metrics: { durationMs: hundredths(done.durationMs), producedBytes: done.producedBytes },
        ...(done.tracing && { tracing: trace(done.tracing) }),
      }),
    end: () => undefined,
    report: (r, now) =>
      event(levelOf(r.status, 'INFO'), 'platform.report', now, {
        requestId: r.requestId,
        metrics: {
          durationMs: hundredths(r.durationMs),
          billedDurationMs: billedMs(r.durationMs, r.initDurationMs),
          memorySizeMB: r.memorySizeMb,
          maxMemoryUsedMB: r.maxMemoryUsedMb,
          ...(r.initDurationMs !== undefined && { initDurationMs: hundredths(r.initDurationMs) }),
        },
        ...(r.tracing && { tracing: trace(r.tracing) }),
        status: r.status,
        ...(r.errorType !== undefined && { errorType: r.errorType }),
      }),
  };
}

/** What went wrong is a warning, whatever else it would be. */
function levelOf(status: string, level: SystemLogLevel): SystemLogLevel {
  return status === 'success' ? level : 'WARN';
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
