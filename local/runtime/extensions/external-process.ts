/** The process of one external extension, from its launch to its end. */
import { exitReason } from '../function-error.ts';
import { type ProcessExit, type RuntimeProcess, watchProcess } from '../runtime-process.ts';
import type { SandboxedProcess } from '../sandbox/contract.ts';

/** Why an extension could not be launched. */
export interface LaunchFailure {
  /** As `platform.extension` has it: `PermissionDenied`, `UnknownError`. */
  readonly errorType: string;
  /** In Go's words, which are Lambda's supervisor's. */
  readonly message: string;
}

/** The tool that starts it at the namespaces level says so when it could not. */
const NOT_STARTED = /^unshare: failed to execute (?<path>.*): (?<why>[^:\n]*)\n?$/;

export interface ExternalProcess extends RuntimeProcess {
  /** Known when it has ended. */
  readonly launchFailure: LaunchFailure | undefined;
}

/** `emit` gets each line it writes. Throws what `spawn` throws. */
export function watchExternal(spawn: () => SandboxedProcess, emit: (line: string) => void): ExternalProcess {
  let launchFailure: LaunchFailure | undefined;
  let lines = 0;
  const process = watchProcess(spawn(), (line) => {
    lines += 1;
    const match = lines === 1 ? NOT_STARTED.exec(line)?.groups : undefined;
    if (match === undefined) emit(line);
    else launchFailure = cannotLaunch(match['path'] as string, (match['why'] as string).toLowerCase());
  });
  return {
    ...process,
    get launchFailure() {
      return launchFailure;
    },
  };
}

/** `why` is the system's word, e.g. `permission denied`. */
export function cannotLaunch(path: string, why: string): LaunchFailure {
  const errorType = why === 'permission denied' ? 'PermissionDenied' : 'UnknownError';
  return { errorType, message: `fork/exec ${path}: ${why}` };
}

/** `exit status 1`, `exit code 0`, `signal: killed`: what comes after `RequestId: … Error: `. */
export function endOf(exit: ProcessExit): string {
  if (exit.code === 0) return 'exit code 0';
  return exitReason(exit).replace(/^Runtime exited with error: /, '');
}
