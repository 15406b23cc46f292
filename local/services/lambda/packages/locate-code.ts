/** From the `Code` and `Content` properties to code on this machine. */
import { AwsError } from '../../../kernel/aws-error.ts';
import { ARTIFACT_BUCKET } from '../../../template/artifact.ts';
import type { Place } from '../names.ts';
import type { CodeLocation } from '../records.ts';
import type { LambdaRoom } from '../room.ts';
import { filesBesideInlineCode } from './cfn-response.ts';
import { packFiles } from './pack.ts';
import { UNZIPPED_BYTES } from './unpack.ts';
import { ZipError } from './zip-error.ts';

export type CodeProperty =
  | { readonly kind: 'object'; readonly bucket: string; readonly key: string; readonly version?: string }
  | { readonly kind: 'source'; readonly text: string }
  | { readonly kind: 'image'; readonly uri: string };

export type LocateParts = Pick<LambdaRoom, 'place' | 'catalogue' | 'code' | 'dispatch'>;

/** Why there is no such code, in Lambda's words; `advice` is for whoever writes a template. */
export class CodeNotFound extends Error {
  readonly advice: string | undefined;

  constructor(message: string, advice?: string) {
    super(message);
    this.name = 'CodeNotFound';
    this.advice = advice;
  }
}

/**
 * The bucket of Lambda's own in which it keeps uploaded code, one in each Region. Properties name what the code store
 * has by it, as `GetFunction` does on AWS.
 */
export function codeBucket({ region }: Pick<Place, 'region'>): string {
  return `awslambda-${region}-tasks`;
}

export function snapshotKey({ accountId }: Pick<Place, 'accountId'>, digest: string): string {
  return `snapshots/${accountId}/${digest}`;
}

/** Rejects with CodeNotFound. Hold the code store until what is found is remembered. */
export async function locateCode(property: CodeProperty, parts: LocateParts): Promise<CodeLocation> {
  switch (property.kind) {
    case 'image':
      return property;
    case 'source':
      return { kind: 'stored', ...(await parts.code.keepZip(await zipOfSource(property.text))) };
    case 'object':
      return locateObject(property, parts);
  }
}

/** Keeps an uploaded zip. Rejects with CodeNotFound. */
export async function keepZip(zip: Buffer, { code }: Pick<LocateParts, 'code'>): Promise<CodeLocation> {
  try {
    return { kind: 'stored', ...(await code.keepZip(zip)) };
  } catch (error) {
    if (!(error instanceof ZipError)) throw error;
    if (error.kind === 'too-large')
      throw new CodeNotFound(`Unzipped size must be smaller than ${UNZIPPED_BYTES} bytes`);
    if (error.kind === 'empty') throw new CodeNotFound('Uploaded file must be a non-empty zip');
    throw new CodeNotFound(
      'Could not unzip uploaded file. Please check your file, then try to upload again.',
      error.message,
    );
  }
}

async function locateObject(
  { bucket, key, version }: Extract<CodeProperty, { kind: 'object' }>,
  parts: LocateParts,
): Promise<CodeLocation> {
  if (bucket === ARTIFACT_BUCKET) {
    if (parts.catalogue.find(bucket, key) !== undefined) return { kind: 'artifact', bucket, key };
    throw new CodeNotFound(
      notGotten('NoSuchKey', 'The specified key does not exist.'),
      'nothing was built under that key',
    );
  }
  if (bucket === codeBucket(parts.place)) {
    const digest = key.slice(key.lastIndexOf('/') + 1);
    const kept = await parts.code.find(digest);
    if (kept) return { kind: 'stored', ...kept };
    throw new CodeNotFound(notGotten('NoSuchKey', 'The specified key does not exist.'));
  }
  return keepZip(await getObject(bucket, key, version, parts), parts);
}

const notGotten = (code: string, message: string): string =>
  `Error occurred while GetObject. S3 Error Code: ${code}. S3 Error Message: ${message}`;

async function getObject(
  bucket: string,
  key: string,
  version: string | undefined,
  parts: LocateParts,
): Promise<Buffer> {
  try {
    const { Body } = (await parts.dispatch({
      // With the permissions of whoever deploys.
      caller: { kind: 'internal', service: 'lambda.amazonaws.com' },
      service: 's3',
      operation: 'GetObject',
      input: { Bucket: bucket, Key: key, ...(version !== undefined && { VersionId: version }) },
    })) as { Body?: unknown };
    return await bytesOf(Body);
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const advice = 'put a zip there, or point CodeUri (of a layer, ContentUri) at a local folder';
    if (error.code === 'ServiceNotEmulated') {
      throw new CodeNotFound(notGotten('NoSuchBucket', 'The specified bucket does not exist'), advice);
    }
    throw new CodeNotFound(notGotten(error.code, error.message), advice);
  }
}

/** A body is bytes or comes in pieces; never more is read than any package may have. */
async function bytesOf(body: unknown): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string') return Buffer.from(body);
  if (ArrayBuffer.isView(body)) return Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > UNZIPPED_BYTES) throw new CodeNotFound(`Unzipped size must be smaller than ${UNZIPPED_BYTES} bytes`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

/** Inline code is `index` with the extension the handler is found by. */
function zipOfSource(source: string): Promise<Buffer> {
  // As Lambda does for the Node.js runtimes: `import`/`export` make it a module.
  const isModule = /^\s*(?:import\s[^(]|export\s)/m.test(source);
  const index = { path: isModule ? 'index.mjs' : 'index.js', content: Buffer.from(source) };
  return packFiles([index, ...filesBesideInlineCode(source)]);
}
