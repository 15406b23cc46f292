import type { ServiceDefinition } from '../../kernel/service.ts';

export { readGraph } from './graph.ts';
export { type Network, networkOf } from './network.ts';
export { createNetworkPolicy, type NetworkPolicy } from './network-policy.ts';
export { createReachDoor, inFull, type ReachDoorOptions } from './reach-door.ts';
export type * from './records.ts';

export function ec2Service(): ServiceDefinition {
  return {
    name: 'ec2',
    resourceTypes: [
      'DHCPOptions',
      'EIP',
      'EgressOnlyInternetGateway',
      'FlowLog',
      'InternetGateway',
      'NatGateway',
      'NetworkAcl',
      'NetworkAclEntry',
      'PrefixList',
      'Route',
      'RouteTable',
      'SecurityGroup',
      'SecurityGroupEgress',
      'SecurityGroupIngress',
      'Subnet',
      'SubnetNetworkAclAssociation',
      'SubnetRouteTableAssociation',
      'VPC',
      'VPCCidrBlock',
      'VPCDHCPOptionsAssociation',
      'VPCEndpoint',
      'VPCGatewayAttachment',
    ].map((type) => `AWS::EC2::${type}`),
    load: async (context) => (await import('./service.ts')).createService(context),
  };
}
