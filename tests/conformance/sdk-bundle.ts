/** A client of the AWS SDK as one file, for functions that bring their own, as most do. */
import { execFileSync } from 'node:child_process';

/** CommonJS text that exports what `packageName` does. */
export function sdkBundle(packageName: string): string {
  const esbuild = require.resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);
  const entry = require.resolve(packageName);
  const options = ['--bundle', '--platform=node', '--format=cjs', '--minify', '--log-level=error'];
  return execFileSync(esbuild, [entry, ...options], { encoding: 'utf8', maxBuffer: 64 * 2 ** 20 });
}
