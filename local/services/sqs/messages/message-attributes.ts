/**
 * Attributes of messages: what AWS takes, how large they are, and their digest.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { invalidParameter } from '../errors.ts';

export type MessageAttributes = Readonly<Record<string, MessageAttributeValue>>;

const MOST = 10;
const LONGEST = 256;
const NAME = /^(?!\.)(?!.*\.\.)(?!.*\.$)[A-Za-z0-9_.-]{1,256}$/;
const RESERVED = /^(?:aws|amazon)\./i;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

/** Throws InvalidParameterValue. */
export function checkMessageAttributes(attributes: MessageAttributes): void {
  const entries = Object.entries(attributes);
  if (entries.length > MOST) {
    throw invalidParameter(`Number of message attributes [${entries.length}] exceeds the allowed maximum [${MOST}].`);
  }
  for (const [name, value] of entries) {
    if (name.length > LONGEST) {
      throw invalidParameter(`Length of message attribute name must be less than ${LONGEST} bytes.`);
    }
    if (!NAME.test(name) || RESERVED.test(name)) {
      throw invalidParameter(
        `Invalid message attribute name '${name}': it is reserved, or has characters that are not allowed.`,
      );
    }
    checkValue(name, value);
  }
}

export function checkValue(name: string, { DataType = '', StringValue, BinaryValue, ...lists }: MessageAttributeValue) {
  if (lists.StringListValues?.length || lists.BinaryListValues?.length) {
    throw invalidParameter(`Message attribute list values in SendMessage operation are not supported.`);
  }
  if (DataType === '')
    throw invalidParameter(`The message attribute '${name}' must contain a non-empty message attribute type.`);
  const [kind] = DataType.split('.', 1);
  if (DataType.length > LONGEST || !(kind === 'String' || kind === 'Number' || kind === 'Binary')) {
    throw invalidParameter(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  const given = kind === 'Binary' ? BinaryValue : StringValue;
  const other = kind === 'Binary' ? StringValue : BinaryValue;
  if (!given?.length) {
    throw invalidParameter(`Message (user) attribute '${name}' must contain a non-empty value of type '${DataType}'.`);
  }
  if (other?.length) {
    throw invalidParameter(
      `The message attribute '${name}' with type '${DataType}' must use field '${kind === 'Binary' ? 'Binary' : 'String'}'.`,
    );
  }
  if (kind === 'Number' && !isNumber(StringValue!)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}

/** Up to 38 digits, between -10^128 and 10^126. */
function isNumber(text: string): boolean {
  const digits = text
    .replace(/[eE].*$/, '')
    .replace(/\D/g, '')
    .replace(/^0+/, '');
  return NUMBER.test(text) && digits.length <= 38 && Math.abs(Number(text)) <= 1e126;
}

/** Bytes they count for: names, types and values. */
export function sizeOf(attributes: MessageAttributes | undefined): number {
  let size = 0;
  for (const name in attributes) {
    const { DataType = '', StringValue, BinaryValue } = attributes[name]!;
    size += Buffer.byteLength(name) + Buffer.byteLength(DataType);
    size += StringValue === undefined ? (BinaryValue?.length ?? 0) : Buffer.byteLength(StringValue);
  }
  return size;
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation */
export function md5OfAttributes(attributes: MessageAttributes | undefined): string | undefined {
  const names = Object.keys(attributes ?? {});
  if (names.length === 0) return undefined;
  const digest = createHash('md5');
  const put = (value: Uint8Array): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(value.length);
    digest.update(length).update(value);
  };
  for (const name of names.sort()) {
    const { DataType = '', StringValue, BinaryValue } = attributes![name]!;
    put(Buffer.from(name));
    put(Buffer.from(DataType));
    digest.update(Buffer.of(DataType.startsWith('Binary') ? 2 : 1));
    put(StringValue === undefined ? (BinaryValue ?? Buffer.alloc(0)) : Buffer.from(StringValue));
  }
  return digest.digest('hex');
}

/** Those a receiver asked for: by name, by `prefix.*`, or all. */
export function selected(
  attributes: MessageAttributes | undefined,
  names: readonly string[],
): MessageAttributes | undefined {
  if (!attributes || names.length === 0) return undefined;
  if (names.includes('All') || names.includes('.*')) return attributes;
  const prefixes = names.filter((name) => name.endsWith('.*')).map((name) => name.slice(0, -1));
  const found = Object.entries(attributes).filter(
    ([name]) => names.includes(name) || prefixes.some((prefix) => name.startsWith(prefix)),
  );
  return found.length === 0 ? undefined : Object.fromEntries(found);
}
