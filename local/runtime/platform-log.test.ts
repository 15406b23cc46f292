import { describe, expect, test } from '@jest/globals';
import { billedMs, jsonPlatformLog, type Report, textPlatformLog } from './platform-log.ts';

const logged = {
  initializationType: 'on-demand',
  functionName: 'f',
  version: '$LATEST',
  runtimeVersion: 'nodejs:24.v1',
  runtimeVersionArn: 'arn:r',
} as const;
const NOW = Date.UTC(2026, 10, 21, 12);
const report: Report = {
  requestId: 'r-1',
  durationMs: 66.107,
  memorySizeMb: 128,
  maxMemoryUsedMb: 86,
  initDurationMs: 162.514,
  status: 'success',
};

describe('the text form', () => {
  const log = textPlatformLog(logged);

  test('has AWS’s words, tabs and line ends', () => {
    expect(log.initStart(NOW)).toBe('INIT_START Runtime Version: nodejs:24.v1\tRuntime Version ARN: arn:r\n');
    expect(log.start('r-1', undefined, NOW)).toBe('START RequestId: r-1 Version: $LATEST\n');
    expect(log.end('r-1')).toBe('END RequestId: r-1\n');
    expect(log.report(report, NOW)).toBe(
      'REPORT RequestId: r-1\tDuration: 66.11 ms\tBilled Duration: 229 ms\tMemory Size: 128 MB\tMax Memory Used: 86 MB\tInit Duration: 162.51 ms\t\n',
    );
    expect(log.timedOut('r-1', 'Task timed out after 3.00 seconds', NOW)).toBe(
      '2026-11-21T12:00:00.000Z r-1 Task timed out after 3.00 seconds\n\n',
    );
    expect(log.exited('r-1', 'Runtime exited with error: exit status 1', 'Runtime.ExitError', NOW)).toBe(
      'RequestId: r-1 Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n',
    );
    const initReport = { phase: 'init', durationMs: 10_000.004, status: 'timeout' } as const;
    expect(log.initReport(initReport, NOW)).toBe(
      'INIT_REPORT Init Duration: 10000.00 ms\tPhase: init\tStatus: timeout\n',
    );
  });

  test('names what Lambda did, not what the handler threw', () => {
    const warm = { ...report, initDurationMs: undefined };
    const status = (more: Partial<Report>) =>
      /Max Memory Used: 86 MB\t(.*)\n/.exec(log.report({ ...warm, ...more }, NOW) ?? '')?.[1];
    expect(status({})).toBe('');
    expect(status({ status: 'error', errorType: 'TypeError' })).toBe('');
    expect(status({ status: 'error', errorType: 'Runtime.ExitError' })).toBe(
      'Status: error\tError Type: Runtime.ExitError',
    );
    expect(status({ status: 'timeout', errorType: 'Sandbox.Timedout' })).toBe('Status: timeout');
  });

  test('has the trace in the same event, on a line of its own', () => {
    const tracing = { traceId: '1-a-b', segmentId: 's' };
    expect(log.report({ ...report, status: 'timeout', tracing }, NOW)).toMatch(
      /\tStatus: timeout\nXRAY TraceId: 1-a-b\tSegmentId: s\tSampled: true\t\n$/,
    );
  });
});

describe('the JSON form', () => {
  test('is one platform event per line, above the level that was asked for', () => {
    const log = jsonPlatformLog(logged, undefined);
    expect(JSON.parse(log.report(report, NOW) ?? '')).toEqual({
      time: '2026-11-21T12:00:00.000Z',
      type: 'platform.report',
      record: {
        requestId: 'r-1',
        status: 'success',
        metrics: {
          durationMs: 66.11,
          billedDurationMs: 229,
          memorySizeMB: 128,
          maxMemoryUsedMB: 86,
          initDurationMs: 162.51,
        },
      },
    });
    expect(log.end('r-1')).toBeUndefined();
    const quiet = jsonPlatformLog(logged, 'WARN');
    expect([quiet.initStart(NOW), quiet.start('r', undefined, NOW), quiet.report(report, NOW)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const failed = { ...report, status: 'error', errorType: 'RangeError' } as const;
    expect(JSON.parse(quiet.report(failed, NOW) ?? '')).toMatchObject({
      record: { status: 'error', errorType: 'RangeError' },
    });
    expect(JSON.parse(quiet.timedOut('r-1', 'Task timed out after 3.00 seconds', NOW) ?? '')).toMatchObject({
      level: 'ERROR',
      requestId: 'r-1',
      message: 'Task timed out after 3.00 seconds',
    });
  });
});

test('an init phase that went well is reported for provisioned concurrency, else only to who looks for details', () => {
  const init = { phase: 'init', status: 'success', durationMs: 12.345 } as const;
  const provisioned = { ...logged, initializationType: 'provisioned-concurrency' } as const;
  expect(textPlatformLog(logged).initReport(init, NOW)).toBeUndefined();
  expect(textPlatformLog(provisioned).initReport(init, NOW)).toBe(
    'INIT_REPORT Init Duration: 12.35 ms\tPhase: init\tStatus: success\n',
  );
  expect(jsonPlatformLog(logged, 'INFO').initReport(init, NOW)).toBeUndefined();
  expect(jsonPlatformLog(logged, 'DEBUG').initReport(init, NOW)).toContain('"platform.initReport"');
  expect(jsonPlatformLog(provisioned, 'INFO').initReport(init, NOW)).toContain('"durationMs":12.35');
  expect(jsonPlatformLog(logged, 'WARN').initReport({ ...init, status: 'timeout' }, NOW)).toContain('"timeout"');
});

test('what is billed is the whole init and invocation, rounded up once', () => {
  expect(billedMs(0.01)).toBe(1);
  expect(billedMs(3000)).toBe(3000);
  expect(billedMs(66.11, 162.51)).toBe(229);
});
