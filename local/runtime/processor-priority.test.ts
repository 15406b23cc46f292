import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * In a process that leads a session, as a terminal's shell does, so that nobody else's is touched: starts another, lets
 * everybody go before that, and tells of both.
 */
const PROGRAM = `
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { letOthersGoFirst } from ${JSON.stringify(join(__dirname, 'processor-priority.ts'))};
const session = (pid) => Number(readFileSync('/proc/' + pid + '/autogroup', 'utf8').split('nice ')[1]);
const detached = process.argv.includes('detached');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore', detached });
letOthersGoFirst(child.pid);
const told = { own: session('self'), session: session(child.pid), priority: getPriority(child.pid) };
child.kill('SIGKILL');
process.stdout.write(JSON.stringify(told));
`;

async function tell(...args: string[]): Promise<object> {
  const leader = spawn(process.execPath, ['--no-warnings', '--input-type=module', '-e', PROGRAM, '--', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let said = '';
  leader.stdout.on('data', (chunk) => {
    said += chunk;
  });
  await once(leader, 'close');
  return JSON.parse(said);
}

const whereSessionsShare = existsSync('/proc/self/autogroup') ? describe : describe.skip;

whereSessionsShare('where processors are shared between sessions first', () => {
  test('a process that leads a session stands back with it', async () => {
    expect(await tell('detached')).toEqual({ own: 0, session: 19, priority: 19 });
  });

  test('one that does not stands back alone: its session is that of somebody who waits', async () => {
    expect(await tell()).toEqual({ own: 0, session: 0, priority: 19 });
  });
});
