/** Tells a process from a later one that was given the same number. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { statFields } from '../../../kernel/process-stat.ts';

/**
 * A text that is the same for as long as process `pid` lives and never for another one; undefined when it is gone.
 * A zombie counts as gone: it runs nothing and holds nothing.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : posixIdentity(pid);
}

function linuxIdentity(pid: number): string | undefined {
  try {
    const fields = statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    const [state, startTicks] = [fields[0], fields[19]];
    if (state === 'Z' || state === 'X') return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}/${startTicks}`;
  } catch {
    return undefined;
  }
}

function posixIdentity(pid: number): string | undefined {
  try {
    const output = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
    const match = /^\s*(\S+)\s+(.*\S)\s*$/.exec(output);
    return match && !match[1]?.startsWith('Z') ? match[2] : undefined;
  } catch {
    return undefined;
  }
}
