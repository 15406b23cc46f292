/** AWS::RDS::DBSubnetGroup: where instances may be placed; at least two zones, as RDS insists. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { readProperties } from '../../../kernel/property-reader.ts';
import type { Provider, ResourceRequest } from '../../../kernel/provider.ts';
import { describeSubnets } from '../calls.ts';
import { requiredTexts } from '../properties.ts';
import type { SubnetGroupRecord } from '../records.ts';
import type { RdsRoom } from '../room.ts';
import { unknownProperties } from '../unsupported.ts';

const KNOWN = ['DBSubnetGroupDescription', 'DBSubnetGroupName', 'SubnetIds', 'Tags'];

export function dbSubnetGroupProvider({ records, registrar, context }: RdsRoom): Provider {
  async function read(request: ResourceRequest): Promise<SubnetGroupRecord> {
    const { name, description, subnetIds } = readProperties(request, (reader) => ({
      name: (reader.text('DBSubnetGroupName') ?? request.generatedName).toLowerCase(),
      description: reader.requiredText('DBSubnetGroupDescription'),
      subnetIds: requiredTexts(reader, 'SubnetIds'),
    }));
    const subnets = await describeSubnets(context.dispatch, subnetIds);
    if (new Set(subnets.map(({ availabilityZone }) => availabilityZone)).size < 2) {
      throw new AwsError(
        'DBSubnetGroupDoesNotCoverEnoughAZs',
        "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage: " +
          `${[...new Set(subnets.map(({ availabilityZone }) => availabilityZone))].join(', ')}. ` +
          'Add subnets to cover at least 2 AZs.',
      );
    }
    const vpcs = new Set(subnets.map(({ vpcId }) => vpcId));
    if (vpcs.size > 1) {
      throw new AwsError('InvalidSubnet', `Subnet IDs are required to be in the same VPC: ${[...vpcs].join(', ')}`);
    }
    return {
      name,
      description,
      vpcId: subnets[0]?.vpcId ?? '',
      subnets: subnets.map(({ subnetId, availabilityZone }) => ({ subnetId, availabilityZone })),
    };
  }

  return {
    async create(request) {
      const record = await read(request);
      if (records.subnetGroups.get(record.name) && !request.interrupted) {
        throw new AwsError('DBSubnetGroupAlreadyExists', `The DB subnet group '${record.name}' already exists.`);
      }
      records.subnetGroups.put(record.name, record);
      return { physicalId: record.name };
    },
    async update(request) {
      const record = await read(request);
      records.subnetGroups.put(record.name, record);
      registrar.subnetGroupChanged(record.name);
      return { physicalId: record.name };
    },
    delete(existing) {
      const user = records.instances.list().find(({ value }) => value.subnetGroupName === existing.physicalId);
      if (user) {
        throw new AwsError(
          'InvalidDBSubnetGroupStateFault',
          `Cannot delete the subnet group '${existing.physicalId}' because at least one database instance: ${user.key} is still using it.`,
        );
      }
      records.subnetGroups.delete(existing.physicalId);
    },
    unsupported: ({ properties }) => unknownProperties(properties, KNOWN),
  };
}
