/** What users of a pool would have been sent. */
import { createMailbox as createMailboxOf, type Mail, type Mailbox as MailboxOf } from '../../kernel/mailbox.ts';
import type { ServiceContext } from '../../kernel/service.ts';

export interface Message extends Mail {
  readonly poolId: string;
  readonly username: string;
  /** What it is about, as a custom message trigger is told. */
  readonly source: string;
  /** The code or temporary password in it. */
  readonly code: string;
}

export type Mailbox = MailboxOf<Message>;

export const createMailbox = (context: Pick<ServiceContext, 'store' | 'clock' | 'telemetry'>): Mailbox =>
  createMailboxOf(context, 'cognito-idp', 'cognito');
