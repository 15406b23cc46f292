/**
 * What subscribers are sent: the JSON documents of notifications and confirmations.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
import { bodyFor, type Message } from './message.ts';
import type { Subscription } from './records.ts';
import type { Signer } from './signer.ts';

export interface Links {
  readonly endpointUrl: string;
  readonly signer: Signer;
}

/** Where the AWS endpoint takes links: whoever follows one signs nothing, and names no service. No bucket has such a name. */
export const LINKS = '/SimpleNotificationService';

type Fields = Readonly<Record<string, unknown>>;

export const unsubscribeUrl = (endpointUrl: string, subscriptionArn: string): string =>
  `${endpointUrl}${LINKS}?Action=Unsubscribe&SubscriptionArn=${subscriptionArn}`;

export const confirmUrl = (endpointUrl: string, { topicArn, token }: Subscription): string =>
  `${endpointUrl}${LINKS}?Action=ConfirmSubscription&TopicArn=${topicArn}&Token=${token}`;

/** As queues and web servers get it: a member on each line, as AWS prints it. */
export async function notificationText(message: Message, subscription: Subscription, links: Links): Promise<string> {
  const { SigningCertURL, ...others } = await notificationFields(message, subscription, links);
  const attributes = attributesOf(message);
  const { UnsubscribeURL, ...first } = others;
  return print({
    ...first,
    ...(SigningCertURL !== undefined && { SigningCertURL }),
    UnsubscribeURL,
    ...(attributes && { MessageAttributes: attributes }),
  });
}

async function notificationFields(message: Message, { protocol, arn }: Subscription, links: Links) {
  const { id, topicArn, subject, publishedAt, sequenceNumber, signatureVersion } = message;
  const signed = {
    Type: 'Notification',
    MessageId: id,
    TopicArn: topicArn,
    Subject: subject,
    Message: bodyFor(message, protocol),
    Timestamp: new Date(publishedAt).toISOString(),
  };
  const signature = signatureVersion && (await links.signer.sign(signed, signatureVersion));
  return {
    Type: signed.Type,
    MessageId: id,
    ...(sequenceNumber !== undefined && { SequenceNumber: sequenceNumber }),
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: signed.Message,
    Timestamp: signed.Timestamp,
    ...(signature && { SignatureVersion: signatureVersion, Signature: signature.signature }),
    SigningCertURL: signature?.certificateUrl,
    UnsubscribeURL: unsubscribeUrl(links.endpointUrl, arn),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html: some members are spelt differently there. */
export async function functionEvent(message: Message, subscription: Subscription, links: Links): Promise<string> {
  const { SigningCertURL, UnsubscribeURL, Subject, SignatureVersion, Signature, ...fields } = await notificationFields(
    message,
    subscription,
    links,
  );
  const { Type, MessageId, TopicArn, Message: text, Timestamp } = fields;
  const record = {
    EventSource: 'aws:sns',
    EventVersion: '1.0',
    EventSubscriptionArn: subscription.arn,
    Sns: {
      Type,
      MessageId,
      TopicArn,
      Subject: Subject ?? null,
      Message: text,
      Timestamp,
      SignatureVersion,
      Signature,
      SigningCertUrl: SigningCertURL,
      UnsubscribeUrl: UnsubscribeURL,
      MessageAttributes: attributesOf(message) ?? {},
    },
  };
  return JSON.stringify({ Records: [record] });
}

/** Sent to web servers (and as email-json) before the first message, and after the last. */
export async function confirmationText(
  kind: 'SubscriptionConfirmation' | 'UnsubscribeConfirmation',
  subscription: Subscription,
  { messageId, at, signatureVersion }: { messageId: string; at: number; signatureVersion: '1' | '2' },
  links: Links,
): Promise<string> {
  const { topicArn, arn, token } = subscription;
  const told =
    kind === 'SubscriptionConfirmation'
      ? `You have chosen to subscribe to the topic ${topicArn}.\nTo confirm the subscription, visit the SubscribeURL included in this message.`
      : `You have chosen to deactivate subscription ${arn}.\nTo cancel this operation and restore the subscription, visit the SubscribeURL included in this message.`;
  const fields = {
    Type: kind,
    MessageId: messageId,
    Token: token,
    TopicArn: topicArn,
    Message: told,
    SubscribeURL: confirmUrl(links.endpointUrl, subscription),
    Timestamp: new Date(at).toISOString(),
  };
  const { signature, certificateUrl } = await links.signer.sign(fields, signatureVersion);
  return print({
    ...fields,
    SignatureVersion: signatureVersion,
    Signature: signature,
    SigningCertURL: certificateUrl,
  });
}

/** Undefined without any: the member is then absent. */
function attributesOf({ attributes }: Message): Fields | undefined {
  const entries = Object.entries(attributes).map(([name, { type, value }]) => [name, { Type: type, Value: value }]);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

function print(fields: Fields): string {
  const lines = Object.entries(fields).map(([name, value]) => `  ${JSON.stringify(name)} : ${printValue(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

function printValue(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const lines = Object.entries(value).map(([name, each]) => {
    const { Type, Value } = each as { Type: string; Value: string };
    return `    ${JSON.stringify(name)} : {"Type":${JSON.stringify(Type)},"Value":${JSON.stringify(Value)}}`;
  });
  return `{\n${lines.join(',\n')}\n  }`;
}
