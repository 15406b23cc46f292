/**
 * What IAM asks before an operation runs.
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
 */
import type { Requirement } from '../../kernel/service.ts';
import { keyRequirements } from './encryption.ts';
import { addressOf, addressOfArn, type Place, queueArn } from './place.ts';
import type { QueueBook } from './queues/queue-book.ts';

export interface Requirements {
  /** Of an operation on one queue, and its batch. */
  onQueue(action: string): (input: { readonly QueueUrl: string }) => readonly Requirement[];
  /** And of the key that a customer has its messages encrypted with. */
  toSend(input: { readonly QueueUrl: string }): readonly Requirement[];
  toReceive(input: { readonly QueueUrl: string }): readonly Requirement[];
  /** By the queue's ARN. */
  onArn(actions: readonly string[], arn: string): readonly Requirement[];
  /** By its name. */
  onName(action: string, name: string, accountId?: string, context?: Requirement['context']): readonly Requirement[];
}

export function requirements(book: QueueBook, place: Place): Requirements {
  const onUrl = (action: string, queueUrl: string): readonly Requirement[] => [
    { action: `sqs:${action}`, resource: queueArn(place, addressOf(queueUrl, place)) },
  ];
  const keyOf = (actions: readonly string[], queueUrl: string): readonly Requirement[] => {
    const queue = book.find(addressOf(queueUrl, place));
    return queue?.settings.kmsKeyId === undefined ? [] : keyRequirements(actions, queue, place);
  };
  return {
    onQueue: (action) => (input) => onUrl(action, input.QueueUrl),
    toSend: ({ QueueUrl }) => [
      ...onUrl('SendMessage', QueueUrl),
      ...keyOf(['kms:GenerateDataKey', 'kms:Decrypt'], QueueUrl),
    ],
    toReceive: ({ QueueUrl }) => [...onUrl('ReceiveMessage', QueueUrl), ...keyOf(['kms:Decrypt'], QueueUrl)],
    onArn(actions, arn) {
      const address = addressOfArn(arn, place);
      const resource = address ? queueArn(place, address) : arn;
      return actions.map((action) => ({ action: `sqs:${action}`, resource }));
    },
    onName: (action, name, accountId = place.accountId, context) => [
      { action: `sqs:${action}`, resource: queueArn(place, { accountId, name }), ...(context && { context }) },
    ],
  };
}

/** Condition keys of tags in a request. */
export function requestTags(tags: Readonly<Record<string, string>> | undefined): Requirement['context'] {
  const entries = Object.entries(tags ?? {});
  if (entries.length === 0) return undefined;
  return {
    ...Object.fromEntries(entries.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': entries.map(([key]) => key),
  };
}
