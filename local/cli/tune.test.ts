import { readReport } from './tune.ts';

const log = (text: string): string => Buffer.from(text).toString('base64');

test('a report is read as JSON, whatever stands around it', () => {
  const metrics = {
    durationMs: 12.5,
    billedDurationMs: 313,
    memorySizeMB: 128,
    maxMemoryUsedMB: 64,
    initDurationMs: 300.2,
  };
  const line = JSON.stringify({ time: 'now', type: 'platform.report', record: { requestId: 'r', metrics } });
  expect(readReport(log(`{"type":"platform.start"}\nhello\n${line}\n`))).toEqual({
    durationMs: 12.5,
    billedMs: 313,
    memoryUsedMb: 64,
    initMs: 300.2,
  });
});

test.each([
  ['\tInit Duration: 120.50 ms\t', { initMs: 120.5 }],
  ['\t', {}],
])('a report is read as text, with%j', (init, more) => {
  const line = `REPORT RequestId: 1-2\tDuration: 3.21 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 58 MB${init}\n`;
  expect(readReport(log(`START RequestId: 1-2\nDuration: 99 ms\nEND\n${line}`))).toEqual({
    durationMs: 3.21,
    billedMs: 4,
    memoryUsedMb: 58,
    ...more,
  });
});

test('a log without a report is no measurement', () => {
  expect(() => readReport(log('nothing'))).toThrow('no REPORT line');
  expect(() => readReport()).toThrow('no REPORT line');
});
