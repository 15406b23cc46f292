/** How a message reaches each kind of endpoint. All throw DeliveryFailed. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { Refusal } from '../../../kernel/doors.ts';
import type { Call, ServiceContext } from '../../../kernel/service.ts';
import { bodyFor, type Message } from '../message.ts';
import { functionEvent, type Links, notificationText } from '../notifications.ts';
import type { Subscription } from '../records.ts';

export const SNS = 'sns.amazonaws.com';

/** `isFinal`: a client's error, as SNS calls it: to try again would change nothing. */
export class DeliveryFailed extends Error {
  readonly code: string;
  readonly statusCode: number;
  readonly isFinal: boolean;

  constructor(code: string, message: string, statusCode: number, isFinal: boolean) {
    super(message);
    this.name = 'DeliveryFailed';
    this.code = code;
    this.statusCode = statusCode;
    this.isFinal = isFinal;
  }
}

export type Context = Pick<ServiceContext, 'dispatch' | 'accountId' | 'region'>;

interface QueueMessage {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, object>>;
}

export async function toFunction(
  message: Message,
  subscription: Subscription,
  links: Links,
  context: Context,
): Promise<void> {
  const Payload = await functionEvent(message, subscription, links);
  const input = { FunctionName: subscription.endpoint, InvocationType: 'Event', Payload };
  await send({ service: 'lambda', operation: 'Invoke', input }, message, context);
}

export async function toQueue(
  message: Message,
  subscription: Subscription,
  links: Links,
  context: Context,
): Promise<void> {
  const content = subscription.rawDelivery
    ? rawContent(message)
    : { body: await notificationText(message, subscription, links) };
  await sendToQueue(subscription.endpoint, content, message, context);
}

/** What was not delivered, as it would have been, with the reason. */
export async function toDeadLetterQueue(
  queueArn: string,
  message: Message,
  subscription: Subscription,
  because: { readonly code: string; readonly message: string },
  links: Links,
  context: Context,
): Promise<void> {
  const content: QueueMessage = subscription.rawDelivery
    ? rawContent(message)
    : { body: await notificationText(message, subscription, links) };
  const text = (StringValue: string) => ({ DataType: 'String', StringValue });
  const reason = { ErrorCode: text(because.code), ErrorMessage: text(because.message || because.code) };
  // A queue takes ten attributes: the message's own come first.
  const room = 10 - Object.keys(content.attributes ?? {}).length;
  const attributes = { ...content.attributes, ...(room >= 2 && reason) };
  await sendToQueue(queueArn, { ...content, attributes }, message, context);
}

const MOST_RAW_ATTRIBUTES = 10;

/** https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html */
function rawContent(message: Message): QueueMessage {
  const entries = Object.entries(message.attributes);
  if (entries.length > MOST_RAW_ATTRIBUTES) {
    throw new DeliveryFailed('InvalidParameterValue', 'A queue takes at most 10 message attributes', 400, true);
  }
  const attributes = Object.fromEntries(
    entries.map(([name, { type, value }]) => [
      name,
      type.startsWith('Binary')
        ? { DataType: type, BinaryValue: new Uint8Array(Buffer.from(value, 'base64')) }
        : { DataType: type, StringValue: value },
    ]),
  );
  return { body: bodyFor(message, 'sqs'), attributes };
}

async function sendToQueue(
  arn: string,
  { body, attributes = {} }: QueueMessage,
  message: Message,
  context: Context,
): Promise<void> {
  const [, , , region, account, name = ''] = arn.split(':');
  const { groupId, deduplicationId, traceHeader } = message;
  const input = {
    QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
    MessageBody: body,
    ...(Object.keys(attributes).length > 0 && { MessageAttributes: attributes }),
    ...(groupId !== undefined && { MessageGroupId: groupId }),
    ...(name.endsWith('.fifo') && deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
    ...(traceHeader !== undefined && {
      MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: traceHeader } },
    }),
  };
  await send({ service: 'sqs', operation: 'SendMessage', input }, message, context);
}

async function send(
  call: Pick<Call, 'service' | 'operation' | 'input'>,
  { topicArn, traceHeader }: Message,
  { dispatch, accountId }: Context,
): Promise<void> {
  const caller = { kind: 'service', service: SNS, sourceArn: topicArn, sourceAccount: accountId } as const;
  try {
    await dispatch({ ...call, caller, ...(traceHeader !== undefined && { traceHeader }) });
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { code, message, statusCode } = error;
    const isThrottled = statusCode === 429 || /throttl|toomanyrequests|overlimit/i.test(code);
    throw new DeliveryFailed(code, message, statusCode, error instanceof Refusal || (statusCode < 500 && !isThrottled));
  }
}
