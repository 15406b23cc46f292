/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topic.html */
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult, Unsupported } from '../../../kernel/provider.ts';
import type { Tag, Topic } from '../records.ts';
import type { Room } from '../room.ts';
import { subscribe, unsubscribe } from '../subscriptions/subscriptions.ts';
import { checkTags } from '../tags.ts';
import { createTopic, setTopicAttribute } from '../topics/topics.ts';
import { document, isAbsent, rootOf } from './properties.ts';

interface Inline {
  readonly protocol: string;
  readonly endpoint: string;
}

interface TopicProperties {
  readonly name?: string;
  readonly isFifo: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly subscriptions: readonly Inline[];
  readonly tags: readonly Tag[];
}

/** Of what a topic gets when they are absent: to take one away is to set it to nothing. */
const CHANGEABLE = [
  'ContentBasedDeduplication',
  'DeliveryPolicy',
  'DisplayName',
  'FifoThroughputScope',
  'KmsMasterKeyId',
  'MaximumMessageSize',
  'SignatureVersion',
  'TracingConfig',
] as const;

export function topicProvider(room: Room): Provider {
  const { repository } = room;

  function make(request: ResourceRequest, generated: string): ResourceResult {
    const properties = read(request);
    const name = properties.name ?? (properties.isFifo ? `${generated}.fifo` : generated);
    const existing = repository.findTopic(repository.topicArn(name));
    if (request.interrupted && existing) repository.deleteTopic(existing);
    const attributes = { ...properties.attributes, ...(properties.isFifo && { FifoTopic: 'true' }) };
    return room.store.transaction(() => {
      const topic = createTopic(room, name, attributes, properties.tags);
      for (const inline of properties.subscriptions) subscribeInline(topic, inline);
      return result(topic);
    });
  }

  function subscribeInline(topic: Topic, inline: Inline): void {
    if (isAbsent(inline.protocol)) return;
    subscribe(room, topic, { ...inline, attributes: {}, principal: rootOf(room) });
  }

  return {
    create: (request) => make(request, request.generatedName),
    update(request, existing) {
      const before = existing.properties;
      const properties = read(request);
      const isAnother =
        String(before['TopicName'] ?? '') !== (properties.name ?? '') ||
        (String(before['FifoTopic']) === 'true') !== properties.isFifo;
      if (isAnother) return make(request, request.replacementName);
      return room.store.transaction(() => {
        let topic = repository.getTopic(existing.physicalId);
        for (const name of namesIn(topic, properties)) {
          const value = properties.attributes[name] ?? (name === 'ContentBasedDeduplication' ? 'false' : '');
          if (value === 'false' && !topic.isFifo) continue;
          topic = setTopicAttribute(room, topic, name, value);
        }
        topic = repository.putTopic({ ...topic, tags: checkTags(properties.tags) });
        replaceInline(topic, inlineIn(before['Subscription']), properties.subscriptions);
        return result(topic);
      });
    },
    delete({ physicalId }) {
      const topic = repository.findTopic(physicalId);
      if (topic) repository.deleteTopic(topic);
    },
    unsupported: ({ properties }) => [
      ...absentIn(properties['Subscription']),
      ...named(properties, 'ArchivePolicy', 'recorded, no effect: messages of FIFO topics are not archived'),
      ...named(properties, 'DataProtectionPolicy', 'recorded, no effect: nobody looks for personal data in messages'),
    ],
  };

  function replaceInline(topic: Topic, before: readonly Inline[], after: readonly Inline[]): void {
    const isIn = (list: readonly Inline[], one: Inline): boolean =>
      list.some(({ protocol, endpoint }) => protocol === one.protocol && endpoint === one.endpoint);
    for (const each of repository.subscriptions(topic.arn)) {
      if (isIn(before, each) && !isIn(after, each)) unsubscribe(room, each);
    }
    for (const each of after) if (!isIn(before, each)) subscribeInline(topic, each);
  }
}

const result = ({ arn, name }: Topic): ResourceResult => ({
  physicalId: arn,
  attributes: { TopicArn: arn, TopicName: name },
});

function namesIn(topic: Topic, { attributes }: TopicProperties): readonly string[] {
  const feedback = [...Object.keys(topic.attributes), ...Object.keys(attributes)].filter((name) =>
    name.includes('Feedback'),
  );
  return [...CHANGEABLE.filter((name) => topic.attributes[name] !== attributes[name]), ...new Set(feedback)];
}

function absentIn(list: unknown): readonly Unsupported[] {
  return (Array.isArray(list) ? list : []).flatMap((each, index) =>
    isAbsent(each?.Protocol)
      ? [{ path: ['Subscription', index, 'Protocol'], message: `nothing is delivered by ${each.Protocol} here` }]
      : [],
  );
}

const named = (properties: object, name: string, message: string): readonly Unsupported[] =>
  Object.hasOwn(properties, name) ? [{ path: [name], message }] : [];

const inlineIn = (list: unknown): readonly Inline[] =>
  (Array.isArray(list) ? list : []).map(({ Protocol, Endpoint }) => ({
    protocol: String(Protocol),
    endpoint: String(Endpoint),
  }));

function read(request: ResourceRequest): TopicProperties {
  return readProperties(request, (reader) => {
    const name = reader.text('TopicName');
    const flag = (property: string): string | undefined => {
      const value = reader.boolean(property);
      return value === undefined ? undefined : String(value);
    };
    const isFifo = reader.boolean('FifoTopic') ?? false;
    const given: Record<string, string | undefined> = {
      ContentBasedDeduplication: isFifo ? flag('ContentBasedDeduplication') : undefined,
      DeliveryPolicy: document(reader, 'DeliveryPolicy'),
      DisplayName: reader.text('DisplayName'),
      FifoThroughputScope: reader.text('FifoThroughputScope'),
      KmsMasterKeyId: reader.text('KmsMasterKeyId'),
      MaximumMessageSize: reader.text('MaximumMessageSize'),
      SignatureVersion: reader.text('SignatureVersion'),
      TracingConfig: reader.text('TracingConfig'),
      ...feedbackIn(reader),
    };
    return {
      ...(name !== undefined && { name }),
      isFifo,
      attributes: Object.fromEntries(
        Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
      ),
      subscriptions: reader.objects('Subscription', (each) => ({
        protocol: each.requiredText('Protocol'),
        endpoint: each.requiredText('Endpoint'),
      })),
      tags: reader.objects('Tags', (tag) => ({ Key: tag.requiredText('Key'), Value: tag.text('Value') ?? '' })),
    };
  });
}

const FEEDBACK_PREFIXES: Readonly<Record<string, string>> = {
  'http/s': 'HTTP',
  sqs: 'SQS',
  lambda: 'Lambda',
  firehose: 'Firehose',
  application: 'Application',
};

function feedbackIn(reader: PropertyReader): Readonly<Record<string, string | undefined>> {
  const settings = reader.objects('DeliveryStatusLogging', (each) => {
    const protocol = each.requiredText('Protocol');
    const prefix = Object.hasOwn(FEEDBACK_PREFIXES, protocol) ? FEEDBACK_PREFIXES[protocol] : undefined;
    if (prefix === undefined)
      each.refuse(['Protocol'], `Protocol must be one of ${Object.keys(FEEDBACK_PREFIXES).join(', ')}`);
    return ['SuccessFeedbackRoleArn', 'SuccessFeedbackSampleRate', 'FailureFeedbackRoleArn'].map(
      (name) => [`${prefix}${name}`, each.text(name)] as const,
    );
  });
  return Object.fromEntries(settings.flat());
}
