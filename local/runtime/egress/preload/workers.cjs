/**
 * Threads the program starts. They have this preload by what the process was started with, unless the program gives
 * them arguments or variables of their own: then it goes along.
 */
'use strict';

const Module = require('node:module');
const { dirname } = require('node:path');

/** `variables` and `preload` are what a thread needs to be held. */
function holdWorkers(variables, preload) {
  let held = false;

  function hold() {
    if (held) return;
    held = true;
    const threads = process.getBuiltinModule('node:worker_threads');
    const { SHARE_ENV, Worker } = threads;
    const handDown = (options) => {
      const { execArgv, env } = options ?? {};
      if (execArgv === undefined && (env === undefined || env === SHARE_ENV)) return options;
      return {
        ...options,
        ...(Array.isArray(execArgv) && { execArgv: [...execArgv, '--require', preload] }),
        ...(env !== null && typeof env === 'object' && { env: { ...env, ...variables } }),
      };
    };
    threads.Worker = new Proxy(Worker, {
      construct: (target, [file, options], self) => Reflect.construct(target, [file, handDown(options)], self),
    });
    Worker.prototype.constructor = threads.Worker;
    Module.syncBuiltinESMExports();
  }

  if (process.moduleLoadList.includes('NativeModule internal/worker')) {
    hold();
    return;
  }
  // Few functions start threads, and the module takes milliseconds to load. Nobody asks before it is loaded (a hook there
  // would stand in the stack of every error while loading), but it then gives the process a `chdir` of its own.
  const { chdir } = process;
  Object.defineProperty(process, 'chdir', {
    configurable: true,
    enumerable: true,
    get: () => chdir,
    set(value) {
      Object.defineProperty(process, 'chdir', { value, writable: true, configurable: true, enumerable: true });
      // Not before the module is whole. What imports it does not run before that; who requires it and takes `Worker` out of
      // it at once has Node's own.
      queueMicrotask(hold);
    },
  });
}

/**
 * Takes what this process was started with for us out of what the program sees of it: there are programs that start
 * their threads without any preload once they see one (pino does). What is not given is handed down all the same.
 */
function hideArguments(directory) {
  const { execArgv } = process;
  for (let at = execArgv.length - 2; at >= 0; at -= 1) {
    if (execArgv[at] === '--require' && dirname(execArgv[at + 1]) === directory) execArgv.splice(at, 2);
  }
}

module.exports = { hideArguments, holdWorkers };
