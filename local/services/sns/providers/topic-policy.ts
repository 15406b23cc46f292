/**
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topicpolicy.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sns-topicinlinepolicy.html
 */
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest } from '../../../kernel/provider.ts';
import { documentFindings } from '../../../policy/iam/findings.ts';
import type { Room } from '../room.ts';
import { setTopicAttribute } from '../topics/topics.ts';
import { document } from './properties.ts';

export function topicPolicyProvider(room: Room): Provider {
  return policyProvider(
    room,
    (reader) => reader.texts('Topics'),
    (request) => request.generatedName,
  );
}

export function topicInlinePolicyProvider(room: Room): Provider {
  return policyProvider(
    room,
    (reader) => [reader.requiredText('TopicArn')],
    (_request, [topicArn = '']) => topicArn,
  );
}

function policyProvider(
  room: Room,
  topicsIn: (reader: PropertyReader) => readonly string[],
  physicalIdOf: (request: ResourceRequest, topics: readonly string[]) => string,
): Provider {
  const { repository, store } = room;

  const read = (request: ResourceRequest) =>
    readProperties(request, (reader) => {
      const policy = document(reader, 'PolicyDocument');
      if (policy === undefined) reader.refuse([], 'PolicyDocument is required');
      return { topics: topicsIn(reader), policy: policy ?? '{}' };
    });

  function put(request: ResourceRequest, topics: readonly string[], policy: string): void {
    const { stackName, logicalId } = request;
    const place = { stackName, logicalId, path: ['PolicyDocument'] };
    store.transaction(() => {
      for (const arn of topics) setTopicAttribute(room, repository.getTopic(arn), 'Policy', policy, place);
    });
  }

  /** Topics go back to the policy they had by themselves. */
  function take(topics: readonly string[]): void {
    for (const arn of topics) {
      const topic = repository.findTopic(arn);
      if (topic) setTopicAttribute(room, topic, 'Policy', '');
    }
  }

  return {
    create(request) {
      const { topics, policy } = read(request);
      put(request, topics, policy);
      return { physicalId: physicalIdOf(request, topics), attributes: { Id: physicalIdOf(request, topics) } };
    },
    update(request, existing) {
      const { topics, policy } = read(request);
      take(topicsOf(existing.properties).filter((arn) => !topics.includes(arn)));
      put(request, topics, policy);
      return { physicalId: existing.physicalId, attributes: existing.attributes };
    },
    delete: ({ properties }) => take(topicsOf(properties)),
    unsupported: ({ properties }) => documentFindings(properties['PolicyDocument'], 'resource', ['PolicyDocument']),
  };
}

function topicsOf({ Topics, TopicArn }: { readonly Topics?: unknown; readonly TopicArn?: unknown }): readonly string[] {
  return Array.isArray(Topics) ? Topics.map(String) : TopicArn === undefined ? [] : [String(TopicArn)];
}
