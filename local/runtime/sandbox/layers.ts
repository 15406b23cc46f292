/** /opt: the layers of a function, one over the other. https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, link, lstat, mkdir, readdir, readlink, rename, rm, stat, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * One directory with all of `layers` in it, a later one's files in place of an earlier one's. A single layer is
 * answered as it is; several are merged below `cacheDirectory` once, by hard link where it can be, and found again as
 * long as none of their files changes.
 */
export async function mergeLayers(layers: readonly string[], cacheDirectory: string): Promise<string> {
  if (layers.length === 1) return layers[0] as string;
  const listings = await Promise.all(layers.map((layer) => listing(layer)));
  const digest = createHash('sha256').update(JSON.stringify(listings)).digest('hex').slice(0, 24);
  const merged = join(cacheDirectory, digest);
  if (existsSync(merged)) return merged;
  const beside = `${merged}.${randomBytes(6).toString('hex')}`;
  await mkdir(beside, { recursive: true });
  for (const layer of layers) await overlay(layer, beside);
  try {
    await rename(beside, merged);
  } catch (error) {
    // Another environment of the same function was quicker.
    if (!existsSync(merged)) throw error;
    await rm(beside, { recursive: true, force: true });
  }
  return merged;
}

async function listing(layer: string): Promise<unknown[]> {
  const entries = await readdir(layer, { recursive: true, withFileTypes: true });
  const rows = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink()) return [path, await readlink(path)];
      if (entry.isDirectory()) return [path];
      const { mtimeMs, size, ino } = await stat(path);
      return [path, mtimeMs, size, ino];
    }),
  );
  return [layer, ...rows.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))];
}

async function overlay(from: string, to: string): Promise<void> {
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      // A link of an earlier layer is replaced, never written through: it may lead anywhere.
      const there = await lstat(target).catch(() => undefined);
      if (there && !there.isDirectory()) await unlink(target);
      await mkdir(target, { recursive: true });
      await overlay(source, target);
      continue;
    }
    await rm(target, { recursive: true, force: true });
    if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else await link(source, target).catch(() => copyFile(source, target));
  }
}
