import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { InvalidInput } from './problems.ts';
import { LIMITS } from './requests.ts';
import { CHANNELS, type Delivery, LONGEST_ID, readDelivery } from './webhook.ts';

const MAIL = {
  from: 'Ada Lovelace <ada@example.com>',
  subject: 'Printer',
  text: 'It burns.',
  messageId: '<1@mail.example.com>',
  inReplyTo: '<0@mail.example.com>',
};
const CHAT = { user: 'ada@example.com', channel: 'C1', messageId: '17.2', thread: '17.1', text: 'It burns.\nReally.' };
const GENERIC = { requesterEmail: 'ada@example.com', subject: 'Printer', body: 'It burns.', externalId: 'x-1' };

const mail = (change: object) => readDelivery('email', { ...MAIL, ...change });

describe('a mail', () => {
  test('is known by its id and continues what it replies to, with angle brackets or without', () => {
    const read: Delivery = {
      channel: 'email',
      id: '1@mail.example.com',
      requesterEmail: 'ada@example.com',
      subject: 'Printer',
      body: 'It burns.',
      thread: '1@mail.example.com',
      continues: '0@mail.example.com',
    };
    expect(readDelivery('email', MAIL)).toEqual(read);
    expect(mail({ from: 'ada@example.com', messageId: '1@mail.example.com', inReplyTo: '0@mail.example.com' })).toEqual(
      read,
    );
  });

  test.each([null, undefined, '', '<a@x> <b@x>', 'Your mail of Tuesday', 7])(
    'in reply to %j continues nothing',
    (inReplyTo) => {
      expect(mail({ inReplyTo }).continues).toBeNull();
    },
  );

  test.each([
    { subject: ' \t', text: '' },
    { subject: null, text: null },
    { subject: '\u0000', text: '\u0007\n' },
  ])('that says nothing says so: %j', (change) => {
    expect(mail(change)).toMatchObject({ subject: '(no subject)', body: '(no text)' });
  });

  test('has a subject of one line, and loses what cannot be stored', () => {
    expect(mail({ subject: ' Two\r\n  lines\u2028more ', text: 'a\u0000b\ud800c\r\n\td' })).toMatchObject({
      subject: 'Two lines more',
      body: 'ab\ufffdc\r\n\td',
    });
  });

  test('that is too long is cut between characters, and that is seen', () => {
    const { subject, body } = mail({ subject: '🖨'.repeat(300), text: '🔥'.repeat(LIMITS.body + 1) });
    expect([...subject]).toEqual([...Array.from({ length: LIMITS.subject - 1 }, () => '🖨'), '…']);
    expect([...body]).toHaveLength(LIMITS.body);
    expect(body.endsWith('🔥…')).toBe(true);
    expect(mail({ text: '🔥'.repeat(LIMITS.body) }).body.endsWith('…')).toBe(false);
  });
});

describe('what is said in a chat', () => {
  test('belongs to its thread, has its first line for a subject, and is known by its channel, too', () => {
    expect(readDelivery('chat', CHAT)).toEqual({
      channel: 'chat',
      id: 'C1 17.2',
      requesterEmail: 'ada@example.com',
      subject: 'It burns.',
      body: CHAT.text,
      thread: 'C1 17.1',
      continues: 'C1 17.1',
    });
  });

  test('outside of a thread begins one, which answers name by its id', () => {
    const begun = readDelivery('chat', { ...CHAT, thread: null });
    expect(begun.thread).toBe('C1 17.2');
    expect(readDelivery('chat', { ...CHAT, messageId: '17.3', thread: '17.2' }).continues).toBe(begun.thread);
  });

  test('has a subject that a ticket takes, whatever it says', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 500 }), (text) => {
        let read: Delivery;
        try {
          read = readDelivery('chat', { ...CHAT, text });
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInput);
          return;
        }
        expect(read.body).toBe(text);
        expect(read.subject).toMatch(/^\S/);
        expect(read.subject).not.toMatch(/[\r\n\u2028\u2029]/);
        expect([...read.subject].length).toBeLessThanOrEqual(LIMITS.subject);
      }),
    );
  });
});

