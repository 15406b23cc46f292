/** ReceiveMessage. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html */
import type { Message as AwsMessage, ReceiveMessageRequest } from '@aws-sdk/client-sqs';
import type { CallContext, Operation } from '../../kernel/service.ts';
import { deadLetters } from './dead-letters.ts';
import { invalidAttributeName, invalidValue, notForThisType, overLimit } from './errors.ts';
import { md5OfAttributes, selected } from './messages/message-attributes.ts';
import { LONGEST_VISIBILITY } from './queues/attributes.ts';
import { sequenceNumber } from './queues/message.ts';
import type { Received } from './queues/message-queue.ts';
import type { Queue } from './queues/queue-book.ts';
import type { OnQueue, Room } from './room.ts';

const SYSTEM_ATTRIBUTES: ReadonlySet<string> = new Set([
  'All',
  'SenderId',
  'SentTimestamp',
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SequenceNumber',
  'MessageDeduplicationId',
  'MessageGroupId',
  'AWSTraceHeader',
  'DeadLetterQueueSourceArn',
]);

interface Wanted {
  readonly most: number;
  readonly visibilityMs: number;
  readonly waitSeconds: number;
  readonly attemptId: string | undefined;
  readonly system: ReadonlySet<string>;
  readonly attributes: readonly string[];
}

export function receivingOperations(room: Room): Record<string, Operation> {
  const { book, needs, metrics, mostInFlight } = room;

  /** Undefined while there is nothing. */
  function take(queue: Queue, wanted: Wanted): AwsMessage[] | undefined {
    const { messages } = queue;
    const free = mostInFlight - messages.counts()['in-flight'];
    if (messages.counts().visible === 0 && wanted.attemptId === undefined) return undefined;
    if (free <= 0) {
      if (queue.record.fifo || wanted.waitSeconds > 0) return undefined;
      throw overLimit(`The maximum number of in flight messages is reached: ${mostInFlight}.`);
    }
    const most = Math.min(wanted.most, free);
    const received = book.transaction(() =>
      messages.receive(most, wanted.visibilityMs, deadLetters(room, queue), wanted.attemptId),
    );
    if (received.length === 0) return undefined;
    metrics.received(queue, received.length);
    return received.map((one) => described(one, wanted, queue));
  }

  const nothing = (queue: Queue): { Messages?: AwsMessage[] } => {
    metrics.receivedNothing(queue);
    return {};
  };

  function receive(queue: Queue, wanted: Wanted, { signal }: CallContext) {
    const now = take(queue, wanted);
    if (now) return { Messages: now };
    if (wanted.waitSeconds === 0) return nothing(queue);
    return queue.receivers
      .wait(() => take(queue, wanted), wanted.waitSeconds * 1000, signal)
      .then((Messages) => (Messages ? { Messages } : nothing(queue)));
  }

  const receiveMessage: Operation<OnQueue<ReceiveMessageRequest>> = {
    requires: needs.toReceive,
    handle(input, call) {
      const queue = book.at(input.QueueUrl);
      const wanted = wantedOf(input, queue);
      const checked = room.checkKey(queue);
      return checked ? checked.then(() => receive(queue, wanted, call)) : receive(queue, wanted, call);
    },
  };

  return { ReceiveMessage: receiveMessage };
}

/** Throws InvalidParameterValue and InvalidAttributeName. */
function wantedOf(input: ReceiveMessageRequest, { settings, record }: Queue): Wanted {
  const { ReceiveRequestAttemptId: attemptId, MessageAttributeNames: attributes = [] } = input;
  const system = new Set([...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])] as string[]);
  for (const name of system) if (!SYSTEM_ATTRIBUTES.has(name)) throw invalidAttributeName(name);
  if (attemptId !== undefined && !record.fifo) throw notForThisType(attemptId, 'ReceiveRequestAttemptId');
  const visibility = within(input.VisibilityTimeout, 'VisibilityTimeout', 0, LONGEST_VISIBILITY);
  return {
    most: within(input.MaxNumberOfMessages, 'MaxNumberOfMessages', 1, 10) ?? 1,
    visibilityMs: (visibility ?? settings.visibilitySeconds) * 1000,
    waitSeconds: within(input.WaitTimeSeconds, 'WaitTimeSeconds', 0, 20) ?? settings.waitSeconds,
    attemptId,
    system,
    attributes,
  };
}

export function within(value: number | undefined, name: string, least: number, most: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return value;
  const reason =
    name === 'MaxNumberOfMessages'
      ? `Must be between ${least} and ${most}, if provided.`
      : `Must be >= ${least} and <= ${most}, if provided.`;
  throw invalidValue(value, name, reason);
}

function described({ message, content, handle }: Received, wanted: Wanted, { record }: Queue): AwsMessage {
  const MessageAttributes = selected(content.attributes, wanted.attributes);
  return {
    MessageId: message.id,
    ReceiptHandle: handle,
    MD5OfBody: content.md5,
    Body: content.body,
    ...(wanted.system.size > 0 && { Attributes: systemAttributes(message, content, wanted.system, record.fifo) }),
    ...(MessageAttributes && { MessageAttributes, MD5OfMessageAttributes: md5OfAttributes(MessageAttributes) }),
  };
}

function systemAttributes(
  message: Received['message'],
  content: Received['content'],
  wanted: ReadonlySet<string>,
  fifo: boolean,
): Record<string, string> {
  const all: Record<string, string | undefined> = {
    SenderId: content.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    SequenceNumber: fifo ? sequenceNumber(message) : undefined,
    MessageDeduplicationId: content.deduplicationId,
    MessageGroupId: message.group,
    AWSTraceHeader: content.traceHeader,
    DeadLetterQueueSourceArn: message.source,
  };
  const everything = wanted.has('All');
  const found: Record<string, string> = {};
  for (const name in all) {
    const value = all[name];
    if (value !== undefined && (everything || wanted.has(name))) found[name] = value;
  }
  return found;
}
