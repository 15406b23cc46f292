/** Who is subscribed: asked, confirmed, described, ended. https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html */
import { randomBytes, randomUUID } from 'node:crypto';
import type {
  ConfirmSubscriptionInput,
  ListSubscriptionsByTopicInput,
  ListSubscriptionsInput,
  SetSubscriptionAttributesInput,
  SubscribeInput,
} from '@aws-sdk/client-sns';
import { arnOf } from '../../../kernel/caller.ts';
import type { CallContext, Operation } from '../../../kernel/service.ts';
import { authorizationError, invalidParameter } from '../errors.ts';
import { confirmUrl } from '../notifications.ts';
import { after, nextToken } from '../paging.ts';
import type { Subscription, SubscriptionProtocol, Topic } from '../records.ts';
import type { Operations, Room, With } from '../room.ts';
import { checkEndpoint } from './endpoint.ts';
import { checkFilter, describeSubscription, type Settings, UNSET, withAttribute } from './subscription-attributes.ts';

const PAGE = 100;
/** Told in place of an ARN until somebody has confirmed. */
const PENDING = 'pending confirmation';

/** Whose endpoint belongs to somebody who has to agree first. */
const ASKED: ReadonlySet<SubscriptionProtocol> = new Set(['http', 'https', 'email', 'email-json']);

export interface Asked {
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly principal: string;
}

type Parts = Pick<Room, 'repository' | 'courier' | 'mailbox' | 'clock' | 'store' | 'endpointUrl'>;

/** The subscription of that endpoint; made, and confirmed or asked for, when there is none. Throws InvalidParameter. */
export function subscribe(
  room: Parts,
  topic: Topic,
  { protocol, endpoint, attributes, principal }: Asked,
): Subscription {
  const { repository, clock, store } = room;
  const known = checkEndpoint(protocol, endpoint, topic);
  const settings = settingsOf(attributes, { protocol: known, endpoint, isFifo: topic.isFifo });
  const existing = repository
    .subscriptions(topic.arn)
    .find((each) => each.protocol === known && each.endpoint === endpoint);
  if (existing) {
    const differs = Object.keys(attributes).length > 0 && !hasSettings(existing, settings);
    if (differs) throw invalidParameter('Attributes Reason: Subscription already exists with different attributes');
    if (existing.isPending) store.transaction(() => ask(room, existing, topic));
    return existing;
  }
  const subscription: Subscription = {
    arn: `${topic.arn}:${randomUUID()}`,
    topicArn: topic.arn,
    protocol: known,
    endpoint,
    token: randomBytes(128).toString('hex'),
    isPending: ASKED.has(known),
    needsAuthentication: false,
    createdAt: clock.now(),
    principal,
    ...settings,
  };
  return store.transaction(() => {
    repository.putSubscription(subscription);
    if (subscription.isPending) ask(room, subscription, topic);
    return subscription;
  });
}

function settingsOf(
  attributes: Readonly<Record<string, string>>,
  of: { protocol: SubscriptionProtocol; endpoint: string; isFifo: boolean },
): Settings {
  let settings = UNSET;
  for (const [name, value] of Object.entries(attributes)) settings = withAttribute(settings, name, value, of);
  checkFilter(settings, 'Attributes Reason: ');
  return settings;
}

function hasSettings(subscription: Subscription, settings: Settings): boolean {
  return (['rawDelivery', 'filterPolicy', 'filterPolicyScope', 'redrivePolicy', 'deliveryPolicy'] as const).every(
    (name) => subscription[name] === settings[name],
  );
}

/** By mail with a link, of a web server by a message with a token. */
function ask({ mailbox, courier, clock, endpointUrl }: Parts, subscription: Subscription, topic: Topic): void {
  const { protocol, endpoint, topicArn } = subscription;
  if (protocol === 'email') {
    mailbox.deliver({
      topicArn,
      medium: 'EMAIL',
      destination: endpoint,
      subject: 'AWS Notification - Subscription Confirmation',
      body: `You have chosen to subscribe to the topic:\n${topicArn}\n\nTo confirm this subscription, click or visit the link below (If this was in error no action is necessary):\n${confirmUrl(endpointUrl(), subscription)}\n`,
      source: 'SubscriptionConfirmation',
    });
    return;
  }
  courier.put({
    kind: 'SubscriptionConfirmation',
    subscription,
    messageId: randomUUID(),
    signatureVersion: topic.attributes['SignatureVersion'] === '2' ? '2' : '1',
    acceptedAt: clock.now(),
    tries: 0,
  });
}

/** Ends it; a web server is told. */
export function unsubscribe({ repository, courier, clock, store }: Parts, subscription: Subscription): void {
  const topic = repository.findTopic(subscription.topicArn);
  store.transaction(() => {
    repository.deleteSubscription(subscription);
    if (subscription.isPending || !/^https?$/.test(subscription.protocol)) return;
    courier.put({
      kind: 'UnsubscribeConfirmation',
      subscription,
      messageId: randomUUID(),
      signatureVersion: topic?.attributes['SignatureVersion'] === '2' ? '2' : '1',
      acceptedAt: clock.now(),
      tries: 0,
    });
  });
}

/** Throws InvalidParameter. */
export function setSubscriptionAttribute(
  { repository }: Pick<Room, 'repository'>,
  subscription: Subscription,
  changes: Readonly<Record<string, string>>,
): Subscription {
  const isFifo = repository.findTopic(subscription.topicArn)?.isFifo ?? false;
  const { filterPolicy, filterPolicyScope, rawDelivery, redrivePolicy, deliveryPolicy, ...others } = subscription;
  let settings: Settings = { filterPolicy, filterPolicyScope, rawDelivery, redrivePolicy, deliveryPolicy };
  for (const [name, value] of Object.entries(changes)) {
    settings = withAttribute(settings, name, value, { ...subscription, isFifo });
  }
  checkFilter(settings);
  return repository.putSubscription({ ...others, ...settings });
}

