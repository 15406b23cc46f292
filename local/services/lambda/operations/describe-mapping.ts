/** A mapping as the API tells it. https://docs.aws.amazon.com/lambda/latest/api/API_EventSourceMappingConfiguration.html */
import type { Mapping } from '../event-source-mappings/contract.ts';
import { mappingArn } from '../event-source-mappings/mapping-arn.ts';
import type { Place } from '../names.ts';

export function describeMapping(mapping: Mapping, State: string, place: Place): object {
  const { uuid, stream, filters, filterKeyArn, maximumConcurrency } = mapping;
  return {
    UUID: uuid,
    EventSourceMappingArn: mappingArn(place, uuid),
    EventSourceArn: mapping.eventSourceArn,
    FunctionArn: mapping.functionArn,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.batchingWindowSeconds,
    ...(filters.length > 0 && { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } }),
    ...(filterKeyArn !== undefined && { KMSKeyArn: filterKeyArn }),
    FunctionResponseTypes: mapping.reportsBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    ...(maximumConcurrency !== undefined && { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
    ...(mapping.countsEvents && { MetricsConfig: { Metrics: ['EventCount'] } }),
    LastModified: new Date(mapping.lastModified),
    LastProcessingResult: mapping.lastProcessingResult,
    State,
    StateTransitionReason: 'User action',
    ...(stream && {
      StartingPosition: stream.startingPosition,
      ParallelizationFactor: stream.parallelizationFactor,
      MaximumRecordAgeInSeconds: stream.maximumRecordAgeSeconds,
      MaximumRetryAttempts: stream.maximumRetryAttempts,
      BisectBatchOnFunctionError: stream.bisectsOnError,
      TumblingWindowInSeconds: stream.tumblingWindowSeconds,
      DestinationConfig: {
        OnFailure: stream.onFailureArn === undefined ? {} : { Destination: stream.onFailureArn },
      },
    }),
  };
}
