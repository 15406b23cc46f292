/**
 * What S3 says on the default bus of a file that has arrived.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */

/** What was taken off the queue is not that. Quotes nothing of it. */
export class NotAnArrival extends Error {
  override readonly name = 'NotAnArrival';
}

/**
 * The key of the object, as it is: on the bus keys are not encoded.
 * @throws NotAnArrival
 */
export function arrivedKey(body: string): string {
  let event: { 'detail-type'?: unknown; detail?: { object?: { key?: unknown } } } | null;
  try {
    event = JSON.parse(body);
  } catch {
    throw new NotAnArrival('The message is not JSON');
  }
  const key = event?.detail?.object?.key;
  if (event?.['detail-type'] !== 'Object Created' || typeof key !== 'string') {
    throw new NotAnArrival('The message tells of no object that was created');
  }
  return key;
}
