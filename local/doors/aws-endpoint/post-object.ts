/**
 * Uploads by a form: signed by its policy, which says what may be in it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Caller } from '../../kernel/caller.ts';
import { type Identities, IdentityError } from '../../kernel/identity.ts';
import type { Call } from '../../kernel/service.ts';
import {
  addressOf,
  checkPostPolicy,
  escapeXml,
  type FormFields,
  type HttpResponse,
  MISMATCH,
  REQUEST,
  type S3RequestFacts,
  SignatureError,
  sameSignature,
  signingContext,
  version2,
} from '../../protocols/index.ts';
import type { IncomingRequest } from './calls.ts';
import { readForm, withinRange } from './post-form.ts';

export interface PostDependencies {
  readonly identities: Identities;
  readonly region: string;
  /** ms since 1970, by the clocks that requests are dated by. */
  readonly now: () => number;
}

export type PostCall = Pick<Call, 'caller' | 'operation' | 'input'> & {
  answer(output: unknown, requestId: string): HttpResponse;
};

/** Rejects with AwsError and ProtocolError. The file is read when the call's input is. */
export async function openPost(
  request: IncomingRequest,
  environmentId: string | undefined,
  { identities, region, now }: PostDependencies,
): Promise<PostCall> {
  const { bucket = '' } = addressOf(request);
  const form = await readForm(request.body.stream('stored'), request.headers['content-type'] ?? '');
  try {
    const fields = new Map([...form.fields, ['bucket', bucket]]);
    const key = fields.get('key')?.replaceAll('${filename}', form.fileName);
    if (key === undefined || key === '') {
      throw new AwsError(
        'InvalidArgument',
        "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
        {
          members: { ArgumentName: 'key', ArgumentValue: '' },
        },
      );
    }
    const caller = callerOf(fields, environmentId, identities, region);
    const policy = fields.get('policy');
    // The policy speaks of the key that the object gets, whatever the file is called.
    fields.set('key', key);
    const range = policy === undefined ? undefined : checkPostPolicy(policy, fields, now());
    const facts: S3RequestFacts = {
      ...(caller.kind !== 'anonymous' && { authType: 'POST' }),
      headers: {},
      trailers: () => [],
    };
    const file = range ? withinRange(form.file, range) : form.file;
    const input = {
      ...inputOf(fields),
      Bucket: bucket,
      Key: key,
      Body: file,
      event: 'ObjectCreated:Post',
      [REQUEST]: facts,
    };
    const place = { bucket, key, location: locationOf(request, bucket, key) };
    return {
      caller,
      operation: 'PutObject',
      input,
      answer: (output, requestId) => answer(fields, place, output as Answered, requestId),
    };
  } catch (error) {
    form.file.resume();
    throw error;
  }
}

