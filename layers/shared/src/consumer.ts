/**
 * Work that comes in batches off a queue: one message after the other, each once in effect, each failure for itself, so
 * that one message that cannot be handled holds up no other.
 *
 * What was done is remembered in a DynamoDB table (key `id`, time to live `expiration`) by Powertools Idempotency: a
 * message that comes again while it is being handled fails until it is known how that ended.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
import {
  BatchProcessor,
  EventType,
  processPartialResponse,
  SqsFifoPartialProcessorAsync,
} from '@aws-lambda-powertools/batch';
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import type { BasePersistenceLayer } from '@aws-lambda-powertools/idempotency/persistence';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { logger } from './observability.ts';
import { dynamoDbClient } from './tables/client.ts';
import { asError } from './tracing.ts';

/** Longer than a message can stay in a queue after its first delivery, with what a redrive of dead letters adds. */
export const REMEMBERED_SECONDS = 15 * 24 * 3_600;

/**
 * With less left a message is not begun. A function that runs into its time-out says nothing of what it has handled, and
 * costs a cold start: a database that is away would do that to every batch, for each message waits for it.
 */
const LEAST_MS = 4_000;

/** The message comes again, as any that failed. */
class NoTimeLeft extends Error {
  override readonly name = 'NoTimeLeft';
}

export interface ConsumerOptions<Message> {
  /** Reads a record's body. Throws where it is not what was expected: the message then ends among the dead letters. */
  readonly read: (body: string, record: SQSRecord) => Message;
  /** What is the same for a message that comes twice, e.g. the id of its event. */
  readonly key: (message: Message) => string;
  readonly handle: (message: Message, context: Context) => Promise<void>;
  /** Where it is remembered what was done. */
  readonly store: BasePersistenceLayer;
  /** Of a FIFO queue: after a failure the rest of its group waits. Default false. */
  readonly inOrder?: boolean;
}

export function consumer<Message>({ read, key, handle, store, inOrder }: ConsumerOptions<Message>) {
  const config = new IdempotencyConfig({
    eventKeyJmesPath: 'key',
    throwOnNoIdempotencyKey: true,
    expiresAfterSeconds: REMEMBERED_SECONDS,
  });
  const once = makeIdempotent(
    async ({ message, context }: { key: string; message: Message; context: Context }): Promise<null> => {
      await handle(message, context);
      return null;
    },
    { persistenceStore: store, config },
  );
  return async (event: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    config.registerLambdaContext(context);
    let begun = 0;
    let isLate = false;
    const processRecord = async (record: SQSRecord): Promise<void> => {
      isLate ||= begun > 0 && context.getRemainingTimeInMillis() < LEAST_MS;
      if (isLate) throw new NoTimeLeft();
      begun += 1;
      try {
        const message = read(record.body, record);
        await once({ key: key(message), message, context });
      } catch (error) {
        logger.error('A message was not handled', { error: asError(error), messageId: record.messageId });
        throw error;
      }
    };
    // All of them may fail: Lambda takes the answer for what it says, and logs have said why.
    const options = { context, throwOnFullBatchFailure: false };
    const answer = inOrder
      ? await processPartialResponse(event, processRecord, new SqsFifoPartialProcessorAsync(), {
          ...options,
          skipGroupOnError: true,
        })
      : await processPartialResponse(event, processRecord, new BatchProcessor(EventType.SQS), {
          ...options,
          // A pool has one connection: side by side they would only wait for each other.
          processInParallel: false,
        });
    if (isLate) logger.warn('Messages are left for their next attempt', { messages: event.Records.length - begun });
    return answer;
  };
}

/** The store used on Lambda. */
export function doneWork(tableName: string): BasePersistenceLayer {
  return new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: dynamoDbClient() });
}
