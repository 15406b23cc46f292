/** A function version as the API describes it: https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
import { codeDigest } from './code.ts';
import type { Functions } from './functions.ts';
import { LATEST } from './functions.ts';
import type { FunctionVersion } from './records.ts';
import { IMAGE } from './runtimes.ts';

export function describeVersion(version: FunctionVersion, functions: Functions, qualified: boolean): object {
  const { logging, vpc } = version;
  return {
    FunctionName: version.functionName,
    FunctionArn: functions.arn(version.functionName, qualified ? version.version : undefined),
    ...(version.runtime !== IMAGE && { Runtime: version.runtime, Handler: version.handler }),
    Role: version.role,
    CodeSize: 0,
    Description: version.description,
    Timeout: version.timeout,
    MemorySize: version.memorySize,
    LastModified: version.lastModified,
    // AWS's is over the zip file; ours is over the directory's content, and changes as rarely.
    CodeSha256: Buffer.from(codeDigest(version.code), 'hex').toString('base64'),
    Version: version.version,
    ...(vpc && {
      VpcConfig: { SubnetIds: [...vpc.subnetIds], SecurityGroupIds: [...vpc.securityGroupIds], VpcId: '' },
    }),
    ...(version.deadLetterArn !== undefined && { DeadLetterConfig: { TargetArn: version.deadLetterArn } }),
    ...(Object.keys(version.environment).length > 0 && { Environment: { Variables: { ...version.environment } } }),
    TracingConfig: { Mode: version.tracing },
    RevisionId: version.revisionId,
    ...(version.layers.length > 0 && { Layers: version.layers.map((Arn) => ({ Arn, CodeSize: 0 })) }),
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: version.runtime === IMAGE ? 'Image' : 'Zip',
    Architectures: [...version.architectures],
    EphemeralStorage: { Size: version.ephemeralStorage },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
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

/** Published versions and explicit qualifiers are named in the ARN, `$LATEST` only when it was asked for. */
export function isQualified(version: FunctionVersion, qualifier: string | undefined): boolean {
  return version.version !== LATEST || qualifier !== undefined;
}
