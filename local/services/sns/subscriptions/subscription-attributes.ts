/** What a subscription's attributes may say. https://docs.aws.amazon.com/sns/latest/api/API_SetSubscriptionAttributes.html */
import { effectiveOfSubscription } from '../delivery/delivery-policy.ts';
import { invalidParameter, notEmulated } from '../errors.ts';
import { FilterPolicyError, type FilterPolicyScope, readFilterPolicy } from '../filter/policy.ts';
import { isOfQueue, type Subscription, type Topic } from '../records.ts';
import { checkedDelivery } from '../topics/topic-attributes.ts';

export type Settings = Pick<
  Subscription,
  'deliveryPolicy' | 'filterPolicy' | 'filterPolicyScope' | 'rawDelivery' | 'redrivePolicy'
>;

export const UNSET: Settings = { rawDelivery: false, filterPolicyScope: 'MessageAttributes' };

const SCOPES: readonly FilterPolicyScope[] = ['MessageAttributes', 'MessageBody'];

type Of = Pick<Subscription, 'protocol' | 'endpoint'> & { readonly isFifo: boolean };

/**
 * The settings, with one attribute changed; an empty value takes it away. Throws InvalidParameter. Whether a filter policy
 * fits its scope is `checkFilter`'s matter: either of the two may come first.
 */
export function withAttribute(settings: Settings, name: string, value: string, of: Of): Settings {
  const { deliveryPolicy, filterPolicy, redrivePolicy, ...others } = settings;
  const kept = {
    ...others,
    ...(deliveryPolicy !== undefined && { deliveryPolicy }),
    ...(filterPolicy !== undefined && { filterPolicy }),
    ...(redrivePolicy !== undefined && { redrivePolicy }),
  };
  switch (name) {
    case 'RawMessageDelivery':
      return { ...kept, rawDelivery: readRaw(value, of) };
    case 'FilterPolicyScope': {
      const scope = SCOPES.find((each) => each === value);
      if (!scope)
        throw invalidParameter(
          `FilterPolicyScope: Invalid value [${value}]. Please use either MessageBody or MessageAttributes`,
        );
      return { ...kept, filterPolicyScope: scope };
    }
    case 'FilterPolicy': {
      const { filterPolicy: _, ...without } = kept;
      // An empty object lets everything through, as none does.
      return value === '' || value === '{}' ? without : { ...without, filterPolicy: value };
    }
    case 'RedrivePolicy': {
      const { redrivePolicy: _, ...without } = kept;
      if (value === '' || value === '{}') return without;
      checkRedrive(value, of);
      return { ...without, redrivePolicy: value };
    }
    case 'DeliveryPolicy': {
      const { deliveryPolicy: _, ...without } = kept;
      if (value === '' || value === '{}') return without;
      if (of.protocol !== 'http' && of.protocol !== 'https') {
        throw invalidParameter(`DeliveryPolicy: protocol [${of.protocol}] does not support delivery policies`);
      }
      checkedDelivery(value, 'subscription');
      return { ...without, deliveryPolicy: value };
    }
    case 'ReplayPolicy':
      if (value === '' || value === '{}') return kept;
      throw notEmulated('The replay of archived messages (ReplayPolicy)');
    case 'SubscriptionRoleArn':
      throw invalidParameter('SubscriptionRoleArn: only Firehose delivery streams take a role');
    default:
      throw invalidParameter('AttributeName');
  }
}

/** Throws InvalidParameter for a filter policy that does not fit its scope. */
export function checkFilter({ filterPolicy, filterPolicyScope }: Settings, prefix = ''): void {
  if (filterPolicy === undefined) return;
  try {
    readFilterPolicy(filterPolicy, filterPolicyScope);
  } catch (error) {
    if (!(error instanceof FilterPolicyError)) throw error;
    throw invalidParameter(`${prefix}FilterPolicy: ${error.message}`);
  }
}

function readRaw(value: string, { protocol }: Of): boolean {
  const isRaw = value.toLowerCase() === 'true';
  if (!isRaw && value.toLowerCase() !== 'false') {
    throw invalidParameter(`RawMessageDelivery: Invalid value [${value}]. Must be true or false.`);
  }
  if (isRaw && protocol !== 'sqs' && protocol !== 'http' && protocol !== 'https') {
    throw invalidParameter(`Delivery protocol [${protocol}] does not support raw message delivery.`);
  }
  return isRaw;
}

function checkRedrive(text: string, { isFifo }: Of): void {
  let target: unknown;
  try {
    target = (JSON.parse(text) as { deadLetterTargetArn?: unknown }).deadLetterTargetArn;
  } catch {
    throw invalidParameter('RedrivePolicy: failed to parse JSON.');
  }
  if (typeof target !== 'string' || !isOfQueue(target)) {
    throw invalidParameter('RedrivePolicy: deadLetterTargetArn is an invalid arn');
  }
  if (target.endsWith('.fifo') && !isFifo) {
    throw invalidParameter('RedrivePolicy: must use a standard queue as DLQ for a subscription to a standard topic');
  }
}

/** `GetSubscriptionAttributes` */
export function describeSubscription(subscription: Subscription, topic: Topic | undefined): Record<string, string> {
  const { arn, topicArn, protocol, endpoint, isPending, needsAuthentication, principal } = subscription;
  const { rawDelivery, filterPolicy, filterPolicyScope, redrivePolicy, deliveryPolicy } = subscription;
  const isWeb = protocol === 'http' || protocol === 'https';
  return {
    SubscriptionArn: arn,
    TopicArn: topicArn,
    Protocol: protocol,
    Endpoint: endpoint,
    Owner: topicArn.split(':')[4] ?? '',
    SubscriptionPrincipal: principal,
    PendingConfirmation: String(isPending),
    ConfirmationWasAuthenticated: String(needsAuthentication || protocol === 'sqs' || protocol === 'lambda'),
    RawMessageDelivery: String(rawDelivery),
    ...(filterPolicy !== undefined && { FilterPolicy: filterPolicy, FilterPolicyScope: filterPolicyScope }),
    ...(redrivePolicy !== undefined && { RedrivePolicy: redrivePolicy }),
    ...(deliveryPolicy !== undefined && { DeliveryPolicy: deliveryPolicy }),
    ...(isWeb && {
      EffectiveDeliveryPolicy: effectiveOfSubscription(topic?.attributes['DeliveryPolicy'], deliveryPolicy),
    }),
  };
}
