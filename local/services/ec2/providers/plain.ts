/** Resources that have an id and some attributes, and nothing here that acts on them. */
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { Provider } from '../../../kernel/provider.ts';
import type { Json, JsonObject } from '../../../kernel/service.ts';
import { newId, type Room } from '../network.ts';
import { networkProvider, readTags } from './network-provider.ts';

interface PlainType {
  readonly type: string;
  readonly prefix: string;
  readonly attributes: (id: string) => Readonly<Record<string, Json>>;
  /** What has to be there, and whatever else deployment would refuse. */
  readonly check?: (reader: PropertyReader) => void;
  /** Said at every start. */
  readonly unsupported?: string;
}

const id = (name: string) => (value: string) => ({ [name]: value });

export const PLAIN_TYPES: readonly PlainType[] = [
  {
    type: 'AWS::EC2::FlowLog',
    prefix: 'fl',
    attributes: id('Id'),
    check: (reader) => {
      reader.requiredText('ResourceId');
      reader.requiredText('ResourceType');
      const cloudWatch = (reader.text('LogDestinationType') ?? 'cloud-watch-logs') === 'cloud-watch-logs';
      if (cloudWatch && reader.text('LogGroupName') === undefined && reader.text('LogDestination') === undefined) {
        reader.refuse([], 'LogGroupName or LogDestination is required for flow logs to CloudWatch Logs');
      }
      if (cloudWatch && reader.text('DeliverLogsPermissionArn') === undefined) {
        reader.refuse([], 'DeliverLogsPermissionArn is required for flow logs to CloudWatch Logs');
      }
    },
    unsupported: 'recorded, no effect yet: traffic between functions and the network is not logged as flow logs',
  },
  { type: 'AWS::EC2::DHCPOptions', prefix: 'dopt', attributes: id('DhcpOptionsId') },
  { type: 'AWS::EC2::VPCDHCPOptionsAssociation', prefix: 'dhcp-assoc', attributes: () => ({}) },
  { type: 'AWS::EC2::EgressOnlyInternetGateway', prefix: 'eigw', attributes: id('Id') },
];

export function plainProvider({ store, network }: Room, plain: PlainType): Provider {
  const result = (value: string) => ({ physicalId: value, attributes: plain.attributes(value) });
  return networkProvider<JsonObject>(store, {
    read: (reader) => {
      plain.check?.(reader);
      readTags(reader);
      return reader.properties;
    },
    replacedBy: [],
    records: network.others,
    create: (properties, made) => {
      const value = newId(plain.prefix);
      network.others.put(value, { id: value, type: plain.type, properties, ...made, tags: [] });
      return result(value);
    },
    update: (properties, { physicalId }) => {
      network.others.put(physicalId, { ...network.others.get(physicalId), properties });
      return result(physicalId);
    },
    delete: ({ physicalId }) => network.others.delete(physicalId),
    unsupported: () => (plain.unsupported === undefined ? [] : [{ path: [], message: plain.unsupported }]),
  });
}
