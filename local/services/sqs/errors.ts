/** The refusals of SQS, by the names its JSON protocol has for them; the query protocol's follow from AWS's model. */
import { AwsError } from '../../kernel/aws-error.ts';

const BATCH =
  'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80';

export const queueDoesNotExist = (): AwsError =>
  new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');

export const invalidAddress = (url: string): AwsError =>
  new AwsError('InvalidAddress', `The address ${url} is not valid for this endpoint.`, { statusCode: 404 });

export const missingParameter = (name: string): AwsError =>
  new AwsError('MissingParameter', `The request must contain the parameter ${name}.`);

export const invalidParameter = (message: string): AwsError => new AwsError('InvalidParameterValue', message);

/** The sentence most of them have. */
export const invalidValue = (value: unknown, name: string, reason: string): AwsError =>
  invalidParameter(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);

export const notForThisType = (value: unknown, name: string): AwsError =>
  invalidValue(value, name, 'The request include parameter that is not valid for this queue type.');

export const invalidAttributeName = (name: string): AwsError =>
  new AwsError('InvalidAttributeName', `Unknown Attribute ${name}.`);

/** Where the name alone is not what is wrong. */
export const badAttributeName = (message: string): AwsError => new AwsError('InvalidAttributeName', message);

export const invalidAttributeValue = (name: string): AwsError =>
  new AwsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);

export const badAttributeValue = (message: string): AwsError => new AwsError('InvalidAttributeValue', message);

export const queueNameExists = (attribute: string): AwsError =>
  new AwsError(
    'QueueNameExists',
    `A queue already exists with the same name and a different value for attribute ${attribute}`,
  );

export const queueDeletedRecently = (): AwsError =>
  new AwsError(
    'QueueDeletedRecently',
    'You must wait 60 seconds after deleting a queue before you can create another with the same name.',
  );

export const purgeInProgress = (name: string): AwsError =>
  new AwsError('PurgeQueueInProgress', `Only one PurgeQueue operation on ${name} is allowed every 60 seconds.`, {
    statusCode: 403,
  });

export const invalidReceiptHandle = (handle: string): AwsError =>
  new AwsError('ReceiptHandleIsInvalid', `The input receipt handle "${handle}" is not a valid receipt handle.`, {
    statusCode: 404,
  });

export const expiredReceiptHandle = (handle: string): AwsError =>
  invalidValue(handle, 'ReceiptHandle', 'The receipt handle has expired.');

export const messageGone = (handle: string): AwsError =>
  invalidValue(handle, 'ReceiptHandle', 'Message does not exist or is not available for visibility timeout change.');

export const noDeduplicationId = (): AwsError =>
  invalidParameter(
    'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
  );

export const messageNotInflight = (): AwsError =>
  new AwsError('MessageNotInflight', "The specified message isn't in flight.");

export const overLimit = (message: string): AwsError => new AwsError('OverLimit', message, { statusCode: 403 });

export const emptyBatch = (entry: string): AwsError =>
  new AwsError('EmptyBatchRequest', `There should be at least one ${entry} in the request.`);

export const tooManyEntries = (count: number): AwsError =>
  new AwsError('TooManyEntriesInBatchRequest', `Maximum number of entries per request are 10. You have sent ${count}.`);

export const idsNotDistinct = (id: string): AwsError => new AwsError('BatchEntryIdsNotDistinct', `Id ${id} repeated.`);

export const invalidEntryId = (): AwsError => new AwsError('InvalidBatchEntryId', `${BATCH} letters long.`);

export const batchTooLong = (limit: number, bytes: number): AwsError =>
  new AwsError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${limit} bytes. You have sent ${bytes} bytes.`,
  );

export const invalidContents = (character: number): AwsError =>
  new AwsError(
    'InvalidMessageContents',
    `Invalid binary character '#x${character.toString(16).toUpperCase()}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`,
  );

export const unsupportedOperation = (message: string): AwsError => new AwsError('UnsupportedOperation', message);

export const resourceNotFound = (message: string): AwsError =>
  new AwsError('ResourceNotFoundException', message, { statusCode: 404 });