test('anything else is a ticket as it stands', () => {
  expect(readDelivery('generic', { ...GENERIC, inReplyTo: 'x-0' })).toEqual({
    channel: 'generic',
    id: 'x-1',
    requesterEmail: 'ada@example.com',
    subject: 'Printer',
    body: 'It burns.',
    thread: 'x-1',
    continues: 'x-0',
  });
  expect(readDelivery('generic', GENERIC).continues).toBeNull();
});

test.each([
  ['email', MAIL],
  ['chat', CHAT],
  ['generic', GENERIC],
] as const)('fields that %s does not know are its own business', (channel, payload) => {
  const more = { ...payload, attachments: [], ['__proto__x']: 1, headers: { a: 'b' } };
  expect(readDelivery(channel, more)).toEqual(readDelivery(channel, payload));
});

test.each([
  ['email', {}, 'from is missing; messageId is missing'],
  ['email', { ...MAIL, from: 'Ada' }, 'from must be an e-mail address'],
  ['email', { ...MAIL, text: 5 }, 'text must be a string'],
  ['email', { ...MAIL, messageId: '' }, 'messageId must be an identifier'],
  ['email', { ...MAIL, messageId: 'a b' }, 'messageId must be an identifier'],
  ['chat', { ...CHAT, user: 'U024BE7LH' }, 'user must be an e-mail address'],
  ['chat', { ...CHAT, text: ' ' }, 'text must not be empty'],
  ['chat', { ...CHAT, messageId: 17.2 }, 'messageId must be an identifier'],
  ['generic', { ...GENERIC, externalId: 'é' }, 'externalId must be an identifier'],
  ['generic', { ...GENERIC, externalId: 'x'.repeat(LONGEST_ID + 1) }, 'externalId must be an identifier'],
  ['generic', { ...GENERIC, subject: 'x'.repeat(201) }, 'subject must not be longer than 200 characters'],
  ['generic', null, 'The input must be a JSON object'],
  ['generic', [GENERIC], 'The input must be a JSON object'],
] as const)('%s is told what is wrong with %j', (channel, payload, problem) => {
  expect(() => readDelivery(channel, payload)).toThrow(InvalidInput);
  expect(() => readDelivery(channel, payload)).toThrow(problem);
});

test('whatever comes is read or refused, and what is read fits the database', () => {
  const payload = fc.record({
    from: fc.oneof(fc.emailAddress(), fc.string()),
    user: fc.emailAddress(),
    requesterEmail: fc.emailAddress(),
    messageId: fc.oneof(fc.base64String({ minLength: 1 }), fc.anything()),
    externalId: fc.base64String({ minLength: 1 }),
    channel: fc.base64String({ minLength: 1 }),
    subject: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
    text: fc.oneof(fc.string({ unit: 'binary' }), fc.anything()),
    body: fc.string({ unit: 'binary', minLength: 1 }),
    inReplyTo: fc.oneof(fc.base64String(), fc.anything()),
  });
  fc.assert(
    fc.property(fc.constantFrom(...CHANNELS), fc.oneof(payload, fc.anything()), (channel, given) => {
      let read: Delivery;
      try {
        read = readDelivery(channel, given);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
        return;
      }
      for (const id of [read.id, read.thread, read.continues ?? 'none']) {
        expect(id).toMatch(/^[\x20-\x7e]+$/);
        expect(id.length).toBeLessThanOrEqual(2 * LONGEST_ID + 1);
      }
      expect([...read.subject].length).toBeLessThanOrEqual(LIMITS.subject);
      expect(read.body.isWellFormed() && read.subject.isWellFormed()).toBe(true);
      expect(read.body.trim()).not.toBe('');
    }),
  );
});
