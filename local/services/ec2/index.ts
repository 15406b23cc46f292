import type { ServiceDefinition } from '../../kernel/service.ts';
import type { LineOf } from '../../policy/remedy.ts';

export { readGraph } from './graph.ts';
export { type Network, networkOf } from './network.ts';
export { createNetworkPolicy, type NetworkPolicy } from './network-policy.ts';
export { createReachDoor, inFull, type ReachDoorOptions } from './reach-door.ts';
export type * from './records.ts';

export interface Ec2Options {
  /** `template.yaml:212` of a place, where the file is known. */
  readonly lineOf?: LineOf;
}

export function ec2Service({ lineOf }: Ec2Options = {}): ServiceDefinition {
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
    load: async (context) => (await import('./service.ts')).createService(context, lineOf),
  };
}
