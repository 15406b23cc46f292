/**
 * What a template or a caller says of a mapping, checked as far as it can be without looking at anything else. Pure.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
 */
import type { ResourceRequest } from '../../../kernel/provider.ts';
import type { JsonObject } from '../../../template/stack.ts';
import type { Place } from '../names.ts';
import { type PropertyReader, readProperties } from '../property-reader.ts';
import type { Mapping, StreamSettings } from './contract.ts';
import { filterComplaint, MOST_FILTERS } from './filters.ts';
import { type Source, sourceOf } from './sources.ts';

export type MappingSettings = Omit<Mapping, 'uuid' | 'functionArn' | 'lastModified' | 'lastProcessingResult'> & {
  /** As it was asked for. */
  readonly functionName: string;
  readonly tags: Readonly<Record<string, string>>;
};

const OF_STREAMS = [
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ParallelizationFactor',
  'TumblingWindowInSeconds',
];
const OF_OTHERS = [
  'AmazonManagedKafkaEventSourceConfig',
  'DocumentDBEventSourceConfig',
  'LoggingConfig',
  'Queues',
  'SelfManagedEventSource',
  'SelfManagedKafkaEventSourceConfig',
  'SourceAccessConfigurations',
  'Topics',
];

/** Throws TemplateError with everything that is wrong. */
export function readMapping(request: ResourceRequest, place: Place): MappingSettings {
  return readProperties(request, (read) => {
    const eventSourceArn = read.requiredText('EventSourceArn');
    const source = sourceOf(eventSourceArn, place);
    refuseOthers(read, request.properties, source);
    const isQueue = source.kind !== 'stream';
    const batchingWindowSeconds = read.integer('MaximumBatchingWindowInSeconds', { minimum: 0, maximum: 300 }) ?? 0;
    const batchSize = read.integer('BatchSize', { minimum: 1, maximum: 10_000 }) ?? (isQueue ? 10 : 100);
    if (source.kind === 'queue') checkQueueBatches(read, source.fifo, batchSize, batchingWindowSeconds);
    const maximumConcurrency = read.within('ScalingConfig', (at) =>
      at.integer('MaximumConcurrency', { minimum: 2, maximum: 1000 }),
    );
    const filterKeyArn = read.text('KmsKeyArn') || undefined;
    return {
      eventSourceArn,
      functionName: read.requiredText('FunctionName'),
      enabled: read.oneOf('Enabled', ['true', 'false']) !== 'false',
      batchSize,
      batchingWindowSeconds,
      filters: readFilters(read),
      ...(filterKeyArn !== undefined && { filterKeyArn }),
      reportsBatchItemFailures: readResponseTypes(read),
      ...(maximumConcurrency !== undefined && { maximumConcurrency }),
      ...(source.kind === 'stream' && { stream: readStream(read) }),
      countsEvents: read.within('MetricsConfig', readMetrics) ?? false,
      tags: Object.fromEntries(read.each('Tags', (at) => [at.requiredText('Key'), at.text('Value') ?? ''] as const)),
    };
  });
}

