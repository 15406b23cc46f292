/** A queue of the test's own that hears everything the help desk hands over to the world: it subscribes to the last topic. */
import { SetSubscriptionAttributesCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Mail } from './account.ts';
import type { Desk } from './desk.ts';

export const WITNESS = 'chaos-witness';

export interface HeardMail extends Mail {
  /** `received`, `answered`, … */
  readonly kind: string;
  /** When it was handed over, ms since 1970. */
  readonly at: number;
}

/** What `notify.ts` puts behind the id of the event: `-` and 16 digits of the recipient. */
const RECIPIENT_LENGTH = 17;

/** Resolves when nothing can be missed any more; what it hears survives a crash of `sampan`. */
export async function callWitness(desk: Desk): Promise<void> {
  const { MailTopic: TopicArn = '' } = await desk.physicalIds();
  const [sqs, sns] = [new SQSClient(desk.client), new SNSClient(desk.client)];
  try {
    const [, , , region, account] = TopicArn.split(':');
    const arn = `arn:aws:sqs:${region}:${account}:${WITNESS}`;
    const allowed = {
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: arn,
      Condition: { ArnEquals: { 'aws:SourceArn': TopicArn } },
    };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [allowed] });
    await sqs.send(new CreateQueueCommand({ QueueName: WITNESS, Attributes: { Policy } }));
    const subscribe = new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arn, ReturnSubscriptionArn: true });
    const { SubscriptionArn } = await sns.send(subscribe);
    const raw = { AttributeName: 'RawMessageDelivery', AttributeValue: 'true' };
    await sns.send(new SetSubscriptionAttributesCommand({ SubscriptionArn, ...raw }));
  } finally {
    sqs.destroy();
    sns.destroy();
  }
}

/** Takes what it has heard since it was asked last. */
export async function heard(desk: Desk): Promise<HeardMail[]> {
  const QueueUrl = `${desk.awsUrl}/123456789012/${WITNESS}`;
  const sqs = new SQSClient(desk.client);
  const mails: HeardMail[] = [];
  try {
    for (;;) {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
      );
      if (Messages.length === 0) return mails;
      mails.push(...Messages.map(mailOf));
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    }
  } finally {
    sqs.destroy();
  }
}

function mailOf({ MessageAttributes, Attributes, Body }: Message): HeardMail {
  const [id, kind] = ['id', 'kind'].map((name) => MessageAttributes?.[name]?.StringValue);
  if (id === undefined || kind === undefined) throw new Error(`a mail has no id or kind: ${Body}`);
  return { id, kind, eventId: id.slice(0, -RECIPIENT_LENGTH), at: Number(Attributes?.['SentTimestamp']) };
}
