/**
 * The shutdown phase, and the reset after a failure, which is the same: first the runtime ends, then the extensions are
 * told. Without extensions nobody is asked: the process is killed.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
 */
import type { Extensions, ShutdownReason } from './extensions/contract.ts';
import type { RuntimeProcess } from './runtime-process.ts';

/** Of the time there is; the rest is the extensions'. */
const RUNTIME_SHARE = 0.3;

/** Resolves when runtime and extensions have ended. */
export async function shutDown(
  process: RuntimeProcess | undefined,
  extensions: Extensions,
  reason: ShutdownReason,
): Promise<void> {
  const withinMs = extensions.shutdownMs;
  const end = performance.now() + withinMs;
  endRuntime(process, withinMs);
  await process?.ended;
  if (withinMs > 0) await extensions.shutdown(reason, Math.max(0, end - performance.now()));
}

/** SIGTERM and a moment to follow it, where there are extensions; SIGKILL. `withinMs` is for the whole phase. */
export function endRuntime(process: RuntimeProcess | undefined, withinMs: number): void {
  if (process === undefined) return;
  if (withinMs === 0) {
    process.kill();
    return;
  }
  process.thaw();
  process.terminate();
  const timer = setTimeout(() => process.kill(), withinMs * RUNTIME_SHARE);
  void process.ended.then(() => clearTimeout(timer));
}
