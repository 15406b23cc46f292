/** Where a bucket is, and who signs for what is asked of it. */
import { SignatureV4 } from '@smithy/signature-v4';
import type { Environment } from './configuration.ts';
import { Sha256 } from './sha256.ts';

/** A bucket has a host name of its own at AWS; at an endpoint of somebody's choice it is the first part of the path. */
export interface Place {
  readonly url: URL;
  readonly path: string;
}

export function regionOf(environment: Environment): string {
  return environment['AWS_REGION'] || 'us-east-1';
}

export function placeOf(bucket: string, environment: Environment): Place {
  const endpoint = environment['AWS_ENDPOINT_URL_S3'] || environment['AWS_ENDPOINT_URL'];
  if (endpoint) return { url: new URL(endpoint), path: `/${bucket}` };
  const region = regionOf(environment);
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return { url: new URL(`https://${bucket}.s3.${region}.${suffix}`), path: '' };
}

/** The path of a key, as it is signed and sent. */
export function pathOf({ path }: Place, key: string): string {
  return `${path}/${key.split('/').map(encoded).join('/')}`;
}

/** As SigV4 wants it: everything but RFC 3986's unreserved characters. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Signs with the role's credentials, as they are at the time of signing. */
export function signerFor(environment: Environment): SignatureV4 {
  return new SignatureV4({
    service: 's3',
    region: regionOf(environment),
    sha256: Sha256,
    // S3 signs the path as it is sent; everybody else's is encoded once more.
    uriEscapePath: false,
    applyChecksum: false,
    credentials: async () => ({
      accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      sessionToken: environment['AWS_SESSION_TOKEN'],
    }),
  });
}
