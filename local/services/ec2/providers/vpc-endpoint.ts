/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html */

import { createHash } from 'node:crypto';
import type { PropertyReader } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceResult } from '../../../kernel/provider.ts';
import { MalformedPolicy, readPolicy } from '../../../policy/iam/document.ts';
import { documentFindings } from '../../../policy/iam/findings.ts';
import { findOrElsewhere, vpcOrElsewhere } from '../elsewhere.ts';
import { GATEWAY_SERVICES, readServiceName } from '../endpoint-services.ts';
import { refused } from '../errors.ts';
import { newId, type Records, type Room } from '../network.ts';
import type { Owned, Vpc, VpcEndpoint } from '../records.ts';
import { networkProvider, readTags } from './network-provider.ts';

type EndpointProperties = Pick<
  VpcEndpoint,
  | 'vpcId'
  | 'serviceName'
  | 'type'
  | 'policy'
  | 'routeTableIds'
  | 'subnetIds'
  | 'securityGroupIds'
  | 'privateDnsEnabled'
  | 'privateDnsForInboundOnly'
  | 'tags'
>;

export function vpcEndpointProvider(room: Room): Provider {
  const { store, network, clock, region } = room;

  return networkProvider<EndpointProperties>(store, {
    read: (reader) => readEndpoint(reader, region),
    replacedBy: ['VpcId', 'ServiceName', 'VpcEndpointType', 'ServiceRegion'],
    records: network.endpoints,
    create: (properties, made) => {
      const vpcEndpointId = newId('vpce');
      const vpc = vpcOrElsewhere(room, properties.vpcId, made);
      check(room, vpc, properties, vpcEndpointId);
      return result(
        network.endpoints.put(vpcEndpointId, {
          vpcEndpointId,
          ...properties,
          securityGroupIds: groupsOf(properties, vpc),
          networkInterfaceIds: properties.subnetIds.map(() => newId('eni')),
          dnsEntries: dnsEntries(room, vpcEndpointId, properties),
          createdAt: clock.now(),
          ...made,
        }),
      );
    },
    update: (properties, { physicalId }) => {
      const vpc = network.vpcs.find(properties.vpcId);
      check(room, vpc, properties, physicalId);
      const before = network.endpoints.get(physicalId);
      const interfaceOf = new Map(before.subnetIds.map((id, index) => [id, before.networkInterfaceIds[index]]));
      return result(
        network.endpoints.put(physicalId, {
          ...before,
          ...properties,
          securityGroupIds: groupsOf(properties, vpc),
          networkInterfaceIds: properties.subnetIds.map((id) => interfaceOf.get(id) ?? newId('eni')),
          dnsEntries: dnsEntries(room, physicalId, properties),
        }),
      );
    },
    delete: ({ physicalId }) => network.endpoints.delete(physicalId),
    async unsupported({ properties }) {
      const policy = await documentFindings(properties['PolicyDocument'], 'endpoint', ['PolicyDocument']);
      const name = properties['ServiceName'];
      if (typeof name !== 'string' || readServiceName(name, region).kind !== 'unknown') return policy;
      const message = `sampan knows of no endpoint service ${name}: AWS may not either`;
      return [{ path: ['ServiceName'], message }, ...policy];
    },
  });
}

function result(endpoint: VpcEndpoint): ResourceResult {
  return {
    physicalId: endpoint.vpcEndpointId,
    attributes: {
      Id: endpoint.vpcEndpointId,
      CreationTimestamp: new Date(endpoint.createdAt).toISOString(),
      DnsEntries: [...endpoint.dnsEntries],
      NetworkInterfaceIds: [...endpoint.networkInterfaceIds],
    },
  };
}

function readEndpoint(reader: PropertyReader, region: string): EndpointProperties {
  const serviceName = reader.requiredText('ServiceName');
  const name = readServiceName(serviceName, region);
  if (name.kind === 'wrong') {
    const hint = name.suggestion === undefined ? '' : ` (did you mean ${name.suggestion}?)`;
    reader.refuse(['ServiceName'], `The Vpc Endpoint Service '${serviceName}' does not exist${hint}`);
  }
  const type = reader.oneOf('VpcEndpointType', ['Gateway', 'Interface', 'GatewayLoadBalancer']) ?? 'Gateway';
  if (type === 'Gateway' && name.kind === 'known' && !GATEWAY_SERVICES.includes(name.service)) {
    reader.refuse(
      ['VpcEndpointType'],
      `The Vpc Endpoint Service '${serviceName}' has no endpoints of type Gateway, which is what no VpcEndpointType means: set it to Interface`,
    );
  }
  const routeTableIds = reader.texts('RouteTableIds');
  const subnetIds = reader.texts('SubnetIds');
  const securityGroupIds = reader.texts('SecurityGroupIds');
  const privateDnsEnabled = reader.boolean('PrivateDnsEnabled') ?? false;
  if (type === 'Gateway') {
    if (subnetIds.length > 0) reader.refuse(['SubnetIds'], 'Subnet IDs are only supported for Interface endpoints.');
    if (securityGroupIds.length > 0) {
      reader.refuse(['SecurityGroupIds'], 'Security group IDs are only supported for Interface endpoints.');
    }
    if (privateDnsEnabled)
      reader.refuse(['PrivateDnsEnabled'], 'Private DNS is only supported for Interface endpoints.');
  } else if (routeTableIds.length > 0) {
    reader.refuse(['RouteTableIds'], 'Route table IDs are only supported for Gateway endpoints.');
  }
  return {
    vpcId: reader.requiredText('VpcId'),
    serviceName,
    type,
    policy: policyIn(reader),
    routeTableIds,
    subnetIds,
    securityGroupIds,
    privateDnsEnabled,
    privateDnsForInboundOnly: reader.object('DnsOptions', (options) =>
      options.boolean('PrivateDnsOnlyForInboundResolverEndpoint'),
    ),
    tags: readTags(reader),
  };
}