export function subscriptionOperations(room: Room): Operations {
  const { repository, needs } = room;

  const subscribeOperation: Operation<With<SubscribeInput, 'TopicArn' | 'Protocol'>> = {
    requires: ({ TopicArn, Protocol, Endpoint = '' }) => [
      needs.onTopic('Subscribe', TopicArn, { 'sns:Protocol': Protocol, 'sns:Endpoint': Endpoint }),
    ],
    handle({ TopicArn, Protocol, Endpoint = '', Attributes = {}, ReturnSubscriptionArn }, { principal }) {
      const topic = repository.getTopic(TopicArn);
      const asked = { protocol: Protocol, endpoint: Endpoint, attributes: Attributes, principal: arnOf(principal) };
      const { arn, isPending } = subscribe(room, topic, asked);
      return { SubscriptionArn: isPending && !ReturnSubscriptionArn ? PENDING : arn };
    },
  };

  const confirm: Operation<With<ConfirmSubscriptionInput, 'TopicArn' | 'Token'>> = {
    // The token is what allows it: who has it was sent it.
    requires: (input, { principal }) =>
      principal.kind === 'anonymous' ? [] : [needs.onTopic('ConfirmSubscription', input.TopicArn)],
    handle({ TopicArn, Token, AuthenticateOnUnsubscribe }, { principal }) {
      // A token of a topic that is not there is as wrong as any other.
      const found = repository
        .subscriptions(TopicArn)
        .find(({ token, topicArn }) => token === Token && topicArn === TopicArn);
      if (!found) throw invalidParameter('Token');
      const needsAuthentication = AuthenticateOnUnsubscribe === 'true' && principal.kind !== 'anonymous';
      if (found.isPending) repository.putSubscription({ ...found, isPending: false, needsAuthentication });
      return { SubscriptionArn: found.arn };
    },
  };

  const unsubscribeOperation: Operation<{ readonly SubscriptionArn: string }> = {
    requires: (input, { principal }) =>
      principal.kind === 'anonymous' ? [] : [needs.onSubscription('Unsubscribe', input.SubscriptionArn)],
    handle({ SubscriptionArn }, { principal }: CallContext) {
      const subscription = repository.findSubscription(SubscriptionArn);
      if (!subscription) {
        if (!/^arn:[^:]+:sns:[^:]+:\d{12}:[\w.-]+:[0-9a-f-]{36}$/.test(SubscriptionArn)) {
          throw invalidParameter(`SubscriptionArn Reason: ${SUBSCRIPTION_FORM}`);
        }
        // To end what is over is no mistake.
        return;
      }
      if (subscription.isPending) {
        throw invalidParameter('This subscription is pending confirmation and cannot be unsubscribed');
      }
      if (principal.kind === 'anonymous' && subscription.needsAuthentication) {
        throw authorizationError('The subscription was confirmed by somebody who must authenticate to end it');
      }
      unsubscribe(room, subscription);
    },
  };

  const list: Operation<ListSubscriptionsInput> = {
    requires: () => [needs.onAll('ListSubscriptions')],
    handle: ({ NextToken }) => pageOf(undefined, NextToken),
  };

  const listByTopic: Operation<With<ListSubscriptionsByTopicInput, 'TopicArn'>> = {
    requires: (input) => [needs.onTopic('ListSubscriptionsByTopic', input.TopicArn)],
    handle: ({ TopicArn, NextToken }) => pageOf(repository.getTopic(TopicArn).arn, NextToken),
  };

  function pageOf(topicArn: string | undefined, token: string | undefined) {
    const found = repository.subscriptions(topicArn, { after: after(token), limit: PAGE });
    const Subscriptions = found.map((each) => ({
      SubscriptionArn: each.isPending ? 'PendingConfirmation' : each.arn,
      Owner: each.topicArn.split(':')[4],
      Protocol: each.protocol,
      Endpoint: each.endpoint,
      TopicArn: each.topicArn,
    }));
    return {
      Subscriptions,
      NextToken: nextToken(
        found.map(({ arn }) => arn),
        PAGE,
      ),
    };
  }

  const get: Operation<{ readonly SubscriptionArn: string }> = {
    requires: (input) => [needs.onSubscription('GetSubscriptionAttributes', input.SubscriptionArn)],
    handle({ SubscriptionArn }) {
      const subscription = repository.getSubscription(SubscriptionArn);
      return { Attributes: describeSubscription(subscription, repository.findTopic(subscription.topicArn)) };
    },
  };

  const set: Operation<With<SetSubscriptionAttributesInput, 'SubscriptionArn' | 'AttributeName'>> = {
    requires: (input) => [needs.onSubscription('SetSubscriptionAttributes', input.SubscriptionArn)],
    handle({ SubscriptionArn, AttributeName, AttributeValue = '' }) {
      setSubscriptionAttribute(room, repository.getSubscription(SubscriptionArn), { [AttributeName]: AttributeValue });
    },
  };

  return {
    Subscribe: subscribeOperation,
    ConfirmSubscription: confirm,
    Unsubscribe: unsubscribeOperation,
    ListSubscriptions: list,
    ListSubscriptionsByTopic: listByTopic,
    GetSubscriptionAttributes: get,
    SetSubscriptionAttributes: set,
  };
}

const SUBSCRIPTION_FORM = 'An ARN must have at least 6 elements, and the id of the subscription after them';
