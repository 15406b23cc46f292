import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { createCodeStore } from './code-store.ts';
import { packDirectory, packFiles } from './pack.ts';
import { unpackZip } from './unpack.ts';
import { readZipDirectory } from './zip-directory.ts';
import { ZipError } from './zip-error.ts';

jest.setTimeout(30_000);

let home: string;
let count = 0;
let directory: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sampan-packages-'));
});
beforeEach(() => fresh());
afterAll(() => rm(home, { recursive: true, force: true }));

async function fresh(): Promise<void> {
  count += 1;
  directory = join(home, String(count));
  await mkdir(directory);
}

const unixMode = (mode: number) => ({ os: 3, attrs: (mode << 16) >>> 0 });
const zipOf = (files: Parameters<typeof zipSync>[0]) => Buffer.from(zipSync(files, { level: 6 }));
/** The names below a folder, links not followed. */
const namesIn = (path: string) => (readdirSync(path, { recursive: true }) as string[]).toSorted();

const name = fc.stringMatching(/^[a-zA-Z0-9_ü€-]{1,12}$/);
const files = fc
  .array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.uint8Array({ maxLength: 300 })), {
    minLength: 1,
    maxLength: 8,
  })
  // No file where another one has a folder, whatever the case of its letters.
  .map((all) => new Map(all.map(([path, content], index) => [`${index}/${path.join('/')}`, content])));

test('what is packed is found again when it is unpacked, whoever packed it', async () => {
  await fc.assert(
    fc.asyncProperty(files, async (made) => {
      const all = [...made].map(([path, content]) => ({ path, content }));
      for (const zip of [await packFiles(all), zipOf(Object.fromEntries(made))]) {
        await fresh();
        const size = await unpackZip(zip, directory);
        expect(size).toBe(all.reduce((sum, { content }) => sum + content.length, 0));
        for (const { path, content } of all) expect(readFileSync(join(directory, path))).toEqual(Buffer.from(content));
      }
      // A folder packs into the same bytes as often as it is packed, and what comes of them packs so too.
      const packed = await packDirectory(directory);
      const before = directory;
      await fresh();
      await unpackZip(packed, directory);
      expect(await packDirectory(directory)).toEqual(await packDirectory(before));
    }),
    { numRuns: 40 },
  );
});

test('whatever bytes come, a zip is refused as one or stays inside its folder', async () => {
  const good = zipOf({
    'index.js': Buffer.from('x'.repeat(500)),
    'lib/a.js': Buffer.from('y'),
    'lib/b': new Uint8Array(0),
  });
  const beside = join(home, 'beside');
  await mkdir(beside);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      async (changes) => {
        const bad = Buffer.from(good);
        for (const [at, byte] of changes) bad[at] = byte;
        await rm(join(beside, 'inside'), { recursive: true, force: true });
        await mkdir(join(beside, 'inside'));
        await unpackZip(bad, join(beside, 'inside')).catch((error) => {
          if (!(error instanceof ZipError)) throw error;
        });
        expect(readdirSync(beside)).toEqual(['inside']);
      },
    ),
    { numRuns: 300 },
  );
});

test('a zip that is refused midway writes nothing once it is refused', async () => {
  const large = new Uint8Array(2_000_000);
  const zip = zipOf(Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`file-${index}`, large])));
  const [first] = readZipDirectory(zip);
  // The first entry's checksum is another one, both where it stands and in the directory: seen as soon as it is read.
  const at = zip.lastIndexOf(Buffer.from('file-0')) - 46 + 16;
  zip.writeUInt32LE((first?.crc ?? 0) ^ 1, at);
  for (let times = 0; times < 5; times += 1) {
    await fresh();
    await expect(unpackZip(zip, directory)).rejects.toBeInstanceOf(ZipError);
    const sizes = () => namesIn(directory).map((file) => [file, statSync(join(directory, file)).size]);
    const then = sizes();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(sizes()).toEqual(then);
  }
});

