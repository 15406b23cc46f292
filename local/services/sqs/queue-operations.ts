/** Queues come, are described, change, and go. */
import type {
  CreateQueueRequest,
  DeleteQueueRequest,
  GetQueueAttributesRequest,
  GetQueueUrlRequest,
  ListDeadLetterSourceQueuesRequest,
  ListQueuesRequest,
  PurgeQueueRequest,
  SetQueueAttributesRequest,
} from '@aws-sdk/client-sqs';
import type { Operation } from '../../kernel/service.ts';
import type { TemplatePlace } from '../../policy/iam/contract.ts';
import { checkRedrive, sourcesOf } from './dead-letters.ts';
import {
  badAttributeValue,
  invalidParameter,
  invalidValue,
  missingParameter,
  purgeInProgress,
  queueDeletedRecently,
  queueDoesNotExist,
  queueNameExists,
} from './errors.ts';
import { queueArn } from './place.ts';
import { COUNTED, checkAttributes, checkNames, described, merged, withDefaults } from './queues/attributes.ts';
import type { Queue } from './queues/queue-book.ts';
import { requestTags } from './requirements.ts';
import type { OnQueue, Room, With } from './room.ts';
import { checkTags } from './tags.ts';

const NAME = /^[A-Za-z0-9_-]{1,80}$/;
const FIFO_NAME = /^[A-Za-z0-9_-]{1,75}\.fifo$/;
const PURGE_MS = 60_000;
const PAGE = 1_000;

interface NewQueue {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly policyPlace?: TemplatePlace;
  /** CloudFormation waits until the name is free again; here it need not. */
  readonly evenIfDeletedRecently?: boolean;
}

/** Answers the queue that is there already, where it has what is asked for. Throws what CreateQueue does. */
export function createQueue(room: Room, wanted: NewQueue): Queue {
  const { book, clock, accountId } = room;
  const { name, tags, policyPlace } = wanted;
  const fifo = wanted.attributes['FifoQueue'] === 'true';
  if (!(fifo ? FIFO_NAME : NAME).test(name)) throw invalidName(name, fifo);
  const attributes = merged({}, checkAttributes(wanted.attributes, fifo), fifo);
  const existing = book.find({ accountId, name });
  if (existing) return theSame(existing, attributes);
  if (!wanted.evenIfDeletedRecently && book.deletedAt(name) !== undefined) throw queueDeletedRecently();
  const arn = queueArn(room, { accountId, name });
  checkRedrive(book, attributes, { fifo, arn });
  const now = clock.now();
  return book.create({
    name,
    arn,
    fifo,
    attributes,
    tags: checkTags(tags),
    createdAt: now,
    modifiedAt: now,
    ...(policyPlace && { policyPlace }),
  });
}

