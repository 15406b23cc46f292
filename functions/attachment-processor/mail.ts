/** What a mail says, out of its MIME. */
import PostalMime from 'postal-mime';
import type { Mail } from '../../domain/file-check.ts';

/** Rejects where it is none. A mail that was cut is read as far as it goes. */
export async function readMail(bytes: Uint8Array): Promise<Mail> {
  const mail = await PostalMime.parse(bytes, { maxNestingDepth: 20, maxHeadersSize: 256 * 1024 });
  const date = mail.date === undefined ? Number.NaN : Date.parse(mail.date);
  return {
    from: oneLine(mail.from?.address),
    subject: oneLine(mail.subject),
    date: Number.isNaN(date) ? null : new Date(date).toISOString(),
    attachments: mail.attachments.length,
    text: mail.text ?? withoutMarkup(mail.html ?? ''),
  };
}

const LONGEST = 300;

function oneLine(text: string | undefined): string | null {
  const line = (text ?? '').replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
  return line === '' ? null : line.slice(0, LONGEST).toWellFormed();
}

/** For reading, not for showing: what is left of markup is text like any other. */
function withoutMarkup(html: string): string {
  return html
    .replaceAll(/<(style|script)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replaceAll(/<[^<>]*>/g, ' ')
    .replaceAll(/[^\S\n]+/g, ' ')
    .trim();
}
