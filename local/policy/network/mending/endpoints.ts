/** Endpoints that bring an AWS service into a VPC, or to one more of its subnets. */
import type { Json } from '../../../template/stack.ts';
import { endpointName, hasGatewayEndpoint } from '../endpoint-names.ts';
import type { NetworkGraph, RouteTable, SecurityGroup, Subnet, Vpc, VpcEndpoint } from '../graph.ts';
import type { Journey } from '../journey.ts';
import { freshName, refTo, refToGroup } from '../naming.ts';
import type { Fix } from '../outcome.ts';
import { groupsAllow } from '../security-groups.ts';
import type { End } from '../traffic.ts';

/** Names as people write them; of the others the first letter of each word is made large. */
const TITLES: Readonly<Record<string, string>> = {
  secretsmanager: 'SecretsManager',
  dynamodb: 'DynamoDb',
  states: 'States',
  'execute-api': 'ExecuteApi',
};

function titleOf(service: string): string {
  return (
    TITLES[service] ??
    service
      .split(/[^a-z0-9]+/)
      .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
      .join('')
  );
}

/** Settings of the VPC that private names need. */
export function nameSettings(vpc: Vpc, wanted: readonly ('enableDnsSupport' | 'enableDnsHostnames')[]): readonly Fix[] {
  const off = wanted.filter((name) => !vpc[name]);
  const [first, ...rest] = off.map(
    (name) =>
      ({
        kind: 'set',
        logicalId: vpc.place?.logicalId ?? '',
        path: [`${name.slice(0, 1).toUpperCase()}${name.slice(1)}`],
        value: true,
      }) as const,
  );
  if (!vpc.place || !first) return [];
  return [
    {
      steps: [first, ...rest],
      apply: (graph) => ({
        ...graph,
        vpcs: graph.vpcs.map((one) =>
          one.vpcId === vpc.vpcId ? { ...one, ...Object.fromEntries(off.map((name) => [name, true])) } : one,
        ),
      }),
    },
  ];
}

function change(graph: NetworkGraph, endpoint: VpcEndpoint, changes: Partial<VpcEndpoint>): NetworkGraph {
  return {
    ...graph,
    endpoints: graph.endpoints.map((one) =>
      one.vpcEndpointId === endpoint.vpcEndpointId ? { ...one, ...changes } : one,
    ),
  };
}

export function privateDns(endpoint: VpcEndpoint, vpc: Vpc): readonly Fix[] {
  if (!endpoint.place) return [];
  const [settings] = nameSettings(vpc, ['enableDnsSupport', 'enableDnsHostnames']);
  const step = { kind: 'set', logicalId: endpoint.place.logicalId, path: ['PrivateDnsEnabled'], value: true } as const;
  if (endpoint.privateDnsEnabled) return settings ? [settings] : [];
  return [
    {
      steps: settings ? [...settings.steps, step] : [step],
      apply: (graph) => change(settings?.apply(graph) ?? graph, endpoint, { privateDnsEnabled: true }),
    },
  ];
}

/** One more route table for a gateway endpoint. */
export function endpointRoute(endpoint: VpcEndpoint, table: RouteTable): readonly Fix[] {
  if (!endpoint.place || !table.place) return [];
  return [
    {
      steps: [
        {
          kind: 'add-item',
          logicalId: endpoint.place.logicalId,
          path: ['RouteTableIds'],
          value: refTo(table, table.routeTableId),
        },
      ],
      apply: (graph) => change(graph, endpoint, { routeTableIds: [...endpoint.routeTableIds, table.routeTableId] }),
    },
  ];
}

export function endpointSubnet(endpoint: VpcEndpoint, subnet: Subnet): readonly Fix[] {
  if (!endpoint.place) return [];
  return [
    {
      steps: [
        {
          kind: 'add-item',
          logicalId: endpoint.place.logicalId,
          path: ['SubnetIds'],
          value: refTo(subnet, subnet.subnetId),
        },
      ],
      apply: (graph) => change(graph, endpoint, { subnetIds: [...endpoint.subnetIds, subnet.subnetId] }),
    },
  ];
}

