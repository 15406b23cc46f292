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

/** What is answered for the messages of a queue that were not handled; the log has why. */
function createFailures() {
  const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
  return {
    answer: { batchItemFailures } satisfies SQSBatchResponse,
    add({ messageId }: SQSRecord, error: unknown): void {
      logger.error('A message was not handled', { error: asError(error), messageId });
      batchItemFailures.push({ itemIdentifier: messageId });
    },
  };
}

/** Messages of a queue, one after the other, each failure for itself. */
export function queueBatches(handle: (record: SQSRecord, context: Context) => Promise<void>) {
  return async ({ Records }: SQSEvent, context: Context): Promise<SQSBatchResponse> => {
    const failures = createFailures();
    for (const record of Records) {
      try {
        await handle(record, context);
      } catch (error) {
        failures.add(record, error);
      }
    }
    return failures.answer;
  };
}

export interface Grouping<Message> {
  /** Reads a record's body. Throws where it is not what was expected. */
  readonly read: (body: string) => Message;
  readonly groupOf: (message: Message) => string;
  /** Of one group, in the order of the queue; at least one. */
  readonly handle: (messages: readonly Message[]) => Promise<void>;
}

/** Messages of a queue, those of a group together: what one look can do for all of them is done once. */
export function queueGroups<Message>({ read, groupOf, handle }: Grouping<Message>) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failures = createFailures();
    const groups = new Map<string, { record: SQSRecord; message: Message }[]>();
    for (const record of Records) {
      try {
        const message = read(record.body);
        const name = groupOf(message);
        groups.set(name, [...(groups.get(name) ?? []), { record, message }]);
      } catch (error) {
        failures.add(record, error);
      }
    }
    for (const group of groups.values()) {
      try {
        await handle(group.map(({ message }) => message));
      } catch (error) {
        // One that can never be handled is to take no other with it.
        for (const { record, message } of group) {
          if (group.length === 1) failures.add(record, error);
          else await handle([message]).catch((reason) => failures.add(record, reason));
        }
      }
    }
    return failures.answer;
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
