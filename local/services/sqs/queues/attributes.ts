/**
 * Attributes of queues: which there are, what they may say, what they say when nobody has set them.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
import { MalformedPolicy, readPolicy } from '../../../policy/iam/index.ts';
import {
  badAttributeName,
  badAttributeValue,
  invalidAttributeName,
  invalidAttributeValue,
  invalidValue,
} from '../errors.ts';
import type { Attributes, QueueRecord, RedriveAllowPolicy, RedrivePolicy, Settings } from './queue-record.ts';

/** Bytes of a message, and of a batch. */
export const MOST_BYTES = 1_048_576;
/** Seconds: as long as anything stays invisible. */
export const LONGEST_VISIBILITY = 43_200;

const RANGES: Readonly<Record<string, readonly [minimum: number, maximum: number]>> = {
  DelaySeconds: [0, 900],
  MaximumMessageSize: [1_024, MOST_BYTES],
  MessageRetentionPeriod: [60, 1_209_600],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  VisibilityTimeout: [0, LONGEST_VISIBILITY],
  KmsDataKeyReusePeriodSeconds: [60, 86_400],
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  SqsManagedSseEnabled: ['true', 'false'],
  ContentBasedDeduplication: ['true', 'false'],
  DeduplicationScope: ['queue', 'messageGroup'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
  FifoQueue: ['true'],
};

const TEXTS = ['Policy', 'RedrivePolicy', 'RedriveAllowPolicy', 'KmsMasterKeyId'];
const FIFO_ONLY: ReadonlySet<string> = new Set([
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
]);
const SETTABLE: ReadonlySet<string> = new Set([...Object.keys(RANGES), ...Object.keys(CHOICES), ...TEXTS]);

export const COUNTED = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;
const READABLE: ReadonlySet<string> = new Set([
  'All',
  ...SETTABLE,
  ...COUNTED,
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'QueueArn',
]);

const DEFAULTS: Attributes = {
  DelaySeconds: '0',
  MaximumMessageSize: String(MOST_BYTES),
  MessageRetentionPeriod: '345600',
  ReceiveMessageWaitTimeSeconds: '0',
  VisibilityTimeout: '30',
  SqsManagedSseEnabled: 'true',
};

const FIFO_DEFAULTS: Attributes = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

/**
 * Checks what a caller gives and answers it as it is kept; an empty text takes an attribute away.
 * Throws InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue.
 */
export function checkAttributes(given: Readonly<Record<string, string | undefined>>, fifo: boolean): Attributes {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!SETTABLE.has(name)) throw invalidAttributeName(name);
    if (FIFO_ONLY.has(name) && !fifo) throw notOfStandardQueues(name);
    if (value !== undefined) checked[name] = checkValue(name, value);
  }
  if (checked['KmsMasterKeyId'] && checked['SqsManagedSseEnabled'] === 'true') {
    throw badAttributeName(
      'You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.',
    );
  }
  return checked;
}

function notOfStandardQueues(name: string): Error {
  return name === 'DeduplicationScope' || name === 'FifoThroughputLimit'
    ? badAttributeName(`You can specify the ${name} only when FifoQueue is set to true.`)
    : invalidAttributeName(name);
}

function checkValue(name: string, value: string): string {
  const range = RANGES[name];
  if (range) {
    const number = /^\d{1,9}$/.test(value) ? Number(value) : -1;
    if (number < range[0] || number > range[1]) throw invalidAttributeValue(name);
    return String(number);
  }
  if (CHOICES[name]) {
    if (!CHOICES[name].includes(value)) throw invalidAttributeValue(name);
    return value;
  }
  if (value === '') return value;
  switch (name) {
    case 'Policy':
      checkPolicy(value);
      return value;
    case 'RedrivePolicy':
      return JSON.stringify(readRedrivePolicy(value));
    case 'RedriveAllowPolicy':
      return JSON.stringify(readRedriveAllowPolicy(value));
    default:
      return value;
  }
}

/** Attributes of a queue after a change; both kinds of encryption never stand beside each other. */
export function merged(before: Attributes, change: Attributes, fifo: boolean): Attributes {
  const all: Record<string, string> = { ...before, ...change };
  if (change['KmsMasterKeyId']) all['SqsManagedSseEnabled'] = 'false';
  if (change['SqsManagedSseEnabled'] === 'true') delete all['KmsMasterKeyId'];
  for (const [name, value] of Object.entries(all)) if (value === '') delete all[name];
  if (fifo && all['FifoThroughputLimit'] === 'perMessageGroupId' && all['DeduplicationScope'] !== 'messageGroup') {
    throw badAttributeValue(
      'The value perMessageGroupId of FifoThroughputLimit is allowed only when the value of DeduplicationScope is messageGroup.',
    );
  }
  return all;
}

