/** What a service would have mailed or texted: kept, and shown in the log, for the developer is everybody here. */
import type { ServiceContext } from './service.ts';
import type { LogSource } from './telemetry.ts';

export interface Mail {
  /** Ascending with time: `000001763744512345-000003`. */
  readonly id: string;
  /** ms since 1970 */
  readonly sentAt: number;
  readonly medium: 'EMAIL' | 'SMS';
  readonly destination: string;
  /** Of mails. */
  readonly subject?: string;
  readonly body: string;
}

export interface Mailbox<M extends Mail> {
  deliver(mail: Omit<M, 'id' | 'sentAt'>): void;
  /** Oldest first. */
  list(isWanted?: (mail: M) => boolean): readonly M[];
}

const MOST_KEPT = 1_000;

/** @param label what the log calls the service */
export function createMailbox<M extends Mail>(
  { store, clock, telemetry }: Pick<ServiceContext, 'store' | 'clock' | 'telemetry'>,
  service: string,
  label: string,
): Mailbox<M> {
  const log: LogSource = { logGroup: '/sampan', logStream: label, label };
  const kept = store.collection<M>(service, 'messages');
  let count = kept.list().length;
  let sequence = count;
  return {
    deliver(mail) {
      const sentAt = clock.now();
      sequence += 1;
      const id = `${String(sentAt).padStart(15, '0')}-${String(sequence).padStart(6, '0')}`;
      kept.put(id, { ...mail, id, sentAt } as M);
      count += 1;
      if (count > MOST_KEPT) {
        for (const { key } of kept.list({ limit: count - MOST_KEPT })) kept.delete(key);
        count = MOST_KEPT;
      }
      const how = mail.medium === 'EMAIL' ? 'mail' : 'text message';
      const subject = mail.subject === undefined ? '' : `${mail.subject}: `;
      telemetry.log(log, [{ timestamp: sentAt, message: `${how} to ${mail.destination}: ${subject}${mail.body}` }]);
    },
    list: (isWanted = () => true) => kept.list().flatMap(({ value }) => (isWanted(value) ? [value] : [])),
  };
}
