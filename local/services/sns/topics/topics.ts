/** Topics come, are described, changed, and go. https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html */
import { isDeepStrictEqual } from 'node:util';
import type {
  CreateTopicInput,
  GetTopicAttributesInput,
  ListTopicsInput,
  SetTopicAttributesInput,
} from '@aws-sdk/client-sns';
import type { Operation } from '../../../kernel/service.ts';
import type { TemplatePlace } from '../../../policy/iam/contract.ts';
import { invalidParameter } from '../errors.ts';
import { after, nextToken } from '../paging.ts';
import type { Tag, Topic } from '../records.ts';
import { requestTags } from '../requirements.ts';
import type { Operations, Room, With } from '../room.ts';
import { checkTags } from '../tags.ts';
import { checkAttribute, describeTopic } from './topic-attributes.ts';

const PAGE = 100;

/** The topic of that name; made when there is none. Throws InvalidParameter, also when there is a different one. */
export function createTopic(
  { repository }: Pick<Room, 'repository'>,
  name: string,
  attributes: Readonly<Record<string, string>>,
  tags: readonly Tag[] | undefined,
): Topic {
  const isFifo = attributes['FifoTopic'] === 'true';
  checkName(name, isFifo);
  for (const [key, value] of Object.entries(attributes)) checkAttribute(key, value, isFifo);
  if (attributes['FifoTopic'] === 'false' && name.endsWith('.fifo')) throw invalidParameter('Topic Name');
  const existing = repository.findTopic(repository.topicArn(name));
  if (existing) return sameTopic(existing, attributes, tags);
  const { Policy, FifoTopic, DataProtectionPolicy, ArchivePolicy, ...others } = attributes;
  return repository.putTopic({
    name,
    arn: repository.topicArn(name),
    isFifo,
    attributes: isFifo ? { FifoTopic: 'true', ContentBasedDeduplication: 'false', ...others } : others,
    ...(Policy && { policy: Policy }),
    tags: checkTags(tags),
    deletedSubscriptions: 0,
  });
}

function checkName(name: string, isFifo: boolean): void {
  if (isFifo) {
    if (/^[\w-]{1,251}\.fifo$/.test(name)) return;
    throw invalidParameter(
      'Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, numbers, underscores, and hyphens, and must be between 1 and 256 characters long.',
    );
  }
  if (!/^[\w-]{1,256}$/.test(name)) throw invalidParameter('Topic Name');
}

function sameTopic(topic: Topic, given: Readonly<Record<string, string>>, tags: readonly Tag[] | undefined): Topic {
  const before: Readonly<Record<string, string | undefined>> = { ...topic.attributes, Policy: topic.policy };
  const differs = Object.entries(given).some(([name, value]) => value !== '' && (before[name] ?? 'false') !== value);
  if (differs) throw invalidParameter('Attributes Reason: Topic already exists with different attributes');
  if (tags?.length && !isDeepStrictEqual(sorted(checkTags(tags)), sorted(topic.tags))) {
    throw invalidParameter('Tags Reason: Topic already exists with different tags');
  }
  return topic;
}

const sorted = (tags: readonly Tag[]): readonly Tag[] => tags.toSorted((a, b) => (a.Key < b.Key ? -1 : 1));

/** Throws InvalidParameter. */
export function setTopicAttribute(
  { repository }: Pick<Room, 'repository'>,
  topic: Topic,
  name: string,
  value: string,
  policyPlace?: TemplatePlace,
): Topic {
  if (name === 'FifoTopic') throw invalidParameter('FifoTopic Reason: The attribute cannot be changed');
  checkAttribute(name, value, topic.isFifo);
  if (name === 'Policy') {
    const { policy, policyPlace: _, ...others } = topic;
    return repository.putTopic({
      ...others,
      ...(value !== '' && { policy: value }),
      ...(policyPlace && { policyPlace }),
    });
  }
  const { [name]: _, ...others } = topic.attributes;
  return repository.putTopic({ ...topic, attributes: value === '' ? others : { ...others, [name]: value } });
}

export function topicOperations(room: Room): Operations {
  const { repository, needs } = room;

  const create: Operation<With<CreateTopicInput, 'Name'>> = {
    requires: (input) => {
      const tags = input.Tags as readonly Tag[] | undefined;
      const arn = repository.topicArn(input.Name);
      return [
        needs.onTopic('CreateTopic', arn, requestTags(tags)),
        ...(tags?.length ? [needs.onTopic('TagResource', arn, requestTags(tags))] : []),
      ];
    },
    handle({ Name, Attributes = {}, Tags, DataProtectionPolicy }) {
      if (DataProtectionPolicy) checkAttribute('DataProtectionPolicy', DataProtectionPolicy, false);
      return { TopicArn: createTopic(room, Name, Attributes, Tags as readonly Tag[] | undefined).arn };
    },
  };

  const remove: Operation<{ readonly TopicArn: string }> = {
    requires: (input) => [needs.onTopic('DeleteTopic', input.TopicArn)],
    handle({ TopicArn }) {
      // To delete what is not there is no mistake.
      const topic = repository.findTopic(TopicArn);
      if (topic) repository.deleteTopic(topic);
      else if (!/^arn:[^:]+:sns:[^:]+:\d{12}:[\w.-]+$/.test(TopicArn)) throw invalidParameter('TopicArn');
    },
  };

  const list: Operation<ListTopicsInput> = {
    requires: () => [needs.onAll('ListTopics')],
    handle({ NextToken }) {
      const found = repository.topics(after(NextToken), PAGE);
      return {
        Topics: found.map(({ arn }) => ({ TopicArn: arn })),
        NextToken: nextToken(
          found.map(({ name }) => name),
          PAGE,
        ),
      };
    },
  };

  const get: Operation<With<GetTopicAttributesInput, 'TopicArn'>> = {
    requires: (input) => [needs.onTopic('GetTopicAttributes', input.TopicArn)],
    handle({ TopicArn }) {
      const topic = repository.getTopic(TopicArn);
      const all = repository.subscriptions(topic.arn);
      const pending = all.filter(({ isPending }) => isPending).length;
      return { Attributes: describeTopic(topic, { confirmed: all.length - pending, pending }) };
    },
  };

  const set: Operation<With<SetTopicAttributesInput, 'TopicArn' | 'AttributeName'>> = {
    requires: (input) => [needs.onTopic('SetTopicAttributes', input.TopicArn)],
    handle({ TopicArn, AttributeName, AttributeValue = '' }) {
      setTopicAttribute(room, repository.getTopic(TopicArn), AttributeName, AttributeValue);
    },
  };

  return {
    CreateTopic: create,
    DeleteTopic: remove,
    ListTopics: list,
    GetTopicAttributes: get,
    SetTopicAttributes: set,
  };
}
