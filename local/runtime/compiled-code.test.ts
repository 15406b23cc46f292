import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EnvironmentSpec } from '../services/lambda/contract.ts';
import { type CompiledCodeUse, openCompiledCode } from './compiled-code.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sampan-compiled-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const HELLO = {
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:hello',
  version: '$LATEST',
  runtime: 'nodejs24.x',
  codeDirectory: '/code/hello-1',
  layerDirectories: ['/code/shared-1'],
} as unknown as EnvironmentSpec;

const FILE = 'v24.21.0-x64-964aae3f-0/06971518';

const begin = (spec = HELLO): CompiledCodeUse | undefined => openCompiledCode(home).begin(spec);
const kindOf = (use: CompiledCodeUse | undefined): string | undefined => use?.mount.kind;

function fill(spec = HELLO, bytes = Buffer.from('compiled')): void {
  const use = begin(spec);
  use?.file(FILE, bytes);
  use?.complete();
}

test('the first environment fills what the next ones read, in later runs too', () => {
  fill();
  const use = begin();
  if (use?.mount.kind !== 'filled') throw new Error('it was filled');
  expect(readFileSync(join(use.mount.directory, FILE), 'utf8')).toBe('compiled');
});

test('of two at the same time one fills, and if it ends before it has, the next one does', () => {
  const code = openCompiledCode(home);
  const first = code.begin(HELLO);
  expect([kindOf(first), code.begin(HELLO)]).toEqual(['empty', undefined]);
  first?.file(FILE, Buffer.from('half'));
  first?.abandon();
  first?.complete();
  expect(kindOf(code.begin(HELLO))).toBe('empty');
  expect(readdirSync(home)).toEqual([]);
});

test('what comes after the init phase is not taken', () => {
  const use = begin();
  use?.complete();
  use?.file(FILE, Buffer.from('late'));
  const { mount } = begin()!;
  expect(mount.kind === 'filled' && readdirSync(mount.directory)).toEqual([]);
});

test.each<[string, Partial<EnvironmentSpec>]>([
  ['function', { functionArn: `${HELLO.functionArn}-2` }],
  ['version', { version: '1' }],
  ['code', { codeDirectory: '/code/hello-2' }],
  ['layer', { layerDirectories: ['/code/shared-2'] }],
  ['runtime', { runtime: 'nodejs22.x' }],
])('another %s has its own', (_what, other) => {
  fill();
  expect(kindOf(begin({ ...HELLO, ...other }))).toBe('empty');
});

test.each(['../../escaped', '/etc/passwd', `${FILE}/deeper`, 'v24/..', 'file', ''])('no file is called %p', (name) => {
  const use = begin();
  use?.file(name, Buffer.from('anything'));
  use?.complete();
  expect([readdirSync(home), kindOf(begin())]).toEqual([[], 'empty']);
});

test('more than any code compiles to is not kept', () => {
  const use = begin();
  for (let at = 0; at < 5; at += 1) use?.file(`${FILE}${at}`, Buffer.alloc(15 * 2 ** 20));
  use?.complete();
  expect(readdirSync(home)).toEqual([]);
});

test('at a start, what was used longest ago makes room, and what was never finished goes', () => {
  const directories = ['1', '2', '3', '4', '5'].map((version, at) => {
    fill({ ...HELLO, version });
    const { mount } = begin({ ...HELLO, version })!;
    const directory = mount.kind === 'filled' ? mount.directory : '';
    truncateSync(join(directory, FILE), 60 * 2 ** 20);
    utimesSync(directory, at + 1, at + 1);
    return directory;
  });
  begin({ ...HELLO, version: '6' })?.file(FILE, Buffer.from('half'));
  openCompiledCode(home);
  expect(
    readdirSync(home)
      .map((name) => join(home, name))
      .toSorted(),
  ).toEqual(directories.slice(1).toSorted());
});
