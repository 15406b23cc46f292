/** https://docs.aws.amazon.com/sns/latest/api/API_AddPermission.html: statements of a topic's policy, one by one. */
import type { AddPermissionInput, RemovePermissionInput } from '@aws-sdk/client-sns';
import type { Operation } from '../../../kernel/service.ts';
import { invalidParameter } from '../errors.ts';
import type { Topic } from '../records.ts';
import type { Operations, Room, With } from '../room.ts';
import { defaultPolicy } from './topic-attributes.ts';

interface Policy {
  readonly Statement: readonly { readonly Sid?: string }[];
}

const ACTIONS: ReadonlySet<string> = new Set([
  'GetTopicAttributes',
  'SetTopicAttributes',
  'AddPermission',
  'RemovePermission',
  'DeleteTopic',
  'Subscribe',
  'ListSubscriptionsByTopic',
  'ListTagsForResource',
  'Publish',
  'Receive',
]);

export function permissionOperations({ repository, needs, partition }: Room): Operations {
  const policyOf = (topic: Topic): Policy => JSON.parse(topic.policy ?? defaultPolicy(topic.arn)) as Policy;

  const add: Operation<With<AddPermissionInput, 'TopicArn' | 'Label' | 'AWSAccountId' | 'ActionName'>> = {
    requires: (input) => [needs.onTopic('AddPermission', input.TopicArn)],
    handle({ TopicArn, Label, AWSAccountId, ActionName }) {
      const topic = repository.getTopic(TopicArn);
      const strange = ActionName.find((name) => !ACTIONS.has(name));
      if (strange !== undefined) throw invalidParameter('Policy statement action out of service scope!');
      if (AWSAccountId.length === 0) throw invalidParameter('AWSAccountId');
      const policy = policyOf(topic);
      if (policy.Statement.some(({ Sid }) => Sid === Label)) throw invalidParameter('Statement already exists');
      const principals = AWSAccountId.map((id) => (id === '*' ? id : `arn:${partition}:iam::${id}:root`));
      const statement = {
        Sid: Label,
        Effect: 'Allow',
        Principal: { AWS: principals.length === 1 ? principals[0] : principals },
        Action: ActionName.length === 1 ? `SNS:${ActionName[0]}` : ActionName.map((name) => `SNS:${name}`),
        Resource: topic.arn,
      };
      repository.putTopic({
        ...topic,
        policy: JSON.stringify({ ...policy, Statement: [...policy.Statement, statement] }),
      });
    },
  };

  const remove: Operation<With<RemovePermissionInput, 'TopicArn' | 'Label'>> = {
    requires: (input) => [needs.onTopic('RemovePermission', input.TopicArn)],
    handle({ TopicArn, Label }) {
      const topic = repository.getTopic(TopicArn);
      const policy = policyOf(topic);
      const Statement = policy.Statement.filter(({ Sid }) => Sid !== Label);
      repository.putTopic({ ...topic, policy: JSON.stringify({ ...policy, Statement }) });
    },
  };

  return { AddPermission: add, RemovePermission: remove };
}
