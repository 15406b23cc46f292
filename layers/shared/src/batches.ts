/** Work that comes in batches and may be done again without harm: nothing is remembered but what failed. */
import type {
  Context,
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  SQSBatchResponse,
  SQSEvent,
  SQSRecord,
} from 'aws-lambda';
import { logger } from './observability.ts';
import { asError } from './tracing.ts';

/** Messages of a queue, one after the other, each failure for itself. */
export function queueBatches(handle: (record: SQSRecord, context: Context) => Promise<void>) {
  return async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    for (const record of Records) {
      try {
        await handle(record, context);
      } catch (error) {
        logger.error('A message was not handled', { error: asError(error), messageId: record.messageId });
        failed.push(record.messageId);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

/**
 * Records of a table's stream, one after the other. After one that is not handled nothing further is: Lambda begins again
 * there, and order stays. https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function streamBatches(handle: (record: DynamoDBRecord) => Promise<void>) {
  return async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    for (const record of Records) {
      try {
        await handle(record);
      } catch (error) {
        const itemIdentifier = record.dynamodb?.SequenceNumber ?? '';
        logger.error('A record was not handled', { error: asError(error), sequenceNumber: itemIdentifier });
        return { batchItemFailures: [{ itemIdentifier }] };
      }
    }
    return { batchItemFailures: [] };
  };
}
