/**
 * Signature Version 2, which S3 takes for no bucket made since June 2020, and which boto3 still presigns with when nobody
 * tells it otherwise. https://docs.aws.amazon.com/AmazonS3/latest/API/specification-sigv2-authentication-sunset.html
 */
import type { HttpRequest } from './http-message.ts';
import { SignatureError } from './sigv4-error.ts';

/** Throws SignatureError, in S3's sentence, for a request that is signed so, in its header or in its query. */
export function refuseVersion2({ headers, query }: Pick<HttpRequest, 'headers' | 'query'>): void {
  const names = new Set(query.map(([name]) => name));
  if (headers['authorization']?.startsWith('AWS ') || (names.has('AWSAccessKeyId') && names.has('Signature'))) {
    throw version2();
  }
}

export function version2(): SignatureError {
  return new SignatureError(
    'algorithm',
    'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
  );
}