/** Another group for an endpoint that is in the VPC's default one, as it is when none was named. */
export function endpointGroup(endpoint: VpcEndpoint, journey: Journey): readonly Fix[] {
  const { vpc } = journey;
  const [only] = endpoint.securityGroupIds;
  if (!endpoint.place || endpoint.securityGroupIds.length !== 1 || only !== vpc.defaultSecurityGroupId) return [];
  const { logicalId } = endpoint.place;
  return fittingGroups(journey).map((group) => ({
    steps: [
      {
        kind: 'set',
        logicalId,
        path: ['SecurityGroupIds'],
        value: [refTo(group, group.groupId)],
      },
    ],
    apply: (graph) => change(graph, endpoint, { securityGroupIds: [group.groupId] }),
  }));
}

/** Groups that the function can reach already, those of other endpoints first. */
function fittingGroups({ network, vpc, origin, traffic }: Journey): readonly SecurityGroup[] {
  const used = new Set(network.endpointsIn(vpc.vpcId).flatMap(({ securityGroupIds }) => securityGroupIds));
  const fits = ({ groupId }: SecurityGroup): boolean => {
    const there: End = { kind: 'interface', subnet: origin.end.subnet, groupIds: [groupId] };
    return (
      groupsAllow(origin.end.groupIds, 'egress', traffic, there, network).match === 'yes' &&
      groupsAllow([groupId], 'ingress', traffic, origin.end, network).match === 'yes'
    );
  };
  return network.graph.securityGroups
    .filter((group) => group.vpcId === vpc.vpcId && group.place !== undefined && fits(group))
    .sort((a, b) => Number(used.has(b.groupId)) - Number(used.has(a.groupId)));
}

/** A new endpoint; none for a service that is known to have none. */
export function newEndpoint(journey: Journey, service: string): readonly Fix[] {
  const { network } = journey;
  if (hasGatewayEndpoint(service)) return newGateway(journey, service);
  return network.graph.endpointServices?.has(service) === false ? [] : newInterface(journey, service);
}

const serviceName = (service: string): Json => ({ 'Fn::Sub': `com.amazonaws.\${AWS::Region}.${service}` });

function newGateway({ network, placement, vpc }: Journey, service: string): readonly Fix[] {
  const subnets = placement.subnetIds.flatMap((id) => network.subnets.get(id) ?? []);
  const tables = new Map<string, RouteTable>();
  for (const subnet of subnets) {
    const table = network.tableOf(subnet)?.table;
    if (table?.place) tables.set(table.routeTableId, table);
  }
  if (tables.size === 0) return [];
  const name = freshName(`${titleOf(service)}Endpoint`, network);
  const routeTableIds = [...tables.keys()];
  const record = endpoint(network.graph.region, name, service, vpc.vpcId, { type: 'Gateway', routeTableIds });
  return [
    {
      apply: (graph) => ({ ...graph, endpoints: [...graph.endpoints, record] }),
      steps: [
        {
          kind: 'add-resource',
          logicalId: name,
          resource: {
            Type: 'AWS::EC2::VPCEndpoint',
            Properties: {
              VpcId: refTo(vpc, vpc.vpcId),
              ServiceName: serviceName(service),
              VpcEndpointType: 'Gateway',
              RouteTableIds: [...tables.values()].map((table) => refTo(table, table.routeTableId)),
            },
          },
        },
      ],
    },
  ];
}

