/** AWS::Logs::MetricFilter, SubscriptionFilter, ResourcePolicy and QueryDefinition. */
import { AwsError } from '../../kernel/aws-error.ts';
import { readProperties } from '../../kernel/property-reader.ts';
import type { ExistingResource, Provider, ResourceRequest, ResourceResult } from '../../kernel/provider.ts';
import { filterKey } from './filter-records.ts';
import type { Room } from './groups.ts';
import { putDefinition } from './insights/definitions.ts';
import { deleteMetricFilter, putMetricFilter } from './metric-filters.ts';
import { putPolicy } from './policies.ts';
import { deleteSubscriptionFilter, putSubscriptionFilter } from './subscription-filters.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-metricfilter.html */
export function metricFilterProvider(room: Room): Provider {
  function put(request: ResourceRequest, generatedName: string): ResourceResult {
    const input = readProperties(request, (reader) => ({
      filterName: reader.text('FilterName') ?? generatedName,
      logGroupName: reader.requiredText('LogGroupName'),
      filterPattern: reader.text('FilterPattern') ?? '',
      metricTransformations: [
        ...reader.objects('MetricTransformations', (one) => ({
          metricName: one.requiredText('MetricName'),
          metricNamespace: one.requiredText('MetricNamespace'),
          metricValue: one.requiredText('MetricValue'),
          defaultValue: numberOf(one.text('DefaultValue')),
          unit: one.text('Unit'),
          dimensions: dimensionsOf(
            one.objects('Dimensions', (pair) => [pair.requiredText('Key'), pair.requiredText('Value')]),
          ),
        })),
      ],
    }));
    putMetricFilter(room, input);
    return { physicalId: input.filterName };
  }
  return {
    create(request) {
      refuseExisting(room.filters.metric, request, 'AWS::Logs::MetricFilter');
      return put(request, request.generatedName);
    },
    update: (request, existing) => put(request, nameAgain(request, existing)),
    delete: ({ properties, physicalId }) =>
      void deleteMetricFilter(room, String(properties['LogGroupName']), physicalId),
    restore() {
      room.ingestion();
      return undefined;
    },
  };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-subscriptionfilter.html */
export function subscriptionFilterProvider(room: Room): Provider {
  async function put(request: ResourceRequest, generatedName: string): Promise<ResourceResult> {
    const input = readProperties(request, (reader) => ({
      filterName: reader.text('FilterName') ?? generatedName,
      logGroupName: reader.requiredText('LogGroupName'),
      filterPattern: reader.text('FilterPattern') ?? '',
      destinationArn: reader.requiredText('DestinationArn'),
      roleArn: reader.text('RoleArn'),
      distribution: reader.oneOf('Distribution', ['ByLogStream', 'Random']),
    }));
    await putSubscriptionFilter(room, input);
    return { physicalId: input.filterName };
  }
  return {
    create(request) {
      refuseExisting(room.filters.subscription, request, 'AWS::Logs::SubscriptionFilter');
      return put(request, request.generatedName);
    },
    update: (request, existing) => put(request, nameAgain(request, existing)),
    delete: ({ properties, physicalId }) =>
      void deleteSubscriptionFilter(room, String(properties['LogGroupName']), physicalId),
    restore() {
      room.ingestion();
      return undefined;
    },
    unsupported: ({ properties }) =>
      ['ApplyOnTransformedLogs', 'FieldSelectionCriteria', 'EmitSystemFields'].flatMap((name) =>
        properties[name] === undefined || properties[name] === false
          ? []
          : [{ path: [name], message: 'recorded, no effect: log events are passed on as they are' }],
      ),
  };
}

export function resourcePolicyProvider(room: Room): Provider {
  function put(request: ResourceRequest): ResourceResult {
    const { name, document } = readProperties(request, (reader) => ({
      name: reader.requiredText('PolicyName'),
      document: reader.properties['PolicyDocument'],
    }));
    putPolicy(room, name, typeof document === 'string' ? document : JSON.stringify(document ?? {}));
    return { physicalId: name };
  }
  return {
    create: put,
    update: put,
    delete: ({ physicalId }) => void room.policies.delete(physicalId),
  };
}

export function queryDefinitionProvider(room: Room): Provider {
  function put(request: ResourceRequest, queryDefinitionId?: string): ResourceResult {
    const input = readProperties(request, (reader) => ({
      name: reader.requiredText('Name'),
      queryString: reader.requiredText('QueryString'),
      logGroupNames: [...reader.texts('LogGroupNames')],
    }));
    const { queryDefinitionId: id } = putDefinition(room, { ...input, queryDefinitionId });
    return { physicalId: id, attributes: { QueryDefinitionId: id } };
  }
  return {
    create: (request) => put(request),
    update: (request, { physicalId }) => put(request, physicalId),
    delete: ({ physicalId }) => void room.definitions.delete(physicalId),
  };
}

function refuseExisting(
  filters: { get(key: string): unknown },
  { properties, interrupted }: ResourceRequest,
  type: string,
): void {
  const { LogGroupName, FilterName } = properties;
  if (FilterName === undefined || interrupted) return;
  if (filters.get(filterKey(String(LogGroupName), String(FilterName)))) {
    throw new AwsError('AlreadyExists', `Resource of type '${type}' with identifier '${FilterName}' already exists.`);
  }
}

/** A generated name stays, unless the group is another. */
function nameAgain(request: ResourceRequest, { properties, physicalId }: ExistingResource): string {
  return properties['LogGroupName'] === request.properties['LogGroupName'] && properties['FilterName'] === undefined
    ? physicalId
    : request.replacementName;
}

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

function dimensionsOf(pairs: readonly (readonly string[])[]): Record<string, string> | undefined {
  return pairs.length === 0 ? undefined : (Object.fromEntries(pairs) as Record<string, string>);
}
