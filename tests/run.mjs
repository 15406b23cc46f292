/**
 * `npm test`: Jest over everything. Many tests start processes and wait for time-outs, which a machine that is busy with
 * the others makes late; so the files of a whole run that failed are run once more, alone, and it is said which of them
 * passed only then. Their second result counts.
 *
 * npm test                     all
 * npm test -- local/kernel     some, as Jest takes them; nothing runs twice
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import reporter from './reporter.cjs';

const { closingLine } = reporter;
const root = join(import.meta.dirname, '..');
/** More than a busy machine breaks. */
const MOST_AGAIN = 6;

const scratch = mkdtempSync(join(tmpdir(), 'sampan-test-run-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** @returns {Promise<{code: number, files?: Record<string, {passed: number, failed: number, skipped: string[]}>}>} */
async function jest(args, name) {
  const summary = join(scratch, name);
  const child = spawn(process.execPath, [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, SAMPAN_TEST_SUMMARY: summary },
  });
  // A terminal's Ctrl-C reaches Jest by itself, too.
  const pass = (signal) => child.kill(signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, pass);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
  for (const signal of signals) process.off(signal, pass);
  if (signal) process.kill(process.pid, signal);
  try {
    return { code: code ?? 1, files: JSON.parse(readFileSync(summary, 'utf8')) };
  } catch {
    return { code: code ?? 1 };
  }
}

const args = process.argv.slice(2);
const first = await jest(args, 'first');
const failed = Object.entries(first.files ?? {}).flatMap(([path, { failed }]) => (failed > 0 ? [path] : []));
const again = args.length === 0 && failed.length > 0 && failed.length <= MOST_AGAIN;
if (!again) process.exit(first.code);

const named = (path) => relative(root, path);
process.stdout.write(`\nFailed beside the others, now once more alone: ${failed.map(named).join(', ')}\n\n`);
const second = await jest(['-i', '--runTestsByPath', ...failed], 'second');
const files = { ...first.files, ...second.files };
for (const path of failed) {
  if (files[path].failed === 0) process.stdout.write(`passed only when run alone: ${named(path)}\n`);
}
process.stdout.write(closingLine(Object.values(files)));
process.exit(second.code);
