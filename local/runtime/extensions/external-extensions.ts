/** The external extensions of a function: executables its layers bring in /opt/extensions. */
import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface ExternalExtension {
  /** Of the file, and by that it registers. */
  readonly name: string;
  /** Whether it may be executed at all. */
  readonly isExecutable: boolean;
}

/** Those of the layers merged, by name. What is no file is passed over; without layers nothing is looked at. */
export async function findExternalExtensions(layerDirectories: readonly string[]): Promise<ExternalExtension[]> {
  const found = new Map<string, ExternalExtension>();
  for (const layer of layerDirectories) {
    const directory = join(layer, 'extensions');
    const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory()) continue;
      const isExecutable = await access(join(directory, entry.name), constants.X_OK).then(
        () => true,
        () => false,
      );
      found.set(entry.name, { name: entry.name, isExecutable });
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