function invalidName(name: string, fifo: boolean): Error {
  if (fifo && !name.endsWith('.fifo'))
    return invalidParameter(
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  return invalidParameter('Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length');
}

/** Throws QueueNameExists. */
function theSame(existing: Queue, attributes: Readonly<Record<string, string>>): Queue {
  const own = withDefaults(existing.record.attributes, existing.record.fifo);
  for (const [name, value] of Object.entries(attributes)) {
    if (own[name] !== value) throw queueNameExists(name);
  }
  return existing;
}

/** Throws what SetQueueAttributes does. */
export function changeAttributes(
  { book, clock }: Room,
  queue: Queue,
  given: Readonly<Record<string, string>>,
  policyPlace?: TemplatePlace,
): void {
  const { record, settings } = queue;
  if (record.fifo && 'FifoQueue' in given && given['FifoQueue'] !== 'true') {
    throw badAttributeValue(
      'Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.',
    );
  }
  const attributes = merged(record.attributes, checkAttributes(given, record.fifo), record.fifo);
  checkRedrive(book, given['RedrivePolicy'] ? attributes : {}, record);
  const place = 'Policy' in given ? policyPlace : record.policyPlace;
  book.transaction(() => {
    book.update(queue, { attributes, modifiedAt: clock.now(), policyPlace: place });
    // Of standard queues, what waits already keeps its delay.
    if (record.fifo && queue.settings.delayMs !== settings.delayMs) queue.messages.delayBy(queue.settings.delayMs);
    queue.messages.settle();
  });
}

export function deleteQueue({ book, metrics }: Room, queue: Queue): void {
  metrics.forget(queue);
  book.delete(queue);
}

export function queueOperations(room: Room): Record<string, Operation> {
  const { book, needs, accountId, clock, urlOf } = room;

  const create: Operation<With<CreateQueueRequest, 'QueueName'>> = {
    requires: ({ QueueName, tags }) => [
      ...needs.onName('CreateQueue', QueueName, accountId, requestTags(tags)),
      ...(tags && Object.keys(tags).length > 0
        ? needs.onName('TagQueue', QueueName, accountId, requestTags(tags))
        : []),
    ],
    handle({ QueueName: name, Attributes = {}, tags = {} }, call) {
      createQueue(room, { name, attributes: Attributes as Record<string, string>, tags });
      return { QueueUrl: urlOf({ accountId, name }, call) };
    },
  };

  const getQueueUrl: Operation<With<GetQueueUrlRequest, 'QueueName'>> = {
    requires: ({ QueueName, QueueOwnerAWSAccountId }) =>
      needs.onName('GetQueueUrl', QueueName, QueueOwnerAWSAccountId ?? accountId),
    handle({ QueueName: name, QueueOwnerAWSAccountId = accountId }, call) {
      const address = { accountId: QueueOwnerAWSAccountId, name };
      if (!book.find(address)) throw queueDoesNotExist();
      return { QueueUrl: urlOf(address, call) };
    },
  };

  const listQueues: Operation<ListQueuesRequest> = {
    requires: () => [{ action: 'sqs:ListQueues', resource: '*' }],
    handle({ QueueNamePrefix = '', NextToken, MaxResults }, call) {
      const names = book
        .all()
        .map(({ record }) => record.name)
        .filter((name) => name.startsWith(QueueNamePrefix));
      const { items, ...rest } = page(names, { NextToken, MaxResults });
      return { QueueUrls: items.map((name) => urlOf({ accountId, name }, call)), ...rest };
    },
  };

  const sources: Operation<OnQueue<ListDeadLetterSourceQueuesRequest>> = {
    requires: needs.onQueue('ListDeadLetterSourceQueues'),
    handle({ QueueUrl, NextToken, MaxResults }, call) {
      const names = sourcesOf(book, book.at(QueueUrl)).map(({ record }) => record.name);
      const { items, ...rest } = page(names, { NextToken, MaxResults });
      return { queueUrls: items.map((name) => urlOf({ accountId, name }, call)), ...rest };
    },
  };

  const getAttributes: Operation<OnQueue<GetQueueAttributesRequest>> = {
    requires: needs.onQueue('GetQueueAttributes'),
    handle({ QueueUrl, AttributeNames = [] }) {
      const { record, messages } = book.at(QueueUrl);
      checkNames(AttributeNames);
      if (AttributeNames.length === 0) return {};
      const { visible, delayed, 'in-flight': inFlight } = messages.counts();
      const counts = Object.fromEntries([visible, inFlight, delayed].map((n, index) => [COUNTED[index]!, String(n)]));
      const all = { ...described(record), ...counts };
      if (AttributeNames.includes('All')) return { Attributes: all };
      const asked = Object.entries(all).filter(([name]) => (AttributeNames as string[]).includes(name));
      return asked.length === 0 ? {} : { Attributes: Object.fromEntries(asked) };
    },
  };

  const setAttributes: Operation<OnQueue<SetQueueAttributesRequest> & { Attributes: Record<string, string> }> = {
    requires: needs.onQueue('SetQueueAttributes'),
    handle: ({ QueueUrl, Attributes }) => changeAttributes(room, book.at(QueueUrl), Attributes),
  };

  const remove: Operation<OnQueue<DeleteQueueRequest>> = {
    requires: needs.onQueue('DeleteQueue'),
    handle: ({ QueueUrl }) => deleteQueue(room, book.at(QueueUrl)),
  };

  const purge: Operation<OnQueue<PurgeQueueRequest>> = {
    requires: needs.onQueue('PurgeQueue'),
    handle({ QueueUrl }) {
      const queue = book.at(QueueUrl);
      const { name, purgedAt } = queue.record;
      const now = clock.now();
      if (purgedAt !== undefined && now - purgedAt < PURGE_MS) throw purgeInProgress(name);
      book.transaction(() => {
        book.update(queue, { purgedAt: now });
        queue.messages.purge();
      });
    },
  };

  return {
    CreateQueue: create,
    DeleteQueue: remove,
    GetQueueAttributes: getAttributes,
    GetQueueUrl: getQueueUrl,
    ListDeadLetterSourceQueues: sources,
    ListQueues: listQueues,
    PurgeQueue: purge,
    SetQueueAttributes: setAttributes,
  };
}

interface Paged {
  readonly NextToken: string | undefined;
  readonly MaxResults: number | undefined;
}

/** Without MaxResults the first thousand, and no token. Throws InvalidParameterValue, MissingParameter. */
function page(names: readonly string[], { NextToken, MaxResults }: Paged): { items: string[]; NextToken?: string } {
  if (MaxResults === undefined) {
    if (NextToken !== undefined) throw missingParameter('MaxResults');
    return { items: names.slice(0, PAGE) };
  }
  if (MaxResults < 1 || MaxResults > PAGE) {
    throw invalidValue(MaxResults, 'MaxResults', `MaxResults must be an integer between 1 and ${PAGE}.`);
  }
  const after = NextToken === undefined ? '' : Buffer.from(NextToken, 'base64url').toString('utf8');
  if (NextToken !== undefined && after === '') throw invalidParameter('Invalid or expired next token.');
  const rest = names.filter((name) => name > after);
  const items = rest.slice(0, MaxResults);
  if (rest.length <= MaxResults) return { items };
  return { items, NextToken: Buffer.from(items.at(-1)!).toString('base64url') };
}
