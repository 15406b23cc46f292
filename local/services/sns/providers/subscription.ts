/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-subscription.html */
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { Room } from '../room.ts';
import { setSubscriptionAttribute, subscribe, unsubscribe } from '../subscriptions/subscriptions.ts';
import { document, isAbsent, rootOf } from './properties.ts';

const ATTRIBUTES = ['RawMessageDelivery', 'FilterPolicyScope', 'FilterPolicy', 'RedrivePolicy', 'DeliveryPolicy'];

export function subscriptionProvider(room: Room): Provider {
  const { repository } = room;

  function make(request: ResourceRequest): ResourceResult {
    const { topicArn, protocol, endpoint, attributes } = read(request);
    // What nobody here delivers exists in name only, and `unsupported` has said so.
    if (isAbsent(protocol)) return result(`${topicArn}:${protocol}`);
    const topic = repository.getTopic(topicArn);
    const left = repository
      .subscriptions(topic.arn)
      .find((one) => one.protocol === protocol && one.endpoint === endpoint);
    if (request.interrupted && left) return result(setSubscriptionAttribute(room, left, attributes).arn);
    return result(subscribe(room, topic, { protocol, endpoint, attributes, principal: rootOf(room) }).arn);
  }

  return {
    create: make,
    update(request, existing) {
      const given = read(request);
      const before = existing.properties;
      const isAnother =
        before['TopicArn'] !== given.topicArn ||
        before['Protocol'] !== given.protocol ||
        String(before['Endpoint'] ?? '') !== given.endpoint;
      const subscription = repository.findSubscription(existing.physicalId);
      if (isAnother || !subscription) return make(request);
      const gone = ATTRIBUTES.filter((name) => before[name] !== undefined && given.attributes[name] === undefined);
      const reset = Object.fromEntries(gone.map((name) => [name, UNSET[name] ?? '']));
      return result(setSubscriptionAttribute(room, subscription, { ...reset, ...given.attributes }).arn);
    },
    delete({ physicalId }) {
      const subscription = repository.findSubscription(physicalId);
      if (subscription) unsubscribe(room, subscription);
    },
    unsupported: ({ properties }) => [
      ...(isAbsent(properties['Protocol'])
        ? [{ path: ['Protocol'], message: `nothing is delivered by ${properties['Protocol']} here` }]
        : []),
      ...(properties['ReplayPolicy'] === undefined
        ? []
        : [{ path: ['ReplayPolicy'], message: 'recorded, no effect: messages of FIFO topics are not archived' }]),
    ],
  };
}

const UNSET: Readonly<Record<string, string>> = { RawMessageDelivery: 'false', FilterPolicyScope: 'MessageAttributes' };

const result = (arn: string): ResourceResult => ({ physicalId: arn, attributes: { Arn: arn } });

function read(request: ResourceRequest) {
  return readProperties(request, (reader) => {
    const raw = reader.boolean('RawMessageDelivery');
    const given: Record<string, string | undefined> = {
      RawMessageDelivery: raw === undefined ? undefined : String(raw),
      FilterPolicyScope: reader.text('FilterPolicyScope'),
      FilterPolicy: document(reader, 'FilterPolicy'),
      RedrivePolicy: document(reader, 'RedrivePolicy'),
      DeliveryPolicy: document(reader, 'DeliveryPolicy'),
    };
    return {
      topicArn: reader.requiredText('TopicArn'),
      protocol: reader.requiredText('Protocol'),
      endpoint: reader.text('Endpoint') ?? '',
      attributes: Object.fromEntries(
        Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
    };
  });
}
