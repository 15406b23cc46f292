/** What comes by mail and as a text message. https://docs.aws.amazon.com/sns/latest/dg/sns-email-notifications.html */
import type { MailboxMessage } from '../mailbox.ts';
import { bodyFor, type Message } from '../message.ts';
import { type Links, notificationText, unsubscribeUrl } from '../notifications.ts';
import type { Subscription, Topic } from '../records.ts';

const DEFAULT_SUBJECT = 'AWS Notification Message';

export async function letterOf(
  message: Message,
  { attributes }: Topic,
  subscription: Subscription,
  links: Links,
): Promise<Omit<MailboxMessage, 'id' | 'sentAt'>> {
  const { protocol, endpoint: destination } = subscription;
  const { topicArn, subject = DEFAULT_SUBJECT } = message;
  const text = bodyFor(message, protocol);
  const common = { topicArn, destination, source: 'Notification' } as const;
  switch (protocol) {
    case 'sms': {
      const name = attributes['DisplayName'];
      return { ...common, medium: 'SMS', body: name ? `${name}> ${text}` : text };
    }
    case 'email-json':
      return { ...common, medium: 'EMAIL', subject, body: await notificationText(message, subscription, links) };
    default:
      return { ...common, medium: 'EMAIL', subject, body: `${text}\n\n${footer(subscription, links)}` };
  }
}

const footer = ({ arn }: Subscription, { endpointUrl }: Links): string =>
  `--\nIf you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:\n${unsubscribeUrl(endpointUrl, arn)}\n`;
