/** The code members of API inputs: checked, kept, and turned into the property a template would have. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Requirement } from '../../../kernel/service.ts';
import type { JsonObject } from '../../../template/stack.ts';
import { invalidParameter } from '../errors.ts';
import { codeProperty } from '../functions/properties-of-function.ts';
import { CodeNotFound, keepZip } from '../packages/locate-code.ts';
import type { LambdaRoom } from '../room.ts';

/** `Code` of CreateFunction, `Content` of PublishLayerVersion, and members of UpdateFunctionCode. */
export interface Uploaded {
  readonly ZipFile?: Uint8Array;
  readonly S3Bucket?: string;
  readonly S3Key?: string;
  readonly S3ObjectVersion?: string;
  readonly ImageUri?: string;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ZIPPED_BYTES = 52_428_800;
const REQUEST_BYTES = 70_167_211;

/**
 * Keeps what was uploaded, and answers the property that leads to it. Hold the code store around it. Rejects with
 * InvalidParameterValueException, or RequestEntityTooLargeException; `operation` is what is then named.
 */
export async function uploadedCode(input: Uploaded, operation: string, room: LambdaRoom): Promise<JsonObject> {
  const { ZipFile, S3Bucket, S3Key, S3ObjectVersion } = input;
  if (ZipFile === undefined) {
    if (S3Bucket === undefined || S3Key === undefined)
      throw invalidParameter('Please provide a source for function code.');
    return { S3Bucket, S3Key, ...(S3ObjectVersion !== undefined && { S3ObjectVersion }) };
  }
  if ((S3Bucket ?? S3Key ?? S3ObjectVersion) !== undefined) {
    throw invalidParameter('Please do not provide other FunctionCode parameters when providing a ZipFile.');
  }
  checkUpload(ZipFile.length, operation);
  try {
    const zip = Buffer.from(ZipFile.buffer, ZipFile.byteOffset, ZipFile.byteLength);
    return codeProperty(await keepZip(zip, room), room.place);
  } catch (error) {
    throw error instanceof CodeNotFound ? invalidParameter(error.message) : error;
  }
}

/** Whoever has Lambda fetch an object must be allowed to get it. */
export function requiresUpload({ S3Bucket, S3Key, S3ObjectVersion }: Uploaded, partition: string): Requirement[] {
  if (S3Bucket === undefined || S3Key === undefined) return [];
  const action = S3ObjectVersion === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  return [{ action, resource: `arn:${partition}:s3:::${S3Bucket}/${S3Key}` }];
}

/** In the request the zip is base64, and with it the request has a limit of its own. */
function checkUpload(bytes: number, operation: string): void {
  if (bytes <= ZIPPED_BYTES) return;
  const message =
    Math.ceil(bytes / 3) * 4 > REQUEST_BYTES
      ? `Request must be smaller than ${REQUEST_BYTES} bytes for the ${operation} operation`
      : `Zipped size must be smaller than ${ZIPPED_BYTES} bytes`;
  throw new AwsError('RequestEntityTooLargeException', message, { statusCode: 413 });
}
