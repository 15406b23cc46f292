/** A mail on its way: written by whoever notifies, handed over by whoever mails. */
import { NOTICE_KINDS, type NoticeKind } from './notices.ts';
import { email } from './validation.ts';

export interface Mail {
  /** The same for the same event and recipient, however often it is written. */
  readonly id: string;
  readonly ticketId: string;
  readonly kind: NoticeKind;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** What was taken off the queue is no mail. Quotes nothing of it. */
export class NotAMail extends Error {
  override readonly name = 'NotAMail';
}

/** @throws NotAMail */
export function mailFrom(body: string): Mail {
  let mail: Partial<Record<keyof Mail, unknown>> | null;
  try {
    mail = JSON.parse(body);
  } catch {
    throw new NotAMail('The message is not JSON');
  }
  if (typeof mail !== 'object' || mail === null) throw new NotAMail('The message is no object');
  const { id, ticketId, kind, to, subject, text } = mail;
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
  const problems = [
    ...(isText(id) ? [] : ['id']),
    ...(isText(ticketId) ? [] : ['ticketId']),
    ...(NOTICE_KINDS.includes(kind as NoticeKind) ? [] : ['kind']),
    ...(email(to).ok ? [] : ['to']),
    ...(isText(subject) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(subject as string) ? [] : ['subject']),
    ...(isText(text) ? [] : ['text']),
  ];
  if (problems.length > 0) throw new NotAMail(`The mail has no usable ${problems.join(', ')}`);
  return mail as Mail;
}

/**
 * For carriers that take plain characters only in a subject, and none that looks like a header's start: accents go, the
 * rest becomes question marks.
 */
export function plainSubject(subject: string): string {
  const plain = subject
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/…|\u2026/g, '...')
    .replace(/[^\x20-\x7e]/gu, '?')
    .trim();
  return plain.length <= 99 ? plain || '?' : `${plain.slice(0, 96)}...`;
}
