/** A function version as the API describes it: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
import { createHash } from 'node:crypto';
import type { Place } from '../names.ts';
import { layerAt, packageFactsOf } from '../packages/code.ts';
import type { FunctionVersion } from '../records.ts';
import type { LambdaRoom } from '../room.ts';
import { IMAGE } from './runtimes.ts';
import { vpcIdOf } from './vpc.ts';

export interface Manner {
  /** What stands in the ARN: an alias or a version, when the caller named one. */
  readonly qualifier?: string | undefined;
  /**
   * `created` and `updated` are answers to the very call that did it: on AWS the function is not ready by then, and
   * the waiters of the SDKs ask again. `listed` is an item of a list, which AWS gives without any state.
   */
  readonly as?: 'created' | 'updated' | 'listed';
}

export async function describeVersion(
  version: FunctionVersion,
  room: LambdaRoom,
  { qualifier, as }: Manner = {},
): Promise<object> {
  const { logging, vpc, runtime } = version;
  const isImage = runtime === IMAGE;
  const [facts, layers, vpcId] = await Promise.all([
    packageFactsOf(version.code, room),
    Promise.all(version.layers.map((arn) => describeLayer(arn, room))),
    vpc && vpcIdOf(vpc.subnetIds, room),
  ]);
  return {
    FunctionName: version.functionName,
    FunctionArn: room.functions.arn(version.functionName, qualifier),
    ...(!isImage && { Runtime: runtime, Handler: version.handler }),
    Role: version.role,
    CodeSize: facts.size,
    Description: version.description,
    Timeout: version.timeout,
    MemorySize: version.memorySize,
    LastModified: version.lastModified,
    CodeSha256: facts.sha256,
    Version: version.version,
    ...(vpc && {
      VpcConfig: {
        SubnetIds: [...vpc.subnetIds],
        SecurityGroupIds: [...vpc.securityGroupIds],
        VpcId: vpcId ?? '',
        Ipv6AllowedForDualStack: false,
      },
    }),
    ...(version.deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: version.deadLetterArn } }),
    ...(Object.keys(version.environment).length > 0 && { Environment: { Variables: { ...version.environment } } }),
    ...(version.kmsKeyArn !== undefined && { KMSKeyArn: version.kmsKeyArn }),
    TracingConfig: { Mode: version.tracing },
    RevisionId: version.revisionId,
    ...(layers.length > 0 && { Layers: layers }),
    ...(as !== 'listed' && stateOf(as)),
    PackageType: isImage ? 'Image' : 'Zip',
    Architectures: [...version.architectures],
    EphemeralStorage: { Size: version.ephemeralStorage },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    ...(!isImage &&
      as !== 'listed' && { RuntimeVersionConfig: { RuntimeVersionArn: runtimeVersionArn(runtime, room.place) } }),
    LoggingConfig: {
      LogFormat: logging.logFormat,
      LogGroup: logging.logGroup,
      ...(logging.logFormat === 'JSON' && {
        ApplicationLogLevel: logging.applicationLogLevel ?? 'INFO',
        SystemLogLevel: logging.systemLogLevel ?? 'INFO',
      }),
    },
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
function stateOf(as: 'created' | 'updated' | undefined): object {
  switch (as) {
    case 'created':
      return { State: 'Pending', StateReason: 'The function is being created.', StateReasonCode: 'Creating' };
    case 'updated':
      return {
        State: 'Active',
        LastUpdateStatus: 'InProgress',
        LastUpdateStatusReason: 'The function is being created.',
        LastUpdateStatusReasonCode: 'Creating',
      };
    default:
      return { State: 'Active', LastUpdateStatus: 'Successful' };
  }
}

async function describeLayer(arn: string, room: LambdaRoom): Promise<object> {
  const layer = layerAt(arn, room);
  return { Arn: arn, CodeSize: layer ? (await packageFactsOf(layer.code, room)).size : 0 };
}

/** There is one build of each runtime here; its name only has to be as stable as AWS's. */
export function runtimeVersionArn(runtime: string, { partition, region }: Place): string {
  return `arn:${partition}:lambda:${region}::runtime:${createHash('sha256').update(runtime).digest('hex')}`;
}
