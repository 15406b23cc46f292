/** Topics and subscriptions in the store, and what is made of them once for every message that follows. */
import type { ServiceContext } from '../../kernel/service.ts';
import { invalidParameter, subscriptionNotFound, topicNotFound } from './errors.ts';
import { type FilterPolicy, FilterPolicyError, readFilterPolicy } from './filter/policy.ts';
import type { Subscription, Topic } from './records.ts';

/** A subscription, with its filter read. */
export interface Subscriber {
  readonly subscription: Subscription;
  readonly filter?: FilterPolicy;
}

export interface Repository {
  topicArn(name: string): string;
  findTopic(arn: string): Topic | undefined;
  /** Throws InvalidParameter for what is no ARN of a topic, NotFound. */
  getTopic(arn: string): Topic;
  putTopic(topic: Topic): Topic;
  /** With its subscriptions. */
  deleteTopic(topic: Topic): void;
  /** By name; `after` is exclusive. */
  topics(after: string | undefined, limit: number): readonly Topic[];

  findSubscription(arn: string): Subscription | undefined;
  /** Throws InvalidParameter, NotFound. */
  getSubscription(arn: string): Subscription;
  putSubscription(subscription: Subscription): Subscription;
  deleteSubscription(subscription: Subscription): void;
  /** Of one topic, or all; `after` is the ARN of another one, exclusive. */
  subscriptions(topicArn?: string, page?: { after?: string | undefined; limit?: number }): readonly Subscription[];
  /** Confirmed ones of a topic: whom a message is for. Costs nothing as long as nobody changes anything. */
  subscribers(topicArn: string): readonly Subscriber[];
}

type Context = Pick<ServiceContext, 'store' | 'partition' | 'region' | 'accountId'>;

const TOPIC_ARN = /^arn:[^:]+:sns:[^:]+:\d{12}:([\w-]{1,256}(?:\.fifo)?)$/;
const SUBSCRIPTION_ARN = /^arn:[^:]+:sns:[^:]+:\d{12}:[\w.-]+:[0-9a-f-]{36}$/;

export function openRepository({ store, partition, region, accountId }: Context): Repository {
  const prefix = `arn:${partition}:sns:${region}:${accountId}:`;
  const topics = store.collection<Topic>('sns', 'topics');
  const subscriptions = store.collection<Subscription>('sns', 'subscriptions');
  const known = new Map<string, readonly Subscriber[]>();
  const read = new Map<string, Topic>();
  let knownAt = -1;
  let readAt = -1;

  /** A topic is asked for several times in one call. */
  function recall(arn: string): Topic | undefined {
    const writes = store.writes('sns', 'topics');
    if (writes !== readAt) {
      read.clear();
      readAt = writes;
    }
    let topic = read.get(arn);
    if (!topic) {
      topic = arn.startsWith(prefix) ? topics.get(arn.slice(prefix.length)) : undefined;
      if (topic) read.set(arn, topic);
    }
    return topic;
  }

  const repository: Repository = {
    topicArn: (name) => `${prefix}${name}`,
    findTopic: recall,
    getTopic(arn) {
      const topic = recall(arn);
      if (topic) return topic;
      const parts = arn.split(':').length;
      if (parts < 6) throw invalidParameter(`TopicArn Reason: An ARN must have at least 6 elements, not ${parts}`);
      if (!TOPIC_ARN.test(arn)) throw invalidParameter('TopicArn');
      throw topicNotFound();
    },
    putTopic(topic) {
      topics.put(topic.name, topic);
      return topic;
    },
    deleteTopic({ name, arn }) {
      store.transaction(() => {
        for (const each of repository.subscriptions(arn)) subscriptions.delete(each.arn);
        topics.delete(name);
      });
    },
    topics: (after, limit) => topics.list({ ...(after !== undefined && { after }), limit }).map(({ value }) => value),

    findSubscription: (arn) => subscriptions.get(arn),
    getSubscription(arn) {
      const subscription = subscriptions.get(arn);
      if (subscription) return subscription;
      throw SUBSCRIPTION_ARN.test(arn) ? subscriptionNotFound() : invalidParameter('SubscriptionArn');
    },
    putSubscription(subscription) {
      subscriptions.put(subscription.arn, subscription);
      return subscription;
    },
    deleteSubscription(subscription) {
      store.transaction(() => {
        subscriptions.delete(subscription.arn);
        const topic = recall(subscription.topicArn);
        if (topic) repository.putTopic({ ...topic, deletedSubscriptions: topic.deletedSubscriptions + 1 });
      });
    },
    subscriptions(topicArn, { after, limit } = {}) {
      const options = {
        ...(topicArn !== undefined && { prefix: `${topicArn}:` }),
        ...(after !== undefined && { after }),
        ...(limit !== undefined && { limit }),
      };
      return subscriptions.list(options).map(({ value }) => value);
    },
    subscribers(topicArn) {
      const writes = store.writes('sns', 'subscriptions');
      if (writes !== knownAt) {
        known.clear();
        knownAt = writes;
      }
      let found = known.get(topicArn);
      if (!found) {
        found = repository.subscriptions(topicArn).flatMap((each) => (each.isPending ? [] : [subscriberOf(each)]));
        known.set(topicArn, found);
      }
      return found;
    },
  };
  return repository;
}

function subscriberOf(subscription: Subscription): Subscriber {
  const { filterPolicy, filterPolicyScope } = subscription;
  if (filterPolicy === undefined) return { subscription };
  try {
    return { subscription, filter: readFilterPolicy(filterPolicy, filterPolicyScope) };
  } catch (error) {
    // What was accepted once, under the other scope: it matches nothing until it is mended.
    if (!(error instanceof FilterPolicyError)) throw error;
    return { subscription, filter: { fields: [{ path: [], conditions: [] }], alternatives: [] } };
  }
}
