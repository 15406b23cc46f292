/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-prefixlist.html */
import type { Provider, ResourceResult } from '../../../kernel/provider.ts';
import { isIpv6Cidr, parseCidr } from '../cidr.ts';
import { invalidParameter } from '../errors.ts';
import { newId, type Room } from '../network.ts';
import type { PrefixList } from '../records.ts';
import { networkProvider, readTags } from './network-provider.ts';

type ListProperties = Pick<PrefixList, 'name' | 'addressFamily' | 'maxEntries' | 'entries' | 'tags'>;

export function prefixListProvider({ store, network, partition, region, accountId }: Room): Provider {
  const result = ({ prefixListId, version }: PrefixList): ResourceResult => ({
    physicalId: prefixListId,
    attributes: {
      PrefixListId: prefixListId,
      Arn: `arn:${partition}:ec2:${region}:${accountId}:prefix-list/${prefixListId}`,
      OwnerId: accountId,
      Version: version,
    },
  });
  return networkProvider<ListProperties>(store, {
    read: (reader) => {
      const addressFamily = reader.oneOf('AddressFamily', ['IPv4', 'IPv6']) ?? 'IPv4';
      reader.requiredText('AddressFamily');
      const entries = reader.objects('Entries', (entry) => {
        const cidr = entry.requiredText('Cidr');
        const valid = addressFamily === 'IPv4' ? parseCidr(cidr) !== undefined : isIpv6Cidr(cidr);
        if (!valid) entry.refuse(['Cidr'], `${cidr} is not a valid ${addressFamily} CIDR block`);
        return { cidr, description: entry.text('Description') };
      });
      const maxEntries = reader.integer('MaxEntries', [1, 1000]) ?? entries.length;
      return {
        name: reader.requiredText('PrefixListName'),
        addressFamily,
        maxEntries,
        entries,
        tags: readTags(reader),
      };
    },
    replacedBy: ['AddressFamily'],
    records: network.prefixLists,
    create: (properties, made) => {
      checkRoom(properties);
      const prefixListId = newId('pl');
      return result(network.prefixLists.put(prefixListId, { prefixListId, version: 1, ...properties, ...made }));
    },
    update: (properties, { physicalId }) => {
      checkRoom(properties);
      const before = network.prefixLists.get(physicalId);
      return result(network.prefixLists.put(physicalId, { ...before, ...properties, version: before.version + 1 }));
    },
    delete: ({ physicalId }) => network.prefixLists.delete(physicalId),
  });
}

function checkRoom({ entries, maxEntries }: ListProperties): void {
  if (entries.length > maxEntries) {
    throw invalidParameter(`The prefix list has ${entries.length} entries, and room for ${maxEntries}.`);
  }
}
