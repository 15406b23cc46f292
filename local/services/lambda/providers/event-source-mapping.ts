/** AWS::Lambda::EventSourceMapping: what reads a queue or a stream for a function. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Provider, ResourceRequest, ResourceResult } from '../../../kernel/provider.ts';
import type { Json, JsonObject } from '../../../template/stack.ts';
import { checkMapping, refuseSecond } from '../event-source-mappings/checks.ts';
import type { Mapping } from '../event-source-mappings/contract.ts';
import { mappingArn } from '../event-source-mappings/mapping-arn.ts';
import { type MappingSettings, readMapping } from '../event-source-mappings/mapping-settings.ts';
import { sourceOf } from '../event-source-mappings/sources.ts';
import { putTags } from '../functions/tags.ts';
import type { LambdaRoom } from '../room.ts';

/** Another of these is another mapping. */
const REPLACING = ['EventSourceArn', 'SelfManagedEventSource', 'StartingPosition', 'StartingPositionTimestamp'];

export function eventSourceMappingProvider(room: LambdaRoom): Provider {
  const { records, mappings, place, clock } = room;

  function put(uuid: string, functionArn: string, read: MappingSettings, before?: Mapping): ResourceResult {
    const { tags, functionName: _asked, ...settings } = read;
    putTags(records, mappingArn(place, uuid), tags);
    const lastProcessingResult = before?.lastProcessingResult ?? 'No records processed';
    mappings.put({ ...settings, uuid, functionArn, lastModified: clock.now(), lastProcessingResult });
    return resultOf(uuid);
  }

  function resultOf(uuid: string): ResourceResult {
    return { physicalId: uuid, attributes: { Id: uuid, EventSourceMappingArn: mappingArn(place, uuid) } };
  }

  async function create(request: ResourceRequest): Promise<ResourceResult> {
    // A template's is made in name only, which the start says; the API has refused it.
    if (unreadable(request.properties) !== undefined) return resultOf(randomUUID());
    const settings = readMapping(request, place);
    const functionArn = await checkMapping(room, settings);
    const left = request.interrupted === true ? leftBehind(settings.eventSourceArn, functionArn) : undefined;
    if (!left) refuseSecond(room, settings.eventSourceArn, functionArn);
    return put(left ?? randomUUID(), functionArn, settings);
  }

  function leftBehind(sourceArn: string, functionArn: string): string | undefined {
    return records.eventSourceMappings
      .list()
      .find(({ value }) => value.eventSourceArn === sourceArn && value.functionArn === functionArn)?.key;
  }

  function unreadable(properties: JsonObject): string | undefined {
    const source = sourceOf(textOf(properties['EventSourceArn']), place);
    return source.kind === 'elsewhere' ? source.why : undefined;
  }

  return {
    create,
    async update(request, existing) {
      const isOther = REPLACING.some((name) => !isDeepStrictEqual(request.properties[name], existing.properties[name]));
      const before = records.eventSourceMappings.get(existing.physicalId);
      if (isOther || !before) return create(request);
      const settings = readMapping(request, place);
      const functionArn = await checkMapping(room, settings);
      if (functionArn !== before.functionArn) refuseSecond(room, settings.eventSourceArn, functionArn);
      return put(existing.physicalId, functionArn, settings, before);
    },
    delete({ physicalId }) {
      mappings.remove(physicalId);
      records.tags.delete(mappingArn(place, physicalId));
    },
    unsupported({ properties }) {
      const why = unreadable(properties);
      if (why !== undefined) {
        const path = properties['EventSourceArn'] === undefined ? [] : ['EventSourceArn'];
        return [{ path, message: `${why}: nothing is read for the function` }];
      }
      return properties['ProvisionedPollerConfig'] === undefined
        ? []
        : [{ path: ['ProvisionedPollerConfig'], message: 'pollers are not provisioned here: there are always enough' }];
    },
  };
}

const textOf = (value: Json | undefined): string | undefined => (typeof value === 'string' ? value : undefined);

/** What a template would say of a mapping that is there: for changes of some of its members. */
export function propertiesOfMapping(mapping: Mapping): JsonObject {
  const { stream, filters, filterKeyArn, maximumConcurrency } = mapping;
  return {
    EventSourceArn: mapping.eventSourceArn,
    FunctionName: mapping.functionArn,
    Enabled: mapping.enabled,
    BatchSize: mapping.batchSize,
    MaximumBatchingWindowInSeconds: mapping.batchingWindowSeconds,
    ...(filters.length > 0 && { FilterCriteria: { Filters: filters.map((Pattern) => ({ Pattern })) } }),
    ...(filterKeyArn !== undefined && { KmsKeyArn: filterKeyArn }),
    FunctionResponseTypes: mapping.reportsBatchItemFailures ? ['ReportBatchItemFailures'] : [],
    ...(maximumConcurrency !== undefined && { ScalingConfig: { MaximumConcurrency: maximumConcurrency } }),
    ...(mapping.countsEvents && { MetricsConfig: { Metrics: ['EventCount'] } }),
    ...(stream && {
      StartingPosition: stream.startingPosition,
      ParallelizationFactor: stream.parallelizationFactor,
      MaximumRecordAgeInSeconds: stream.maximumRecordAgeSeconds,
      MaximumRetryAttempts: stream.maximumRetryAttempts,
      BisectBatchOnFunctionError: stream.bisectsOnError,
      TumblingWindowInSeconds: stream.tumblingWindowSeconds,
      ...(stream.onFailureArn !== undefined && {
        DestinationConfig: { OnFailure: { Destination: stream.onFailureArn } },
      }),
    }),
  };
}
