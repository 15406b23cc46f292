/**
 * Thousands of requests that are wrong: none ends the local cloud, none keeps it busy, none comes through to a service.
 * `MALFORMED_SEED=… npx jest tests/e2e/malformed` repeats a run, `MALFORMED_REQUESTS=5000` asks so often at each door.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { ServiceDefinition } from '../../local/kernel/index.ts';
import { functions, inHouse } from '../conformance/house.ts';
import {
  type Malformed,
  malformedBody,
  malformedCall,
  malformedHttp,
  malformedSignature,
  random,
} from './malformed-requests.ts';

jest.setTimeout(240_000);

const SEED = Number(process.env['MALFORMED_SEED'] ?? 20_261_121);
const REQUESTS = Number(process.env['MALFORMED_REQUESTS'] ?? 2_000);
/** Of the processor's time; what takes longer is tried again, since others use this machine too. */
const LONGEST_MS = 100;
const TRIES = 3;

/** restXml as it is written down: S3 speaks it in a way of its own. */
const shelf: ServiceDefinition = {
  name: 'shelf',
  resourceTypes: [],
  load: async () => ({
    providers: {},
    operations: { PutThing: { requires: () => [], handle: () => ({}) } },
    wire: async () => ({
      protocol: 'rest-xml',
      schemas: {
        PutThing$: [
          9,
          'n',
          'PutThing',
          { http: ['POST', '/things', 200] },
          () => [3, 'n', 'In', 0, ['Size', 'Name'], [[1, 0], 0], 1],
          () => [3, 'n', 'Out', 0, [], []],
        ],
      },
    }),
  }),
};

const house = inHouse(
  functions(
    { things: 'exports.handler = async () => ({ statusCode: 200, body: "made" });' },
    {
      Api: {
        Type: 'AWS::Serverless::Api',
        Properties: {
          StageName: 'v1',
          DefinitionBody: {
            openapi: '3.0.1',
            info: { title: 'things', version: '1' },
            'x-amazon-apigateway-request-validators': { body: { validateRequestBody: true } },
            'x-amazon-apigateway-request-validator': 'body',
            paths: {
              '/things': {
                post: {
                  requestBody: {
                    required: true,
                    content: {
                      'application/json': {
                        schema: {
                          type: 'object',
                          required: ['name'],
                          additionalProperties: false,
                          properties: { name: { type: 'string', maxLength: 20 } },
                        },
                      },
                    },
                  },
                  responses: { 200: { description: 'made' } },
                  'x-amazon-apigateway-integration': {
                    type: 'aws_proxy',
                    httpMethod: 'POST',
                    uri: {
                      'Fn::Sub':
                        'arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${things.Arn}/invocations',
                    },
                  },
                },
              },
            },
          },
        },
      },
      Allowed: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { Ref: 'things' },
          Action: 'lambda:InvokeFunction',
          Principal: 'apigateway.amazonaws.com',
        },
      },
    },
  ),
);

beforeAll(() => house().cloud.kernel.registry.add(shelf));

/** 0 when the connection ended without an answer. Rejects for one that stays open. */
async function statusOf(port: number, bytes: Buffer): Promise<number> {
  const socket = connect(port, '127.0.0.1');
  let head = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    if (head.length < 20) head += chunk.toString('latin1', 0, 20);
  });
  socket.end(bytes);
  await once(socket, 'close', { signal: AbortSignal.timeout(15_000) });
  return Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0);
}

/** This process's processor time for one of them, ms. */
async function costOf(port: number, bytes: Buffer): Promise<{ readonly status: number; readonly ms: number }> {
  const from = process.cpuUsage();
  const status = await statusOf(port, bytes);
  const { user, system } = process.cpuUsage(from);
  return { status, ms: (user + system) / 1000 };
}

interface Findings {
  /** Refusals are what AWS's own 4xx say, that a service is not there, or an end without an answer. */
  readonly let: string[];
  readonly slow: string[];
  readonly slowest: { ms: number; kind: string };
}

async function sendAll(port: number, make: (index: number) => Malformed | Promise<Malformed>): Promise<Findings> {
  const findings: Findings = { let: [], slow: [], slowest: { ms: 0, kind: '' } };
  for (let index = 0; index < REQUESTS; index += 1) {
    const { kind, bytes } = await make(index);
    const where = `#${index} ${kind}`;
    let { status, ms } = await costOf(port, bytes);
    for (let again = 1; ms > LONGEST_MS && again < TRIES; again += 1) ms = Math.min(ms, (await costOf(port, bytes)).ms);
    if (ms > LONGEST_MS) findings.slow.push(`${where}: ${ms.toFixed(0)} ms`);
    if (ms > findings.slowest.ms) Object.assign(findings.slowest, { ms, kind: where });
    const refused = status === 0 || (status >= 400 && status < 500) || status === 501;
    if (!refused) findings.let.push(`${where}: ${status}`);
    if (index % 500 === 499) await stillThere();
  }
  return findings;
}

async function stillThere(): Promise<void> {
  const { apiUrl } = house();
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${apiUrl}/things`, { method: 'POST', headers, body: '{"name":"a"}' });
  expect([answer.status, await answer.text()]).toEqual([200, 'made']);
  await house().client(STSClient).send(new GetCallerIdentityCommand({}));
}

/** What came through the doors, besides `stillThere`. To S3 everybody may come, and hears that there is no such bucket. */
function through(): number {
  const { telemetry } = house().cloud.kernel;
  const isOwn = (operation: string) => operation === 'GetCallerIdentity' || operation === 'Invoke';
  return telemetry.calls().filter(({ operation, error }) => !isOwn(operation) && error !== 'NoSuchBucket').length;
}

test.each([
  [
    'at the AWS endpoint',
    () => house().cloud.endpoint.port,
    async (next: () => number) => {
      const kind = next();
      if (kind < 0.35) return malformedHttp(next, '/');
      return kind < 0.5 ? malformedSignature(next) : malformedCall(next, house().endpoint);
    },
  ],
  [
    'at the REST API',
    () => Number(new URL(house().apiUrl).port),
    async (next: () => number) =>
      next() < 0.5 ? malformedHttp(next, '/nothing') : malformedBody(next, '/things', 'application/json'),
  ],
] as const)('malformed requests %s', async (where, port, make) => {
  await stillThere();
  const errors: string[] = [];
  const unsubscribe = house().cloud.kernel.telemetry.onLog((_, { message }) => {
    if (message.includes('mistake of sampan')) errors.push(message);
  });
  const before = through();
  const next = random(SEED);
  const findings = await sendAll(port(), () => make(next));
  unsubscribe();
  const { ms, kind } = findings.slowest;
  process.stderr.write(`${where}, seed ${SEED}: the slowest took ${ms.toFixed(1)} ms of the processor: ${kind}\n`);
  expect(errors).toEqual([]);
  expect(findings.let).toEqual([]);
  expect(findings.slow).toEqual([]);
  expect(through()).toBe(before);
});
