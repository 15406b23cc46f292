/** Makes `node_modules` of the repository complete; does not touch one that is. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './installed.mjs';
import { runNpm } from './npm.mjs';
import { lockFile } from './process-lock.mjs';
import { SetUpError } from './set-up-error.mjs';

/** @param node the Node that npm runs on, which is the one that the packages will run on */
export async function install(root, node, say) {
  if (isInstalled(root)) return;
  const unlock = await lockFile(join(root, '.sampan', 'install.lock'), () =>
    say('Another start is installing the packages: waiting for it …'),
  );
  try {
    if (isInstalled(root)) return;
    say('Installing the packages of package-lock.json (86 MB, once; 287 MB in node_modules) …');
    await runNpm(['ci'], { cwd: root, node });
  } catch (error) {
    // npm has removed what was there before it began: better nothing than a half.
    rmSync(join(root, 'node_modules'), { recursive: true, force: true });
    if (!(error instanceof SetUpError)) throw error;
    throw new SetUpError(`${error.message}. Without network, run this once where the npm registry can be reached.`);
  } finally {
    unlock();
  }
}
