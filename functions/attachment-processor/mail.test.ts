import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAIL_BYTES } from '../../domain/file-check.ts';
import { readMail } from './mail.ts';

const MAIL = [
  'From: =?utf-8?q?Ada_L=C3=B6velace?= <ada@example.com>',
  'Subject: =?utf-8?b?RHJ1Y2tlciBicmVubnQ=?=',
  'Date: Sat, 21 Nov 2026 13:00:00 +0100',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary="b"',
  '',
  '--b',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'It sm=C3=B6kes.',
  '--b',
  'Content-Type: image/png; name="fire.png"',
  'Content-Disposition: attachment; filename="fire.png"',
  'Content-Transfer-Encoding: base64',
  '',
  'iVBORw0KGgo=',
  '--b--',
  '',
].join('\r\n');

test('a mail is read out of its encodings', async () => {
  expect(await readMail(Buffer.from(MAIL))).toEqual({
    from: 'ada@example.com',
    subject: 'Drucker brennt',
    date: '2026-11-21T12:00:00.000Z',
    attachments: 1,
    text: 'It smökes.\n',
  });
});

test('one of markup alone is read without it', async () => {
  const mail = 'Content-Type: text/html\r\n\r\n<style>p{}</style><p>It <b>smokes</b></p><script>alert(1)</script>';
  const { text } = await readMail(Buffer.from(mail));
  expect(text).toContain('smokes');
  expect(text).not.toMatch(/[<>]|alert/);
});

test('one that is made to keep somebody busy does not', async () => {
  const head = 'Content-Type: text/html\r\n\r\n';
  const began = performance.now();
  for (const evil of ['<', '<script>']) {
    await readMail(Buffer.from(head + evil.repeat(MAIL_BYTES / evil.length)));
  }
  await readMail(
    Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\n'.repeat(MAIL_BYTES / 7)}`),
  );
  expect(performance.now() - began).toBeLessThan(20_000);
}, 30_000);

test('what it does not say is null', async () => {
  const mail = 'X: y\r\nDate: yesterday\r\nSubject:  \r\n\r\n';
  expect(await readMail(Buffer.from(mail))).toMatchObject({ from: null, subject: null, date: null, attachments: 0 });
});

test('a mail that was cut anywhere is read, or is none; nothing else happens', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(MAIL.length), fc.uint8Array({ maxLength: 30 }), async (length, rest) => {
      const read = await readMail(Buffer.concat([Buffer.from(MAIL.slice(0, length)), rest])).catch((error) => error);
      expect(read instanceof Error || typeof read.text === 'string').toBe(true);
    }),
  );
});
