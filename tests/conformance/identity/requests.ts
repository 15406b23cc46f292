/** One good request in each of AWS's protocols, and what an answer says was wrong with a bad one. */
import { createHash } from 'node:crypto';
import { cbor } from '@smithy/core/cbor';
import {
  type Plain,
  type Signed,
  type SigningOptions,
  signed,
} from '../../../local/doors/aws-endpoint/signatures.fixture.ts';

export type Protocol = 'query' | 'json' | 'rest-json' | 'cbor' | 'ec2' | 's3';

interface Sample extends Plain {
  readonly service: string;
  readonly path: string;
  readonly operation: string;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

export const CONTENT = 'the content of an object';

export const SAMPLES: Readonly<Record<Protocol, Sample>> = {
  query: {
    service: 'sts',
    path: '/',
    operation: 'GetCallerIdentity',
    headers: FORM,
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  },
  json: {
    service: 'secretsmanager',
    path: '/',
    operation: 'ListSecrets',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.ListSecrets' },
    body: '{"MaxResults":3}',
  },
  'rest-json': { service: 'lambda', path: '/2015-03-31/functions?MaxItems=3', operation: 'ListFunctions' },
  cbor: {
    service: 'monitoring',
    path: '/service/GraniteServiceVersion20100801/operation/ListMetrics',
    operation: 'ListMetrics',
    headers: { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
    body: cbor.serialize({ Namespace: 'own' }),
  },
  ec2: {
    service: 'ec2',
    path: '/',
    operation: 'DescribeVpcs',
    headers: FORM,
    body: 'Action=DescribeVpcs&Version=2016-11-15',
  },
  s3: {
    service: 's3',
    path: '/bucket/a%20key',
    operation: 'PutObject',
    method: 'PUT',
    headers: { 'x-amz-content-sha256': createHash('sha256').update(CONTENT).digest('hex') },
    body: CONTENT,
  },
};

export const PROTOCOLS = Object.keys(SAMPLES) as Protocol[];

export function sample(
  endpoint: string,
  protocol: Protocol,
  options: Partial<SigningOptions> = {},
  plain: Partial<Sample> = {},
): Promise<Signed> {
  const { service, path, ...rest } = { ...SAMPLES[protocol], ...plain };
  return signed(`${endpoint}${path}`, rest, { service, uriEscapePath: service !== 's3', ...options });
}

export interface Refused {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** The whole body, where it is text. */
  readonly text: string;
}

export async function send({ url, ...init }: Signed): Promise<Response> {
  return fetch(url, init);
}

export async function refused(response: Response): Promise<Refused> {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { status, headers } = response;
  if (headers.get('smithy-protocol') === 'rpc-v2-cbor') {
    const { __type: code, message } = cbor.deserialize(bytes) as { __type: string; message: string };
    return { status, code, message, text: '' };
  }
  const text = Buffer.from(bytes).toString('utf8');
  if (text.startsWith('{')) {
    const body = JSON.parse(text) as { __type?: string; message?: string; Message?: string };
    const code = body.__type ?? headers.get('x-amzn-errortype') ?? '';
    return { status, code, message: body.message ?? body.Message ?? '', text };
  }
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '';
  const message = element('Message').replaceAll('&apos;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&');
  return { status, code: element('Code'), message, text };
}
