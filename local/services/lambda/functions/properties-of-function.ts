/** From a function that exists to the properties a template would have it with: the way back of `function-properties.ts`. */
import type { Json, JsonObject } from '../../../template/stack.ts';
import type { Place } from '../names.ts';
import { codeBucket, snapshotKey } from '../packages/locate-code.ts';
import type { CodeLocation, FunctionRecord } from '../records.ts';
import { IMAGE } from './runtimes.ts';

/**
 * Pure; `readFunctionProperties` of it gives back the settings it was made of, but for those of the function as a whole,
 * which an update of `$LATEST` leaves alone.
 */
export function propertiesOfFunction(
  { functionName, latest }: FunctionRecord,
  tags: Readonly<Record<string, string>>,
  place: Place,
): JsonObject {
  const { logging, vpc } = latest;
  const isImage = latest.runtime === IMAGE;
  return defined({
    FunctionName: functionName,
    Description: latest.description,
    PackageType: isImage ? 'Image' : 'Zip',
    Runtime: isImage ? undefined : latest.runtime,
    Handler: isImage ? undefined : latest.handler,
    Role: latest.role,
    Code: codeProperty(latest.code, place),
    MemorySize: latest.memorySize,
    Timeout: latest.timeout,
    EphemeralStorage: { Size: latest.ephemeralStorage },
    Environment: { Variables: { ...latest.environment } },
    Layers: [...latest.layers],
    Architectures: [...latest.architectures],
    LoggingConfig: defined({
      LogGroup: logging.logGroup,
      LogFormat: logging.logFormat,
      ApplicationLogLevel: logging.applicationLogLevel,
      SystemLogLevel: logging.systemLogLevel,
    }),
    TracingConfig: { Mode: latest.tracing },
    VpcConfig: vpc && { SubnetIds: [...vpc.subnetIds], SecurityGroupIds: [...vpc.securityGroupIds] },
    DeadLetterConfig: latest.deadLetterArn === undefined ? undefined : { TargetArn: latest.deadLetterArn },
    KmsKeyArn: latest.kmsKeyArn,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });
}

/** The `Code` property that leads to what is there: of the code store, by Lambda's own bucket. */
export function codeProperty(code: CodeLocation, place: Place): JsonObject {
  switch (code.kind) {
    case 'artifact':
      return { S3Bucket: code.bucket, S3Key: code.key };
    case 'stored':
      return { S3Bucket: codeBucket(place), S3Key: snapshotKey(place, code.digest) };
    case 'image':
      return { ImageUri: code.uri };
  }
}

function defined(properties: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}
