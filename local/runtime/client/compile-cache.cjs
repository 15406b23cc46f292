/**
 * Runs before everything else inside the function's process: V8's code of what this function's code was compiled to when
 * its first environment started. `SAMPAN_COMPILED_CODE` says where: `read:DIRECTORY` is what there is, `fill:DIRECTORY`
 * an empty one, whose content the transport hands to the supervisor when the init phase ends, before the process has
 * seen any event. Node looks whether a file is still the one that was compiled.
 * https://nodejs.org/docs/latest-v24.x/api/module.html#module-compile-cache
 */
'use strict';

const [, purpose, directory] = /^(read|fill):(.+)$/.exec(process.env.SAMPAN_COMPILED_CODE ?? '') ?? [];
delete process.env.SAMPAN_COMPILED_CODE;

/** Calls `give(name, bytes)` for each file of what was compiled so far; undefined where nobody wants it. */
let handOver;

if (purpose) {
  const { constants, enableCompileCache, flushCompileCache } = require('node:module');
  const { status } = enableCompileCache(directory);
  // The function's own NODE_COMPILE_CACHE, or its wish for none, comes first.
  if (purpose === 'fill' && status === constants.compileCacheStatus.ENABLED) {
    handOver = (give) => {
      handOver = undefined;
      flushCompileCache();
      const { readdirSync, readFileSync, rmSync } = require('node:fs');
      for (const edition of readdirSync(directory)) {
        for (const name of readdirSync(`${directory}/${edition}`)) {
          give(`${edition}/${name}`, readFileSync(`${directory}/${edition}/${name}`));
        }
        rmSync(`${directory}/${edition}`, { recursive: true });
      }
    };
  }
}

module.exports = { handOver: (give) => handOver?.(give) };
