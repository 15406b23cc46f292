/** Calls of RDS to other services, always through `dispatch`. */
import { randomInt } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Dispatch, ServiceContext } from '../../kernel/service.ts';
import { OWN_LOG } from '../../kernel/telemetry.ts';
import type { Destination, Placement } from '../../policy/network/contract.ts';
import type { Reachability } from '../../policy/network/verdict.ts';
import type { JsonObject } from '../../template/stack.ts';

/** By its service-linked role, and with the permissions of whoever deploys. */
const AS_RDS = { kind: 'internal', service: 'rds.amazonaws.com' } as const;

export interface SubnetPlace {
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly vpcId: string;
}

export interface GroupPlace {
  readonly groupId: string;
  readonly vpcId: string;
}

async function ec2<T>(dispatch: Dispatch, operation: string, input: object): Promise<T> {
  return (await dispatch({ caller: AS_RDS, service: 'ec2', operation, input })) as T;
}

/** Throws AwsError `InvalidSubnet` when one of them does not exist. */
export async function describeSubnets(
  dispatch: Dispatch,
  subnetIds: readonly string[],
): Promise<readonly SubnetPlace[]> {
  try {
    return await subnetPlaces(dispatch, { SubnetIds: subnetIds });
  } catch (error) {
    if (error instanceof AwsError && error.code === 'InvalidSubnetID.NotFound') {
      throw new AwsError('InvalidSubnet', error.message, { cause: error });
    }
    throw error;
  }
}

export function describeSubnetsOf(dispatch: Dispatch, vpcId: string): Promise<readonly SubnetPlace[]> {
  return subnetPlaces(dispatch, { Filters: [{ Name: 'vpc-id', Values: [vpcId] }] });
}

async function subnetPlaces(dispatch: Dispatch, input: object): Promise<readonly SubnetPlace[]> {
  type Output = { Subnets?: { SubnetId?: string; AvailabilityZone?: string; VpcId?: string }[] };
  const { Subnets = [] } = await ec2<Output>(dispatch, 'DescribeSubnets', input);
  return Subnets.map(({ SubnetId = '', AvailabilityZone = '', VpcId = '' }) => ({
    subnetId: SubnetId,
    availabilityZone: AvailabilityZone,
    vpcId: VpcId,
  }));
}

/** Throws AwsError `InvalidParameterValue` when one of them does not exist. */
export async function describeSecurityGroups(dispatch: Dispatch, input: object): Promise<readonly GroupPlace[]> {
  type Output = { SecurityGroups?: { GroupId?: string; VpcId?: string }[] };
  try {
    const { SecurityGroups = [] } = await ec2<Output>(dispatch, 'DescribeSecurityGroups', input);
    return SecurityGroups.map(({ GroupId = '', VpcId = '' }) => ({ groupId: GroupId, vpcId: VpcId }));
  } catch (error) {
    if (!(error instanceof AwsError && error.code === 'InvalidGroup.NotFound')) throw error;
    throw new AwsError('InvalidParameterValue', `Invalid security group. ${error.message}`, { cause: error });
  }
}

/** Undefined until somebody needed it. */
export async function findDefaultVpc(dispatch: Dispatch): Promise<string | undefined> {
  const input = { Filters: [{ Name: 'is-default', Values: ['true'] }] };
  const { Vpcs } = await ec2<{ Vpcs?: { VpcId?: string }[] }>(dispatch, 'DescribeVpcs', input);
  return Vpcs?.[0]?.VpcId;
}

export async function createDefaultVpc(dispatch: Dispatch): Promise<string> {
  return (await ec2<{ Vpc: { VpcId: string } }>(dispatch, 'CreateDefaultVpc', {})).Vpc.VpcId;
}

export async function hasInternetGateway(dispatch: Dispatch, vpcId: string): Promise<boolean> {
  const input = { Filters: [{ Name: 'attachment.vpc-id', Values: [vpcId] }] };
  const output = await ec2<{ InternetGateways?: readonly unknown[] }>(dispatch, 'DescribeInternetGateways', input);
  return (output.InternetGateways ?? []).length > 0;
}

/** Whether packets get from one place of the network to another. */
export function canReach(dispatch: Dispatch, name: string, from: Placement, to: Destination): Promise<Reachability> {
  return ec2<Reachability>(dispatch, 'CanReach', { From: from, To: to, Name: name });
}

type Asking = Pick<ServiceContext, 'dispatch' | 'telemetry' | 'clock'>;

/** As IAM's `CheckServiceRole` answers. */
interface RoleVerdict {
  readonly Trusted: boolean;
  readonly Elsewhere?: true;
  readonly Reason?: string;
  readonly Remedy?: string;
}

