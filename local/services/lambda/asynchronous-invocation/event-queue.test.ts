/** What is promised with 202 is kept. https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

/** Lines until it has settled; then the process is killed as nothing can be caught. */
async function untilSettled(child: ChildProcess): Promise<string[]> {
  let text = '';
  let complaints = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
    if (text.includes('settled')) child.kill('SIGKILL');
  });
  child.stderr?.on('data', (chunk) => {
    complaints += chunk;
  });
  await once(child, 'close');
  if (!text.includes('settled')) throw new Error(complaints);
  return text.split('\n').filter((line) => line.startsWith('ran '));
}

test('after kill -9, what was not finished runs again, and what was finished does not', async () => {
  const state = await mkdtemp(join(tmpdir(), 'sampan-events-'));
  const program = join(process.cwd(), 'local/services/lambda/testing/event-process.ts');
  const start = (what: string) =>
    spawn(process.execPath, ['--no-warnings', program, state, what], { stdio: ['ignore', 'pipe', 'pipe'] });
  try {
    const first = await untilSettled(start('send'));
    expect(first).toHaveLength(21);
    expect(new Set(first).size).toBe(21);
    // The one that hung was under way; the one behind it waited for the function's only place.
    expect(await untilSettled(start('resume'))).toEqual(['ran {"hang":1}']);
  } finally {
    await rm(state, { recursive: true, force: true });
  }
}, 30_000);
