/**
 * The record of a call: one form for all services.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import { randomUUID } from 'node:crypto';
import type { AuditedCall, ServiceContext } from '../../kernel/index.ts';
import type { OperationShape } from '../../protocols/shape.ts';
import type { Json, JsonObject } from '../../template/stack.ts';
import { shown } from './members.ts';
import type { Recorded } from './recorder.ts';
import { seconds, type Who } from './user-identity.ts';

type Place = Pick<ServiceContext, 'region' | 'accountId'>;

export function recordOf(
  audited: AuditedCall,
  { eventSource, eventName, readOnly, shape }: Recorded,
  who: Who,
  { region, accountId }: Place,
): JsonObject {
  const { call, service, requestId, timestamp, error, output } = audited;
  return {
    eventVersion: '1.11',
    userIdentity: who.userIdentity,
    eventTime: seconds(timestamp),
    eventSource,
    eventName,
    awsRegion: region,
    sourceIPAddress: who.sourceIPAddress,
    userAgent: who.userAgent,
    ...(error && { errorCode: errorCodeOf(service, error.code), errorMessage: error.message }),
    requestParameters:
      service === 's3'
        ? parametersOfS3(shape, call.input, region)
        : orNull(shown(shape.input, call.input, 'lower camel case')),
    // What was read is not part of the record, and what S3 answers is not either.
    responseElements:
      readOnly || error || service === 's3' ? null : orNull(shown(shape.output, output ?? {}, 'lower camel case')),
    requestID: requestId,
    eventID: randomUUID(),
    readOnly,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
}

const orNull = (members: JsonObject): JsonObject | null => (Object.keys(members).length === 0 ? null : members);

/** Records call a denial alike whatever the service calls it, except EC2's. */
function errorCodeOf(service: string, code: string): string {
  if (service === 'ec2') return `Client.${code}`;
  return code === 'AccessDeniedException' ? 'AccessDenied' : code;
}

/**
 * The bucket, the host, the subresource that the URL names, and the body; a policy is parsed.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-understanding-s3-entries.html
 */
function parametersOfS3({ input: shape, http }: OperationShape, input: unknown, region: string): JsonObject {
  const { Bucket, Policy, ...body } = shown(shape, input, 'kept') as Record<string, Json>;
  const subresource = /\?([A-Za-z]+)/.exec(http?.uri ?? '')?.[1];
  const bucket = Bucket === undefined ? '' : `${String(Bucket)}.`;
  return {
    ...(subresource !== undefined && { [subresource]: '' }),
    ...(Bucket !== undefined && { bucketName: Bucket }),
    Host: `${bucket}s3.${region}.amazonaws.com`,
    ...(typeof Policy === 'string' && { bucketPolicy: parsed(Policy) }),
    ...body,
  };
}

function parsed(policy: string): Json {
  try {
    return JSON.parse(policy) as Json;
  } catch {
    return policy;
  }
}
