/**
 * Messages that were received too often go to another queue, at the receive that would be one too many.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
 */
import { invalidValue } from './errors.ts';
import { allowsRedrive } from './queues/attributes.ts';
import { standingOf } from './queues/message.ts';
import type { GiveUp } from './queues/message-queue.ts';
import type { Queue, QueueBook } from './queues/queue-book.ts';
import type { Attributes, QueueRecord, RedrivePolicy } from './queues/queue-record.ts';
import type { Room } from './room.ts';

const never: GiveUp = () => false;

/** Call inside the transaction of the receive. */
export function deadLetters(
  { book, clock }: Pick<Room, 'book' | 'clock'>,
  { settings, record, messages }: Queue,
): GiveUp {
  const { redrive } = settings;
  if (!redrive) return never;
  const target = book.findByArn(redrive.deadLetterTargetArn);
  // Without one to go to they stay, and are received further.
  if (!target || target.record.fifo !== record.fifo || !allowsRedrive(target.record.attributes, record.arn))
    return never;
  return (message) => {
    if (message.receives < redrive.maxReceiveCount) return false;
    const content = messages.contentOf(message);
    const now = clock.now();
    // Of a standard queue a message keeps its age: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html#understanding-message-retention-periods
    const sentAt = record.fifo ? now : message.sentAt;
    messages.remove(message);
    target.messages.accept({ ...standingOf(message), sentAt, visibleAt: now, source: record.arn }, content);
    return true;
  };
}

/** Throws InvalidParameterValue where a queue cannot be the one for another's dead letters. */
export function checkRedrive(
  book: QueueBook,
  attributes: Attributes,
  { fifo, arn }: Pick<QueueRecord, 'fifo' | 'arn'>,
): void {
  const text = attributes['RedrivePolicy'];
  if (!text) return;
  const refuse = (reason: string) => invalidValue(text, 'RedrivePolicy', reason);
  const { deadLetterTargetArn } = JSON.parse(text) as RedrivePolicy;
  const target = book.findByArn(deadLetterTargetArn);
  if (!target) throw refuse('Dead letter target does not exist.');
  if (target.record.fifo !== fifo) throw refuse('Dead-letter queue must be same type of queue as the source.');
  if (!allowsRedrive(target.record.attributes, arn)) {
    throw refuse('Dead letter target owner has denied access to this queue.');
  }
}

/** Queues that have this one for their dead letters. */
export const sourcesOf = (book: QueueBook, { record }: Queue): Queue[] =>
  book.all().filter(({ settings }) => settings.redrive?.deadLetterTargetArn === record.arn);
