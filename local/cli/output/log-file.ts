/** `--log-file`: every log line as it is, appended. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogPrinter } from './log-printer.ts';

export interface LogFile {
  readonly print: LogPrinter;
  close(): void;
}

/**
 * Throws the system's error when the file cannot be opened. What cannot be written later (a full disk) is left out:
 * functions run on, and `onFailure` is told once, until lines can be written again.
 */
export function createLogFile(path: string, onFailure: (error: NodeJS.ErrnoException) => void): LogFile {
  const descriptor = openSync(path, 'a');
  let hasFailed = false;
  return {
    print(_source, event) {
      try {
        writeSync(descriptor, `${event.message.replace(/\n$/, '')}\n`);
        hasFailed = false;
      } catch (error) {
        if (!hasFailed) onFailure(error as NodeJS.ErrnoException);
        hasFailed = true;
      }
    },
    close: () => closeSync(descriptor),
  };
}
