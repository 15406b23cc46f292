/**
 * Delivery policies of topics and subscriptions, which are for web servers alone.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html#creating-delivery-policy
 */
import { type RetryPolicy, WEB_SERVER } from './retry-policy.ts';

/** Its message goes on from `Invalid parameter: DeliveryPolicy: `. */
export class DeliveryPolicyError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DeliveryPolicyError';
  }
}

export interface WebDelivery {
  readonly retries: RetryPolicy;
  readonly contentType: string;
}

type Fields = Record<string, unknown>;

const CONTENT_TYPE = 'text/plain; charset=UTF-8';
const BACKOFFS = ['arithmetic', 'exponential', 'geometric', 'linear'];
const COUNTS = ['numRetries', 'numNoDelayRetries', 'numMinDelayRetries', 'numMaxDelayRetries'] as const;

/** Throws DeliveryPolicyError. */
export function checkDeliveryPolicy(text: string, of: 'topic' | 'subscription'): void {
  const document = of === 'topic' ? own(parsed(text), 'http') : parsed(text);
  const retries = own(document, of === 'topic' ? 'defaultHealthyRetryPolicy' : 'healthyRetryPolicy');
  if (Object.keys(retries).length > 0) checkRetries({ ...WEB_SERVER, ...retries } as RetryPolicy);
}

function checkRetries(policy: RetryPolicy): void {
  const { minDelayTarget: least, maxDelayTarget: longest, backoffFunction } = policy;
  for (const name of COUNTS) {
    if (!Number.isInteger(policy[name]) || policy[name] < 0)
      throw new DeliveryPolicyError(`${name} must be an integer greater than or equal to zero`);
  }
  if (policy.numRetries > 100) throw new DeliveryPolicyError('numRetries must be less than or equal to 100');
  if (!(least >= 1)) throw new DeliveryPolicyError('minDelayTarget must be greater than or equal to 1');
  if (!(longest >= least))
    throw new DeliveryPolicyError('maxDelayTarget must be greater than or equal to minDelayTarget');
  if (longest > 3600) throw new DeliveryPolicyError('maxDelayTarget must be less than or equal to 3600');
  const { numNoDelayRetries, numMinDelayRetries, numMaxDelayRetries, numRetries } = policy;
  if (numNoDelayRetries + numMinDelayRetries + numMaxDelayRetries > numRetries) {
    throw new DeliveryPolicyError('numRetries must be greater than or equal to the sum of the retries of its phases');
  }
  if (!BACKOFFS.includes(backoffFunction))
    throw new DeliveryPolicyError(`backoffFunction must be one of ${BACKOFFS.join(', ')}`);
}

/** What counts for a subscription: its own policy, unless the topic does not allow that; else the topic's; else AWS's. */
export function webDelivery(topicPolicy: string | undefined, subscriptionPolicy: string | undefined): WebDelivery {
  const topic = own(parsed(topicPolicy ?? '{}'), 'http');
  const subscription = topic['disableSubscriptionOverrides'] === true ? {} : parsed(subscriptionPolicy ?? '{}');
  const retries = {
    ...WEB_SERVER,
    ...own(topic, 'defaultHealthyRetryPolicy'),
    ...own(subscription, 'healthyRetryPolicy'),
  } as RetryPolicy;
  const request = { ...own(topic, 'defaultRequestPolicy'), ...own(subscription, 'requestPolicy') };
  return { retries, contentType: String(request['headerContentType'] ?? CONTENT_TYPE) };
}

/** `EffectiveDeliveryPolicy` of a topic. */
export function effectiveOfTopic(topicPolicy: string | undefined): string {
  const http = own(parsed(topicPolicy ?? '{}'), 'http');
  const { retries, contentType } = webDelivery(topicPolicy, undefined);
  const { backoffFunction, ...numbers } = retries;
  return JSON.stringify({
    http: {
      defaultHealthyRetryPolicy: { ...numbers, backoffFunction },
      disableSubscriptionOverrides: http['disableSubscriptionOverrides'] === true,
      defaultRequestPolicy: { headerContentType: contentType },
    },
  });
}

/** `EffectiveDeliveryPolicy` of a subscription. */
export function effectiveOfSubscription(
  topicPolicy: string | undefined,
  subscriptionPolicy: string | undefined,
): string {
  const { retries, contentType } = webDelivery(topicPolicy, subscriptionPolicy);
  return JSON.stringify({
    healthyRetryPolicy: retries,
    sicklyRetryPolicy: null,
    throttlePolicy: null,
    requestPolicy: { headerContentType: contentType },
    guaranteed: false,
  });
}

function parsed(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DeliveryPolicyError('failed to parse JSON.');
  }
  if (!isFields(value)) throw new DeliveryPolicyError('must be a JSON object');
  return value;
}

function own(fields: Fields, name: string): Fields {
  const value = fields[name];
  return isFields(value) ? value : {};
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
