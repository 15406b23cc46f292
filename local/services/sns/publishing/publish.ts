/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html and API_PublishBatch.html */
import { randomUUID } from 'node:crypto';
import type { PublishBatchInput, PublishInput } from '@aws-sdk/client-sns';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, Operation } from '../../../kernel/service.ts';
import { invalidParameter, notEmulated } from '../errors.ts';
import { verdictOf } from '../filter/matching.ts';
import type { Message } from '../message.ts';
import type { Topic } from '../records.ts';
import type { Operations, Room, With } from '../room.ts';
import { createFifoLedger } from './fifo.ts';
import { DEFAULT_MOST_BYTES, type Given, readAttributes, readMessage } from './read-message.ts';

const MOST_ENTRIES = 10;
const MOST_TEXT_CHARACTERS = 1_600;

interface Published {
  readonly MessageId: string;
  readonly SequenceNumber?: string;
}

export function publishOperations(room: Room): Operations {
  const { repository, needs, courier, mailbox, metrics, store, clock } = room;
  const ledger = createFifoLedger(room);

  /** Durable when it returns: the message and all that is to be delivered of it. */
  function accept(topic: Topic, given: Given, { traceHeader }: CallContext): Published {
    const [message, bytes] = readMessage(given, topic, { now: clock.now(), traceHeader });
    const published = store.transaction(() => {
      if (!topic.isFifo) return fanOut(message);
      const { messageId, sequenceNumber, isDuplicate } = ledger.accept(topic, message);
      if (!isDuplicate) fanOut({ ...message, sequenceNumber });
      return { MessageId: messageId, SequenceNumber: sequenceNumber };
    });
    metrics.published(topic.arn, bytes);
    return published;
  }

  function fanOut(message: Message): Published {
    for (const { subscription, filter } of repository.subscribers(message.topicArn)) {
      const verdict = filter ? verdictOf(filter, subscription.filterPolicyScope, message) : 'accepted';
      if (verdict !== 'accepted') metrics.filteredOut(message.topicArn, verdict);
      else courier.put({ kind: 'notification', subscription, message, acceptedAt: message.publishedAt, tries: 0 });
    }
    return { MessageId: message.id };
  }

  /** Texts go to the mailbox at once: there is nothing to try again. */
  function text(PhoneNumber: string, { Message: body = '', MessageAttributes }: PublishInput): Published {
    if (!/^\+[1-9]\d{1,14}$/.test(PhoneNumber)) {
      throw invalidParameter(`PhoneNumber Reason: ${PhoneNumber} is not valid to publish to`);
    }
    if (body === '') throw invalidParameter('Empty message');
    if (body.length > MOST_TEXT_CHARACTERS) throw invalidParameter('Message too long');
    readAttributes(MessageAttributes);
    mailbox.deliver({ medium: 'SMS', destination: PhoneNumber, body, source: 'Notification' });
    metrics.textMessage();
    return { MessageId: randomUUID() };
  }

  const publish: Operation<PublishInput> = {
    requires(input, call) {
      const arn = targetOf(input);
      if (arn !== undefined) return needs.toPublish(arn, call);
      return input.PhoneNumber === undefined ? [] : [needs.onAll('Publish')];
    },
    handle(input, call) {
      const given = [input.TopicArn, input.TargetArn, input.PhoneNumber].filter((each) => each !== undefined);
      if (given.length !== 1) {
        throw invalidParameter(
          given.length === 0
            ? 'TopicArn or TargetArn Reason: no value for required parameter'
            : 'TopicArn or TargetArn or PhoneNumber Reason: only one of them can be given',
        );
      }
      if (input.PhoneNumber !== undefined) return text(input.PhoneNumber, input);
      const arn = targetOf(input)!;
      if (/^arn:[^:]+:sns:[^:]+:\d{12}:(?:app|endpoint)\//.test(arn)) throw notEmulated('Publishing to mobile devices');
      return accept(repository.getTopic(arn), input, call);
    },
  };

  const publishBatch: Operation<With<PublishBatchInput, 'TopicArn' | 'PublishBatchRequestEntries'>> = {
    requires: (input, call) => needs.toPublish(input.TopicArn, call),
    handle(input, call) {
      const entries = input.PublishBatchRequestEntries as readonly (Given & { readonly Id: string })[];
      const topic = repository.getTopic(input.TopicArn);
      checkEntries(entries, Number(topic.attributes['MaximumMessageSize'] ?? DEFAULT_MOST_BYTES));
      const Successful: (Published & { Id: string })[] = [];
      const Failed: { Id: string; Code: string; Message: string; SenderFault: boolean }[] = [];
      store.transaction(() => {
        for (const { Id, ...given } of entries) {
          try {
            Successful.push({ Id, ...accept(topic, given, call) });
          } catch (error) {
            if (!(error instanceof AwsError)) throw error;
            const Code = error.code.replace(/Exception$/, '');
            Failed.push({ Id, Code, Message: error.message, SenderFault: error.fault === 'client' });
          }
        }
      });
      return { Successful, Failed };
    },
  };

  return { Publish: publish, PublishBatch: publishBatch };
}

const targetOf = ({ TopicArn, TargetArn }: PublishInput): string | undefined => TopicArn ?? TargetArn;

function checkEntries(entries: readonly (Given & { readonly Id: string })[], mostBytes: number): void {
  if (entries.length === 0) {
    throw new AwsError('EmptyBatchRequestException', "The batch request doesn't contain any entries.");
  }
  if (entries.length > MOST_ENTRIES) {
    throw new AwsError(
      'TooManyEntriesInBatchRequestException',
      'The batch request contains more entries than permissible.',
    );
  }
  for (const { Id } of entries) {
    if (!/^[\w-]{1,80}$/.test(Id)) {
      throw new AwsError(
        'InvalidBatchEntryIdException',
        "The Id of a batch entry in a batch request doesn't abide by the specification.",
      );
    }
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw new AwsError(
      'BatchEntryIdsNotDistinctException',
      'Two or more batch entries in the request have the same Id.',
    );
  }
  const bytes = entries.reduce((sum, { Message = '' }) => sum + Buffer.byteLength(Message), 0);
  if (bytes > mostBytes) {
    throw new AwsError(
      'BatchRequestTooLongException',
      'The length of all the batch messages put together is more than the limit.',
    );
  }
}
