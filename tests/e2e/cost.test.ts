/** `sampan cost` and `sampan tune`, as users run them. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { projectOf, removeTemporaryDirectories, sampan, temporaryDirectory } from './sampan.ts';

jest.setTimeout(120_000);

afterAll(removeTemporaryDirectories);

const TEMPLATE = `
AWSTemplateFormatVersion: '2010-09-09'
Transform: AWS::Serverless-2016-10-31
Resources:
  Spin:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: spin/, Handler: index.handler, Runtime: nodejs24.x, MemorySize: 256, Timeout: 20 }
`;

/** Takes 20 ms of a whole processor. */
const SPIN = `exports.handler = async ({ fail }) => {
  if (fail) throw new TypeError(fail);
  const end = process.cpuUsage().user + 20_000;
  while (process.cpuUsage().user < end);
};`;

const project = () => projectOf({ 'template.yaml': TEMPLATE, 'spin/index.js': SPIN });

test('the help desk’s cost is told line by line, with every resource priced or named', async () => {
  const { code, stdout } = await sampan(['cost', '--requests', '10M', '--no-recorded', '--format', 'json']);
  expect(code).toBe(0);
  const report = JSON.parse(stdout);
  const what = report.lines.map(({ what }: { what: string }) => what);
  expect(what).toEqual(expect.arrayContaining(['REST API requests', 'RDS Proxy, 2 vCPUs of db.t4g.micro', 'KMS key']));
  expect(report.lines.every(({ price }: { price: { asOf: string } }) => price.asOf.startsWith('2026-'))).toBe(true);
  expect(report.totalUsd).toBeGreaterThan(80);
  expect(report.unpriced.filter(({ why }: { why: string }) => why.includes('not known here'))).toEqual([]);
});

test('a load is asked for in words people use', async () => {
  const cwd = project();
  const { stdout } = await sampan(['cost', '--requests', '250k'], { cwd });
  expect(stdout).toContain('with 250,000 requests');
  const wrong = await sampan(['cost', '--requests', 'many'], { cwd });
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('800, 250k or 10M')]);
});

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('sampan tune', () => {
  test('measures each size, and leaves the function as the template has it', async () => {
    const [cwd, state] = [project(), temporaryDirectory('state')];
    const args = ['tune', '--sizes', '1769,128', '-i', '4', '--cold', '1', '--json', '--state', state];
    const { code, stdout } = await sampan(args, { cwd });
    expect(code).toBe(0);
    const { sizes, fastestMb, currentMb, estimate } = JSON.parse(stdout);
    expect(sizes.map(({ memoryMb, cpus }: { memoryMb: number; cpus: number }) => [memoryMb, cpus])).toEqual([
      [128, 0.07],
      [1769, 1],
    ]);
    expect(sizes[0].warmMs.p50).toBeGreaterThan(sizes[1].warmMs.p50 * 2);
    expect([fastestMb, currentMb]).toEqual([1769, 256]);
    expect(estimate).toContain('An estimate');
    const database = new DatabaseSync(join(state, 'sampan.db'), { readOnly: true });
    const kept = database.prepare("SELECT json FROM documents WHERE json LIKE '%sampan tune 1%'").all();
    database.close();
    expect(kept).toEqual([]);
  });

  test('tells a function’s error, and fails', async () => {
    const args = ['tune', 'Spin', '-e', '-', '--sizes', '128', '-i', '1', '--cold', '1', '--state', 'memory'];
    const { code, stdout } = await sampan(args, { cwd: project(), input: '{"fail":"no way"}' });
    expect([code, stdout]).toEqual([1, expect.stringContaining('TypeError: no way')]);
  });
});
