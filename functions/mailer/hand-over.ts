/** Hands a mail to the outside world. To send by another service (Amazon SES, say), this is what to put it in place of. */
import { type Mail, plainSubject } from '../../domain/mail.ts';

/** What an SNS topic with e-mail subscriptions takes. */
export interface Handed {
  readonly text: string;
  readonly subject: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * SNS mails to those who have subscribed, whoever the mail is for: the text says it. The `id` tells a mail that comes
 * twice, after a function ended between handing it over and noting that, from two mails.
 */
export function handOver(publish: (message: Handed) => Promise<void>): (mail: Mail) => Promise<void> {
  return async ({ id, kind, to, subject, text }) => {
    await publish({
      subject: plainSubject(subject),
      text: `To: ${to}\nSubject: ${subject}\n\n${text}`,
      attributes: { id, kind, to },
    });
  };
}
