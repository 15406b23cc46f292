import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { HelpDeskEvent } from './events.ts';
import { type Mail, mailFrom, NotAMail, plainSubject } from './mail.ts';
import { mailOf, SUBJECT_LENGTH } from './mail-templates.ts';
import { NOTICE_KINDS } from './notices.ts';

const event = {
  id: 'e',
  type: 'TicketEscalated',
  occurredAt: '2026-11-21T12:00:00.000Z',
  ticketId: '0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6a',
  ticketVersion: 2,
  subject: 'The printer is on fire',
  priority: 'high',
  assignee: null,
  missed: 'first-response',
  dueAt: '2026-11-21T11:30:00.000Z',
} satisfies HelpDeskEvent;
const about = (subject: string): HelpDeskEvent => ({ ...event, subject });

describe('a template', () => {
  test.each(NOTICE_KINDS)('of %s names the ticket by its subject and its number', (kind) => {
    const { subject, text } = mailOf(kind, event);
    expect(subject).toMatch(/^[A-Z][a-z ]+: The printer is on fire$/);
    expect(text).toContain('“The printer is on fire”');
    expect(text).toContain('\nTicket 0192f4c1-3b5e-7c44-9a51-1f2e3d4c5b6a\n');
  });

  test('says of what is overdue what was due when', () => {
    expect(mailOf('escalated', event).text).toContain(
      'A first answer was due 2026-11-21 11:30 UTC. The priority is high now.',
    );
  });

  test('has no more of a person than the subject that was given', () => {
    const opened: HelpDeskEvent = {
      ...event,
      type: 'TicketOpened',
      requesterEmail: 'ada@example.com',
      priority: 'normal',
    };
    for (const kind of NOTICE_KINDS.filter((one) => one !== 'escalated')) {
      expect(JSON.stringify(mailOf(kind, opened))).not.toContain('ada@');
    }
  });

  test('keeps to one line in its subject, whatever the requester wrote', () => {
    const { subject, text } = mailOf('received', about('Hi\r\nBcc: all@example.com\u2028\u202eX\u0000'));
    expect(subject).toBe('Received: Hi Bcc: all@example.com X');
    expect(text).not.toMatch(/^Bcc:/m);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom(...NOTICE_KINDS), (written, kind) => {
        const mail = mailOf(kind, about(written));
        expect(mail.subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect([...mail.subject].length).toBeLessThanOrEqual(SUBJECT_LENGTH);
        expect(mail.text.split('\n')).toHaveLength(mailOf(kind, event).text.split('\n').length);
      }),
    );
  });
});

describe('a mail on its way', () => {
  const mail: Mail = {
    id: 'e-1',
    ticketId: 't',
    kind: 'received',
    to: 'ada@example.com',
    subject: 'Hi',
    text: 'Hello',
  };

  test('is read as it was written', () => {
    expect(mailFrom(JSON.stringify(mail))).toEqual(mail);
  });

  test.each([
    ['{', 'not JSON'],
    ['null', 'no object'],
    [JSON.stringify({ ...mail, to: 'ada@example.com\nBcc: x@example.com' }), 'no usable to'],
    [JSON.stringify({ ...mail, subject: 'Hi\nBcc: x' }), 'no usable subject'],
    [JSON.stringify({ ...mail, kind: 'gossip', text: '' }), 'no usable kind, text'],
  ])('%s is none', (body, problem) => {
    expect(() => mailFrom(body)).toThrow(NotAMail);
    expect(() => mailFrom(body)).toThrow(problem);
  });
});

describe('a subject in plain characters', () => {
  test('keeps what it can', () => {
    expect(plainSubject('Résumé of “Müller” …')).toBe('Resume of ?Muller? ...');
    expect(plainSubject('火')).toBe('?');
    expect(plainSubject('x'.repeat(120))).toBe(`${'x'.repeat(96)}...`);
  });

  test('is what every carrier takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (subject) => {
        expect(plainSubject(subject)).toMatch(/^[\x20-\x7e]{1,99}$/);
      }),
    );
  });
});
