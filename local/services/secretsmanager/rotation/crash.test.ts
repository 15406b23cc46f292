import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What it said until it said `last`; then it is killed as nothing can be caught. */
async function run(state: string, what: 'begin' | 'resume', last: string): Promise<string[]> {
  const program = join(process.cwd(), 'local/services/secretsmanager/testing/rotation-process.ts');
  const arguments_ = ['--no-warnings', program, state, what, ...(what === 'begin' ? [last] : [])];
  const child = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaints = '';
  child.stdout.on('data', (chunk) => {
    said += chunk;
    if (said.includes(last)) child.kill('SIGKILL');
  });
  child.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  await once(child, 'close');
  if (!said.includes(last)) throw new Error(complaints);
  return said.trim().split('\n');
}

const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

test.each(STEPS.slice(0, 2))(
  'after kill -9 at %s a rotation begins again with the same version, and ends',
  async (last) => {
    const state = await mkdtemp(join(tmpdir(), 'sampan-rotation-'));
    try {
      const before = await run(state, 'begin', last);
      const version = before[0]!.split(' ')[1];
      expect(before).toEqual(STEPS.slice(0, STEPS.indexOf(last) + 1).map((step) => `${step} ${version}`));
      expect(await run(state, 'resume', 'current')).toEqual([
        ...STEPS.map((step) => `${step} ${version}`),
        'current two',
      ]);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  },
  30_000,
);
