/** What would have been mailed or texted: kept, and shown in the log, for the developer is every subscriber here. */
import type { ServiceContext } from '../../kernel/service.ts';
import type { LogSource } from '../../kernel/telemetry.ts';

export interface MailboxMessage {
  /** Ascending with time. */
  readonly id: string;
  /** ms since 1970 */
  readonly sentAt: number;
  /** Absent of what was published to a telephone number. */
  readonly topicArn?: string;
  readonly medium: 'EMAIL' | 'SMS';
  readonly destination: string;
  /** Of mails. */
  readonly subject?: string;
  readonly body: string;
  /** What it is about. */
  readonly source: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
}

export interface Mailbox {
  deliver(message: Omit<MailboxMessage, 'id' | 'sentAt'>): void;
  /** Oldest first. */
  list(topicArn?: string): readonly MailboxMessage[];
}

const LOG: LogSource = { logGroup: '/sampan', logStream: 'sns', label: 'sns' };

const MOST_KEPT = 1_000;

export function createMailbox({
  store,
  clock,
  telemetry,
}: Pick<ServiceContext, 'store' | 'clock' | 'telemetry'>): Mailbox {
  const kept = store.collection<MailboxMessage>('sns', 'messages');
  let count = kept.list().length;
  let sequence = count;
  return {
    deliver(message) {
      const sentAt = clock.now();
      sequence += 1;
      const id = `${String(sentAt).padStart(15, '0')}-${String(sequence).padStart(6, '0')}`;
      kept.put(id, { ...message, id, sentAt });
      count += 1;
      if (count > MOST_KEPT) {
        for (const { key } of kept.list({ limit: count - MOST_KEPT })) kept.delete(key);
        count = MOST_KEPT;
      }
      const how = message.medium === 'EMAIL' ? 'mail' : 'text message';
      const subject = message.subject === undefined ? '' : `${message.subject}: `;
      telemetry.log(LOG, [
        { timestamp: sentAt, message: `${how} to ${message.destination}: ${subject}${message.body}` },
      ]);
    },
    list: (topicArn) =>
      kept.list().flatMap(({ value }) => (topicArn === undefined || value.topicArn === topicArn ? [value] : [])),
  };
}
