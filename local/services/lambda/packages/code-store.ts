/**
 * The code Lambda keeps of its own: uploaded zips, inline source and what published versions froze. Each stands in a
 * folder named by its digest, made beside it and renamed, so that a folder under its name is always whole; what a
 * crash left half-made, and what nothing refers to any more, `sweep` removes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import {
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { filesOf, packDirectory, sizeOfDirectory } from './pack.ts';
import { unpackZip } from './unpack.ts';

export interface StoredCode {
  /** Lower-case hex; of the zip, or of what the folder was made of. */
  readonly digest: string;
  /** Bytes of what is in it. */
  readonly unzippedSize: number;
}

/** As the API describes a package. */
export interface PackageFacts {
  /** Bytes of the zip. */
  readonly size: number;
  /** Base64. */
  readonly sha256: string;
}

export interface CodeStore {
  /** Keeps and unpacks a zip. Rejects with ZipError. */
  keepZip(zip: Buffer): Promise<StoredCode>;
  /** Keeps the present content of a folder, by hard links where it can, under the digest its maker has for it. */
  keepDirectory(directory: string, digest: string): Promise<StoredCode>;
  /** What is kept under that digest. */
  find(digest: string): Promise<StoredCode | undefined>;
  /** Where the code is: /var/task, or merged into /opt. Undefined when nothing is kept under that digest. */
  directoryOf(digest: string): string | undefined;
  /** The zip as it was uploaded, or one made of the folder. */
  zipOf(digest: string): Promise<Buffer>;
  facts(digest: string): Promise<PackageFacts>;
  /** Until the answer is called, `sweep` leaves what is kept in the meantime. */
  hold(): () => void;
  /** Removes every digest that `isUsed` denies, which is asked right before each removal. */
  sweep(isUsed: (digest: string) => boolean): Promise<void>;
}

const UNFINISHED = '.part';
const DIGEST = /^[0-9a-f]{64}$/;

export function createCodeStore(root: string): CodeStore {
  let holds = 0;
  const keptMeanwhile = new Set<string>();
  const facts = new Map<string, PackageFacts>();
  const folder = (digest: string): string => join(root, digest);
  const codeIn = (digest: string): string => join(folder(digest), 'code');
  const zipIn = (digest: string): string => join(folder(digest), 'code.zip');

  async function keep(digest: string, fill: (beside: string) => Promise<number>): Promise<StoredCode> {
    if (holds > 0) keptMeanwhile.add(digest);
    if (existsSync(folder(digest))) return { digest, unzippedSize: await sizeIn(digest) };
    const beside = join(root, `${digest}.${randomUUID()}${UNFINISHED}`);
    try {
      await mkdir(join(beside, 'code'), { recursive: true });
      // On Lambda no package.json stands above /var/task; here the project's must not decide how a `.js` file is read.
      await writeFile(join(beside, 'package.json'), '{}\n');
      const unzippedSize = await fill(beside);
      await writeFile(join(beside, 'size'), String(unzippedSize));
      await rename(beside, folder(digest)).catch((error) => {
        // Somebody else kept the same code at the same time.
        if (!existsSync(folder(digest))) throw error;
      });
      return { digest, unzippedSize };
    } finally {
      await rm(beside, { recursive: true, force: true });
    }
  }

  const sizeIn = async (digest: string): Promise<number> =>
    Number(await readFile(join(folder(digest), 'size'), 'utf8').catch(() => sizeOfDirectory(codeIn(digest))));

  const store: CodeStore = {
    keepZip: (zip) =>
      keep(createHash('sha256').update(zip).digest('hex'), async (beside) => {
        const size = await unpackZip(zip, join(beside, 'code'));
        await writeFile(join(beside, 'code.zip'), zip);
        return size;
      }),
    keepDirectory: (directory, digest) =>
      keep(digest, async (beside) => {
        await linkAll(directory, join(beside, 'code'));
        return sizeOfDirectory(directory);
      }),
    async find(digest) {
      if (!DIGEST.test(digest) || !existsSync(folder(digest))) return undefined;
      if (holds > 0) keptMeanwhile.add(digest);
      return { digest, unzippedSize: await sizeIn(digest) };
    },
    directoryOf: (digest) => (existsSync(codeIn(digest)) ? codeIn(digest) : undefined),
    zipOf: (digest) => readFile(zipIn(digest)).catch(() => packDirectory(codeIn(digest))),
    async facts(digest) {
      let known = facts.get(digest);
      if (!known) {
        // The digest of an uploaded zip is the zip's own.
        const uploaded = await stat(zipIn(digest)).catch(() => undefined);
        known = uploaded
          ? { size: uploaded.size, sha256: Buffer.from(digest, 'hex').toString('base64') }
          : factsOf(await packDirectory(codeIn(digest)));
        facts.set(digest, known);
      }
      return known;
    },
    hold() {
      holds += 1;
      return () => {
        holds -= 1;
        if (holds === 0) keptMeanwhile.clear();
      };
    },
    async sweep(isUsed) {
      for (const name of await readdir(root).catch(() => [])) {
        const isLeft = name.endsWith(UNFINISHED) ? holds === 0 : DIGEST.test(name) && !isUsed(name);
        if (!isLeft || keptMeanwhile.has(name)) continue;
        facts.delete(name);
        // Under another name first, and at once: nobody must find a folder that is half gone.
        const going = join(root, `${name}.${randomUUID()}${UNFINISHED}`);
        if (existsSync(join(root, name))) renameSync(join(root, name), going);
        await rm(going, { recursive: true, force: true });
      }
    },
  };
  return store;
}

export function factsOf(zip: Buffer): PackageFacts {
  return { size: zip.length, sha256: createHash('sha256').update(zip).digest('base64') };
}

async function linkAll(from: string, to: string): Promise<void> {
  for (const path of await filesOf(from)) {
    const target = join(to, relative(from, path));
    await mkdir(dirname(target), { recursive: true });
    const says = await readlink(path).catch(() => undefined);
    if (says !== undefined) await symlink(says, target);
    else await link(path, target).catch(() => copyFile(path, target));
  }
}
