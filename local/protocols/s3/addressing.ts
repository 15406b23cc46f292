/**
 * Which bucket and object a request is about: by its path, or by its host name.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 */
import type { HttpRequest } from '../http-message.ts';
import { ProtocolError } from '../wire-error.ts';

export interface S3Address {
  readonly bucket?: string;
  /** Decoded. */
  readonly key?: string;
}

/** `s3.eu-west-1.amazonaws.com`, `s3-eu-west-1.…`, `s3.dualstack.…`, a VPC endpoint's name, with a bucket before it. */
const OF_AWS =
  /^(?:(.+)\.)?(?:bucket\.vpce-[\w-]+\.)?s3(?:-fips)?(?:[.-](?:dualstack\.)?[a-z]{2}(?:-[a-z]+)+-\d)?(?:\.vpce)?\.amazonaws\.com(?:\.cn)?$/;
/** The same at this machine: `bucket.s3.localhost`, `bucket.s3.us-east-1.localhost`, and what SDKs make of `http://localhost`. */
const LOCAL = /^(?:(.+)\.)?s3(?:\.[a-z]{2}(?:-[a-z]+)+-\d)?\.localhost$/;
const LOCAL_SHORT = /^(.+)\.localhost$/;

/** Undefined: the path begins with the bucket. */
export function bucketOfHost(host: string): string | undefined {
  const name = host.toLowerCase().replace(/:\d+$/, '');
  const found = OF_AWS.exec(name) ?? LOCAL.exec(name);
  if (found) return found[1];
  const short = LOCAL_SHORT.exec(name)?.[1];
  return short === undefined || short === 's3' ? undefined : short;
}

/** Throws ProtocolError `InvalidURI`. */
export function addressOf({ path, headers }: Pick<HttpRequest, 'path' | 'headers'>): S3Address {
  const bucket = bucketOfHost(headers['host'] ?? '');
  const rest = path.startsWith('/') ? path.slice(1) : path;
  if (bucket !== undefined) return rest === '' ? { bucket } : { bucket, key: decoded(rest) };
  if (rest === '') return {};
  const slash = rest.indexOf('/');
  if (slash < 0) return { bucket: decoded(rest) };
  const key = rest.slice(slash + 1);
  const named = { bucket: decoded(rest.slice(0, slash)) };
  return key === '' ? named : { ...named, key: decoded(key) };
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    const name = decodeURIComponent(text);
    if (!name.includes('\0')) return name;
  } catch {
    // Broken percent-encoding, or bytes that are no UTF-8.
  }
  throw new ProtocolError('InvalidURI', "Couldn't parse the specified URI.");
}
