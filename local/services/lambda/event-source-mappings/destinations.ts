/** Where records go that a function could not handle: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-errors.html */
import { randomUUID } from 'node:crypto';
import type { Call } from '../../../kernel/service.ts';
import { queueUrlOf } from './sources.ts';

/**
 * The call that hands `record` to the queue, topic or bucket at `arn`. In a bucket its key has the mapping's UUID and the
 * shard, which the record tells.
 */
export function mappingDestinationCall(
  arn: string,
  record: object,
  uuid: string,
  now: number,
): Omit<Call, 'signal' | 'caller'> {
  const text = JSON.stringify(record);
  const [, , service = '', , , name] = arn.split(':');
  switch (service) {
    case 'sqs':
      return { service, operation: 'SendMessage', input: { QueueUrl: queueUrlOf(arn), MessageBody: text } };
    case 'sns':
      return { service, operation: 'Publish', input: { TopicArn: arn, Message: text } };
    case 's3': {
      const input = { Bucket: name, Key: keyOf(record, uuid, now), Body: Buffer.from(text) };
      return { service, operation: 'PutObject', input };
    }
    default:
      return { service, operation: 'unknown', input: { arn } };
  }
}

/** `aws/lambda/MAPPING/SHARD/2026/11/21/2026-11-21T17.00.00-UUID` */
function keyOf(record: object, uuid: string, now: number): string {
  const batch = Object.values(record).find(
    (value): value is { shardId: string } => typeof (value as { shardId?: unknown } | null)?.shardId === 'string',
  );
  const [date = '', time = ''] = new Date(now)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .split('T');
  const at = `${date.replaceAll('-', '/')}/${date}T${time.replaceAll(':', '.')}`;
  return `aws/lambda/${uuid}/${batch === undefined ? '' : `${batch.shardId}/`}${at}-${randomUUID()}`;
}
