/** What is sent to a queue by the bus or by a topic, and where it ends up: in the queue, among its dead letters, or nowhere. */
import { randomUUID } from 'node:crypto';
import type { HelpDesk } from './help-desk.ts';
import { asClient, moment, type Seen } from './seen.ts';

/** By what stands before `Queue` and `DeadLetters` in its name. */
export const QUEUES = ['Triage', 'TicketView', 'Notifications', 'Mail', 'AttachmentProcessor', 'Guardrail'] as const;
export type QueueName = (typeof QUEUES)[number];

const PATIENCE_MS = 3_000;

/** Told as soon as the message is somewhere, or the log says that it is nowhere. */
export async function arrives(desk: HelpDesk, queue: QueueName): Promise<Seen> {
  const marker = randomUUID();
  let lost: string | undefined;
  const forget = desk.cloud.kernel.telemetry.onLog((_source, { message }) => {
    if (/is lost/.test(message) && message.includes(`${queue}DeadLetters`)) lost = message;
  });
  try {
    await send(desk, queue, marker);
    for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await moment()) {
      if (await taken(desk, `${queue}Queue`, marker)) return { works: true, told: 'it is in the queue' };
      const letter = await taken(desk, `${queue}DeadLetters`, marker);
      if (letter) return { works: false, told: `it is a dead letter: ${JSON.stringify(letter.MessageAttributes)}` };
      if (lost !== undefined) return { works: false, told: lost };
    }
    return { works: false, told: `it is nowhere after ${PATIENCE_MS} ms` };
  } finally {
    forget();
  }
}

function send(desk: HelpDesk, queue: QueueName, marker: string): Promise<unknown> {
  switch (queue) {
    case 'Mail':
      return publish(desk, marker);
    case 'AttachmentProcessor':
      return putObject(desk, marker);
    case 'Guardrail':
      return putRecord(desk, marker);
    default:
      return putEvent(desk, marker);
  }
}

/** S3 tells the default bus of it. */
function putObject(desk: HelpDesk, marker: string): Promise<unknown> {
  const Bucket = desk.cloud.physicalIds()['AttachmentsBucket'];
  return asClient(desk, 's3', 'PutObject', { Bucket, Key: `tickets/${marker}` });
}

function putEvent(desk: HelpDesk, marker: string): Promise<unknown> {
  const EventBusName = desk.cloud.physicalIds()['EventBus'];
  const Entries = [
    { EventBusName, Source: 'help-desk', DetailType: 'TicketOpened', Detail: JSON.stringify({ id: marker }) },
  ];
  return asClient(desk, 'events', 'PutEvents', { Entries });
}

function publish(desk: HelpDesk, marker: string): Promise<unknown> {
  const TopicArn = desk.cloud.physicalIds()['NotificationsTopic'];
  const order = { MessageGroupId: marker, MessageDeduplicationId: marker };
  return asClient(desk, 'sns', 'Publish', { TopicArn, Message: marker, ...order });
}

/** As CloudTrail tells of a change of the bucket. */
function putRecord({ cloud }: HelpDesk, marker: string): Promise<unknown> {
  const detail = {
    eventID: marker,
    eventSource: 's3.amazonaws.com',
    eventName: 'PutBucketPolicy',
    requestParameters: { bucketName: cloud.physicalIds()['AttachmentsBucket'] },
  };
  const Entries = [{ Source: 'aws.s3', DetailType: 'AWS API Call via CloudTrail', Detail: JSON.stringify(detail) }];
  const caller = { kind: 'internal', service: 'cloudtrail.amazonaws.com' } as const;
  return cloud.kernel.dispatch({ caller, service: 'events', operation: 'PutEvents', input: { Entries } });
}

interface Letter {
  readonly Body: string;
  readonly ReceiptHandle: string;
  readonly MessageAttributes?: object;
}

/** Empties the queue; resolves with the one that has the marker, if it was there. */
async function taken(desk: HelpDesk, logicalId: string, marker: string): Promise<Letter | undefined> {
  const QueueUrl = desk.cloud.physicalIds()[logicalId];
  let found: Letter | undefined;
  for (;;) {
    const input = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] };
    const { Messages = [] } = (await asClient(desk, 'sqs', 'ReceiveMessage', input)) as { Messages?: Letter[] };
    if (Messages.length === 0) return found;
    found ??= Messages.find(({ Body }) => Body.includes(marker));
    const Entries = Messages.map(({ ReceiptHandle }, at) => ({ Id: String(at), ReceiptHandle }));
    await asClient(desk, 'sqs', 'DeleteMessageBatch', { QueueUrl, Entries });
  }
}
