/**
 * Messages out of functions, into a queue.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
import {
  SendMessageCommand,
  type SendMessageCommandOutput,
  type SendMessageRequest,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { tracedClient } from './tracing.ts';

/** The part of the SDK's client that is used, so that tests can stand in for it. */
export type SendMessage = (request: SendMessageRequest) => Promise<Pick<SendMessageCommandOutput, 'MessageId'>>;

export interface QueueOptions {
  readonly url: string;
  /** Of one try; there are two. Default 2,000. */
  readonly timeoutMs?: number;
  readonly send?: SendMessage;
}

/**
 * Resolves when the queue has the message, of at most 1 MiB of the characters of XML 1.0. Rejects with the SDK's error;
 * the message may be there all the same, and after two tries twice.
 */
export function createQueue({ url, timeoutMs = 2_000, send = client(timeoutMs) }: QueueOptions) {
  return async (body: string): Promise<void> => {
    await send({ QueueUrl: url, MessageBody: body });
  };
}

function client(requestTimeout: number): SendMessage {
  const requestHandler = { connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true };
  // A URL names the queue; where SQS is, AWS_ENDPOINT_URL says, and the Region.
  const sqs = tracedClient(new SQSClient({ maxAttempts: 2, useQueueUrlAsEndpoint: false, requestHandler }));
  return (request) => sqs.send(new SendMessageCommand(request));
}
