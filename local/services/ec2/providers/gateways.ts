/** AWS::EC2::InternetGateway, VPCGatewayAttachment, EIP, NatGateway. */
import type { Provider } from '../../../kernel/provider.ts';
import { findOrElsewhere, subnetOrElsewhere, vpcOrElsewhere } from '../elsewhere.ts';
import { inUse, refused } from '../errors.ts';
import { newId, type Room } from '../network.ts';
import type { NatGateway, Tag } from '../records.ts';
import { networkProvider, readTags } from './network-provider.ts';

export function internetGatewayProvider({ store, network }: Room): Provider {
  const result = (id: string) => ({ physicalId: id, attributes: { InternetGatewayId: id } });
  return networkProvider<{ tags: readonly Tag[] }>(store, {
    read: (reader) => ({ tags: readTags(reader) }),
    replacedBy: [],
    records: network.internetGateways,
    create: ({ tags }, made) => {
      const internetGatewayId = newId('igw');
      network.internetGateways.put(internetGatewayId, { internetGatewayId, ...made, tags });
      return result(internetGatewayId);
    },
    update: ({ tags }, { physicalId }) => {
      network.internetGateways.put(physicalId, { ...network.internetGateways.get(physicalId), tags });
      return result(physicalId);
    },
    delete: ({ physicalId }) => {
      if (network.internetGateways.find(physicalId)?.attachedVpcId) throw inUse('internetGateway', physicalId);
      network.internetGateways.delete(physicalId);
    },
  });
}

interface Attachment {
  readonly vpcId: string;
  readonly internetGatewayId?: string;
  readonly vpnGatewayId?: string;
}

export function gatewayAttachmentProvider(room: Room): Provider {
  const { store, network } = room;
  return networkProvider<Attachment>(store, {
    read: (reader) => {
      const attachment = {
        vpcId: reader.requiredText('VpcId'),
        internetGatewayId: reader.text('InternetGatewayId'),
        vpnGatewayId: reader.text('VpnGatewayId'),
      };
      if ((attachment.internetGatewayId === undefined) === (attachment.vpnGatewayId === undefined)) {
        reader.refuse([], 'either InternetGatewayId or VpnGatewayId says what is attached');
      }
      return attachment;
    },
    create: ({ vpcId, internetGatewayId }, made) => {
      vpcOrElsewhere(room, vpcId, made);
      if (internetGatewayId === undefined) return attached('VGW', vpcId);
      const gateway = network.internetGateways.get(internetGatewayId);
      if (gateway.attachedVpcId !== undefined) {
        throw refused(
          'Resource.AlreadyAssociated',
          `resource ${internetGatewayId} is already attached to network ${gateway.attachedVpcId}`,
        );
      }
      if (network.internetGateways.where(({ attachedVpcId }) => attachedVpcId === vpcId).length > 0) {
        throw refused('InvalidParameterValue', `Network ${vpcId} already has an internet gateway attached`);
      }
      network.internetGateways.put(internetGatewayId, { ...gateway, attachedVpcId: vpcId });
      return attached('IGW', vpcId);
    },
    delete: ({ physicalId, properties }) => {
      const id = String(properties['InternetGatewayId']);
      const gateway = network.internetGateways.find(id);
      if (!gateway || physicalId !== attached('IGW', gateway.attachedVpcId ?? '').physicalId) return;
      const { attachedVpcId, ...detached } = gateway;
      network.internetGateways.put(id, detached);
    },
  });
}

function attached(type: 'IGW' | 'VGW', vpcId: string) {
  return { physicalId: `${type}|${vpcId}`, attributes: { AttachmentType: type } };
}

/** Addresses out of 198.51.100.0/24, which nobody on the internet has: https://www.rfc-editor.org/rfc/rfc5737 */
export function elasticIpProvider({ store, network }: Room): Provider {
  const result = (publicIp: string, allocationId: string) => ({
    physicalId: publicIp,
    attributes: { PublicIp: publicIp, AllocationId: allocationId },
  });
  return networkProvider<{ tags: readonly Tag[] }>(store, {
    read: (reader) => ({ tags: readTags(reader) }),
    replacedBy: ['Domain', 'NetworkBorderGroup', 'PublicIpv4Pool'],
    records: network.addresses,
    create: ({ tags }, made) => {
      const taken = new Set(network.addresses.all().map(({ publicIp }) => publicIp));
      const publicIp = Array.from({ length: 254 }, (_, index) => `198.51.100.${index + 1}`).find(
        (ip) => !taken.has(ip),
      );
      if (publicIp === undefined) {
        throw refused('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
      }
      const allocationId = newId('eipalloc');
      network.addresses.put(allocationId, { allocationId, publicIp, ...made, tags });
      return result(publicIp, allocationId);
    },
    update: ({ tags }, { physicalId, attributes }) => {
      const allocationId = String(attributes['AllocationId']);
      network.addresses.put(allocationId, { ...network.addresses.get(allocationId), tags });
      return result(physicalId, allocationId);
    },
    delete: ({ attributes }) => network.addresses.delete(String(attributes['AllocationId'])),
  });
}

type NatProperties = Pick<NatGateway, 'subnetId' | 'connectivity' | 'allocationId' | 'tags'>;

export function natGatewayProvider(room: Room): Provider {
  const { store, network } = room;
  const result = ({ natGatewayId, networkInterfaceId }: NatGateway) => ({
    physicalId: natGatewayId,
    attributes: { NatGatewayId: natGatewayId, EniId: networkInterfaceId },
  });
  return networkProvider<NatProperties>(store, {
    read: (reader) => {
      const connectivity = reader.oneOf('ConnectivityType', ['public', 'private']) ?? 'public';
      const allocationId = reader.text('AllocationId');
      if (connectivity === 'public' && allocationId === undefined) {
        reader.refuse([], 'a public NAT gateway needs the AllocationId of an Elastic IP address');
      }
      return { subnetId: reader.requiredText('SubnetId'), connectivity, allocationId, tags: readTags(reader) };
    },
    replacedBy: ['SubnetId', 'AllocationId', 'ConnectivityType', 'PrivateIpAddress'],
    records: network.natGateways,
    create: (properties, made) => {
      subnetOrElsewhere(room, properties.subnetId, made);
      const { allocationId } = properties;
      if (allocationId !== undefined) findOrElsewhere(network.addresses, 'eipalloc', allocationId);
      const natGatewayId = newId('nat');
      const record = { natGatewayId, networkInterfaceId: newId('eni'), ...properties, ...made };
      return result(network.natGateways.put(natGatewayId, record));
    },
    update: ({ tags }, { physicalId }) =>
      result(network.natGateways.put(physicalId, { ...network.natGateways.get(physicalId), tags })),
    delete: ({ physicalId }) => network.natGateways.delete(physicalId),
  });
}