/** Throws AwsError when RDS may not have the role: its trust policy leaves RDS out. */
export async function requireRole(context: Asking, roleArn: string, resourceArn: string): Promise<void> {
  const why = await distrust(context, { RoleArn: roleArn, Service: 'rds.amazonaws.com', SourceArn: resourceArn });
  if (why === undefined) return;
  const message = `IAM role ARN value is invalid or does not include the required permissions for RDS to assume it: ${roleArn} (${why})`;
  throw new AwsError('InvalidParameterValue', message);
}

/**
 * The same for enhanced monitoring, which has a principal of its own.
 * https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html
 */
export async function requireMonitoringRole(context: Asking, roleArn: string, resourceArn: string): Promise<void> {
  const claim = { RoleArn: roleArn, Service: 'monitoring.rds.amazonaws.com', SourceArn: resourceArn };
  const why = await distrust(context, claim);
  if (why === undefined) return;
  const message = `IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING; ${why}`;
  throw new AwsError('InvalidParameterValue', message);
}

/** Why, with what mends it; undefined where the role trusts the service. */
async function distrust({ dispatch, telemetry, clock }: Asking, claim: JsonObject): Promise<string | undefined> {
  // Only templates make what has roles: these may be the account's.
  const input = { ...claim, OfTemplate: true };
  const output = await dispatch({ caller: AS_RDS, service: 'iam', operation: 'CheckServiceRole', input });
  const { Trusted, Elsewhere, Reason, Remedy } = output as RoleVerdict;
  if (Elsewhere) {
    const message = `role ${claim['RoleArn']} is of no stack here: what it may is not known, so RDS may everything in it here`;
    telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message }]);
  }
  return Trusted ? undefined : [Reason, Remedy].filter(Boolean).join('; ');
}

/** The secret RDS keeps for a master user it manages; its ARN. */
export async function createMasterSecret(
  dispatch: Dispatch,
  secret: { name: string; username: string; password: string; instanceArn: string; kmsKeyId?: string },
): Promise<string> {
  const input = {
    Name: secret.name,
    Description: `The secret associated with the primary RDS DB instance: ${secret.instanceArn}`,
    KmsKeyId: secret.kmsKeyId,
    SecretString: JSON.stringify({ username: secret.username, password: secret.password }),
  };
  const output = await dispatch({ caller: AS_RDS, service: 'secretsmanager', operation: 'CreateSecret', input });
  return (output as { ARN: string }).ARN;
}

export async function deleteMasterSecret(dispatch: Dispatch, secretArn: string): Promise<void> {
  const input = { SecretId: secretArn, ForceDeleteWithoutRecovery: true };
  await dispatch({ caller: AS_RDS, service: 'secretsmanager', operation: 'DeleteSecret', input });
}

/** The versions of a master secret while it is rotated. */
export function masterSecretVersions(dispatch: Dispatch, SecretId: string) {
  const secrets = async <T>(operation: string, input: object): Promise<T> =>
    (await dispatch({ caller: AS_RDS, service: 'secretsmanager', operation, input: { SecretId, ...input } })) as T;

  return {
    /** Undefined while that version has no value. */
    async passwordOf(VersionId: string): Promise<string | undefined> {
      try {
        const { SecretString = '{}' } = await secrets<{ SecretString?: string }>('GetSecretValue', { VersionId });
        return (JSON.parse(SecretString) as { password?: string }).password;
      } catch (error) {
        if (error instanceof AwsError && error.code === 'ResourceNotFoundException') return undefined;
        throw error;
      }
    },
    async putPending(ClientRequestToken: string, value: { username: string; password: string }): Promise<void> {
      const SecretString = JSON.stringify(value);
      await secrets('PutSecretValue', { ClientRequestToken, SecretString, VersionStages: ['AWSPENDING'] });
    },
    async makeCurrent(MoveToVersionId: string): Promise<void> {
      type Described = { VersionIdsToStages?: Readonly<Record<string, readonly string[]>> };
      const { VersionIdsToStages: stages = {} } = await secrets<Described>('DescribeSecret', {});
      const RemoveFromVersionId = Object.keys(stages).find((id) => stages[id]?.includes('AWSCURRENT'));
      if (RemoveFromVersionId === MoveToVersionId) return;
      const input = { VersionStage: 'AWSCURRENT', MoveToVersionId, RemoveFromVersionId };
      await secrets('UpdateSecretVersionStage', input);
    },
  };
}

/** As RDS makes them: 28 printable characters, none of those a master password may not have. */
export function generatePassword(): string {
  return Array.from({ length: 28 }, () => PASSWORD_CHARACTERS[randomInt(PASSWORD_CHARACTERS.length)]).join('');
}

const PASSWORD_CHARACTERS = [
  ...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-.:;<=>?[]^_{|}~',
];
