/** A function outside of the VPC that its target is in: a place for it inside. */
import type { CompiledNetwork } from '../compiled.ts';
import type { Destination } from '../contract.ts';
import type { Traveller } from '../journey.ts';
import { groupName, nameOf, refTo } from '../naming.ts';
import type { Fix } from '../outcome.ts';
import { groupsAllow } from '../security-groups.ts';
import type { End } from '../traffic.ts';

/** The subnets of the target itself, and a group that its own one lets in. */
export function enterVpc(
  network: CompiledNetwork,
  { placement, port }: Extract<Destination, { kind: 'placed' }>,
  who: Traveller,
): readonly Fix[] {
  if (placement.kind !== 'vpc' || who.logicalId === undefined) return [];
  const subnets = placement.subnetIds.flatMap((id) => network.subnets.get(id) ?? []);
  const [subnet] = subnets;
  if (!subnet || subnets.length < placement.subnetIds.length) return [];
  const traffic = { protocol: 'tcp', port } as const;
  const target: End = { kind: 'interface', subnet, groupIds: placement.securityGroupIds };
  const group = network.graph.securityGroups.find(({ groupId, vpcId, place }) => {
    const from: End = { kind: 'interface', subnet, groupIds: [groupId] };
    return (
      vpcId === subnet.vpcId &&
      place !== undefined &&
      groupsAllow([groupId], 'egress', traffic, target, network).match === 'yes' &&
      groupsAllow(placement.securityGroupIds, 'ingress', traffic, from, network).match === 'yes'
    );
  });
  if (!group) return [];
  return [
    {
      apply: (graph) => graph,
      standing: { kind: 'vpc', subnetIds: placement.subnetIds, securityGroupIds: [group.groupId] },
      steps: [
        {
          kind: 'set',
          logicalId: who.logicalId,
          path: ['VpcConfig'],
          value: {
            SubnetIds: subnets.map((one) => refTo(one, nameOf(one, one.subnetId))),
            SecurityGroupIds: [refTo(group, groupName(group.groupId, network))],
          },
        },
      ],
    },
  ];
}
