/** Every error that a user can mend, in one clear message; everything else is ours and says so. */
import type { PortInUse } from '../doors/port-in-use.ts';
import { formatSourceFrame, TemplateError } from '../template/index.ts';
import { formatDiagnostic } from '../template/stack.ts';
import type { Output } from './output/terminal.ts';
import { portOwner } from './port-owner.ts';
import { UserError } from './user-error.ts';

/** Errors of rooms below that are the user's to mend, known by name: their classes would load the rooms. */
const SAID_WELL = new Set([
  'StoreError',
  'NoDatabaseServer',
  'DatabaseServerError',
  'BuildFailure',
  'SandboxError',
  'NoSuchDatabase',
]);

/** Prints what went wrong and answers the exit code. */
export function printFailure(error: unknown, output: Output): number {
  const { red } = output.colours;
  const say = (text: string) => output.stream.write(`${red('sampan:')} ${text}\n`);
  if (error instanceof TemplateError) {
    for (const diagnostic of error.diagnostics) {
      output.stream.write(`${red(diagnostic.severity)} ${formatDiagnostic(diagnostic)}\n`);
      const frame = diagnostic.at && formatSourceFrame(diagnostic.at);
      if (frame) output.stream.write(`${frame}\n`);
    }
    return 1;
  }
  if (error instanceof UserError) {
    say(error.message);
    return error.exitCode;
  }
  if (!(error instanceof Error)) {
    say(String(error));
    return 1;
  }
  if (error.name === 'PortInUse') {
    const { port, flag } = error as PortInUse;
    const owner = portOwner(port);
    say(`port ${port} is taken${owner ? ` by ${owner}` : ''}; choose another with ${flag} PORT (0 takes a free one)`);
    return 1;
  }
  if (SAID_WELL.has(error.name)) {
    say(error.message);
    return 1;
  }
  const { code, path } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS' || code === 'EPERM') {
    const where = path ? ` (${path})` : '';
    say(code === 'ENOSPC' ? `the disk is full${where}` : `no permission to write${where}`);
    return 1;
  }
  say(`this is a mistake of sampan, please report it:\n${error.stack ?? error.message}`);
  return 70;
}
