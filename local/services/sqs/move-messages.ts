/** One second's work of a message move task. */
import { randomUUID } from 'node:crypto';
import type { Message } from './queues/message.ts';
import type { Queue } from './queues/queue-book.ts';
import type { Room } from './room.ts';

export type Moved =
  | { readonly kind: 'moved'; readonly moved: number }
  /** The first that had nowhere to go has ended it. */
  | { readonly kind: 'stuck'; readonly moved: number; readonly reason: string };

/**
 * To `destinationArn`, or each to where it came from. Moved messages are new ones: another id, age nothing.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html
 */
export function moveSome(
  { book, clock }: Pick<Room, 'book' | 'clock'>,
  { messages, record }: Queue,
  destinationArn: string | undefined,
  most: number,
): Moved {
  let moved = 0;
  for (const message of messages.first(most)) {
    const arn = destinationArn ?? message.source;
    if (arn === undefined) return { kind: 'stuck', moved, reason: 'CouldNotDetermineMessageSource' };
    const target = book.findByArn(arn);
    if (!target || target.record.fifo !== record.fifo) {
      return { kind: 'stuck', moved, reason: 'AWS.SimpleQueueService.NonExistentQueue' };
    }
    const content = messages.contentOf(message);
    messages.remove(message);
    target.messages.accept(renewed(message, clock.now()), content);
    moved += 1;
  }
  return { kind: 'moved', moved };
}

function renewed({ group, size }: Message, now: number) {
  return { id: randomUUID(), ...(group !== undefined && { group }), size, sentAt: now, visibleAt: now, receives: 0 };
}
