import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  credentialsFrom,
  SecretError,
  type SecretStore,
  secretsManager,
  secretsManagerByStage,
  textsOf,
} from './secrets.ts';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:database';
const holding = (value: string | Uint8Array | undefined): SecretStore => ({ get: async () => value });

test('credentials are read from text or bytes; what else the secret holds does not matter', async () => {
  const secret = JSON.stringify({
    username: 'app',
    password: 'p',
    host: 'h',
    port: 3306,
    dbname: 'd',
    engine: 'mariadb',
  });
  for (const value of [secret, new TextEncoder().encode(secret)]) {
    await expect(credentialsFrom(holding(value), ARN)({ fresh: false })).resolves.toEqual({
      username: 'app',
      password: 'p',
    });
  }
});

test.each([
  ['{"username": "app", "password": "hunter2"', 'is not JSON'],
  ['hunter2', 'is not JSON'],
  [undefined, 'is not JSON'],
  ['{"user": "app", "password": "hunter2"}', 'needs a "username" and a "password"'],
  ['{"username": "hunter2", "password": ""}', 'needs a "username" and a "password"'],
  ['{"username": "hunter2", "password": 5}', 'needs a "username" and a "password"'],
  ['null', 'needs a "username" and a "password"'],
])('of the secret %j is said that it %s, and nothing of what it holds', async (value, message) => {
  const error = await credentialsFrom(holding(value), ARN)({ fresh: false }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SecretError);
  expect((error as SecretError).message).toBe(`Secret ${ARN} ${message}`);
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('hunter2');
});

describe('a secret with two versions', () => {
  const absent = () => Promise.reject(Object.assign(new Error('x'), { cause: { name: 'ResourceNotFoundException' } }));
  let time: number;
  let asked: number;
  let before: () => Promise<string>;
  const read = (current: SecretStore = holding('new')) => {
    const previous: SecretStore = {
      get: (_id, { sdkOptions }) => {
        asked += 1;
        expect(sdkOptions).toEqual({ VersionStage: 'AWSPREVIOUS' });
        return before();
      },
    };
    return textsOf({ current, previous, now: () => time }, ARN);
  };

  beforeEach(() => {
    time = 0;
    asked = 0;
    before = async () => 'old';
  });

  test('is both of them, the current one first', async () => {
    expect(await read()({ fresh: false })).toEqual(['new', 'old']);
  });

  test('is one of them before its first rotation, and the other is not asked for every time', async () => {
    before = absent;
    const texts = read();
    for (let times = 0; times < 3; times++) expect(await texts({ fresh: false })).toEqual(['new']);
    expect(asked).toBe(1);
    before = async () => 'old';
    expect(await texts({ fresh: true })).toEqual(['new', 'old']);
    expect(await texts({ fresh: false })).toEqual(['new', 'old']);
    before = absent;
    expect(await texts({ fresh: true })).toEqual(['new']);
    time = 299_999;
    await texts({ fresh: false });
    expect(asked).toBe(4);
    time = 300_000;
    await texts({ fresh: false });
    expect(asked).toBe(5);
  });

  test('that cannot be read, or is no text, is an error: one version must not stand in for both', async () => {
    before = () => Promise.reject(new Error('denied'));
    await expect(read()({ fresh: false })).rejects.toBeInstanceOf(SecretError);
    before = absent;
    await expect(read(holding(new Uint8Array(3)))({ fresh: false })).rejects.toThrow('is no text');
    await expect(read(holding(undefined))({ fresh: false })).rejects.toThrow('is no text');
    await expect(read({ get: absent })({ fresh: false })).rejects.toBeInstanceOf(SecretError);
  });
});

describe('through Powertools and the SDK', () => {
  let server: Server;
  let password: string;
  let status: number;
  let requests: string[];
  let refusal: string;
  const before = { ...process.env };

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (part) => {
        body += part;
      });
      request.on('end', () => {
        requests.push(`${request.headers['x-amz-target']} ${body}`);
        response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
        const refused = { __type: refusal, Message: 'not authorized to perform GetSecretValue' };
        response.end(
          JSON.stringify(
            status === 200 ? { ARN, SecretString: JSON.stringify({ username: 'app', password }) } : refused,
          ),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env['AWS_ENDPOINT_URL'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    process.env['AWS_REGION'] = 'us-east-1';
    process.env['AWS_ACCESS_KEY_ID'] = 'test';
    process.env['AWS_SECRET_ACCESS_KEY'] = 'test';
  });

  beforeEach(() => {
    password = 'first';
    status = 200;
    refusal = 'AccessDeniedException';
    requests = [];
  });

  afterAll(async () => {
    process.env = before;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test('a secret is fetched once, and once more when it must be fresh', async () => {
    const read = credentialsFrom(secretsManager(), ARN);
    expect(await read({ fresh: false })).toEqual({ username: 'app', password: 'first' });
    password = 'second';
    expect(await read({ fresh: false })).toEqual({ username: 'app', password: 'first' });
    expect(requests).toEqual([`secretsmanager.GetSecretValue {"SecretId":"${ARN}"}`]);

    expect(await read({ fresh: true })).toEqual({ username: 'app', password: 'second' });
    expect(await read({ fresh: false })).toEqual({ username: 'app', password: 'second' });
    expect(requests).toHaveLength(2);
  });

  test("a refusal is a SecretError with AWS's words as its cause, and is not remembered", async () => {
    const read = credentialsFrom(secretsManager(), ARN);
    status = 400;
    await expect(read({ fresh: false })).rejects.toMatchObject({
      name: 'SecretError',
      cause: { message: 'not authorized to perform GetSecretValue' },
    });
    status = 200;
    await expect(read({ fresh: false })).resolves.toMatchObject({ username: 'app' });
  });

  test('two versions of a secret are two to the cache, too', async () => {
    const texts = textsOf(secretsManagerByStage(), ARN);
    const both = await texts({ fresh: false });
    expect(both).toHaveLength(2);
    expect(await texts({ fresh: false })).toEqual(both);
    expect(requests.map((request) => JSON.parse(request.slice(request.indexOf('{')))).sort(byStage)).toEqual([
      { SecretId: ARN },
      { SecretId: ARN, VersionStage: 'AWSPREVIOUS' },
    ]);
  });

  test('that a secret has no previous version is understood from what AWS says', async () => {
    status = 400;
    refusal = 'ResourceNotFoundException';
    const texts = textsOf({ ...secretsManagerByStage(), current: holding('new') }, ARN);
    expect(await texts({ fresh: false })).toEqual(['new']);
    expect(await texts({ fresh: false })).toEqual(['new']);
    expect(requests).toHaveLength(1);
  });
});

const byStage = (one: { VersionStage?: string }, other: { VersionStage?: string }) =>
  (one.VersionStage ?? '').localeCompare(other.VersionStage ?? '');
