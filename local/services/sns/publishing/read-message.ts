/** What a publisher hands over, checked in the order and the words of SNS. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
import { createHash, randomUUID } from 'node:crypto';
import type { MessageAttributeValue, PublishInput } from '@aws-sdk/client-sns';
import { invalidParameter, invalidParameterValue } from '../errors.ts';
import type { Message, MessageAttributes } from '../message.ts';
import type { Topic } from '../records.ts';

export type Given = Pick<
  PublishInput,
  'Message' | 'Subject' | 'MessageStructure' | 'MessageAttributes' | 'MessageGroupId' | 'MessageDeduplicationId'
>;

export const DEFAULT_MOST_BYTES = 262_144;

interface Context {
  /** ms since 1970 */
  readonly now: number;
  readonly traceHeader?: string | undefined;
}

/** @returns the message and its size in bytes. Throws InvalidParameter, InvalidParameterValue. */
export function readMessage(given: Given, topic: Topic, { now, traceHeader }: Context): readonly [Message, number] {
  const { Message: text = '', Subject, MessageStructure } = given;
  if (text === '') throw invalidParameter('Empty message');
  if (Subject !== undefined) checkSubject(Subject);
  const attributes = readAttributes(given.MessageAttributes);
  const bytes = sizeOf(text, attributes);
  const most = Number(topic.attributes['MaximumMessageSize'] ?? DEFAULT_MOST_BYTES);
  if (bytes > most) throw invalidParameter('Message too long');
  const bodies = MessageStructure === undefined ? undefined : readStructure(text, MessageStructure);
  const message: Message = {
    id: randomUUID(),
    topicArn: topic.arn,
    ...(Subject !== undefined && { subject: Subject }),
    body: bodies?.['default'] ?? text,
    ...(bodies && { bodies }),
    attributes,
    publishedAt: now,
    ...groupOf(given, topic),
    ...(!topic.isFifo && { signatureVersion: topic.attributes['SignatureVersion'] === '2' ? '2' : '1' }),
    ...(traceHeader !== undefined && { traceHeader }),
  };
  return [message, bytes];
}

function checkSubject(subject: string): void {
  const isFine = subject.length > 0 && subject.length <= 100 && /^[!-~][ -~]*$/.test(subject);
  if (!isFine) throw invalidParameter('Subject');
}

const PROTOCOLS = new Set(['default', 'email', 'email-json', 'http', 'https', 'lambda', 'sms', 'sqs', 'firehose']);

/** One text for each protocol; what is no protocol, or no text, does not count. */
function readStructure(text: string, structure: string): Readonly<Record<string, string>> {
  if (structure !== 'json') throw invalidParameter('Invalid parameter: MessageStructure');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidParameter('Message Structure - JSON message body failed to parse');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidParameter('Message Structure - JSON message body failed to parse');
  }
  const bodies = Object.entries(value).filter(
    (entry): entry is [string, string] => PROTOCOLS.has(entry[0]) && typeof entry[1] === 'string',
  );
  if (!bodies.some(([protocol]) => protocol === 'default')) {
    throw invalidParameter('Message Structure - No default entry in JSON message body');
  }
  return Object.fromEntries(bodies);
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html */
export function readAttributes(given: Readonly<Record<string, MessageAttributeValue>> | undefined): MessageAttributes {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, attribute]) => [name, readAttribute(name, attribute)]),
  );
}

function readAttribute(
  name: string,
  { DataType: type = '', StringValue, BinaryValue }: MessageAttributeValue,
): MessageAttributes[string] {
  const isName = /^[\w.-]{1,256}$/.test(name) && !/^\.|\.$|\.\./.test(name) && !/^(?:aws|amazon)\./i.test(name);
  if (!isName) throw invalidParameterValue(`The message attribute name '${name}' is invalid.`);
  if (type === '') {
    throw invalidParameterValue(`The message attribute '${name}' must contain non-empty message attribute type.`);
  }
  const [kind = ''] = type.split('.');
  if (!['Binary', 'Number', 'String'].includes(kind) || !/^[\w.-]{1,256}$/.test(type)) {
    throw invalidParameterValue(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const value = kind === 'Binary' ? BinaryValue && Buffer.from(BinaryValue).toString('base64') : StringValue;
  if (value === undefined || value === '') {
    throw invalidParameterValue(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${type}'.`,
    );
  }
  if (kind === 'Number' && !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value)) {
    throw invalidParameterValue(`Could not cast message attribute '${name}' value to number.`);
  }
  return { type, value };
}

function sizeOf(text: string, attributes: MessageAttributes): number {
  let bytes = Buffer.byteLength(text);
  for (const [name, { type, value }] of Object.entries(attributes)) {
    const length = type.startsWith('Binary') ? Buffer.byteLength(value, 'base64') : Buffer.byteLength(value);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(type) + length;
  }
  return bytes;
}

const GROUP = /^[!-~]{1,128}$/;

/** https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html */
function groupOf(
  { Message: text = '', MessageGroupId, MessageDeduplicationId }: Given,
  { isFifo, attributes }: Topic,
): Pick<Message, 'groupId' | 'deduplicationId'> {
  if (MessageGroupId !== undefined && !GROUP.test(MessageGroupId)) throw invalidParameter('MessageGroupId');
  if (!isFifo) {
    if (MessageDeduplicationId !== undefined) {
      throw invalidParameter(
        'MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for this topic type',
      );
    }
    // Goes on to standard queues, where it makes them fair.
    return MessageGroupId === undefined ? {} : { groupId: MessageGroupId };
  }
  if (MessageGroupId === undefined) {
    throw invalidParameter('The MessageGroupId parameter is required for FIFO topics');
  }
  if (MessageDeduplicationId !== undefined) {
    if (!GROUP.test(MessageDeduplicationId)) throw invalidParameter('MessageDeduplicationId');
    return { groupId: MessageGroupId, deduplicationId: MessageDeduplicationId };
  }
  if (attributes['ContentBasedDeduplication'] !== 'true') {
    throw invalidParameter(
      'The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  return { groupId: MessageGroupId, deduplicationId: createHash('sha256').update(text).digest('hex') };
}
