/**
 * What IAM asks before an operation runs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
 */
import type { CallContext, Requirement, ServiceContext } from '../../kernel/service.ts';
import type { Tag, Topic } from './records.ts';
import type { Repository } from './repository.ts';

type Keys = Readonly<Record<string, string | readonly string[]>>;

export interface Requirements {
  /** On a topic, whether it is there or not. */
  onTopic(action: string, topicArn: string, keys?: Keys): Requirement;
  /** On a subscription's topic: policies speak of topics alone. */
  onSubscription(action: string, subscriptionArn: string, keys?: Keys): Requirement;
  onAll(action: string, keys?: Keys): Requirement;
  /** Publishing, with the key of an encrypted topic: SNS uses it in the name of whoever publishes. */
  toPublish(topicArn: string, call: CallContext): readonly Requirement[];
}

type Context = Pick<ServiceContext, 'partition' | 'region' | 'accountId'>;

export function requirements(repository: Repository, context: Context): Requirements {
  const { partition, region, accountId } = context;

  const onTopic: Requirements['onTopic'] = (action, topicArn, keys) => ({
    action: `sns:${action}`,
    resource: topicArn,
    ...(keys && { context: keys }),
  });

  /** https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#sns-what-permissions-for-sse */
  function onKey({ arn, attributes }: Topic): readonly Requirement[] {
    const key = attributes['KmsMasterKeyId'];
    if (key === undefined || key === '') return [];
    const name = key.startsWith('alias/') ? key : `key/${key}`;
    const resource = key.startsWith('arn:') ? key : `arn:${partition}:kms:${region}:${accountId}:${name}`;
    const keys: Keys = {
      'kms:ViaService': `sns.${region}.amazonaws.com`,
      'kms:CallerAccount': accountId,
      'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
      'kms:EncryptionContextKeys': ['aws:sns:topicArn'],
      'kms:EncryptionContext:aws:sns:topicArn': arn,
      ...(key.includes('alias/') && { 'kms:RequestAlias': key.slice(key.indexOf('alias/')) }),
    };
    return ['kms:GenerateDataKey', 'kms:Decrypt'].map((action) => ({ action, resource, context: keys }));
  }

  return {
    onTopic,
    onSubscription: (action, subscriptionArn, keys) =>
      onTopic(action, subscriptionArn.split(':').slice(0, 6).join(':'), keys),
    onAll: (action, keys) => ({ action: `sns:${action}`, resource: '*', ...(keys && { context: keys }) }),
    toPublish(topicArn, { principal }) {
      const topic = repository.findTopic(topicArn);
      // A topic nobody gave a policy lets the alarms of its own account in, and no other service.
      const isOwnAlarm =
        principal.kind === 'service' &&
        principal.service === 'cloudwatch.amazonaws.com' &&
        principal.sourceAccount === accountId &&
        topic?.policy === undefined;
      return [...(isOwnAlarm ? [] : [onTopic('Publish', topicArn)]), ...(topic ? onKey(topic) : [])];
    },
  };
}

/** Condition keys of tags in a request. */
export function requestTags(tags: readonly Tag[] | undefined): Keys {
  if (!tags?.length) return {};
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  };
}
