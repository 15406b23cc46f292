/**
 * Signed requests to S3's own API. Four calls do not need S3's client, which would be twice this function's size.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
 */
import { createHash } from 'node:crypto';
import type { Environment } from '@app/shared/configuration';
import { placeOf, signerFor } from '@app/shared/s3';
import type { Buckets } from './guard.ts';
import type { PublicAccessBlock } from './protection.ts';

const REQUEST_TIMEOUT_MS = 3_000;
const TRIES = 2;

const REQUESTS = {
  GetBucketPolicy: { method: 'GET', subresource: 'policy' },
  PutBucketPolicy: { method: 'PUT', subresource: 'policy' },
  GetPublicAccessBlock: { method: 'GET', subresource: 'publicAccessBlock' },
  PutPublicAccessBlock: { method: 'PUT', subresource: 'publicAccessBlock' },
} as const;

export interface S3Request {
  /** S3's own name of it; `sampan check` reads from it what the role must be allowed. */
  readonly operation: keyof typeof REQUESTS;
  readonly bucket: string;
  readonly body?: string;
}

/** Sends one request; resolves with status and body, whatever the status. */
export type SendS3 = (request: S3Request) => Promise<{ readonly status: number; readonly body: string }>;

/** What S3 answers where there is nothing. */
const NOTHING = new Set(['NoSuchBucketPolicy', 'NoSuchPublicAccessBlockConfiguration']);
const NO_BUCKET = 'NoSuchBucket';

/** Each rejects with S3's own words. */
export function bucketSettings(send: SendS3): Buckets {
  async function get(bucket: string, operation: S3Request['operation']): Promise<string | undefined> {
    const { status, body } = await send({ operation, bucket });
    if (status === 200) return body;
    if (NOTHING.has(codeOf(body))) return undefined;
    throw refusal(operation, status, body);
  }

  async function put(bucket: string, operation: S3Request['operation'], body: string): Promise<void> {
    const answer = await send({ operation, bucket, body });
    if (answer.status >= 300) throw refusal(operation, answer.status, answer.body);
  }

  return {
    async read(bucket) {
      try {
        const policy = await get(bucket, 'GetBucketPolicy');
        const block = await get(bucket, 'GetPublicAccessBlock');
        return {
          ...(policy !== undefined && { policy: JSON.parse(policy) as unknown }),
          ...(block !== undefined && { publicAccessBlock: blockFrom(block) }),
        };
      } catch (error) {
        if (error instanceof S3Refusal && error.code === NO_BUCKET) return undefined;
        throw error;
      }
    },
    putPolicy: (bucket, policy) => put(bucket, 'PutBucketPolicy', JSON.stringify(policy)),
    putPublicAccessBlock: (bucket, block) => put(bucket, 'PutPublicAccessBlock', xmlOf(block)),
  };
}

export class S3Refusal extends Error {
  override readonly name = 'S3Refusal';
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function refusal(operation: string, status: number, body: string): S3Refusal {
  const message = /<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? '';
  return new S3Refusal(codeOf(body), `${operation} was answered with ${status}: ${codeOf(body)} ${message}`.trim());
}

const codeOf = (body: string): string => /<Code>([^<]*)<\/Code>/.exec(body)?.[1] ?? '';

const MEMBERS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;

function blockFrom(xml: string): PublicAccessBlock {
  const isOn = (name: string): boolean => new RegExp(`<${name}>\\s*true\\s*</${name}>`, 'i').test(xml);
  return Object.fromEntries(MEMBERS.map((name) => [name, isOn(name)])) as unknown as PublicAccessBlock;
}

function xmlOf(block: PublicAccessBlock): string {
  const members = MEMBERS.map((name) => `<${name}>${block[name]}</${name}>`).join('');
  return `<PublicAccessBlockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${members}</PublicAccessBlockConfiguration>`;
}

/** @param environment Lambda's variables: region, endpoint and the role's credentials */
export function s3Sender(environment: Environment): SendS3 {
  const signer = signerFor(environment);

  async function once({ operation, bucket, body }: S3Request) {
    const { method, subresource } = REQUESTS[operation];
    const place = placeOf(bucket, environment);
    const path = place.path || '/';
    const { headers } = await signer.sign({
      method,
      protocol: place.url.protocol,
      hostname: place.url.hostname,
      path,
      query: { [subresource]: '' },
      headers: { host: place.url.host, ...digestsOf(body) },
    });
    const { host: _host, ...sent } = headers;
    const url = new URL(`${path}?${subresource}=`, place.url);
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const response = await fetch(url, { method, headers: sent, signal, ...(body !== undefined && { body }) });
    return { status: response.status, body: await response.text() };
  }

  return async (request) => {
    for (let tries = 1; ; tries += 1) {
      const answer = await once(request).catch((error) => {
        if (tries >= TRIES) throw error;
        return undefined;
      });
      if (answer && (answer.status < 500 || tries >= TRIES)) return answer;
    }
  };
}

/**
 * What is signed of a body. Both changes are refused without a checksum beside it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
 */
function digestsOf(body: string | undefined): Record<string, string> {
  const digest = createHash('sha256')
    .update(body ?? '')
    .digest();
  return {
    'x-amz-content-sha256': digest.toString('hex'),
    ...(body !== undefined && {
      'x-amz-sdk-checksum-algorithm': 'SHA256',
      'x-amz-checksum-sha256': digest.toString('base64'),
    }),
  };
}