/** Throws SignatureError, IdentityError; who signs nothing is nobody. */
function callerOf(
  fields: FormFields,
  environmentId: string | undefined,
  identities: Identities,
  region: string,
): Extract<Caller, { kind: 'anonymous' | 'client' | 'environment' }> {
  const [policy, signature, credential, date] = ['policy', 'x-amz-signature', 'x-amz-credential', 'x-amz-date'].map(
    (name) => fields.get(name),
  );
  if (policy === undefined && signature === undefined) return { kind: 'anonymous', environmentId };
  if (signature === undefined && fields.has('awsaccesskeyid')) throw version2();
  for (const [name, value] of [
    ['policy', policy],
    ['x-amz-signature', signature],
    ['x-amz-credential', credential],
    ['x-amz-date', date],
  ] as const) {
    if (value !== undefined) continue;
    throw new AwsError(
      'InvalidArgument',
      `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
      { members: { ArgumentName: name, ArgumentValue: '' } },
    );
  }
  if (fields.get('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') {
    throw new AwsError('InvalidArgument', 'Only AWS4-HMAC-SHA256 is supported', {
      members: { ArgumentName: 'X-Amz-Algorithm', ArgumentValue: fields.get('x-amz-algorithm') ?? '' },
    });
  }
  const [accessKeyId = '', day = '', scopeRegion = '', service = '', term] = (credential as string).split('/');
  if (term !== 'aws4_request' || service !== 's3')
    throw new SignatureError('incomplete', 'Error parsing the X-Amz-Credential parameter', { presigned: true });
  if (scopeRegion !== region) {
    throw new SignatureError('scope', 'wrong region', { region: scopeRegion, expectedRegion: region, presigned: true });
  }
  const sessionToken = fields.get('x-amz-security-token');
  const kind =
    environmentId === undefined
      ? ({ kind: 'client' } as const)
      : ({ kind: 'environment', environmentId, presigned: true } as const);
  const caller = { ...kind, accessKeyId, sessionToken };
  identities.identify(caller);
  const secret = identities.ownerOf(accessKeyId)?.secretAccessKey;
  // Of a key that was not issued here nobody knows the secret.
  if (secret !== undefined) {
    const context = signingContext(secret, { date: day, region, service }, date as string);
    if (!sameSignature(signature as string, context.sign(policy as string))) {
      throw new SignatureError('mismatch', MISMATCH, { accessKeyId, signature, stringToSign: policy });
    }
  } else if (accessKeyId === '') throw new IdentityError('unknown-key', { accessKeyId });
  return caller;
}

/** Fields that are headers of PutObject. */
const MEMBERS: Readonly<Record<string, string>> = {
  acl: 'ACL',
  'cache-control': 'CacheControl',
  'content-type': 'ContentType',
  'content-disposition': 'ContentDisposition',
  'content-encoding': 'ContentEncoding',
  'content-language': 'ContentLanguage',
  expires: 'Expires',
  'x-amz-storage-class': 'StorageClass',
  'x-amz-website-redirect-location': 'WebsiteRedirectLocation',
  'x-amz-server-side-encryption': 'ServerSideEncryption',
  'x-amz-server-side-encryption-aws-kms-key-id': 'SSEKMSKeyId',
  'x-amz-checksum-crc32': 'ChecksumCRC32',
  'x-amz-checksum-crc32c': 'ChecksumCRC32C',
  'x-amz-checksum-crc64nvme': 'ChecksumCRC64NVME',
  'x-amz-checksum-sha1': 'ChecksumSHA1',
  'x-amz-checksum-sha256': 'ChecksumSHA256',
  'content-md5': 'ContentMD5',
};

function inputOf(fields: FormFields): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  const metadata: Record<string, string> = {};
  for (const [name, value] of fields) {
    if (Object.hasOwn(MEMBERS, name)) input[MEMBERS[name] as string] = value;
    if (name.startsWith('x-amz-meta-')) metadata[name.slice('x-amz-meta-'.length)] = value;
  }
  const tagging = fields.get('tagging');
  if (tagging !== undefined) input['Tagging'] = taggingOf(tagging);
  return { ...input, Metadata: metadata };
}

/** The form has tags as XML, the header as a query. */
function taggingOf(xml: string): string {
  const tags = [...xml.matchAll(/<Tag>\s*<Key>([^<]*)<\/Key>\s*<Value>([^<]*)<\/Value>\s*<\/Tag>/g)];
  return new URLSearchParams(tags.map(([, key = '', value = '']): [string, string] => [key, value])).toString();
}

interface Answered {
  readonly ETag: string;
  readonly VersionId?: string;
}

interface Place {
  readonly bucket: string;
  readonly key: string;
  readonly location: string;
}

function locationOf({ headers }: IncomingRequest, bucket: string, key: string): string {
  const host = headers['host'] ?? 'localhost';
  const path = encodeURIComponent(key).replaceAll('%2F', '/');
  return host.startsWith(`${bucket}.`) ? `http://${host}/${path}` : `http://${host}/${bucket}/${path}`;
}

function answer(
  fields: FormFields,
  { bucket, key, location }: Place,
  { ETag, VersionId }: Answered,
  requestId: string,
): HttpResponse {
  const headers: Record<string, string> = {
    'x-amz-request-id': requestId,
    etag: ETag,
    server: 'AmazonS3',
    ...(VersionId !== undefined && { 'x-amz-version-id': VersionId }),
  };
  const redirect = URL.parse(fields.get('success_action_redirect') ?? fields.get('redirect') ?? '');
  if (redirect) {
    for (const [name, value] of [
      ['bucket', bucket],
      ['key', key],
      ['etag', ETag],
    ] as const)
      redirect.searchParams.append(name, value);
    return { statusCode: 303, headers: { ...headers, location: redirect.href }, body: undefined };
  }
  const status = fields.get('success_action_status');
  if (status !== '201')
    return { statusCode: status === '200' ? 200 : 204, headers: { ...headers, location }, body: undefined };
  const members = [
    ['Location', location],
    ['Bucket', bucket],
    ['Key', key],
    ['ETag', ETag],
  ] as const;
  const content = members.map(([name, value]) => `<${name}>${escapeXml(value)}</${name}>`).join('');
  return {
    statusCode: 201,
    headers: { ...headers, location, 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<PostResponse>${content}</PostResponse>`,
  };
}
