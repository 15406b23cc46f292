/** Where instances and proxies stand in the network. EC2 is asked once, when they are made; what it said is kept. */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Dispatch } from '../../kernel/service.ts';
import type { Placement } from '../../policy/network/contract.ts';
import {
  createDefaultVpc,
  describeSecurityGroups,
  describeSubnetsOf,
  findDefaultVpc,
  hasInternetGateway,
} from './calls.ts';
import type { InstanceRecord, SubnetGroupRecord } from './records.ts';

/** Of an instance without a subnet group of the stack: the default group, in the default VPC. */
interface Ground {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
}

/** What a template leaves open, filled in as RDS fills it in. */
export interface InstancePlace {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly publiclyAccessible: boolean;
}

/**
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html, `DBSubnetGroupName`,
 * `VpcSecurityGroupIds`, `PubliclyAccessible`.
 */
export async function placeOfInstance(
  dispatch: Dispatch,
  asked: { readonly securityGroupIds: readonly string[]; readonly publiclyAccessible?: boolean },
  group: SubnetGroupRecord | undefined,
): Promise<InstancePlace> {
  const { vpcId, subnetIds } = group
    ? { vpcId: group.vpcId, subnetIds: group.subnets.map(({ subnetId }) => subnetId) }
    : await defaultGround(dispatch);
  const [securityGroupIds, publiclyAccessible] = await Promise.all([
    groupsIn(dispatch, vpcId, asked.securityGroupIds, 'DB instance'),
    asked.publiclyAccessible ?? hasInternetGateway(dispatch, vpcId),
  ]);
  return { vpcId, subnetIds, securityGroupIds, publiclyAccessible };
}

async function defaultGround(dispatch: Dispatch): Promise<Ground> {
  const vpcId = (await findDefaultVpc(dispatch)) ?? (await createDefaultVpc(dispatch));
  const subnets = await describeSubnetsOf(dispatch, vpcId);
  return { vpcId, subnetIds: subnets.map(({ subnetId }) => subnetId) };
}

/** The groups given, or the VPC's default one. Throws AwsError when one of them is of another VPC. */
export async function groupsIn(
  dispatch: Dispatch,
  vpcId: string,
  given: readonly string[],
  what: 'DB instance' | 'DB proxy',
): Promise<readonly string[]> {
  const groups = await describeSecurityGroups(
    dispatch,
    given.length > 0 ? { GroupIds: given } : { Filters: filters({ 'vpc-id': vpcId, 'group-name': 'default' }) },
  );
  if (groups.some((group) => group.vpcId !== vpcId)) {
    throw new AwsError(
      'InvalidParameterCombination',
      `The ${what} and EC2 security group are in different VPCs. The ${what} is in ${vpcId} and the EC2 security ` +
        `group is in ${groups.find((group) => group.vpcId !== vpcId)?.vpcId}`,
    );
  }
  return groups.map(({ groupId }) => groupId);
}

const filters = (values: Readonly<Record<string, string>>) =>
  Object.entries(values).map(([Name, value]) => ({ Name, Values: [value] }));

/** As it stands now: a subnet group may have got other subnets since the instance was made. */
export function placementOfInstance(record: InstanceRecord, group: SubnetGroupRecord | undefined): Placement {
  return {
    kind: 'vpc',
    subnetIds: group ? group.subnets.map(({ subnetId }) => subnetId) : (record.subnetIds ?? []),
    securityGroupIds: record.securityGroupIds,
    publiclyAccessible: record.publiclyAccessible,
  };
}
