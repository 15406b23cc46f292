/**
 * What the help desk does by itself, done at once: functions are handed what their queues, their streams and their
 * schedules hand them, and what came of it is looked for where it should be.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { leaveEvent, newId, published, storeFile, storeTicket, ticketOfDelivery, ticketOfImport } from './database.ts';
import type { HelpDesk } from './help-desk.ts';
import { asClient, Refused, type Seen, seen } from './seen.ts';

export type Consumer =
  | 'relay'
  | 'triage'
  | 'webhook-processor'
  | 'sla'
  | 'notifications'
  | 'mailer'
  | 'ticket-view'
  | 'project-stats'
  | 'guardrail'
  | 'attachment-processor';

export const isConsumer = (name: string): name is Consumer => Object.hasOwn(WORK, name);

export const work = (desk: HelpDesk, consumer: Consumer): Promise<Seen> => seen(() => WORK[consumer](desk));

const WORK: Readonly<Record<Consumer, (desk: HelpDesk) => Promise<string>>> = {
  async relay(desk) {
    const ticketId = await leaveEvent(desk);
    const answer = await invoke(desk, 'RelayEventsFunction', {});
    await published(desk, ticketId);
    return answer;
  },

  async triage(desk) {
    // Of an organisation that nobody has asked about: what is known of one is kept for a minute.
    const requester = `ada@${newId()}.example.com`;
    const ticketId = await storeTicket(desk, { requester });
    const answer = await invoke(desk, 'TriageFunction', messageOf(opened(ticketId, requester)));
    await published(desk, ticketId);
    return answer;
  },

  async 'webhook-processor'(desk) {
    const externalId = newId();
    const payload = { requesterEmail: 'ada@example.com', subject: 'Printer', body: 'On fire.', externalId };
    const answer = await invoke(desk, 'WebhookProcessorFunction', messageOf({ channel: 'generic', payload }));
    await published(desk, await ticketOfDelivery(desk, externalId));
    return answer;
  },

  async sla(desk) {
    const ticketId = await storeTicket(desk, { isOverdue: true });
    const answer = await invoke(desk, 'SlaMonitorFunction', {});
    await published(desk, ticketId);
    return answer;
  },

  notifications: (desk) =>
    invoke(desk, 'NotificationsFunction', messageOf(opened(newId(), `ada@${newId()}.example.com`))),

  mailer: (desk) =>
    invoke(desk, 'MailerFunction', {
      Records: [
        {
          ...record({
            id: newId(),
            ticketId: newId(),
            kind: 'received',
            to: 'ada@example.com',
            subject: 'Received: Printer on fire',
            text: 'We have received your request.',
          }),
          attributes: { MessageGroupId: newId() },
        },
      ],
    }),

  async 'ticket-view'(desk) {
    const message = messageOf(opened(newId(), 'ada@example.com'));
    await invoke(desk, 'TicketViewFunction', message);
    // Only of a ticket that has a view already one is looked for.
    return await invoke(desk, 'TicketViewFunction', message);
  },

  // A bucket without what protects it.
  async guardrail(desk) {
    const bucketName = desk.cloud.physicalIds()['AttachmentsBucket'];
    const input = { Bucket: bucketName };
    await asClient(desk, 's3', 'DeletePublicAccessBlock', input);
    await asClient(desk, 's3', 'DeleteBucketPolicy', input);
    const [eventID, eventName] = [newId(), 'DeleteBucketPolicy'];
    const detail = { eventID, eventName, requestParameters: { bucketName }, userIdentity: { type: 'Root' } };
    const answer = await invoke(desk, 'GuardrailFunction', messageOf({ detail }));
    for (const operation of ['GetPublicAccessBlock', 'GetBucketPolicy']) await asClient(desk, 's3', operation, input);
    return answer;
  },

  // A ticket that comes, and one that goes.
  'project-stats': (desk) => {
    const view: Image = marshall(viewOf(newId()));
    return invoke(desk, 'ProjectStatsFunction', {
      Records: [change('INSERT', view, { NewImage: view }), change('REMOVE', view, { OldImage: view })],
    });
  },

  // One that lies, and is deleted; and one that becomes a ticket, with a report.
  async 'attachment-processor'(desk) {
    const lie = await arrive(desk, { contentType: 'image/png', purpose: 'attachment', content: 'no image' });
    const table = 'subject,body,requesterEmail\nPrinter on fire,By the window.,ada@example.com\n';
    const file = await arrive(desk, { contentType: 'text/csv', purpose: 'import', content: table });
    const answer = await invoke(desk, 'AttachmentProcessorFunction', {
      Records: [lie, file].map(({ key }) => record({ 'detail-type': 'Object Created', detail: { object: { key } } })),
    });
    await published(desk, await ticketOfImport(desk, file.id));
    return answer;
  },
};

/** A file that was announced, and is there. */
async function arrive(desk: HelpDesk, { content, ...file }: { contentType: string; purpose: string; content: string }) {
  const ticketId = await storeTicket(desk);
  const id = await storeFile(desk, { ...file, ticketId, size: Buffer.byteLength(content) });
  const key = `tickets/${ticketId}/${id}`;
  const Bucket = desk.cloud.physicalIds()['AttachmentsBucket'];
  await asClient(desk, 's3', 'PutObject', { Bucket, Key: key, Body: content, ContentType: file.contentType });
  return { id, key };
}

/** Rejects with Refused when the function fails, or says that it has not handled something; and with Lambda's errors. */
async function invoke(desk: HelpDesk, logicalId: string, event: object): Promise<string> {
  const input = { FunctionName: desk.cloud.physicalIds()[logicalId], Payload: JSON.stringify(event) };
  const answer = await asClient(desk, 'lambda', 'Invoke', input);
  const { FunctionError, Payload } = answer as { FunctionError?: string; Payload?: Uint8Array | string };
  const text = typeof Payload === 'string' ? Payload : Buffer.from(Payload ?? []).toString();
  const { batchItemFailures = [] } = (JSON.parse(text || 'null') ?? {}) as { batchItemFailures?: unknown[] };
  if (FunctionError !== undefined || batchItemFailures.length > 0) throw new Refused(`${logicalId}: ${text}`);
  return text;
}

const record = (body: object) => ({ messageId: newId(), body: JSON.stringify(body), eventSource: 'aws:sqs' });
const messageOf = (body: object) => ({ Records: [record(body)] });

/** As a rule puts it into a queue. */
function opened(ticketId: string, requesterEmail: string) {
  const detail = {
    id: newId(),
    type: 'TicketOpened',
    occurredAt: new Date().toISOString(),
    ticketId,
    ticketVersion: 1,
    subject: 'Printer on fire',
    requesterEmail,
    priority: 'normal',
  };
  return { 'detail-type': detail.type, source: 'help-desk', detail };
}

function viewOf(ticketId: string) {
  const createdAt = new Date().toISOString();
  const latest = (value: string) => ({ value, version: 1, at: createdAt });
  const [status, priority] = [latest('open'), latest('normal')];
  return { ticketId, version: 1, createdAt, status, priority, revision: 1, unresolved: 'yes' };
}

type Image = Record<string, AttributeValue>;

const change = (eventName: string, { ticketId }: Image, images: object) => ({
  eventID: newId(),
  eventName,
  eventSource: 'aws:dynamodb',
  dynamodb: { Keys: { ticketId }, SequenceNumber: String(Date.now()), ...images },
});