export const withDefaults = (attributes: Attributes, fifo: boolean): Attributes => ({
  ...DEFAULTS,
  ...(fifo && FIFO_DEFAULTS),
  ...(attributes['KmsMasterKeyId'] !== undefined && { KmsDataKeyReusePeriodSeconds: '300' }),
  ...attributes,
});

/** Throws InvalidAttributeName. */
export function checkNames(names: readonly string[]): void {
  for (const name of names) if (!READABLE.has(name)) throw invalidAttributeName(name);
}

/** What GetQueueAttributes answers, but for the counts. */
export function described({ attributes, fifo, createdAt, modifiedAt, arn }: QueueRecord): Attributes {
  return {
    ...withDefaults(attributes, fifo),
    QueueArn: arn,
    CreatedTimestamp: String(Math.floor(createdAt / 1000)),
    LastModifiedTimestamp: String(Math.floor(modifiedAt / 1000)),
  };
}

export function settingsOf({ attributes, fifo }: QueueRecord): Settings {
  const all = withDefaults(attributes, fifo);
  const { RedrivePolicy: redrive } = all;
  return {
    delayMs: Number(all['DelaySeconds']) * 1000,
    maximumBytes: Number(all['MaximumMessageSize']),
    retentionMs: Number(all['MessageRetentionPeriod']) * 1000,
    waitSeconds: Number(all['ReceiveMessageWaitTimeSeconds']),
    visibilitySeconds: Number(all['VisibilityTimeout']),
    contentBased: all['ContentBasedDeduplication'] === 'true',
    perGroup: all['DeduplicationScope'] === 'messageGroup',
    kmsKeyId: all['KmsMasterKeyId'],
    redrive: redrive === undefined ? undefined : (JSON.parse(redrive) as RedrivePolicy),
  };
}

function checkPolicy(text: string): void {
  try {
    readPolicy(text, 'resource');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw badAttributeValue(`Invalid value for the parameter Policy. Reason: ${error.message}`);
  }
}

function jsonMap(name: string, text: string, called: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw invalidValue(text, name, `${called} is not a valid JSON map.`);
}

function readRedrivePolicy(text: string): RedrivePolicy {
  const refuse = (reason: string) => invalidValue(text, 'RedrivePolicy', reason);
  const { deadLetterTargetArn, maxReceiveCount } = jsonMap('RedrivePolicy', text, 'Redrive policy');
  for (const [name, value] of Object.entries({ maxReceiveCount, deadLetterTargetArn })) {
    if (value === undefined || value === null) {
      throw refuse(`Redrive policy does not contain mandatory attribute: ${name}.`);
    }
  }
  if (typeof deadLetterTargetArn !== 'string') throw refuse('Invalid value for deadLetterTargetArn.');
  const count = /^\d{1,6}$/.test(String(maxReceiveCount)) ? Number(maxReceiveCount) : 0;
  if (count < 1 || count > 1000) {
    throw refuse(
      `Invalid value for maxReceiveCount: ${maxReceiveCount}, valid values are from 1 to 1000 both inclusive.`,
    );
  }
  return { deadLetterTargetArn, maxReceiveCount: count };
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
function readRedriveAllowPolicy(text: string): RedriveAllowPolicy {
  const refuse = (reason: string) => invalidValue(text, 'RedriveAllowPolicy', reason);
  const { redrivePermission, sourceQueueArns } = jsonMap('RedriveAllowPolicy', text, 'Redrive allow policy');
  switch (redrivePermission) {
    case undefined:
    case null:
      throw refuse('Redrive allow policy does not contain mandatory attribute: redrivePermission.');
    case 'allowAll':
    case 'denyAll':
      if (sourceQueueArns !== undefined) {
        throw refuse(`sourceQueueArns is not allowed when redrivePermission is ${redrivePermission}.`);
      }
      return { redrivePermission };
    case 'byQueue':
      if (!Array.isArray(sourceQueueArns) || sourceQueueArns.length === 0) {
        throw refuse('sourceQueueArns is required when redrivePermission is byQueue.');
      }
      if (sourceQueueArns.length > 10) throw refuse('Maximum number of sourceQueueArns is 10.');
      return { redrivePermission, sourceQueueArns: sourceQueueArns.map(String) };
    default:
      throw refuse(
        `Invalid value for redrivePermission: ${redrivePermission}, valid values are allowAll, denyAll and byQueue.`,
      );
  }
}

/** May `source` send what it gives up to the queue that has this? */
export function allowsRedrive(attributes: Attributes, source: string): boolean {
  const text = attributes['RedriveAllowPolicy'];
  if (text === undefined) return true;
  const policy = JSON.parse(text) as RedriveAllowPolicy;
  if (policy.redrivePermission === 'byQueue') return policy.sourceQueueArns.includes(source);
  return policy.redrivePermission === 'allowAll';
}
