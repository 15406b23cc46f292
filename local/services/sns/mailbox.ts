/** What subscribers by e-mail, and telephone numbers, would have been sent. */
import { createMailbox as createMailboxOf, type Mail, type Mailbox as MailboxOf } from '../../kernel/mailbox.ts';
import type { ServiceContext } from '../../kernel/service.ts';

export interface MailboxMessage extends Mail {
  /** Absent of what was published to a telephone number. */
  readonly topicArn?: string;
  /** What it is about. */
  readonly source: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
}

export type Mailbox = MailboxOf<MailboxMessage>;

export const createMailbox = (context: Pick<ServiceContext, 'store' | 'clock' | 'telemetry'>): Mailbox =>
  createMailboxOf(context, 'sns', 'sns');
