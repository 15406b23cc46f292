/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import { type PropertyReader, readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import { addressOf } from '../place.ts';
import { changeAttributes, createQueue, deleteQueue } from '../queue-operations.ts';
import type { Queue } from '../queues/queue-book.ts';
import type { Room } from '../room.ts';
import { checkTags } from '../tags.ts';

const INTEGERS = {
  DelaySeconds: [0, 900],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
  MaximumMessageSize: [1_024, 1_048_576],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, 43_200],
} as const;
const BOOLEANS = ['ContentBasedDeduplication', 'SqsManagedSseEnabled'] as const;
const TEXTS = ['DeduplicationScope', 'FifoThroughputLimit', 'KmsMasterKeyId'] as const;
const DOCUMENTS = ['RedrivePolicy', 'RedriveAllowPolicy'] as const;

interface QueueProperties {
  readonly name: string | undefined;
  readonly fifo: boolean;
  readonly attributes: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

export function queueProvider(room: Room): Provider {
  const { book, urlOf, accountId } = room;

  function result({ record: { name, arn } }: Queue): ResourceResult {
    const url = urlOf({ accountId, name });
    return { physicalId: url, attributes: { Arn: arn, QueueName: name, QueueUrl: url } };
  }

  function find(physicalId: string): Queue | undefined {
    return book.find(addressOf(physicalId, room));
  }

  function make(request: ResourceRequest, generatedName: string): ResourceResult {
    const { name, fifo, attributes, tags } = readProperties(request, read);
    const chosen = name ?? generated(generatedName, fifo);
    if (book.find({ accountId, name: chosen }) && !request.interrupted) {
      const because = `Resource of type 'AWS::SQS::Queue' with identifier '${chosen}' already exists.`;
      throw new AwsError('AlreadyExists', because);
    }
    const given = { ...attributes, ...(fifo && { FifoQueue: 'true' }) };
    return result(createQueue(room, { name: chosen, attributes: given, tags, evenIfDeletedRecently: true }));
  }

  return {
    create: (request) => make(request, request.generatedName),
    update(request, existing) {
      const properties = readProperties(request, read);
      const queue = find(existing.physicalId);
      const before = existing.properties;
      const replaced =
        request.properties['QueueName'] !== before['QueueName'] ||
        properties.fifo !== (String(before['FifoQueue'] ?? false) === 'true');
      if (!queue || replaced) return make(request, request.replacementName);
      // What the template no longer says is as it was at first.
      const gone = Object.keys(queue.record.attributes).filter(
        (name) => name !== 'Policy' && name !== 'FifoQueue' && !(name in properties.attributes),
      );
      const reset = Object.fromEntries(gone.map((name) => [name, RESET[name] ?? '']));
      changeAttributes(room, queue, { ...reset, ...properties.attributes });
      book.update(queue, { tags: checkTags(properties.tags) });
      return result(queue);
    },
    delete({ physicalId }) {
      const queue = find(physicalId);
      if (queue) deleteQueue(room, queue);
    },
    /** The endpoint may be at another port than the last time. */
    restore({ physicalId }) {
      const queue = find(physicalId);
      return queue && result(queue);
    },
  };
}

/** Attributes whose default is not their absence. */
const RESET: Readonly<Record<string, string>> = {
  DelaySeconds: '0',
  KmsDataKeyReusePeriodSeconds: '300',
  MaximumMessageSize: '1048576',
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  SqsManagedSseEnabled: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

function generated(name: string, fifo: boolean): string {
  if (!fifo) return name.slice(0, 80);
  return `${name.slice(0, 75)}.fifo`;
}

function read(reader: PropertyReader): QueueProperties {
  const attributes: Record<string, string> = {};
  for (const [name, range] of Object.entries(INTEGERS)) put(attributes, name, reader.integer(name, range));
  for (const name of BOOLEANS) put(attributes, name, reader.boolean(name));
  for (const name of TEXTS) put(attributes, name, reader.text(name));
  for (const name of DOCUMENTS) {
    const value = reader.properties[name];
    if (value !== undefined && value !== null) {
      attributes[name] = typeof value === 'object' ? JSON.stringify(value) : String(value);
    }
  }
  const name = reader.text('QueueName');
  const fifo = reader.boolean('FifoQueue') ?? false;
  if (fifo && name !== undefined && !name.endsWith('.fifo')) {
    reader.refuse(['QueueName'], 'The name of a FIFO queue must end with .fifo');
  }
  if (!fifo) {
    for (const other of ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit']) {
      if (attributes[other] === undefined) continue;
      if (attributes[other] !== 'false')
        reader.refuse([other], `${other} is for FIFO queues: Unknown Attribute ${other}.`);
      delete attributes[other];
    }
  }
  const tags = reader.objects('Tags', (tag) => [tag.requiredText('Key'), tag.text('Value') ?? ''] as const);
  return { name, fifo, attributes, tags: Object.fromEntries(tags) };
}

function put(attributes: Record<string, string>, name: string, value: unknown): void {
  if (value !== undefined) attributes[name] = String(value);
}
