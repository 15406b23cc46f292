/** A local cloud whose services do nothing but tell what reached them, one in each of AWS's protocols. */

import { startTestCloud, type TestCloud } from '../../../local/doors/aws-endpoint/testing.ts';
import type { CallContext, ServiceDefinition } from '../../../local/kernel/index.ts';

export interface Reached {
  readonly service: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly call: CallContext;
}

export interface WitnessCloud extends TestCloud {
  /** Every call that came through all doors. */
  readonly reached: Reached[];
  /** What the local cloud says about itself. */
  readonly log: string[];
}

interface Spoken {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly protocol: string;
  readonly operations: readonly string[];
  readonly schemas: () => Promise<Readonly<Record<string, unknown>>>;
}

/** `[kind, namespace, name, traits, …]`, as the SDK's clients have them; kind 3 is a structure, 9 an operation. */
const structure = (name: string, members: Readonly<Record<string, unknown>>) => [
  3,
  'n',
  name,
  0,
  Object.keys(members),
  Object.values(members),
];
const STRING = 0;
const STREAMING_BLOB = [0, 'n', 'Body', { streaming: 1 }, 42];

const S3_SCHEMAS = {
  PutObject$: [
    9,
    'n',
    'PutObject',
    { http: ['PUT', '/{Bucket}/{Key+}', 200] },
    () =>
      structure('PutObjectRequest', {
        Bucket: [STRING, 1],
        Key: [STRING, 1],
        Body: [() => STREAMING_BLOB, 16],
      }),
    () => structure('PutObjectOutput', {}),
  ],
  GetObject$: [
    9,
    'n',
    'GetObject',
    { http: ['GET', '/{Bucket}/{Key+}', 200] },
    () => structure('GetObjectRequest', { Bucket: [STRING, 1], Key: [STRING, 1] }),
    () => structure('GetObjectOutput', {}),
  ],
};

const SPOKEN: readonly Spoken[] = [
  {
    name: 'sts',
    protocol: 'query',
    operations: ['GetCallerIdentity', 'AssumeRole', 'AssumeRoleWithWebIdentity'],
    schemas: () => import('@aws-sdk/client-sts'),
  },
  {
    name: 'secretsmanager',
    protocol: 'json-1.1',
    operations: ['GetSecretValue', 'ListSecrets', 'PutSecretValue'],
    schemas: () => import('@aws-sdk/client-secrets-manager'),
  },
  {
    name: 'lambda',
    protocol: 'rest-json',
    operations: ['ListFunctions', 'GetFunction', 'Invoke', 'TagResource', 'GetFunctionConfiguration'],
    schemas: () => import('@aws-sdk/client-lambda'),
  },
  {
    name: 'monitoring',
    aliases: ['GraniteServiceVersion20100801'],
    protocol: 'rpc-v2-cbor',
    operations: ['PutMetricData', 'ListMetrics'],
    schemas: () => import('@aws-sdk/client-cloudwatch'),
  },
  {
    name: 'ec2',
    protocol: 'ec2-query',
    operations: ['DescribeVpcs'],
    schemas: async () => ({
      DescribeVpcs$: [9, 'n', 'DescribeVpcs', 0, () => structure('In', {}), () => structure('Out', {})],
    }),
  },
  { name: 's3', protocol: 'rest-xml', operations: ['PutObject', 'GetObject'], schemas: async () => S3_SCHEMAS },
];

export async function startWitnessCloud(options: Parameters<typeof startTestCloud>[1] = {}): Promise<WitnessCloud> {
  const reached: Reached[] = [];
  const cloud = await startTestCloud(
    SPOKEN.map((spoken) => witness(spoken, reached)),
    options,
  );
  const log: string[] = [];
  cloud.kernel.telemetry.onLog((_, { message }) => log.push(message));
  return Object.assign(cloud, { reached, log });
}

function witness({ name, aliases, protocol, operations, schemas }: Spoken, reached: Reached[]): ServiceDefinition {
  const handler = (operation: string) => ({
    requires: () => [],
    async handle(input: Readonly<Record<string, unknown>>, call: CallContext) {
      const read = await bodyOf(input);
      reached.push({ service: name, operation, input: read, call });
      return {};
    },
  });
  return {
    name,
    aliases,
    resourceTypes: [],
    load: async () => ({
      providers: {},
      operations: Object.fromEntries(operations.map((operation) => [operation, handler(operation)])),
      wire: async () => ({ protocol, schemas: { ...(await schemas()) } }),
    }),
  };
}

/** A body read to its end, as the service would: a small one comes whole. */
async function bodyOf(input: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const stream = input['Body'] as Uint8Array | AsyncIterable<Uint8Array> | undefined;
  if (stream instanceof Uint8Array) return { ...input, Body: Buffer.from(stream).toString('utf8') };
  if (typeof stream?.[Symbol.asyncIterator] !== 'function') return input;
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return { ...input, Body: Buffer.concat(pieces).toString('utf8') };
}
