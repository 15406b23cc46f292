/** A directory that all processes of a run share (`tests/e2e/made-state.ts`), gone with the run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export default function setUp() {
  const directory = mkdtempSync(join(tmpdir(), 'sampan-tests-'));
  process.env.SAMPAN_TESTS_SHARED = directory;
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
}
