/** GetObject and HeadObject. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { CallContext, Operation } from '../../../kernel/service.ts';
import { HEADERS, STATUS } from '../../../protocols/index.ts';
import { type EncryptionInput, refuseCustomerKeys } from '../encryption.ts';
import { invalidArgument, methodNotAllowed, noSuchKey, noSuchVersion } from '../errors.ts';
import type { Range } from '../files.ts';
import { inBucket } from '../guard.ts';
import { expirationHeader } from '../lifecycle/expiration-header.ts';
import type { Bucket, StoredObject } from '../records.ts';
import type { OnObject } from '../requirements.ts';
import type { Room } from '../room.ts';
import { carried, checksumOutput, kebab, objectOutput } from './attributes.ts';
import { checkRead, type ReadConditions } from './conditions.ts';
import { parseRange, partRange } from './ranges.ts';
import { lastModifiedOf, versionIdOutput } from './versioning.ts';

export interface GetObjectInput extends OnObject, ReadConditions, EncryptionInput {
  readonly VersionId?: string;
  readonly Range?: string;
  readonly PartNumber?: number;
  readonly ChecksumMode?: string;
  readonly ResponseContentType?: string;
  readonly ResponseCacheControl?: string;
  readonly ResponseContentDisposition?: string;
  readonly ResponseContentEncoding?: string;
  readonly ResponseContentLanguage?: string;
  readonly ResponseExpires?: Date;
}

export function readOperations(room: Room): Record<string, Operation> {
  const { needs, repository, files } = room;
  const requires: Operation<GetObjectInput>['requires'] = (input, call) => {
    const found = repository.versions(input.Bucket, input.Key);
    const object =
      input.VersionId === undefined ? found[0] : found.find(({ versionId }) => versionId === input.VersionId);
    return [
      ...needs.toRead('GetObject', input, call),
      ...(object?.kind === 'object' ? needs.onKey('Decrypt', object.encryption, input) : []),
    ];
  };
  const getObject: Operation<GetObjectInput> = {
    requires,
    handle(input, call) {
      const { object, answer, range } = look(room, input, call, 'GET');
      const whole = { first: 0, last: object.size - 1 };
      return { ...answer, Body: files.read(object.body, range ?? whole) };
    },
  };
  const headObject: Operation<GetObjectInput> = {
    requires,
    handle: (input, call) => look(room, input, call, 'HEAD').answer,
  };
  return { GetObject: getObject, HeadObject: headObject };
}

function look(room: Room, input: GetObjectInput, call: CallContext, method: string) {
  const bucket = inBucket(room, input);
  refuseCustomerKeys(input);
  const object = findObject(room, bucket, input, method);
  checkArchived(object, method);
  checkRead(object, input);
  const { range, ...more } = wanted(object, input);
  const isWhole =
    range === undefined || (range.first === 0 && range.last === object.size - 1 && input.PartNumber === undefined);
  const expires = expirationHeader(bucket, input.Key, object);
  const answer = {
    ...objectOutput(object, room),
    ...versionIdOutput(bucket, object),
    ...(object.parts && input.PartNumber !== undefined && { PartsCount: object.parts.length }),
    ...(expires && { Expiration: expires }),
    ...(input.ChecksumMode === 'ENABLED' && isWhole && checksumOutput(object.checksum)),
    ...more,
    ...overrides(input, call),
    [HEADERS]: expiresHeader(object, input),
  };
  return { object, answer, range };
}

function wanted(
  object: StoredObject,
  { Range: header, PartNumber }: GetObjectInput,
): { readonly range?: Range; readonly [STATUS]?: number } {
  if (PartNumber !== undefined && header !== undefined) {
    throw new AwsError('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter');
  }
  const partly = PartNumber === undefined ? undefined : partRange(object, checkedNumber(PartNumber));
  const range = partly ? partly.range : parseRange(header, object.size);
  if (!range) return partly ? { [STATUS]: 206 } : {};
  const part =
    partly?.part?.checksum !== undefined && object.checksum
      ? { [`Checksum${object.checksum.algorithm}`]: partly.part.checksum }
      : {};
  return { range, ...rangeOutput(range, object.size), ...part };
}

const rangeOutput = ({ first, last }: Range, size: number) => ({
  [STATUS]: 206,
  ContentLength: last - first + 1,
  ContentRange: `bytes ${first}-${last}/${size}`,
});

function checkedNumber(number: number): number {
  if (Number.isInteger(number) && number >= 1 && number <= 10_000) return number;
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', String(number));
}

/** Throws NoSuchKey, NoSuchVersion, and MethodNotAllowed for a delete marker that is asked for by its version. */
export function findObject(
  { repository }: Pick<Room, 'repository'>,
  { name }: Bucket,
  { Key, VersionId }: Pick<GetObjectInput, 'Key' | 'VersionId'>,
  method: string,
): StoredObject {
  const versions = repository.versions(name, Key);
  const found = VersionId === undefined ? versions[0] : versions.find(({ versionId }) => versionId === VersionId);
  if (found?.kind === 'object') return found;
  const marker: Record<string, string> = found
    ? { 'x-amz-delete-marker': 'true', 'x-amz-version-id': found.versionId }
    : {};
  if (VersionId === undefined) throw noSuchKey(Key, marker);
  if (!found) throw noSuchVersion(Key, VersionId);
  throw methodNotAllowed(method, 'DeleteMarker', { ...marker, 'last-modified': lastModifiedOf(found).toUTCString() });
}

/** What lies in an archive has to be restored first, which nobody does here. */
function checkArchived({ storageClass }: StoredObject, method: string): void {
  if (method !== 'GET' || (storageClass !== 'GLACIER' && storageClass !== 'DEEP_ARCHIVE')) return;
  throw new AwsError('InvalidObjectState', "The operation is not valid for the object's storage class", {
    statusCode: 403,
    members: { StorageClass: storageClass },
  });
}

/** Of a signed request only. https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_Overriding */
function overrides(input: GetObjectInput, { principal }: CallContext) {
  const given = {
    ContentType: input.ResponseContentType,
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
  };
  const set = carried(given, (member) => `response-${kebab(member)}`);
  const any = Object.keys(set).length > 0 || input.ResponseExpires !== undefined;
  if (any && principal.kind === 'anonymous') {
    throw new AwsError(
      'InvalidRequest',
      'Request specific response headers cannot be used for anonymous GET requests.',
    );
  }
  return set;
}

/** As it was given, whether or not it is a date. */
function expiresHeader({ headers }: StoredObject, { ResponseExpires }: GetObjectInput): Record<string, string> {
  const expires = ResponseExpires?.toUTCString() ?? headers.Expires;
  return expires === undefined ? {} : { expires };
}