describe('unpackZip', () => {
  const refused = async (zip: Buffer, limit?: number) => {
    await expect(unpackZip(zip, directory, limit)).rejects.toBeInstanceOf(ZipError);
  };

  test.each(['../out', 'a/../../out', '/etc/out', '..\\out', 'a\0b'])('refuses the entry %j', async (path) => {
    await refused(zipOf({ 'fine.js': Buffer.from('1'), [path]: Buffer.from('x') }));
    expect(namesIn(directory)).toEqual([]);
  });

  test('refuses what is more than the limit before it writes anything', async () => {
    await refused(zipOf({ a: Buffer.alloc(600), b: Buffer.alloc(401) }), 1000);
    expect(namesIn(directory)).toEqual([]);
    expect(await unpackZip(zipOf({ a: Buffer.alloc(600), b: Buffer.alloc(400) }), directory, 1000)).toBe(1000);
  });

  test('refuses an entry that is larger than it announces', async () => {
    const liar = zipOf({ big: Buffer.alloc(100_000) });
    liar.writeUInt32LE(10, liar.indexOf('PK\u0001\u0002') + 24);
    await refused(liar, 1000);
  });

  test('refuses damaged content, encryption, and methods nobody here knows', async () => {
    const at = (zip: Buffer) => zip.indexOf('PK\u0001\u0002');
    for (const [offset, value] of [
      [16, 1],
      [8, 1],
      [10, 12],
    ] as const) {
      const zip = zipOf({ 'a.js': Buffer.from('some text, some text, some text') });
      zip.writeUInt16LE(value, at(zip) + offset);
      await refused(zip);
    }
    await refused(Buffer.from('PK'));
    await refused(Buffer.alloc(0));
    await refused(zipOf({}));
  });

  test('keeps links, and writes nothing through them', async () => {
    const outside = join(home, `outside-${count}`);
    await mkdir(outside);
    const link = (target: string) => [Buffer.from(target), unixMode(0o120777)] as [Buffer, object];
    await unpackZip(
      zipOf({ 'a.txt': Buffer.from('a'), 'lib/link': link('../a.txt'), dangling: link('nowhere') }),
      directory,
    );
    expect(readlinkSync(join(directory, 'lib/link'))).toBe('../a.txt');
    expect(readFileSync(join(directory, 'lib/link'), 'utf8')).toBe('a');
    expect(lstatSync(join(directory, 'dangling')).isSymbolicLink()).toBe(true);
    await fresh();
    await refused(zipOf({ way: link(outside), 'way/file': Buffer.from('x') }));
    expect(readdirSync(outside)).toEqual([]);
  });

  test('keeps who may execute, and lets the owner read everything', async () => {
    const zip = zipOf({
      bootstrap: [Buffer.from('#!'), unixMode(0o100755)],
      secret: [Buffer.from('x'), unixMode(0o100000)],
      plain: Buffer.from('x'),
    });
    await unpackZip(zip, directory);
    const modes = ['bootstrap', 'secret', 'plain'].map((file) => lstatSync(join(directory, file)).mode & 0o777);
    expect(modes).toEqual([0o755, 0o600, 0o644]);
  });

  test('makes empty folders, and takes the last of two entries of one name', async () => {
    const two = await packFiles([
      { path: 'same', content: Buffer.from('first') },
      { path: 'same', content: Buffer.from('last') },
    ]);
    await unpackZip(two, directory);
    expect(readFileSync(join(directory, 'same'), 'utf8')).toBe('last');
    await unpackZip(zipOf({ 'empty/': new Uint8Array(0) }), directory);
    expect(lstatSync(join(directory, 'empty')).isDirectory()).toBe(true);
  });

  test('reads more entries than sixteen bits count', async () => {
    const many = Array.from({ length: 66_000 }, (_, index) => ({ path: `${index}`, content: new Uint8Array(0) }));
    const entries = readZipDirectory(await packFiles(many));
    expect(entries).toHaveLength(66_000);
    expect(entries.at(-1)?.path).toBe('65999');
  });
});

describe('the code store', () => {
  const zip = zipOf({ 'index.js': Buffer.from('1') });

  test('keeps a zip once, with its size, and gives it back as it was', async () => {
    const store = createCodeStore(directory);
    const [one, two] = await Promise.all([store.keepZip(zip), store.keepZip(zip)]);
    expect(one).toEqual(two);
    expect(namesIn(directory).filter((path) => !path.includes('/'))).toEqual([one.digest]);
    expect(await store.zipOf(one.digest)).toEqual(zip);
    expect(await store.facts(one.digest)).toEqual({
      size: zip.length,
      sha256: Buffer.from(one.digest, 'hex').toString('base64'),
    });
    expect(readFileSync(join(store.directoryOf(one.digest) ?? '', 'index.js'), 'utf8')).toBe('1');
    expect(await createCodeStore(directory).find(one.digest)).toEqual(one);
  });

  test('leaves nothing of a zip that is refused', async () => {
    await expect(createCodeStore(directory).keepZip(Buffer.from('none'))).rejects.toBeInstanceOf(ZipError);
    expect(readdirSync(directory)).toEqual([]);
  });

  test('keeps a folder as it is now, links and all', async () => {
    const folder = join(home, `folder-${count}`);
    await mkdir(join(folder, 'lib'), { recursive: true });
    await writeFile(join(folder, 'lib/a.js'), 'a');
    await symlink('lib/a.js', join(folder, 'b.js'));
    const store = createCodeStore(directory);
    const digest = 'd'.repeat(64);
    const kept = await store.keepDirectory(folder, digest);
    await rm(folder, { recursive: true });
    const at = store.directoryOf(digest) ?? '';
    expect(readFileSync(join(at, 'b.js'), 'utf8')).toBe('a');
    expect(kept).toEqual({ digest, unzippedSize: 1 + 'lib/a.js'.length });
    await fresh();
    await unpackZip(await store.zipOf(digest), directory);
    expect(namesIn(directory)).toEqual(['b.js', 'lib', 'lib/a.js']);
    expect(await store.facts(digest)).toMatchObject({ size: (await store.zipOf(digest)).length });
  });

  test('sweeps what nobody uses and what a crash left, but nothing that is held', async () => {
    const store = createCodeStore(directory);
    const used = await store.keepZip(zip);
    await store.keepZip(zipOf({ other: Buffer.from('2') }));
    await mkdir(join(directory, `${'0'.repeat(64)}.cut-off.part`));
    await writeFile(join(directory, 'not-ours'), '');
    const release = store.hold();
    const held = await store.keepZip(zipOf({ held: Buffer.from('3') }));
    await store.sweep((digest) => digest === used.digest);
    expect(existsSync(join(directory, held.digest))).toBe(true);
    release();
    await store.sweep((digest) => digest === used.digest);
    expect(readdirSync(directory).toSorted()).toEqual([used.digest, 'not-ours'].toSorted());
  });
});
