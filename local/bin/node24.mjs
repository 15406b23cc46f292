/** Finds the Node 24 that everything runs on. Plain JavaScript without dependencies, on any Node from 20. */
import { findNode } from './node-binaries.mjs';
import { SetUpError } from './set-up-error.mjs';

export { cacheDirectory } from './cache-directory.mjs';
export { npm } from './npm.mjs';
export { SetUpError } from './set-up-error.mjs';

/** The path of a Node 24 binary; fetches it once. `say` is told before anything is downloaded. */
export async function findNode24(say) {
  try {
    return await findNode(24, say);
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    throw new SetUpError(
      `Sampan runs on Node 24, and this is Node ${process.versions.node}: ${error.message}. Check the network, or install Node 24 yourself and try again.`,
    );
  }
}
