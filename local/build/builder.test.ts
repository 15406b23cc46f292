import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { zipSync } from 'fflate';
import type { Artifact } from '../template/artifact.ts';
import type { Buildable } from '../template/index.ts';
import { type BuilderOptions, buildAll, sourceMapsDirectory } from './builder.ts';
import { copyAndInstall } from './plain.ts';

const project = mkdtempSync(join(tmpdir(), 'sampan-build-'));
const built: string[] = [];
const options: BuilderOptions = {
  outputDirectory: join(project, '.sampan', 'build'),
  projectDirectory: project,
  nodePath: process.execPath,
  esbuildBinary: () => {
    const esbuild = createRequire(require.resolve('esbuild/package.json'));
    return esbuild.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);
  },
  onBuild: (logicalId) => built.push(logicalId),
};
beforeEach(() => {
  built.length = 0;
});
afterAll(() => rmSync(project, { recursive: true }));

function write(path: string, content: string | Uint8Array): string {
  const file = join(project, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

function buildable(logicalId: string, folder: string, rest: Partial<Buildable> = {}): Buildable {
  return {
    kind: 'function',
    logicalId,
    codeDirectory: join(project, folder),
    packageType: 'Zip',
    metadata: {},
    ...rest,
  };
}

async function build(...list: Buildable[]) {
  const result = await buildAll(list, options);
  return { ...result, artifact: (id: string) => result.artifacts.get(id) as Artifact };
}

function directoryOf(artifact: Artifact): string {
  if (artifact.kind !== 'built') throw new Error(artifact.message);
  return artifact.directory;
}

const esbuild = (properties: object): Partial<Buildable> => ({
  metadata: { BuildMethod: 'esbuild', BuildProperties: { EntryPoints: ['handler.ts'], ...properties } },
});

test('esbuild: bundled as the metadata asks, made again only when an input changed', async () => {
  write('shared/greeting.ts', 'export const greeting: string = "salam";');
  write(
    'hello/handler.ts',
    'import { greeting } from "../shared/greeting"; import x from "outside"; export const handler = () => greeting + x;',
  );
  const hello = buildable('Hello', 'hello', esbuild({ External: ['outside'], Minify: true }));
  const first = await build(hello);
  const code = readFileSync(join(directoryOf(first.artifact('Hello')), 'handler.js'), 'utf8');
  expect(code).toContain('require("outside")');
  expect(code).toContain('salam');
  expect(code).not.toContain('sourceMappingURL');
  expect(existsSync(join(sourceMapsDirectory(directoryOf(first.artifact('Hello'))), 'handler.js.map'))).toBe(true);
  expect(first.inputs.get('Hello')).toContain(join(project, 'shared/greeting.ts'));

  expect((await build(hello)).artifact('Hello')).toEqual(first.artifact('Hello'));
  expect(built).toEqual(['Hello']);

  write('shared/greeting.ts', 'export const greeting: string = "selamat";');
  const second = await build(hello);
  expect(built).toEqual(['Hello', 'Hello']);
  expect(second.artifact('Hello').digest).not.toBe(first.artifact('Hello').digest);
  // The old one stays for environments that still finish a request on it.
  expect(existsSync(directoryOf(first.artifact('Hello')))).toBe(true);
});

test('a file that is only touched makes the same artifact again', async () => {
  const file = write('same/handler.ts', 'export const handler = async () => 1;');
  const same = buildable('Same', 'same', esbuild({}));
  const first = (await build(same)).artifact('Same');
  utimesSync(file, 1, 1);
  expect((await build(same)).artifact('Same')).toEqual(first);
});

test("what does not compile is an artifact with the compiler's words, and is tried again when mended", async () => {
  write('broken/handler.ts', 'export const handler = async () => {\n  return 1 +;\n};');
  write('fine/handler.ts', 'export const handler = async () => 1;');
  const broken = buildable('Broken', 'broken', esbuild({}));
  const result = await build(broken, buildable('Fine', 'fine', esbuild({})));
  expect(result.artifact('Fine').kind).toBe('built');
  expect(result.artifact('Broken')).toMatchObject({
    kind: 'failed',
    message: expect.stringMatching(/handler\.ts:2:12[\s\S]*return 1 \+;/),
  });
  expect(result.inputs.get('Broken')).toContain(join(project, 'broken/handler.ts'));
  write('broken/handler.ts', 'export const handler = async () => 1;');
  expect((await build(broken)).artifact('Broken').kind).toBe('built');
});

test.each([
  [{ EntryPoints: [] }, /EntryPoints must be a list/],
  [{ EntryPoints: ['nowhere'] }, /entry point .*nowhere does not exist/],
])("SAM's refusal %j", async (properties, message) => {
  write('refused/handler.ts', '');
  const { artifact } = await build(buildable('Refused', 'refused', esbuild(properties)));
  expect(artifact('Refused')).toMatchObject({ kind: 'failed', message: expect.stringMatching(message) });
});

test('a plain folder is copied without what is not code', async () => {
  write('plain/index.js', 'exports.handler = async () => 1;');
  write('plain/node_modules/left/index.js', '');
  write('plain/package.json', '{}');
  const directory = directoryOf((await build(buildable('Plain', 'plain'))).artifact('Plain'));
  expect(existsSync(join(directory, 'index.js'))).toBe(true);
  expect(existsSync(join(directory, 'node_modules'))).toBe(false);
});

test('the folder of a whole project is copied into the state below it, without that', async () => {
  write('whole/index.js', 'exports.handler = async () => 1;');
  const outputDirectory = join(project, 'whole/.sampan/build/Whole');
  await copyAndInstall({ codeDirectory: join(project, 'whole'), outputDirectory, environment: {} });
  expect(readdirSync(outputDirectory)).toEqual(['index.js']);
});

test('inline code is index.js; a zip is unpacked; one that leaves its folder is refused', async () => {
  const inline = buildable('Inline', '.', { inlineCode: 'exports.handler = async () => 2;' });
  write('code.zip', zipSync({ 'lib/a.js': Buffer.from('1') }));
  write('evil.zip', zipSync({ '../../evil.js': Buffer.from('1') }));
  const result = await build(inline, buildable('Zip', 'code.zip'), buildable('Evil', 'evil.zip'));
  expect(readFileSync(join(directoryOf(result.artifact('Inline')), 'index.js'), 'utf8')).toContain('=> 2');
  expect(readFileSync(join(directoryOf(result.artifact('Zip')), 'lib/a.js'), 'utf8')).toBe('1');
  expect(result.artifact('Evil')).toMatchObject({
    kind: 'failed',
    message: expect.stringContaining('leaves its folder'),
  });
});

test("a makefile layer is made by its recipe with the project's tools on the path", async () => {
  write('layer/Makefile', 'build-Layer:\n\tcp answer.txt "$(ARTIFACTS_DIR)/"\n\ttool > "$(ARTIFACTS_DIR)/tool.txt"\n');
  write('layer/answer.txt', '42');
  write('node_modules/.bin/tool', '#!/bin/sh\necho from the project\n');
  execFileSync('chmod', ['+x', join(project, 'node_modules/.bin/tool')]);
  const layer = buildable('Layer', 'layer', { kind: 'layer', metadata: { BuildMethod: 'makefile' } });
  const first = await build(layer);
  expect(readFileSync(join(directoryOf(first.artifact('Layer')), 'tool.txt'), 'utf8')).toBe('from the project\n');
  write('layer/answer.txt', '43');
  expect((await build(layer)).artifact('Layer').digest).not.toBe(first.artifact('Layer').digest);
});
