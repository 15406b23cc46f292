/** What a template says of a bucket and nobody acts on here. */
import type { ResourceRequest, Unsupported } from '../../../kernel/provider.ts';

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

export function unsupportedOf({ properties }: ResourceRequest): readonly Unsupported[] {
  const found = Object.entries(RECORDED)
    .filter(([name]) => properties[name] !== undefined)
    .map(([name, what]): Unsupported => ({ path: [name], message: `recorded, no effect: ${what}` }));
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
