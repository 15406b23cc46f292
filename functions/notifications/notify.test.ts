import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from '@jest/globals';
import { type Mail, mailFrom } from '../../domain/mail.ts';
import { helpDeskEvent } from '../../domain/received.ts';
import { type Hooks, hooksFrom, NO_HOOKS } from '../../domain/tenant-hooks.ts';
import { notify } from './notify.ts';

const sample = JSON.parse(readFileSync(path.join(process.cwd(), 'events/notifications.json'), 'utf8'));
const event = helpDeskEvent(sample.Records[0].body);

let preferences: Record<string, Record<string, unknown>>;
let hooks: Hooks;
let published: Mail[];
let unwanted: string[];

beforeEach(() => {
  preferences = {};
  hooks = NO_HOOKS;
  published = [];
  unwanted = [];
});

const tell = notify({
  team: 'desk@example.org',
  preferencesOf: async (key) => preferences[key],
  hooksOf: async () => hooks,
  publish: async (mail) => void published.push(mail),
  onUnwanted: (kind) => void unwanted.push(kind),
});

test('the requester of the sample event hears that the ticket was received', async () => {
  await tell(event);
  expect(published).toEqual([
    {
      id: expect.stringMatching(new RegExp(`^${event.id}-[0-9a-f]{16}$`)),
      ticketId: event.ticketId,
      kind: 'received',
      to: 'ada@example.com',
      subject: 'Received: The printer is on fire',
      text: expect.stringContaining(event.ticketId),
    },
  ]);
  expect(mailFrom(JSON.stringify(published[0]))).toEqual(published[0]);
});

test('the same event is the same mail, by its id', async () => {
  await tell(event);
  await tell(event);
  expect(published[0]).toEqual(published[1]);
});

test('who does not want it hears nothing', async () => {
  preferences = { 'ada@example.com': { kinds: ['answered'] } };
  await tell(event);
  expect(published).toEqual([]);
  expect(unwanted).toEqual(['received']);
});

test("whose organisation does not want it hears nothing; what is for the desk is not the organisation's", async () => {
  hooks = hooksFrom({ steps: [{ step: 'skip-notifications' }] });
  await tell(event);
  expect(unwanted).toEqual(['received']);
  const { id, occurredAt, ticketId, ticketVersion } = event;
  const base = { id, occurredAt, ticketId, ticketVersion, subject: 'Printer' };
  await tell({ ...base, type: 'TicketAssigned', from: null, to: 'grace@example.org' });
  expect(published).toMatchObject([{ kind: 'assigned', to: 'grace@example.org' }]);
});

test('what is not taken is an error, so that it is tried again', async () => {
  const failing = notify({
    team: null,
    preferencesOf: async () => undefined,
    hooksOf: async () => NO_HOOKS,
    publish: async () => Promise.reject(new Error('not now')),
    onUnwanted: () => {},
  });
  await expect(failing(event)).rejects.toThrow('not now');
});
