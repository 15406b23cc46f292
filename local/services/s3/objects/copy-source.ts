/** `x-amz-copy-source`: which object, and which version of it. */
import { invalidArgument } from '../errors.ts';

export interface CopySource {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string;
}

/** Throws InvalidArgument. */
export function parseCopySource(text: string): CopySource {
  const mark = text.lastIndexOf('?versionId=');
  const path = mark < 0 ? text : text.slice(0, mark);
  const version = mark < 0 ? undefined : text.slice(mark + '?versionId='.length);
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    throw invalid(text);
  }
  const bare = decoded.replace(/^\//, '');
  if (bare.startsWith('arn:'))
    throw invalidArgument('Copy sources in access points are not emulated here', 'x-amz-copy-source', text);
  const slash = bare.indexOf('/');
  if (slash < 1 || slash === bare.length - 1) throw invalid(text);
  const source = { Bucket: bare.slice(0, slash), Key: bare.slice(slash + 1) };
  return version ? { ...source, VersionId: version } : source;
}

const invalid = (text: string) =>
  invalidArgument(
    'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    'x-amz-copy-source',
    text,
  );
