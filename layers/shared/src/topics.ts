/**
 * Messages out of functions, onto an SNS topic.
 * https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
 */
import { PublishCommand, type PublishInput, type PublishResponse, SNSClient } from '@aws-sdk/client-sns';
import { tracedClient } from './tracing.ts';

export interface TopicMessage {
  readonly text: string;
  /** Of e-mail: one line of at most 100 characters of ASCII. */
  readonly subject?: string;
  /** What subscriptions can filter by. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** FIFO topics only: what is published again within five minutes under the same `id` has no effect. */
  readonly order?: { readonly group: string; readonly id: string };
}

/** The part of the SDK's client that is used, so that tests can stand in for it. */
export type PublishMessage = (input: PublishInput) => Promise<Pick<PublishResponse, 'MessageId'>>;

export interface TopicOptions {
  readonly arn: string;
  /** Of one try. Default 2,000. */
  readonly timeoutMs?: number;
  /** Default 2. */
  readonly tries?: number;
  readonly publish?: PublishMessage;
}

/**
 * Resolves when the topic has the message. Rejects with the SDK's error; the message may have arrived all the same, and
 * twice after two tries, where it has no `order`.
 */
export function createTopic({ arn, timeoutMs = 2_000, tries = 2, publish = client(timeoutMs, tries) }: TopicOptions) {
  return async ({ text, subject, attributes = {}, order }: TopicMessage): Promise<void> => {
    await publish({
      TopicArn: arn,
      Message: text,
      Subject: subject,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
      ),
      MessageGroupId: order?.group,
      MessageDeduplicationId: order?.id,
    });
  };
}

function client(requestTimeout: number, maxAttempts: number): PublishMessage {
  const requestHandler = { connectionTimeout: 1_000, requestTimeout, throwOnRequestTimeout: true };
  const sns = tracedClient(new SNSClient({ maxAttempts, requestHandler }));
  return (input) => sns.send(new PublishCommand(input));
}
