import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { helpDeskEvent, NotAnEvent } from './received.ts';

const DETAIL = {
  id: '0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6b',
  type: 'TicketOpened',
  occurredAt: '2026-11-21T12:00:00.000Z',
  ticketId: '0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6a',
  ticketVersion: 1,
  subject: 'Printer',
};
const envelope = (detail: unknown, type: unknown = 'TicketOpened') => JSON.stringify({ 'detail-type': type, detail });

test('an event is the detail of its envelope', () => {
  expect(helpDeskEvent(envelope(DETAIL))).toEqual(DETAIL);
});

test.each([
  ['no JSON', 'no'],
  ['null', 'null'],
  ['no detail', '{}'],
  ['a detail that is text', envelope('text')],
  ['another type than the envelope', envelope(DETAIL, 'TicketClosed')],
  ['no id', envelope({ ...DETAIL, id: undefined })],
  ['an id that is none', envelope({ ...DETAIL, id: '1' })],
  ['no ticket', envelope({ ...DETAIL, ticketId: 7 })],
  ['no time', envelope({ ...DETAIL, occurredAt: 'yesterday' })],
  ['a version that is none', envelope({ ...DETAIL, ticketVersion: 1.5 })],
])('%s is no event', (_name, body) => {
  expect(() => helpDeskEvent(body)).toThrow(NotAnEvent);
});

test('whatever it is, the answer is an event or NotAnEvent, which quotes nothing', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.anything().map((detail) => envelope(detail)),
      ),
      (body) => {
        try {
          helpDeskEvent(body);
        } catch (error) {
          expect(error).toBeInstanceOf(NotAnEvent);
          expect((error as Error).message).toMatch(/^The (?:message|detail|event) [a-zA-Z ,]+$/);
        }
      },
    ),
  );
});
