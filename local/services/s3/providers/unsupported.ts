/** What a template says of a bucket and nobody acts on here. */
import type { ResourceRequest, Unsupported } from '../../../kernel/provider.ts';
import type { Json } from '../../../kernel/service.ts';

const RECORDED: Readonly<Record<string, string>> = {
  AbacStatus: 'permissions by the tags of buckets are asked everywhere, whatever it says',
  AccelerateConfiguration: 'transfers are not accelerated',
  AnalyticsConfigurations: 'nothing is analysed',
  BucketNamePrefix: 'the name is generated without it',
  BucketNamespace: 'there is one namespace',
  IntelligentTieringConfigurations: 'nothing is moved between tiers',
  InventoryConfigurations: 'no inventories are written',
  LoggingConfiguration: 'no access logs are written',
  MetadataConfiguration: 'no metadata tables are kept',
  MetadataTableConfiguration: 'no metadata tables are kept',
  MetricsConfigurations: 'no request metrics are counted',
  ObjectLockConfiguration: 'Object Lock is not emulated: objects can be deleted',
  ReplicationConfiguration: 'nothing is replicated',
  WebsiteConfiguration: 'no website is served',
};

/** Destinations whose services nobody runs here yet. */
const DEAD_ENDS: Readonly<Record<string, string>> = {
  TopicConfigurations: 'SNS is not emulated yet: events of this bucket reach no topic',
};

export function unsupportedOf({ properties }: ResourceRequest): readonly Unsupported[] {
  const found = [
    ...Object.entries(RECORDED)
      .filter(([name]) => properties[name] !== undefined)
      .map(([name, what]): Unsupported => ({ path: [name], message: `recorded, no effect: ${what}` })),
    ...deadEndsOf(properties['NotificationConfiguration']),
  ];
  const locked = properties['ObjectLockEnabled'];
  if (String(locked) !== 'true' || properties['ObjectLockConfiguration'] !== undefined) return found;
  return [
    ...found,
    {
      path: ['ObjectLockEnabled'],
      message: 'recorded, no effect: Object Lock is not emulated: objects can be deleted',
    },
  ];
}

function deadEndsOf(notification: Json | undefined): Unsupported[] {
  if (typeof notification !== 'object' || notification === null || Array.isArray(notification)) return [];
  return Object.entries(DEAD_ENDS)
    .filter(([name]) => notification[name] !== undefined)
    .map(([name, message]) => ({ path: ['NotificationConfiguration', name], message }));
}
