/** CloudWatch Logs, over what telemetry keeps. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/Welcome.html */
import type { Service, ServiceContext } from '../../kernel/service.ts';
import { eventOperations } from './event-operations.ts';
import {
  metricFilterProvider,
  queryDefinitionProvider,
  resourcePolicyProvider,
  subscriptionFilterProvider,
} from './filter-providers.ts';
import { groupOperations } from './group-operations.ts';
import { type GroupSettings, nameInArn, openRoom, type Room } from './groups.ts';
import { definitionOperations } from './insights/definitions.ts';
import { queryOperations } from './insights/queries.ts';
import { liveTailOperations } from './live-tail.ts';
import { metricFilterOperations } from './metric-filters.ts';
import { createPolicyFacts, policyOperations } from './policies.ts';
import { logGroupProvider, logStreamProvider } from './providers.ts';
import { subscriptionFilterOperations } from './subscription-filters.ts';

/** Of a group; asked on every call, so that what was read last is kept while nothing is written. */
function createTagFacts({ store, settings }: Room): (group: string) => GroupSettings['tags'] {
  let last: { readonly group: string; readonly writes: number; readonly tags: GroupSettings['tags'] } | undefined;
  return (group) => {
    const writes = store.writes('logs', 'groups');
    if (last?.group !== group || last.writes !== writes) last = { group, writes, tags: settings.get(group)?.tags };
    return last.tags;
  };
}

export function createService(context: ServiceContext): Service {
  const room = openRoom(context);
  const policies = createPolicyFacts(room);
  const tagsOf = createTagFacts(room);
  // Filters of an earlier run are in force from the first event on.
  room.ingestion();
  return {
    operations: {
      ...groupOperations(room),
      ...eventOperations(room),
      ...metricFilterOperations(room),
      ...subscriptionFilterOperations(room),
      ...policyOperations(room),
      ...liveTailOperations(room),
      ...queryOperations(room),
      ...definitionOperations(room),
    },
    providers: {
      'AWS::Logs::LogGroup': logGroupProvider(room),
      'AWS::Logs::LogStream': logStreamProvider(room),
      'AWS::Logs::MetricFilter': metricFilterProvider(room),
      'AWS::Logs::SubscriptionFilter': subscriptionFilterProvider(room),
      'AWS::Logs::ResourcePolicy': resourcePolicyProvider(room),
      'AWS::Logs::QueryDefinition': queryDefinitionProvider(room),
    },
    resourceFacts(arn) {
      const tags = tagsOf(nameInArn(arn) ?? '');
      const own = policies();
      return tags || own.length > 0 ? { ...(tags && { tags }), ...(own.length > 0 && { policies: own }) } : undefined;
    },
    stop: async () => room.ingestion().stop(),
    wordDenial: () => ({ statusCode: 400 }),
    wire: async () => ({
      protocol: 'json-1.1',
      schemas: await import('@aws-sdk/client-cloudwatch-logs'),
      targetPrefix: 'Logs_20140328',
      validationErrorCode: 'InvalidParameterException',
    }),
  };
}
