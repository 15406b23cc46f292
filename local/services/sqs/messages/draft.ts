/** What a sender asks for, checked and made ready to be kept. */
import { randomUUID } from 'node:crypto';
import type { SendMessageRequest } from '@aws-sdk/client-sqs';
import { arnOf } from '../../../kernel/caller.ts';
import type { CallContext } from '../../../kernel/service.ts';
import { invalidParameter, invalidValue, missingParameter, noDeduplicationId, notForThisType } from '../errors.ts';
import type { Draft } from '../queues/message-queue.ts';
import type { QueueRecord, Settings } from '../queues/queue-record.ts';
import { checkMessageAttributes, checkValue, md5OfAttributes, sizeOf } from './message-attributes.ts';
import { checkBody, md5, sha256 } from './message-body.ts';

export type Entry = Omit<SendMessageRequest, 'QueueUrl'>;

/** Of `MessageGroupId` and `MessageDeduplicationId`. */
const ID = /^[\x21-\x7e]{1,128}$/;

/** Bytes a message counts for. */
export const entrySize = ({ MessageBody = '', MessageAttributes }: Entry): number =>
  Buffer.byteLength(MessageBody) + sizeOf(MessageAttributes);

/**
 * Throws InvalidParameterValue, InvalidMessageContents, MissingParameter.
 * @param inBatch which is told its size in other words
 */
export function draftOf(
  entry: Entry,
  { record: { fifo }, settings }: { readonly record: QueueRecord; readonly settings: Settings },
  call: CallContext,
  inBatch = false,
): Draft {
  const { MessageBody = '', MessageAttributes, MessageSystemAttributes, MessageGroupId: group } = entry;
  if (MessageBody === '') throw missingParameter('MessageBody');
  const size = entrySize(entry);
  if (size > settings.maximumBytes) {
    throw invalidParameter(
      `One or more parameters ${inBatch ? 'cannot be validated' : 'are invalid'}. Reason: Message must be shorter than ${settings.maximumBytes} bytes.`,
    );
  }
  checkBody(MessageBody);
  if (MessageAttributes) checkMessageAttributes(MessageAttributes);
  checkId('MessageGroupId', group);
  checkId('MessageDeduplicationId', entry.MessageDeduplicationId);
  if (fifo && group === undefined) throw missingParameter('MessageGroupId');
  const traceHeader = traceOf(MessageSystemAttributes) ?? call.traceHeader;
  const deduplicationId = deduplicationOf(entry, fifo, settings);
  return {
    id: randomUUID(),
    ...(group !== undefined && { group }),
    size,
    ...delayOf(entry.DelaySeconds, fifo),
    content: {
      body: MessageBody,
      md5: md5(MessageBody),
      ...(MessageAttributes && { attributes: MessageAttributes }),
      senderId: senderOf(call),
      ...(traceHeader !== undefined && { traceHeader }),
      ...(deduplicationId !== undefined && { deduplicationId }),
    },
  };
}

/** What the sender compares with his own. */
export const digestsOf = ({ MessageAttributes, MessageSystemAttributes }: Entry) => ({
  MD5OfMessageAttributes: md5OfAttributes(MessageAttributes),
  MD5OfMessageSystemAttributes: md5OfAttributes(MessageSystemAttributes),
});

function checkId(name: 'MessageGroupId' | 'MessageDeduplicationId', value: string | undefined): void {
  if (value === undefined || ID.test(value)) return;
  throw invalidValue(
    value,
    name,
    `${name} can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
  );
}

function deduplicationOf(
  { MessageDeduplicationId, MessageBody = '' }: Entry,
  fifo: boolean,
  { contentBased }: Settings,
): string | undefined {
  if (!fifo) {
    if (MessageDeduplicationId === undefined) return undefined;
    throw notForThisType(MessageDeduplicationId, 'MessageDeduplicationId');
  }
  if (MessageDeduplicationId !== undefined) return MessageDeduplicationId;
  if (contentBased) return sha256(MessageBody);
  throw noDeduplicationId();
}

function delayOf(seconds: number | undefined, fifo: boolean): { delayMs?: number } {
  if (seconds === undefined) return {};
  // The one delay a FIFO queue has is the queue's own.
  if (fifo && seconds !== 0) throw notForThisType(seconds, 'DelaySeconds');
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 900) {
    throw invalidValue(seconds, 'DelaySeconds', 'DelaySeconds must be >= 0 and <= 900.');
  }
  return fifo ? {} : { delayMs: seconds * 1000 };
}

/** The one system attribute a sender may give. */
function traceOf(attributes: Entry['MessageSystemAttributes']): string | undefined {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name !== 'AWSTraceHeader') throw invalidParameter(`Message system attribute name '${name}' is invalid.`);
    checkValue(name, value);
    if (value.DataType !== 'String') {
      throw invalidParameter(`The message system attribute '${name}' must have the type String.`);
    }
    return value.StringValue;
  }
  return undefined;
}

function senderOf({ principal }: CallContext): string {
  return principal.kind === 'role-session' || principal.kind === 'administrator' ? principal.userId : arnOf(principal);
}
