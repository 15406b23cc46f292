import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { expect, test } from '@jest/globals';
import { createEventBus } from './events.ts';

const event = (id: string) => ({ id, type: 'TicketOpened', occurredAt: '2026-11-21T12:00:00.000Z', ticketId: 't' });

test('events go onto the bus whole, ten at a time, and those it took are named', async () => {
  const calls: PutEventsRequestEntry[][] = [];
  const publish = createEventBus({
    busName: 'bus',
    source: 'help-desk',
    put: async (entries) => {
      calls.push(entries);
      return {
        Entries: entries.map(({ Detail }) =>
          Detail?.includes('"e3"') ? { ErrorCode: 'ThrottlingException' } : { EventId: 'x' },
        ),
      };
    },
  });
  const events = Array.from({ length: 12 }, (_, index) => event(`e${index}`));
  const taken = await publish(events);
  expect(calls.map(({ length }) => length)).toEqual([10, 2]);
  expect(calls[0]?.[0]).toEqual({
    EventBusName: 'bus',
    Source: 'help-desk',
    DetailType: 'TicketOpened',
    Time: new Date('2026-11-21T12:00:00.000Z'),
    Detail: JSON.stringify(events[0]),
  });
  expect([...taken]).toEqual(events.map(({ id }) => id).filter((id) => id !== 'e3'));
});

test('nothing to tell is no call', async () => {
  const publish = createEventBus({ busName: 'bus', source: 'x', put: () => Promise.reject(new Error('called')) });
  expect((await publish([])).size).toBe(0);
});
