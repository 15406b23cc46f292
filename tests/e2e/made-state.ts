/**
 * The help desk's state as its first start leaves it, made once in a run of the tests: database, migrations and functions
 * take most of the processor's time of a start. Whoever looks at a first start takes an empty directory.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

const WAIT_MS = 60_000;

/**
 * Fills an empty directory with a copy of the state. `make` leaves a stopped help desk in the directory it
 * is given; one of all processes of the run calls it. Without `tests/shared.mjs`, or when that one failed, it stays empty.
 */
export async function copyMadeState(directory: string, make: (directory: string) => Promise<void>): Promise<void> {
  const shared = process.env['SAMPAN_TESTS_SHARED'];
  if (!shared) return;
  const made = join(shared, 'made');
  const begun = join(shared, 'begun');
  if (isFirst(begun)) {
    await make(join(begun, 'state'));
    renameSync(join(begun, 'state'), made);
  }
  const until = performance.now() + WAIT_MS;
  while (!existsSync(made) && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  // With its owners, modes and links, as a user would move it.
  if (existsSync(made)) execFileSync('cp', ['-Rp', `${made}/.`, directory]);
}

function isFirst(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
