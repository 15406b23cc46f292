/** Writes out a zip as Lambda does: its files, its links and who may execute them, and nothing outside its folder. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { crc32, inflateRaw } from 'node:zlib';
import { contentOf, readZipDirectory, type ZipEntry } from './zip-directory.ts';
import { malformed, ZipError } from './zip-error.ts';

const inflate = promisify(inflateRaw) as (data: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 250 MB, layers included. */
export const UNZIPPED_BYTES = 262_144_000;

const LONGEST_LINK = 4096;
/** Files written at the same time: enough for the disk, and few enough for the memory. */
const AT_ONCE = 16;

/**
 * Unpacks `zip` into `directory`, which exists and is empty. Resolves with the bytes that are in it now. Rejects with
 * ZipError, before anything is written when the zip announces more than `limit` bytes or an entry outside its folder.
 * Once it has settled nothing is written any more: the caller may remove the folder.
 */
export async function unpackZip(zip: Buffer, directory: string, limit = UNZIPPED_BYTES): Promise<number> {
  if (zip.length === 0) throw new ZipError('empty', 'it has no bytes');
  const all = readZipDirectory(zip);
  if (all.length === 0) throw new ZipError('empty', 'it has no entries');
  const total = all.reduce((sum, { size }) => sum + size, 0);
  if (total > limit) throw new ZipError('too-large', `it unpacks to ${total} bytes`);
  // Of two entries with one name the last is what is found in the folder.
  const entries = [...new Map(all.map((entry) => [entry.path, entry])).values()].filter(({ path }) => path !== '');
  const at = ({ path }: ZipEntry): string => join(directory, path);
  const files = entries.filter(({ kind }) => kind === 'file');
  const links = entries.filter(({ kind }) => kind === 'symlink');
  const folders = entries.filter(({ kind }) => kind === 'directory').map(at);
  try {
    for (const folder of new Set([...folders, ...[...files, ...links].map((entry) => dirname(at(entry)))])) {
      await mkdir(folder, { recursive: true });
    }
    for (let next = 0; next < files.length; next += AT_ONCE) {
      await allOf(files.slice(next, next + AT_ONCE).map((entry) => writeEntry(zip, entry, at(entry))));
    }
    // Links come last: nothing is ever written through one.
    for (const entry of links) {
      if (entry.size > LONGEST_LINK) throw malformed(`the link ${entry.path} is too long`);
      await symlink((await inflated(zip, entry)).toString('utf8'), at(entry));
    }
  } catch (error) {
    // Two entries want to be a file and a folder under one name, or a link where a file is, or a name too long.
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== undefined && ['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EINVAL'].includes(code)) {
      throw malformed(message);
    }
    throw error;
  }
  return total;
}

/** As Promise.all, but rejects only when none of them is at work any more. */
async function allOf(work: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function writeEntry(zip: Buffer, entry: ZipEntry, path: string): Promise<void> {
  await writeFile(path, await inflated(zip, entry));
  // Where a zip knows of no permissions, Lambda's default is no execution. Its owner must read what is here.
  await chmod(path, (entry.permissions ?? 0o644) | 0o600);
}

async function inflated(zip: Buffer, entry: ZipEntry): Promise<Buffer> {
  const packed = contentOf(zip, entry);
  const content = entry.method === 0 ? packed : await inflateEntry(packed, entry);
  if (content.length !== entry.size) throw malformed(`the entry ${entry.path} has not the size it announces`);
  if (crc32(content) !== entry.crc) throw malformed(`the entry ${entry.path} is damaged`);
  return content;
}

async function inflateEntry(packed: Buffer, entry: ZipEntry): Promise<Buffer> {
  try {
    // One byte more than announced is enough to see that it lies.
    return await inflate(packed, { maxOutputLength: entry.size + 1 });
  } catch (error) {
    throw malformed(`the entry ${entry.path} cannot be inflated: ${(error as Error).message}`);
  }
}
