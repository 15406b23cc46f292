import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Finding } from '../check/index.ts';
import { checkProject } from './check.ts';
import { findProject } from './project.ts';

const FIXTURES = join(process.cwd(), 'local/check/fixtures');

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'sampan-check-'));
});

afterAll(() => rmSync(directory, { recursive: true, force: true }));

function esbuildBinary(): string {
  const esbuild = createRequire(join(process.cwd(), 'local/package.json')).resolve('esbuild/package.json');
  const platform = `@esbuild/${process.platform}-${process.arch}`;
  return join(dirname(createRequire(esbuild).resolve(`${platform}/package.json`)), 'bin', 'esbuild');
}

async function findingsOf(folder: string): Promise<readonly Finding[]> {
  const project = findProject({ template: join(folder, 'template.yaml'), state: 'memory' }, process.cwd());
  return (await checkProject(project, { esbuildBinary })).findings;
}

const proved = ({ severity, certainty }: Finding): boolean => severity === 'error' && certainty !== 'unknown';

describe('public samples, which work on AWS', () => {
  const samples = readdirSync(FIXTURES, { withFileTypes: true }).filter((entry) => entry.isDirectory());

  it('are ten at least', () => expect(samples.length).toBeGreaterThanOrEqual(10));

  it.each(samples.map(({ name }) => name))('%s: nothing is proved to fail', async (name) => {
    const found = await findingsOf(join(FIXTURES, name));
    expect(found.filter(proved).map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  });
});

describe('a sample with a mistake', () => {
  async function mistaken(name: string, from: string | RegExp, to: string): Promise<readonly Finding[]> {
    const folder = mkdtempSync(join(directory, `${name}-`));
    cpSync(join(FIXTURES, name), folder, { recursive: true });
    const file = join(folder, 'template.yaml');
    const before = readFileSync(file, 'utf8');
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    writeFileSync(file, after);
    return findingsOf(folder);
  }

  const summary = (found: readonly Finding[]) =>
    found
      .filter(({ severity }) => severity === 'error')
      .map(({ code, certainty, resource }) => [code, certainty, resource]);

  it('a policy that allows less than the code calls, by a constant', async () => {
    const found = await mistaken('apigw-lambda-dynamodb', 'DynamoDBCrudPolicy', 'DynamoDBReadPolicy');
    expect(summary(found)).toEqual([['permission-missing', 'proved', 'WeatherFunctionRole']]);
    expect(found.find(proved)).toMatchObject({
      message: expect.stringContaining('dynamodb:PutItem on arn:aws:dynamodb:us-east-1:123456789012:table/Weather'),
      remedy: expect.stringContaining('Action: dynamodb:PutItem'),
    });
  });

  it('a policy for another table, by a variable', async () => {
    const found = await mistaken('lambda-dynamodb', 'table/${table}', 'table/${table}-old');
    expect(summary(found)).toEqual([['permission-missing', 'proved', 'WriterRole']]);
    expect(found.find(proved)?.message).toContain('the variable DatabaseTable');
  });

  it('a private subnet without its route to the NAT gateway', async () => {
    const found = await mistaken('vpc-with-nat', / {2}PrivateAssociation: .*\n/, '');
    expect(summary(found)).toEqual([
      ['host-unreachable', 'proved', 'Function'],
      ['service-unreachable', 'proved', 'Function'],
    ]);
  });

  it('a queue that is shorter hidden than its function may take', async () => {
    const found = await mistaken('sqs-lambda', 'Timeout: 3', 'Timeout: 60');
    expect(summary(found)).toEqual([['visibility-timeout', 'proved', 'Queue']]);
  });
});