/** What another kind of source would have. */
function refuseOthers(read: PropertyReader, properties: JsonObject, source: Source): void {
  if (source.kind === 'elsewhere') return;
  const foreign = [
    ...OF_OTHERS,
    ...(source.kind === 'queue' ? OF_STREAMS : ['ScalingConfig', 'ProvisionedPollerConfig']),
  ];
  for (const name of foreign) {
    if (isEmpty(properties[name])) continue;
    read.refuse([name], `Unsupported ${name} parameter for given event source mapping type.`);
  }
  if (source.kind !== 'queue') return;
  for (const name of ['StartingPosition', 'StartingPositionTimestamp']) {
    if (!isEmpty(properties[name])) read.refuse([name], `${name} is not valid for SQS event sources.`);
  }
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
function checkQueueBatches(read: PropertyReader, fifo: boolean, batchSize: number, windowSeconds: number): void {
  if (fifo && windowSeconds > 0) {
    read.refuse(['MaximumBatchingWindowInSeconds'], 'Batching window is not supported for FIFO queues');
  }
  if (fifo && batchSize > 10) {
    read.refuse(['BatchSize'], 'Batch size for FIFO queues must not be greater than 10');
  } else if (batchSize > 10 && windowSeconds === 0) {
    read.refuse(
      ['BatchSize'],
      'Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10',
    );
  }
}

function readFilters(read: PropertyReader): readonly string[] {
  return (
    read.within('FilterCriteria', (criteria) => {
      const patterns = criteria.each('Filters', (at) => at.text('Pattern') ?? '');
      if (patterns.length > MOST_FILTERS) {
        criteria.refuse(['Filters'], `The number of filters cannot be greater than ${MOST_FILTERS}.`);
      }
      patterns.forEach((pattern, index) => {
        const complaint = filterComplaint(pattern);
        if (complaint !== undefined) {
          criteria.refuse(['Filters', index, 'Pattern'], `Invalid filter pattern definition. ${complaint}`);
        }
      });
      return patterns;
    }) ?? []
  );
}

function readResponseTypes(read: PropertyReader): boolean {
  const types = read.texts('FunctionResponseTypes') ?? [];
  types.forEach((type, index) => {
    if (type === 'ReportBatchItemFailures') return;
    read.refuse(
      ['FunctionResponseTypes', index],
      `Value '[${type}]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]`,
    );
  });
  return types.includes('ReportBatchItemFailures');
}

function readMetrics(read: PropertyReader): boolean {
  const metrics = read.texts('Metrics') ?? [];
  metrics.forEach((metric, index) => {
    if (metric === 'EventCount') return;
    read.refuse(['Metrics', index], `Unsupported metric ${metric} for given event source mapping type.`);
  });
  return metrics.includes('EventCount');
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html */
function readStream(read: PropertyReader): StreamSettings {
  const startingPosition =
    read.oneOf('StartingPosition', ['TRIM_HORIZON', 'LATEST', 'AT_TIMESTAMP']) ??
    (read.text('StartingPosition') === undefined ? noStart(read) : 'LATEST');
  if (startingPosition === 'AT_TIMESTAMP') {
    read.refuse(['StartingPosition'], 'Unsupported starting position for arn type: AT_TIMESTAMP');
  }
  const maximumRecordAgeSeconds = read.integer('MaximumRecordAgeInSeconds', { minimum: -1, maximum: 604_800 }) ?? -1;
  if (maximumRecordAgeSeconds >= 0 && maximumRecordAgeSeconds < 60) {
    read.refuse(['MaximumRecordAgeInSeconds'], 'MaximumRecordAgeInSeconds must be -1, or between 60 and 604800.');
  }
  const onFailureArn = readOnFailure(read);
  return {
    startingPosition,
    parallelizationFactor: read.integer('ParallelizationFactor', { minimum: 1, maximum: 10 }) ?? 1,
    maximumRecordAgeSeconds,
    maximumRetryAttempts: read.integer('MaximumRetryAttempts', { minimum: -1, maximum: 10_000 }) ?? -1,
    bisectsOnError: read.oneOf('BisectBatchOnFunctionError', ['true', 'false']) === 'true',
    tumblingWindowSeconds: read.integer('TumblingWindowInSeconds', { minimum: 0, maximum: 900 }) ?? 0,
    ...(onFailureArn !== undefined && { onFailureArn }),
  };
}

function noStart(read: PropertyReader): 'LATEST' {
  read.refuse(
    ['StartingPosition'],
    "Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.",
  );
  return 'LATEST';
}

/** Queues and topics that are not FIFO, and buckets. */
function readOnFailure(read: PropertyReader): string | undefined {
  return read.within('DestinationConfig', (config) => {
    const onSuccess = config.within('OnSuccess', (at) => at.text('Destination') || undefined);
    if (onSuccess !== undefined) {
      config.refuse(['OnSuccess'], 'OnSuccess destination is not supported for this event source mapping type.');
    }
    return config.within('OnFailure', (at) => {
      const arn = at.text('Destination') || undefined;
      const isPossible = arn === undefined || (/^arn:[^:]*:(?:sqs|sns|s3):/.test(arn) && !arn.endsWith('.fifo'));
      if (!isPossible) at.refuse(['Destination'], `The destination ARN ${arn} is invalid.`);
      return arn;
    });
  });
}
