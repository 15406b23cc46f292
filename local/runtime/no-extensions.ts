/** What an environment without extensions has in their place. */
import type { Extensions } from './extensions/contract.ts';

export function noExtensions(): Extensions {
  return {
    start: async () => undefined,
    runtimeReady() {},
    invoke() {},
    idle: true,
    onChange() {},
    shutdownMs: 0,
    shutdown: async () => {},
    freeze() {},
    thaw() {},
    kill() {},
    pids: [],
    serve: () => false,
    telemetry: undefined,
  };
}
