import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import type { HelpDeskEvent } from '../../domain/events.ts';
import type { Delivery } from '../../domain/webhook.ts';
import { deliveryFrom } from '../../domain/webhook-message.ts';
import type { TakenIn } from '../../domain/webhook-ticket.ts';
import { processDelivery } from './process.ts';

const SAMPLE = JSON.parse(readFileSync(join(process.cwd(), 'events/webhook-processor.json'), 'utf8')) as SQSEvent;

let made: number;
let stored: TakenIn[];
let published: HelpDeskEvent[];
let told: [Delivery, TakenIn | undefined][];
let take: (delivery: Delivery) => Promise<void>;
let away: boolean;

beforeEach(() => {
  [made, stored, published, told, away] = [0, [], [], [], false];
  const seen = new Set<string>();
  take = processDelivery({
    repository: {
      async takeIn({ channel, id }, at, decide) {
        if (away) throw new Error('away');
        expect(at).toBe('2026-11-21T12:00:00.000Z');
        if (seen.has(`${channel} ${id}`)) return undefined;
        seen.add(`${channel} ${id}`);
        const taken = decide(undefined);
        stored.push(taken);
        return taken;
      },
    },
    moment: () => ({ at: '2026-11-21T12:00:00.000Z', newId: () => `id-${++made}` }),
    publish: async (events) => void published.push(...events),
    onTaken: (delivery, taken) => void told.push([delivery, taken]),
  });
});

test('the sample event is a delivery of each channel, and each becomes a ticket that others are told of', async () => {
  for (const { body } of SAMPLE.Records) await take(deliveryFrom(body));
  expect(stored.map(({ ticket }) => [ticket.subject, ticket.requesterEmail])).toEqual([
    ['The coffee machine leaks', 'ada@example.com'],
    ['Printer', 'ada@example.com'],
    ['The printer again.', 'ada@example.com'],
  ]);
  expect(published.map(({ type }) => type)).toEqual(['TicketOpened', 'TicketOpened', 'TicketOpened']);
  expect(told.map(([{ channel }, taken]) => [channel, taken?.as])).toEqual([
    ['generic', 'ticket'],
    ['email', 'ticket'],
    ['chat', 'ticket'],
  ]);
});

test('what was taken in before is told to nobody', async () => {
  const delivery = deliveryFrom(SAMPLE.Records[0]!.body);
  await take(delivery);
  await take(delivery);
  expect(stored).toHaveLength(1);
  expect(published).toHaveLength(1);
  expect(told[1]).toEqual([delivery, undefined]);
});

test('nobody is told of what could not be stored', async () => {
  away = true;
  await expect(take(deliveryFrom(SAMPLE.Records[0]!.body))).rejects.toThrow('away');
  expect([published, told]).toEqual([[], []]);
});
