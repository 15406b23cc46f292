/**
 * A message as the function gets it. Pure. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event
 */
import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';

export interface QueueItem {
  readonly id: string;
  readonly receiptHandle: string;
  /** ms since 1970 */
  readonly receivedAt: number;
  readonly traceHeader: string | undefined;
  /** The record as JSON text. */
  readonly text: string;
  /** Of `text`. */
  readonly bytes: number;
}

export interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, object>>;
  readonly md5OfMessageAttributes?: string;
  readonly md5OfBody: string;
  readonly eventSource: 'aws:sqs';
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export function queueRecord(message: Message, queueArn: string): QueueRecord {
  const { MD5OfMessageAttributes } = message;
  return {
    messageId: message.MessageId ?? '',
    receiptHandle: message.ReceiptHandle ?? '',
    body: message.Body ?? '',
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [name, attributeOf(value)]),
    ),
    ...(MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody ?? '',
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(':')[3] ?? '',
  };
}

function attributeOf({ StringValue, BinaryValue, DataType }: MessageAttributeValue): object {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}

/**
 * What filters see: a body that is JSON is parsed.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
 */
export function filtered(record: QueueRecord): object {
  const body = parsed(record.body);
  return body === undefined ? record : { ...record, body };
}

function parsed(body: string): object | undefined {
  if (!/^\s*[[{]/.test(body)) return undefined;
  try {
    return JSON.parse(body) as object;
  } catch {
    return undefined;
  }
}

export function itemOf(message: Message, record: QueueRecord, receivedAt: number): QueueItem {
  const text = JSON.stringify(record);
  return {
    id: record.messageId,
    receiptHandle: record.receiptHandle,
    receivedAt,
    traceHeader: message.Attributes?.['AWSTraceHeader'],
    text,
    bytes: Buffer.byteLength(text),
  };
}

export const eventOf = (items: readonly QueueItem[]): string =>
  `{"Records":[${items.map(({ text }) => text).join(',')}]}`;
