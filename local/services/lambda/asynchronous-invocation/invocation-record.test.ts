import { invocationRecord } from './invocation-record.ts';

const EVENT = {
  at: 0,
  requestId: 'r',
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:hello:$LATEST',
  condition: 'Success',
  invokeCount: 1,
  requestPayload: '{"a":1}',
} as const;

it.each([
  ['JSON', '{"b":2}', { b: 2 }],
  ['nothing, as streamed', '', null],
  ['text that is no JSON, as streamed', 'one two', 'one two'],
  ['bytes that are no text', Uint8Array.from([0x61, 0xff]), 'a\uFFFD'],
])('tells a destination what the function answered: %s', (_, payload, responsePayload) => {
  const record = invocationRecord({ ...EVENT, last: { kind: 'response', payload, executedVersion: '$LATEST' } });
  expect(record).toMatchObject({ requestPayload: { a: 1 }, responsePayload });
});
