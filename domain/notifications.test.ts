import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HelpDeskEvent } from './events.ts';
import { NOTICE_KINDS } from './notices.ts';
import { isForRequester, noticesOf, preferencesFrom, preferencesKey, wants } from './notifications.ts';

const TEAM = 'desk@example.org';
const base = { id: 'e', occurredAt: '2026-11-21T12:00:00.000Z', ticketId: 't', ticketVersion: 2 };
const asked = { subject: 'Printer', requesterEmail: 'ada@example.com' };
const added = { ...base, type: 'MessageAdded', messageId: 'm', author: 'x', ...asked } as const;
const escalated = {
  ...base,
  type: 'TicketEscalated',
  subject: 'Printer',
  priority: 'high',
  missed: 'resolution',
  dueAt: base.occurredAt,
} as const;

test.each<[string, HelpDeskEvent, { kind: string; to: string }[]]>([
  [
    'that it was received, the requester',
    { ...base, type: 'TicketOpened', ...asked, priority: 'normal' },
    [{ kind: 'received', to: 'ada@example.com' }],
  ],
  [
    'of an answer, the requester',
    { ...added, fromRequester: false, assignee: 'grace@example.org' },
    [{ kind: 'answered', to: 'ada@example.com' }],
  ],
  [
    'of a message of the requester, who has the ticket',
    { ...added, fromRequester: true, assignee: 'grace@example.org' },
    [{ kind: 'new-message', to: 'grace@example.org' }],
  ],
  [
    'of it, the team where a name has the ticket',
    { ...added, fromRequester: true, assignee: 'printers' },
    [{ kind: 'new-message', to: TEAM }],
  ],
  [
    'of it, the team where nobody has',
    { ...added, fromRequester: true, assignee: null },
    [{ kind: 'new-message', to: TEAM }],
  ],
  [
    'that it is solved, the requester',
    { ...base, type: 'TicketResolved', ...asked },
    [{ kind: 'resolved', to: 'ada@example.com' }],
  ],
  [
    'that it is theirs, whoever it was given to',
    { ...base, type: 'TicketAssigned', from: null, to: 'grace@example.org', subject: 'Printer' },
    [{ kind: 'assigned', to: 'grace@example.org' }],
  ],
  [
    'of a ticket that was taken away, nobody',
    { ...base, type: 'TicketAssigned', from: 'x', to: null, subject: '' },
    [],
  ],
  [
    'that it is overdue, who has it',
    { ...escalated, assignee: 'grace@example.org' },
    [{ kind: 'escalated', to: 'grace@example.org' }],
  ],
  ['that it is overdue, the team', { ...escalated, assignee: null }, [{ kind: 'escalated', to: TEAM }]],
  ['that it waits, nobody', { ...base, type: 'TicketPending' }, []],
  ['of what earlier versions did not say, nobody', { ...base, type: 'TicketResolved' } as HelpDeskEvent, []],
])('is told %s', (_what, event, notices) => {
  expect(noticesOf(event, TEAM)).toEqual(notices);
});

test('where there is no team, nobody is told in its place', () => {
  expect(noticesOf({ ...escalated, assignee: null }, null)).toEqual([]);
  expect(noticesOf({ ...escalated, assignee: 'grace@example.org' }, null)).toHaveLength(1);
});

test('three kinds are for requesters', () => {
  const kinds = NOTICE_KINDS.filter((kind) => isForRequester({ kind, to: TEAM }));
  expect(kinds).toEqual(['received', 'answered', 'resolved']);
});

describe('preferences', () => {
  test('absent or wrong, are for everything', () => {
    for (const item of [undefined, {}, { channels: 'email', kinds: 7 }]) {
      const preferences = preferencesFrom(item);
      for (const kind of NOTICE_KINDS) expect(wants(preferences, kind, 'email')).toBe(true);
    }
  });

  test('are as chosen, as a list or as a set', () => {
    for (const kinds of [['answered', 'gossip'], new Set(['answered'])]) {
      const preferences = preferencesFrom({ kinds });
      expect(NOTICE_KINDS.filter((kind) => wants(preferences, kind, 'email'))).toEqual(['answered']);
    }
    expect(wants(preferencesFrom({ channels: [] }), 'answered', 'email')).toBe(false);
  });

  test('whatever stands there, never throw', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (channels, kinds) => {
        expect(preferencesFrom({ channels, kinds }).kinds.size).toBeLessThanOrEqual(NOTICE_KINDS.length);
      }),
    );
  });

  test('are of a person, however the address is written', () => {
    expect(preferencesKey('Ada@Example.COM')).toBe(preferencesKey('ada@example.com'));
  });
});