/** An object, or its JSON as text. What is no policy is refused with the line inside it. */
function policyIn(reader: PropertyReader): unknown {
  const policy = reader.properties['PolicyDocument'];
  if (policy === undefined) return undefined;
  try {
    readPolicy(policy, 'endpoint');
    return typeof policy === 'string' ? JSON.parse(policy) : policy;
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    reader.refuse(['PolicyDocument', ...error.path], error.message);
    return undefined;
  }
}

/** What EC2 finds out only from what the endpoint's properties name. */
function check({ network }: Room, vpc: Vpc | undefined, properties: EndpointProperties, endpointId: string): void {
  const { vpcId } = properties;
  const member = <T extends Owned & { readonly vpcId: string }>(
    records: Records<T>,
    kind: 'rtb' | 'sg' | 'subnet',
    what: string,
    id: string,
  ): T | undefined => {
    // What stands in somebody's VPC may be somebody's too.
    const record = vpc ? records.get(id) : findOrElsewhere(records, kind, id);
    if (!record || record.vpcId === vpcId) return record;
    throw refused('InvalidParameter', `${what} ${id} does not belong to VPC ${vpcId}`);
  };
  for (const id of properties.routeTableIds) member(network.routeTables, 'rtb', 'Route table', id);
  for (const id of properties.securityGroupIds) member(network.securityGroups, 'sg', 'Security group', id);
  const zones = new Set<string>();
  for (const id of properties.subnetIds) {
    const subnet = member(network.subnets, 'subnet', 'Subnet', id);
    if (!subnet) continue;
    if (zones.has(subnet.availabilityZone)) {
      throw refused(
        'DuplicateSubnetsInSameZone',
        `Found another VPC endpoint subnet in the availability zone of ${id}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
      );
    }
    zones.add(subnet.availabilityZone);
  }
  checkGateway(network.endpoints.all(), properties, endpointId);
  if (vpc && properties.privateDnsEnabled) checkPrivateDns(network.endpoints.all(), vpc, properties, endpointId);
}

function checkGateway(all: readonly VpcEndpoint[], properties: EndpointProperties, endpointId: string): void {
  if (properties.type !== 'Gateway') return;
  const same = ({ vpcEndpointId, serviceName, type }: VpcEndpoint) =>
    vpcEndpointId !== endpointId && type === 'Gateway' && serviceName === properties.serviceName;
  const taken = properties.routeTableIds.find((id) => all.some((one) => same(one) && one.routeTableIds.includes(id)));
  if (taken === undefined) return;
  throw refused(
    'RouteAlreadyExists',
    `route table ${taken} already has a route with destination-prefix-list-id of ${properties.serviceName}`,
  );
}

function checkPrivateDns(
  all: readonly VpcEndpoint[],
  vpc: Vpc,
  { serviceName }: EndpointProperties,
  endpointId: string,
): void {
  if (!vpc.enableDnsSupport || !vpc.enableDnsHostnames) {
    throw refused(
      'InvalidParameter',
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.vpcId}`,
    );
  }
  const conflicting = all.find(
    (one) =>
      one.vpcEndpointId !== endpointId &&
      one.vpcId === vpc.vpcId &&
      one.serviceName === serviceName &&
      one.privateDnsEnabled,
  );
  if (conflicting) {
    throw refused(
      'InvalidParameter',
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${serviceName} in the VPC ${vpc.vpcId}: ${conflicting.vpcEndpointId} has it`,
    );
  }
}

/** An interface endpoint without groups is in the VPC's default one. */
function groupsOf({ type, securityGroupIds }: EndpointProperties, vpc: Vpc | undefined): readonly string[] {
  return vpc && type === 'Interface' && securityGroupIds.length === 0 ? [vpc.defaultSecurityGroupId] : securityGroupIds;
}

/** Its own names, regional first, then one for each zone; after them the service's own name where it is private. */
function dnsEntries({ network, region }: Room, endpointId: string, properties: EndpointProperties): readonly string[] {
  if (properties.type !== 'Interface') return [];
  const service = properties.serviceName.split('.').slice(3).join('.') || properties.serviceName;
  const unique = createHash('sha256').update(endpointId).digest('hex').slice(0, 8);
  const suffix = `${service}.${region}.vpce.amazonaws.com`;
  const zones = properties.subnetIds.flatMap((id) => network.subnets.find(id)?.availabilityZone ?? []);
  const own = [
    `${endpointId}-${unique}.${suffix}`,
    ...zones.map((zone) => `${endpointId}-${unique}-${zone}.${suffix}`),
  ];
  const zoneOf = (name: string) => `Z${createHash('sha256').update(name).digest('hex').slice(0, 13).toUpperCase()}`;
  const entries = own.map((name) => `${zoneOf(suffix)}:${name}`);
  const reversed = service.split('.').reverse().join('.');
  return properties.privateDnsEnabled
    ? [...entries, `${zoneOf(endpointId)}:${reversed}.${region}.amazonaws.com`]
    : entries;
}
