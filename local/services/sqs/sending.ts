/** SendMessage and its batch. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html */
import type {
  SendMessageBatchRequest,
  SendMessageBatchRequestEntry,
  SendMessageRequest,
  SendMessageResult,
} from '@aws-sdk/client-sqs';
import type { CallContext, Operation } from '../../kernel/service.ts';
import { checkBatch, eachEntry } from './batch.ts';
import { batchTooLong, invalidParameter, missingParameter, noDeduplicationId } from './errors.ts';
import { digestsOf, draftOf, type Entry, entrySize } from './messages/draft.ts';
import { MOST_BYTES } from './queues/attributes.ts';
import { sequenceNumber } from './queues/message.ts';
import type { Draft } from './queues/message-queue.ts';
import type { Queue } from './queues/queue-book.ts';
import type { OnQueue, Room } from './room.ts';

export function sendingOperations(room: Room): Record<string, Operation> {
  const { book, needs, metrics } = room;

  /** Inside a transaction. */
  function send(queue: Queue, draft: Draft, entry: Entry): SendMessageResult {
    const { messages, settings, record } = queue;
    const { deduplicationId, md5: MD5OfMessageBody } = draft.content;
    const duplicate =
      deduplicationId === undefined
        ? undefined
        : messages.duplicateOf(settings.perGroup ? (draft.group ?? '') : '', deduplicationId);
    const { id, sequence } = duplicate ?? messages.send(draft);
    return {
      MD5OfMessageBody,
      ...digestsOf(entry),
      MessageId: id,
      ...(record.fifo && { SequenceNumber: sequenceNumber({ sequence }) }),
    };
  }

  function sendOne(queue: Queue, input: SendMessageRequest, call: CallContext): SendMessageResult {
    const draft = draftOf(input, queue, call);
    const result = book.transaction(() => send(queue, draft, input));
    metrics.sent(queue, [draft.size]);
    room.lookAt();
    return result;
  }

  const sendMessage: Operation<OnQueue<SendMessageRequest>> = {
    requires: needs.toSend,
    handle(input, call) {
      const queue = book.at(input.QueueUrl);
      const checked = room.checkKey(queue);
      return checked ? checked.then(() => sendOne(queue, input, call)) : sendOne(queue, input, call);
    },
  };

  function sendAll(queue: Queue, entries: readonly SendMessageBatchRequestEntry[], call: CallContext) {
    const sizes: number[] = [];
    const result = book.transaction(() =>
      eachEntry(entries, (entry) => {
        const draft = draftOf(entry, queue, call, true);
        const sent = send(queue, draft, entry);
        sizes.push(draft.size);
        return sent;
      }),
    );
    if (sizes.length > 0) metrics.sent(queue, sizes);
    room.lookAt();
    return result;
  }

  const sendMessageBatch: Operation<OnQueue<SendMessageBatchRequest> & { Entries: SendMessageBatchRequestEntry[] }> = {
    requires: needs.toSend,
    async handle({ QueueUrl, Entries }, call) {
      const queue = book.at(QueueUrl);
      checkBatch(Entries, 'SendMessageBatchRequestEntry');
      const bytes = Entries.reduce((sum, entry) => sum + entrySize(entry), 0);
      if (bytes > MOST_BYTES) throw batchTooLong(MOST_BYTES, bytes);
      if (queue.record.fifo) checkGroups(Entries, queue);
      await room.checkKey(queue);
      return sendAll(queue, Entries, call);
    },
  };

  return { SendMessage: sendMessage, SendMessageBatch: sendMessageBatch };
}

/** One message of a FIFO queue without its group or its id is the whole batch's fault. Throws InvalidParameterValue. */
function checkGroups(entries: readonly SendMessageBatchRequestEntry[], { settings }: Queue): void {
  for (const { MessageGroupId, MessageDeduplicationId } of entries) {
    if (MessageGroupId === undefined) throw invalidParameter(missingParameter('MessageGroupId').message);
    if (MessageDeduplicationId === undefined && !settings.contentBased) throw noDeduplicationId();
  }
}
