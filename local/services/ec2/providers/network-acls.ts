/** AWS::EC2::NetworkAcl, NetworkAclEntry, SubnetNetworkAclAssociation. */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { Provider } from '../../../kernel/provider.ts';
import { isIpv6Cidr, parseCidr } from '../cidr.ts';
import { findOrElsewhere, sayElsewhere, vpcOrElsewhere } from '../elsewhere.ts';
import { inUse, refused } from '../errors.ts';
import { newId, type Room } from '../network.ts';
import type { NetworkAclEntry, Tag } from '../records.ts';
import { DENY_ALL_ENTRIES } from '../vpcs.ts';
import { networkProvider, readTags } from './network-provider.ts';

export function networkAclProvider(room: Room): Provider {
  const { store, network } = room;
  const result = (id: string) => ({ physicalId: id, attributes: { Id: id } });
  return networkProvider<{ vpcId: string; tags: readonly Tag[] }>(store, {
    read: (reader) => ({ vpcId: reader.requiredText('VpcId'), tags: readTags(reader) }),
    replacedBy: ['VpcId'],
    records: network.networkAcls,
    create: ({ vpcId, tags }, made) => {
      vpcOrElsewhere(room, vpcId, made);
      const networkAclId = newId('acl');
      network.networkAcls.put(networkAclId, {
        networkAclId,
        vpcId,
        isDefault: false,
        entries: DENY_ALL_ENTRIES,
        ...made,
        tags,
      });
      return result(networkAclId);
    },
    update: ({ tags }, { physicalId }) => {
      network.networkAcls.put(physicalId, { ...network.networkAcls.get(physicalId), tags });
      return result(physicalId);
    },
    delete: ({ physicalId }) => {
      if (network.subnets.where(({ networkAclId }) => networkAclId === physicalId).length > 0) {
        throw inUse('networkAcl', physicalId);
      }
      network.networkAcls.delete(physicalId);
    },
  });
}

interface EntryProperties {
  readonly networkAclId: string;
  readonly entry: NetworkAclEntry;
}

export function networkAclEntryProvider(room: Room): Provider {
  const { store, network } = room;
  const nameOf = ({ networkAclId, entry }: EntryProperties) =>
    `${networkAclId}|${entry.ruleNumber}|${entry.egress ? 'egress' : 'ingress'}`;
  const result = (properties: EntryProperties) => ({
    physicalId: nameOf(properties),
    attributes: { Id: nameOf(properties) },
  });
  return networkProvider<EntryProperties>(store, {
    read: readEntry,
    replacedBy: ['NetworkAclId', 'RuleNumber', 'Egress'],
    create: (properties, { place }) => {
      const { networkAclId, entry } = properties;
      const acl = findOrElsewhere(network.networkAcls, 'acl', networkAclId);
      if (!acl) {
        sayElsewhere(room, place.logicalId, `network ACL ${networkAclId}`, 'the entry is kept nowhere');
        return result(properties);
      }
      if (acl.entries.some(({ ruleNumber, egress }) => ruleNumber === entry.ruleNumber && egress === entry.egress)) {
        throw refused(
          'NetworkAclEntryAlreadyExists',
          `The network acl entry identified by ${entry.ruleNumber} already exists.`,
        );
      }
      network.networkAcls.put(networkAclId, { ...acl, entries: [...acl.entries, { ...entry, place }].sort(byNumber) });
      return result(properties);
    },
    update: (properties, _existing, _before, { place }) => {
      const { networkAclId, entry } = properties;
      const acl = findOrElsewhere(network.networkAcls, 'acl', networkAclId);
      if (!acl) return result(properties);
      const others = acl.entries.filter((one) => one.ruleNumber !== entry.ruleNumber || one.egress !== entry.egress);
      network.networkAcls.put(networkAclId, { ...acl, entries: [...others, { ...entry, place }].sort(byNumber) });
      return result(properties);
    },
    delete: ({ physicalId }) => {
      const [networkAclId, number, direction] = physicalId.split('|') as [string, string, string];
      const acl = network.networkAcls.find(networkAclId);
      if (!acl) return;
      const entries = acl.entries.filter(
        ({ ruleNumber, egress }) => ruleNumber !== Number(number) || egress !== (direction === 'egress'),
      );
      network.networkAcls.put(networkAclId, { ...acl, entries });
    },
  });
}

function byNumber(a: NetworkAclEntry, b: NetworkAclEntry): number {
  return a.ruleNumber - b.ruleNumber;
}

function readEntry(reader: PropertyReader): EntryProperties {
  const cidr = reader.text('CidrBlock');
  const cidr6 = reader.text('Ipv6CidrBlock');
  if ((cidr === undefined) === (cidr6 === undefined)) {
    reader.refuse([], 'either CidrBlock or Ipv6CidrBlock says whom the entry is about');
  }
  if (cidr !== undefined && !parseCidr(cidr)) reader.refuse(['CidrBlock'], `${cidr} is not a valid CIDR block`);
  if (cidr6 !== undefined && !isIpv6Cidr(cidr6)) reader.refuse(['Ipv6CidrBlock'], `${cidr6} is not a valid CIDR block`);
  const ports = reader.object('PortRange', (range) => ({
    fromPort: range.integer('From', [-1, 65535]),
    toPort: range.integer('To', [-1, 65535]),
  }));
  const protocol = String(reader.requiredInteger('Protocol', [-1, 255]));
  if ((protocol === '6' || protocol === '17') && !ports) reader.refuse([], 'TCP and UDP need a PortRange');
  return {
    networkAclId: reader.requiredText('NetworkAclId'),
    entry: {
      ruleNumber: reader.requiredInteger('RuleNumber', [1, 32766]),
      egress: reader.boolean('Egress') ?? false,
      action: reader.oneOf('RuleAction', ['allow', 'deny']) ?? requiredAction(reader),
      protocol,
      cidr: cidr ?? cidr6 ?? '',
      ...ports,
    },
  };
}

function requiredAction(reader: PropertyReader): 'deny' {
  reader.requiredText('RuleAction');
  return 'deny';
}

export function networkAclAssociationProvider(room: Room): Provider {
  const { store, network } = room;
  return networkProvider<{ subnetId: string; networkAclId: string }>(store, {
    read: (reader) => ({
      subnetId: reader.requiredText('SubnetId'),
      networkAclId: reader.requiredText('NetworkAclId'),
    }),
    create: ({ subnetId, networkAclId }, { place }) => {
      findOrElsewhere(network.networkAcls, 'acl', networkAclId);
      const subnet = findOrElsewhere(network.subnets, 'subnet', subnetId);
      const networkAclAssociationId = newId('aclassoc');
      if (subnet) network.subnets.put(subnetId, { ...subnet, networkAclId, networkAclAssociationId });
      else sayElsewhere(room, place.logicalId, `subnet ${subnetId}`, 'the association is kept nowhere');
      return { physicalId: networkAclAssociationId, attributes: { AssociationId: networkAclAssociationId } };
    },
    delete: ({ physicalId }) => {
      for (const subnet of network.subnets.where((one) => one.networkAclAssociationId === physicalId)) {
        const { networkAclId, ...others } = subnet;
        network.subnets.put(subnet.subnetId, { ...others, networkAclAssociationId: newId('aclassoc') });
      }
    },
  });
}
