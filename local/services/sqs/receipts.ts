/** What a receiver does with what it received: DeleteMessage, ChangeMessageVisibility, and their batches. */
import type {
  ChangeMessageVisibilityBatchRequest,
  ChangeMessageVisibilityBatchRequestEntry,
  ChangeMessageVisibilityRequest,
  DeleteMessageBatchRequest,
  DeleteMessageBatchRequestEntry,
  DeleteMessageRequest,
} from '@aws-sdk/client-sqs';
import type { Operation } from '../../kernel/service.ts';
import { checkBatch, eachEntry } from './batch.ts';
import { invalidReceiptHandle, missingParameter } from './errors.ts';
import { LONGEST_VISIBILITY } from './queues/attributes.ts';
import type { Queue } from './queues/queue-book.ts';
import { type Receipt, readReceipt } from './queues/receipt-handle.ts';
import { within } from './receiving.ts';
import type { OnQueue, Room, With } from './room.ts';

export function receiptOperations({ book, needs, metrics }: Room): Record<string, Operation> {
  /** Throws ReceiptHandleIsInvalid, also for what another queue has handed out. */
  function receiptOf({ messages }: Queue, handle: string): Receipt {
    const receipt = readReceipt(handle);
    if (!receipt || receipt.queueId !== messages.id) throw invalidReceiptHandle(handle);
    return receipt;
  }

  function remove(queue: Queue, handle: string): void {
    queue.messages.delete(receiptOf(queue, handle), handle);
  }

  function change(queue: Queue, handle: string, timeout: number | undefined): void {
    const seconds = within(timeout, 'VisibilityTimeout', 0, LONGEST_VISIBILITY);
    if (seconds === undefined) throw missingParameter('VisibilityTimeout');
    queue.messages.changeVisibility(receiptOf(queue, handle), handle, seconds);
  }

  const deleteMessage: Operation<With<OnQueue<DeleteMessageRequest>, 'ReceiptHandle'>> = {
    requires: needs.onQueue('DeleteMessage'),
    handle({ QueueUrl, ReceiptHandle }) {
      const queue = book.at(QueueUrl);
      book.transaction(() => remove(queue, ReceiptHandle));
      metrics.deleted(queue, 1);
    },
  };

  const deleteMessageBatch: Operation<
    OnQueue<DeleteMessageBatchRequest> & { Entries: With<DeleteMessageBatchRequestEntry, 'ReceiptHandle'>[] }
  > = {
    requires: needs.onQueue('DeleteMessage'),
    handle({ QueueUrl, Entries }) {
      const queue = book.at(QueueUrl);
      checkBatch(Entries, 'DeleteMessageBatchRequestEntry');
      const result = book.transaction(() =>
        eachEntry(Entries, ({ ReceiptHandle }) => {
          remove(queue, ReceiptHandle);
          return {};
        }),
      );
      metrics.deleted(queue, result.Successful.length);
      return result;
    },
  };

  const changeMessageVisibility: Operation<With<OnQueue<ChangeMessageVisibilityRequest>, 'ReceiptHandle'>> = {
    requires: needs.onQueue('ChangeMessageVisibility'),
    handle({ QueueUrl, ReceiptHandle, VisibilityTimeout }) {
      const queue = book.at(QueueUrl);
      book.transaction(() => change(queue, ReceiptHandle, VisibilityTimeout));
    },
  };

  const changeMessageVisibilityBatch: Operation<
    OnQueue<ChangeMessageVisibilityBatchRequest> & {
      Entries: With<ChangeMessageVisibilityBatchRequestEntry, 'ReceiptHandle'>[];
    }
  > = {
    requires: needs.onQueue('ChangeMessageVisibility'),
    handle({ QueueUrl, Entries }) {
      const queue = book.at(QueueUrl);
      checkBatch(Entries, 'ChangeMessageVisibilityBatchRequestEntry');
      return book.transaction(() =>
        eachEntry(Entries, ({ ReceiptHandle, VisibilityTimeout }) => {
          change(queue, ReceiptHandle, VisibilityTimeout);
          return {};
        }),
      );
    },
  };

  return {
    DeleteMessage: deleteMessage,
    DeleteMessageBatch: deleteMessageBatch,
    ChangeMessageVisibility: changeMessageVisibility,
    ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
  };
}
