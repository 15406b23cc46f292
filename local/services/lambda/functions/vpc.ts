/** What Lambda asks EC2 about the network of a function. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { invalidParameter } from '../errors.ts';
import type { LambdaRoom } from '../room.ts';

type VpcParts = Pick<LambdaRoom, 'dispatch'>;

/** Undefined when EC2 does not know the subnets, as with those of a template's parameters. */
export async function vpcIdOf(subnetIds: readonly string[], parts: VpcParts): Promise<string | undefined> {
  try {
    const { Subnets } = (await ask('DescribeSubnets', { SubnetIds: subnetIds.slice(0, 1) }, parts)) as {
      readonly Subnets?: readonly { readonly VpcId?: string }[];
    };
    return Subnets?.[0]?.VpcId;
  } catch (error) {
    if (error instanceof AwsError) return undefined;
    throw error;
  }
}

/** Rejects with InvalidParameterValueException for a subnet or a security group that EC2 does not have. */
export async function checkNetwork(
  { SubnetIds = [], SecurityGroupIds = [] }: { SubnetIds?: readonly string[]; SecurityGroupIds?: readonly string[] },
  parts: VpcParts,
): Promise<void> {
  if (SubnetIds.length > 0) await checked('DescribeSubnets', { SubnetIds }, parts);
  if (SecurityGroupIds.length > 0) await checked('DescribeSecurityGroups', { GroupIds: SecurityGroupIds }, parts);
}

async function checked(operation: string, input: object, parts: VpcParts): Promise<void> {
  try {
    await ask(operation, input, parts);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    throw invalidParameter(
      `Error occurred while ${operation}. EC2 Error Code: ${error.code}. EC2 Error Message: ${error.message}`,
    );
  }
}

function ask(operation: string, input: object, { dispatch }: VpcParts): Promise<unknown> {
  return dispatch({ caller: { kind: 'internal', service: 'lambda.amazonaws.com' }, service: 'ec2', operation, input });
}
