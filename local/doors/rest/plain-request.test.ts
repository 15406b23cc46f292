import { array, assert, constantFrom, property, record } from 'fast-check';
import { createPlainReader } from './plain-request.ts';

const LINES = [
  'Host: h',
  'host: other',
  'Content-Length: 2',
  'Content-Length: 3',
  'Content-Length: x',
  'Transfer-Encoding: chunked',
  'Connection: keep-alive',
  'Connection: close',
  'X-A: 1',
  'X-A: 1 ',
  'x-b:2',
  ' folded',
];

test('what the last head had in common changes nothing of what a request is read as', () => {
  const request = record({
    method: constantFrom('GET', 'POST'),
    target: constantFrom('/a', '/b?c'),
    lines: array(constantFrom(...LINES), { maxLength: 4 }),
    body: constantFrom('', 'ok', 'abc'),
  });
  let read = 0;
  assert(
    property(array(request, { minLength: 2, maxLength: 6 }), (requests) => {
      const onOneConnection = createPlainReader();
      for (const { method, target, lines, body } of requests) {
        const text = `${[`${method} ${target} HTTP/1.1`, 'Host: h', ...lines].join('\r\n')}\r\n\r\n${body}`;
        const bytes = Buffer.from(text, 'latin1');
        const alone = createPlainReader()(bytes);
        if (typeof alone === 'object') read += 1;
        expect(onOneConnection(bytes)).toEqual(alone);
      }
    }),
    { numRuns: 2_000 },
  );
  expect(read).toBeGreaterThan(100);
});
