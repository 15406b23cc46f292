#!/usr/bin/env node
/** The command. Makes sure of Node 24 (and, in the repository, of a fresh bundle), then hands over to `cli/main.ts`. */
// As a whole: the Node that begins may be one that has no `enableCompileCache` to import by name.
import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { compile, hasSources } from './compile.mjs';
import { handOver } from './hand-over.mjs';
import { HEAP_FLAGS } from './heap.mjs';
import { findNode24 } from './node24.mjs';
import { endWith } from './set-up-error.mjs';

try {
  const binary = await findNode24((text) => process.stderr.write(`${text}\n`));
  if (binary !== process.execPath) {
    handOver(binary, [...HEAP_FLAGS, fileURLToPath(import.meta.url), ...process.argv.slice(2)]);
  } else {
    if (hasSources) await compile();
    const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
    // At rest V8 would throw away what it compiled, and what comes after a rest would be handled at two thirds of the
    // speed. Before anything is read of what it made in earlier runs: that is of use with the same flags only.
    setFlagsFromString('--no-flush-bytecode');
    // What V8 made of the bundle and of its packages: it goes when they go. Where it cannot be written, it is not.
    module.enableCompileCache(join(dist, '.compiled'));
    const { main } = await import(join(dist, 'main.js'));
    await main(process.argv.slice(2));
  }
} catch (error) {
  endWith(error);
}