function newInterface(journey: Journey, service: string): readonly Fix[] {
  const { network, vpc, origin } = journey;
  const name = freshName(`${titleOf(service)}Endpoint`, network);
  const subnets = oneForEachZone(journey);
  const [settings] = nameSettings(vpc, ['enableDnsSupport', 'enableDnsHostnames']);
  const [group = existingEndpointGroup(journey)] = fittingGroups(journey);
  const groupId = group?.groupId ?? freshName('EndpointsSecurityGroup', network);
  const fresh: SecurityGroup | undefined = group ? undefined : closedGroup(groupId, journey);
  const record = endpoint(network.graph.region, name, service, vpc.vpcId, {
    type: 'Interface',
    subnetIds: subnets.map(({ subnetId }) => subnetId),
    securityGroupIds: [groupId],
    privateDnsEnabled: true,
  });
  const own = {
    kind: 'add-resource',
    logicalId: name,
    resource: {
      Type: 'AWS::EC2::VPCEndpoint',
      Properties: {
        VpcId: refTo(vpc, vpc.vpcId),
        ServiceName: serviceName(service),
        VpcEndpointType: 'Interface',
        PrivateDnsEnabled: true,
        SecurityGroupIds: [group ? refTo(group, groupId) : { Ref: groupId }],
        SubnetIds: subnets.map((subnet) => refTo(subnet, subnet.subnetId)),
      },
    },
  } as const;
  const from = origin.end.groupIds.find((id) => network.groups.has(id));
  const withGroup = {
    kind: 'add-resource',
    logicalId: groupId,
    resource: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        GroupDescription: 'Interface endpoints',
        VpcId: refTo(vpc, vpc.vpcId),
        SecurityGroupIngress: [
          {
            IpProtocol: 'tcp',
            FromPort: 443,
            ToPort: 443,
            ...(from === undefined
              ? { CidrIp: origin.end.subnet.cidrBlock }
              : { SourceSecurityGroupId: refToGroup(from, network) }),
          },
        ],
      },
    },
  } as const;
  return [
    {
      steps: [...(settings?.steps ?? []), ...(fresh ? [withGroup] : []), own] as unknown as Fix['steps'],
      apply(graph) {
        const base = settings?.apply(graph) ?? graph;
        return {
          ...base,
          endpoints: [...base.endpoints, record],
          securityGroups: fresh ? [...base.securityGroups, fresh] : base.securityGroups,
        };
      },
    },
  ];
}

function closedGroup(groupId: string, { vpc, origin, network }: Journey): SecurityGroup {
  const from = origin.end.groupIds.find((id) => network.groups.has(id));
  const peer =
    from === undefined
      ? ({ kind: 'cidr', cidr: origin.end.subnet.cidrBlock } as const)
      : ({ kind: 'security-group', groupId: from } as const);
  return {
    groupId,
    groupName: groupId,
    vpcId: vpc.vpcId,
    place: { stackName: '', logicalId: groupId, path: [] },
    ingress: [{ protocol: 'tcp', fromPort: 443, toPort: 443, peer }],
    egress: [{ protocol: '-1', peer: { kind: 'cidr', cidr: '0.0.0.0/0' } }],
  };
}

function existingEndpointGroup({ network, vpc }: Journey): SecurityGroup | undefined {
  return network
    .endpointsIn(vpc.vpcId)
    .flatMap(({ securityGroupIds }) => securityGroupIds)
    .flatMap((id) => network.groups.get(id) ?? [])
    .find(({ place }) => place !== undefined);
}

/** An endpoint takes one subnet of a zone. */
function oneForEachZone({ network, placement }: Journey): readonly Subnet[] {
  const zones = new Map<string, Subnet>();
  for (const id of placement.subnetIds) {
    const subnet = network.subnets.get(id);
    if (subnet && !zones.has(subnet.availabilityZone)) zones.set(subnet.availabilityZone, subnet);
  }
  return [...zones.values()];
}

function endpoint(
  region: string,
  name: string,
  service: string,
  vpcId: string,
  own: Partial<VpcEndpoint> & Pick<VpcEndpoint, 'type'>,
): VpcEndpoint {
  return {
    vpcEndpointId: name,
    vpcId,
    serviceName: endpointName(service, region),
    routeTableIds: [],
    subnetIds: [],
    securityGroupIds: [],
    privateDnsEnabled: false,
    place: { stackName: '', logicalId: name, path: [] },
    ...own,
  };
}
