import { PassThrough, Writable } from 'node:stream';
import pico from 'picocolors';
import { createLogPrinter } from './log-printer.ts';
import type { Output } from './terminal.ts';

function printed(message: string): string {
  const stream = new PassThrough();
  const output: Output = { stream, pretty: true, colours: pico.createColors(false) };
  const source = { logGroup: '/aws/lambda/tickets', logStream: 's', label: 'TicketsFunction' };
  createLogPrinter(output, (_source, stack) => stack.replace('handler.js', 'handler.ts'))(source, {
    timestamp: 0,
    message,
  });
  return (stream.read() as Buffer | null)?.toString() ?? '';
}

test('in a pipe events are what the function wrote, as they came', async () => {
  const stream = new PassThrough();
  const print = createLogPrinter({ stream, pretty: false, colours: pico.createColors(false) });
  const source = { logGroup: 'g', logStream: 's', label: 'F' };
  for (const message of ['{"level":"INFO"}\n', 'plain']) print(source, { timestamp: 0, message });
  await new Promise((resolve) => setImmediate(resolve));
  expect(String(stream.read())).toBe('{"level":"INFO"}\nplain\n');
});

test('in a pipe many lines are few writes, in order, and none has to wait for the next', async () => {
  const writes: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      writes.push(text);
      done();
    },
  });
  const print = createLogPrinter({ stream, pretty: false, colours: pico.createColors(false) });
  const source = { logGroup: 'g', logStream: 's', label: 'F' };
  for (let line = 0; line < 500; line += 1) {
    print(source, { timestamp: 0, message: `${line}\n` });
    if (line % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(writes.join('')).toBe(Array.from({ length: 500 }, (_, line) => `${line}\n`).join(''));
  expect(writes[0]).toBe('0\n');
  expect(writes.length).toBeLessThan(25);
});

test('on a terminal a structured record is a line: level, message, and what is particular to it', () => {
  const record = { level: 'INFO', message: 'Opened', timestamp: 'x', service: 'help-desk', ticket: 't-1', count: 2 };
  expect(printed(JSON.stringify(record))).toBe('00:00:00.000 TicketsFunction INFO Opened ticket=t-1 count=2\n');
});

test('an error brings its stack, mapped to the sources', () => {
  const error = { name: 'Error', message: 'no', stack: 'Error: no\n    at handler.js:1:2' };
  expect(printed(JSON.stringify({ level: 'ERROR', message: 'Failed', error }))).toContain(
    'Failed\nError: no\n    at handler.ts:1:2',
  );
});

test('START, END and metrics say nothing that a person needs; REPORT says it briefly', () => {
  expect(printed('START RequestId: 1 Version: $LATEST')).toBe('');
  expect(printed('{"_aws":{},"ColdStart":1}')).toBe('');
  const report =
    'REPORT RequestId: 1\tDuration: 2.50 ms\tBilled Duration: 3 ms\tMemory Size: 128 MB\tMax Memory Used: 54 MB\tInit Duration: 77.45 ms\t';
  expect(printed(report)).toBe('00:00:00.000 TicketsFunction 2.50 ms, 54 MB, cold start 77.45 ms\n');
});

test('an access log is method, route, status and time', () => {
  const access = { requestId: 'r', method: 'GET', route: '/tickets/{id}', status: '404', latency: '14', error: '-' };
  expect(printed(JSON.stringify(access))).toBe('00:00:00.000 TicketsFunction GET /tickets/{id} 404 14 ms\n');
});

test('text that is no JSON, even if it looks like it, is shown as it is', () => {
  expect(printed('{not json')).toContain('{not json');
});

test('an error that the runtime itself put into a record is its stack; other objects are JSON', () => {
  const thrown = { errorType: 'Error', errorMessage: 'no', stackTrace: ['Error: no', '    at handler.js:1:2'] };
  expect(printed(JSON.stringify({ level: 'ERROR', message: thrown }))).toContain(
    'ERROR Error: no\n    at handler.ts:1:2',
  );
  expect(printed(JSON.stringify({ level: 'INFO', message: { a: 1 } }))).toContain('INFO {"a":1}');
});

test('whatever a function logs under the names of a record is printed', () => {
  const odd = { toString: 1, valueOf: 1 };
  const lines = [
    { level: odd, message: odd, error: odd },
    { message: { stackTrace: [odd] }, error: { stack: odd, name: odd, message: odd } },
    { type: 'platform.report', record: { metrics: null } },
    { type: 'platform.report', record: { metrics: { durationMs: odd, initDurationMs: odd } } },
    { method: 'GET', status: '200', route: odd, latency: odd },
  ];
  for (const line of lines) expect(printed(JSON.stringify(line))).toMatch(/TicketsFunction .*\n$/s);
});
