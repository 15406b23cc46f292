/** Refusals in S3's words. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
import { AwsError } from '../../kernel/aws-error.ts';

type Members = Record<string, string>;

const refusal =
  (code: string, statusCode: number, message: string) =>
  (members: Members = {}, headers: Record<string, string> = {}): AwsError =>
    new AwsError(code, message, { statusCode, members, headers });

export const noSuchBucket = (BucketName: string): AwsError =>
  refusal('NoSuchBucket', 404, 'The specified bucket does not exist')({ BucketName });

export const noSuchKey = (Key: string, headers: Record<string, string> = {}): AwsError =>
  refusal('NoSuchKey', 404, 'The specified key does not exist.')({ Key }, headers);

export const noSuchVersion = (Key: string, VersionId: string): AwsError =>
  refusal('NoSuchVersion', 404, 'The specified version does not exist.')({ Key, VersionId });

export const noSuchUpload = (UploadId: string): AwsError =>
  refusal(
    'NoSuchUpload',
    404,
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
  )({ UploadId });

export const accessDenied = (message = 'Access Denied'): AwsError => refusal('AccessDenied', 403, message)();

export const invalidArgument = (message: string, name?: string, value?: string): AwsError =>
  refusal(
    'InvalidArgument',
    400,
    message,
  )(name === undefined ? {} : { ArgumentName: name, ...(value !== undefined && { ArgumentValue: value }) });

export const invalidRequest = (message: string): AwsError => refusal('InvalidRequest', 400, message)();

export const malformedXml = (): AwsError =>
  refusal(
    'MalformedXML',
    400,
    'The XML you provided was not well-formed or did not validate against our published schema',
  )();

/** `Condition` is the header's name. */
export const preconditionFailed = (Condition: string): AwsError =>
  refusal('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold')({ Condition });

export const conflictingOperation = (Key: string): AwsError =>
  refusal(
    'ConditionalRequestConflict',
    409,
    'The conditional request cannot succeed due to a conflicting operation against this resource.',
  )({ Key });

export const notModified = (headers: Record<string, string>): AwsError =>
  refusal('NotModified', 304, 'Not Modified')({}, headers);

export const invalidRange = (RangeRequested: string, size: number): AwsError =>
  refusal(
    'InvalidRange',
    416,
    'The requested range is not satisfiable',
  )({ RangeRequested, ActualObjectSize: String(size) }, { 'content-range': `bytes */${size}` });

export const invalidPartNumber = (number: number, count: number): AwsError =>
  refusal(
    'InvalidPartNumber',
    416,
    'The requested partnumber is not satisfiable',
  )({
    PartNumberRequested: String(number),
    ActualPartCount: String(count),
  });

export const invalidPart = (UploadId: string, number: number, etag: string): AwsError =>
  refusal(
    'InvalidPart',
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
  )({ UploadId, PartNumber: String(number), ETag: etag });

export const invalidPartOrder = (UploadId: string): AwsError =>
  refusal(
    'InvalidPartOrder',
    400,
    'The list of parts was not in ascending order. Parts must be ordered by part number.',
  )({ UploadId });

export const entityTooSmall = (number: number, etag: string, size: number, minimum: number): AwsError =>
  refusal(
    'EntityTooSmall',
    400,
    'Your proposed upload is smaller than the minimum allowed size',
  )({
    ProposedSize: String(size),
    MinSizeAllowed: String(minimum),
    PartNumber: String(number),
    ETag: etag,
  });

export const entityTooLarge = (size: number, maximum: number): AwsError =>
  refusal(
    'EntityTooLarge',
    400,
    'Your proposed upload exceeds the maximum allowed size',
  )({
    ProposedSize: String(size),
    MaxSizeAllowed: String(maximum),
  });

export const keyTooLong = (size: number): AwsError =>
  refusal('KeyTooLongError', 400, 'Your key is too long')({ Size: String(size), MaxSizeAllowed: '1024' });

export const methodNotAllowed = (Method: string, ResourceType: string, headers: Record<string, string>): AwsError =>
  refusal(
    'MethodNotAllowed',
    405,
    'The specified method is not allowed against this resource.',
  )({ Method, ResourceType }, headers);

/** What AWS would do and nobody here does: named, and refused. */
export const notImplemented = (what: string): AwsError =>
  refusal('NotImplemented', 501, `${what} is not emulated here`)();

/** What was never configured. */
export const notConfigured = (code: string, message: string, BucketName: string): AwsError =>
  refusal(code, 404, message)({ BucketName });

export const metadataTooLarge = (size: number, maximum: number): AwsError =>
  refusal(
    'MetadataTooLarge',
    400,
    'Your metadata headers exceed the maximum allowed metadata size',
  )({
    Size: String(size),
    MaxSizeAllowed: String(maximum),
  });

export const invalidStorageClass = (StorageClassRequested: string): AwsError =>
  refusal('InvalidStorageClass', 400, 'The storage class you specified is not valid')({ StorageClassRequested });

export const invalidTag = (message: string, TagKey?: string): AwsError =>
  refusal('InvalidTag', 400, message)(TagKey === undefined ? {} : { TagKey });

export const aclsNotSupported = (): AwsError =>
  refusal('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs')();

export const malformedPolicy = (message: string, Detail?: string): AwsError =>
  refusal('MalformedPolicy', 400, message)(Detail === undefined ? {} : { Detail });
