import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInput } from './problems.ts';
import { readDelivery } from './webhook.ts';
import { deliveryFrom, messageOf, NotADelivery } from './webhook-message.ts';

const GENERIC = { requesterEmail: 'ada@example.com', subject: 'Printer', body: 'It burns.', externalId: 'x-1' };

test('a delivery comes off the queue as it went there', () => {
  const message = messageOf('generic', { ...GENERIC, more: [1, { of: 'it' }] });
  expect(JSON.parse(message).payload.more).toEqual([1, { of: 'it' }]);
  expect(deliveryFrom(message)).toEqual(readDelivery('generic', GENERIC));
});

test('whatever JSON comes, the message is the same JSON, in the characters that SQS takes', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ stringUnit: 'binary' }),
      fc.constantFrom('\ufffe', '\uffff', '\ud800', '\u0000'),
      (value, odd) => {
        const payload = JSON.parse(JSON.stringify([value, odd]));
        const message = messageOf('chat', payload);
        expect(message).toMatch(/^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
        expect(JSON.parse(message)).toEqual({ channel: 'chat', payload });
      },
    ),
  );
});

test.each([
  ['no JSON', 'no', NotADelivery],
  ['no object', 'null', NotADelivery],
  ['no channel', '{"payload":{}}', NotADelivery],
  ['a channel that is none', '{"channel":"toString","payload":{}}', NotADelivery],
  ['a payload that is none', '{"channel":"generic","payload":{}}', InvalidInput],
])('%s is refused, and goes to the dead letters', (_what, message, error) => {
  expect(() => deliveryFrom(message)).toThrow(error);
});
