/** What `sampan check` says of a text of the template: beside the code it is about, in a folder of its own. */
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from '../../local/check/index.ts';
import { checkProject } from '../../local/cli/check.ts';
import { IDENTITY, ROOT } from './help-desk.ts';

export interface Checker {
  findings(text: string): Promise<readonly Finding[]>;
  close(): Promise<void>;
}

export async function openChecker(parameterOverrides: Readonly<Record<string, string>> = {}): Promise<Checker> {
  const home = await mkdtemp(join(tmpdir(), 'sampan-check-'));
  const directory = join(home, 'project');
  await mkdir(directory);
  for (const entry of await readdir(ROOT)) {
    if (!['template.yaml', '.sampan', '.git'].includes(entry)) await symlink(join(ROOT, entry), join(directory, entry));
  }
  const templateFile = join(directory, 'template.yaml');
  const project = { ...IDENTITY, templateFile, directory, parameterOverrides, stateDirectory: join(home, 'state') };
  const esbuildBinary = () => require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);
  return {
    async findings(text) {
      await writeFile(templateFile, text);
      return (await checkProject(project, { esbuildBinary })).findings;
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}
