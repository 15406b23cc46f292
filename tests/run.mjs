/**
 * `npm test`: Jest over everything. Files that need the machine for themselves come after all others, one at a time. Many
 * more start processes and wait for time-outs, which a machine that is busy with the others makes late; so the files of a
 * whole run that failed are run once more with those, and it is said which of them passed only then. Their second result
 * counts.
 *
 * npm test                     all
 * npm test -- local/kernel     some, as Jest takes them; nothing runs twice
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import config from '../jest.config.mjs';
import reporter from './reporter.cjs';

const { closingLine } = reporter;
const root = join(import.meta.dirname, '..');
/** More than a busy machine breaks. */
const MOST_AGAIN = 6;
/** They keep every processor busy, or say how much of one somebody got. */
const ALONE = ['tests/e2e/crash', 'tests/e2e/load', 'tests/e2e/cost', 'tests/conformance/lambda/limits'].map((name) =>
  join(root, `${name}.test.ts`),
);

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
if (args.length > 0) process.exit((await jest(args, 'some')).code);

const first = await jest(['--testPathIgnorePatterns', ...config.testPathIgnorePatterns, ...ALONE], 'first');
if (!first.files) process.exit(first.code);
const failed = Object.entries(first.files).flatMap(([path, { failed }]) => (failed > 0 ? [path] : []));
const again = failed.length <= MOST_AGAIN ? failed : [];
const named = (paths) => paths.map((path) => relative(root, path)).join(', ');
process.stdout.write(`\nNow one at a time: ${named(ALONE)}\n`);
if (again.length > 0) process.stdout.write(`and, since they failed beside the others, once more: ${named(again)}\n`);
const second = await jest(['-i', '--runTestsByPath', ...ALONE, ...again], 'second');
const files = { ...first.files, ...second.files };
for (const path of again) {
  if (files[path].failed === 0) process.stdout.write(`passed only when run alone: ${named([path])}\n`);
}
process.stdout.write(closingLine(Object.values(files)));
process.exit(again.length < failed.length ? first.code : second.code);
