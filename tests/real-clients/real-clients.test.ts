/**
 * Clients that are not JavaScript: boto3, whose checksums, uploads in parts and event streams are its own, and the AWS
 * CLI. What is asked of each service stands in `boto3/on_*.py`.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type House, openHouse } from '../conformance/house.ts';
import { awsCli, pythonWithBoto3, run } from './python.ts';

jest.setTimeout(120_000);

const python = pythonWithBoto3();
const aws = awsCli();
const SERVICES = [
  'bedrock',
  'cloudwatch',
  'cognito',
  'dynamodb',
  'events',
  'logs',
  's3',
  'secrets',
  'sns',
  'sqs',
  'ssm',
  'xray',
];

let house: House;

beforeAll(async () => {
  house = await openHouse({ template: { Resources: { Group: { Type: 'AWS::Logs::LogGroup' } } } });
});
afterAll(() => house.close());

interface Check {
  readonly service: string;
  readonly check: string;
  readonly error?: string;
}

const withPython = python === undefined ? describe.skip : describe;
withPython(`boto3${python === undefined ? ': left out, no Python here has it (SAMPAN_PYTHON names one)' : ''}`, () => {
  let checks: Check[];

  beforeAll(async () => {
    const program = join(process.cwd(), 'tests/real-clients/boto3/run.py');
    const { stdout, stderr } = await run(python!, [program, house.endpoint], { PYTHONDONTWRITEBYTECODE: '1' });
    expect(stderr).toBe('');
    checks = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Check);
  });

  test.each(SERVICES)('%s', (name) => {
    const own = checks.filter(({ service }) => service === name);
    expect(own.length).toBeGreaterThan(1);
    expect(own.filter(({ error }) => error !== undefined).map(({ check, error }) => `${check}: ${error}`)).toEqual([]);
  });

  test('every file was asked', () => {
    expect([...new Set(checks.map(({ service }) => service))].sort()).toEqual(SERVICES);
  });
});

const withCli = aws === undefined ? describe.skip : describe;
withCli(`the AWS CLI${aws === undefined ? ': left out, it is not installed' : ''}`, () => {
  let folder: string;
  let configuration: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sampan-cli-'));
    configuration = join(folder, 'config');
    // Its first version presigns by Signature Version 2 in us-east-1, which S3 takes for no new bucket.
    writeFileSync(configuration, '[default]\ns3 =\n  signature_version = s3v4\n');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function cli(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run(aws!, ['--endpoint-url', house.endpoint, ...args], {
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_PAGER: '',
      AWS_CONFIG_FILE: configuration,
      AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
    });
    if (code !== 0) throw new Error(`aws ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  test('sends a file in parts, fetches it and signs a URL', async () => {
    const [file, back] = [join(folder, 'file'), join(folder, 'back')];
    const bytes = randomBytes(9 * 1024 * 1024);
    writeFileSync(file, bytes);
    await house.call('s3', 'CreateBucket', { Bucket: 'cli-files' });
    await cli('s3', 'cp', '--quiet', file, 's3://cli-files/a/file');
    const [listed, url] = await Promise.all([
      cli('s3', 'ls', 's3://cli-files', '--recursive'),
      cli('s3', 'presign', 's3://cli-files/a/file'),
      cli('s3', 'cp', '--quiet', 's3://cli-files/a/file', back),
    ]);
    expect(readFileSync(back).equals(bytes)).toBe(true);
    expect(listed).toMatch(/ 9437184 a\/file$/m);
    expect(Buffer.from(await (await fetch(url.trim())).arrayBuffer()).equals(bytes)).toBe(true);
  });

  test('reads log groups, and asks a model', async () => {
    const [groups, said] = await Promise.all([
      cli('logs', 'describe-log-groups', '--query', 'logGroups[].logGroupName', '--output', 'text'),
      cli(
        ...['bedrock-runtime', 'converse', '--model-id', 'amazon.nova-lite-v1:0', '--query', 'stopReason'],
        ...['--messages', '[{"role":"user","content":[{"text":"Hello"}]}]'],
      ),
    ]);
    expect(groups).toContain('Group');
    expect(JSON.parse(said)).toBe('end_turn');
  });
});
