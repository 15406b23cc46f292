import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdProcess } from './held-process.ts';
import { createProcessTable, type ProcessTable } from './process-table.ts';
import { killGroup } from './signals.ts';

/** A real process, with a table that counts how often it is searched. */
function hold() {
  const real = createProcessTable();
  let searches = 0;
  const table: ProcessTable = {
    ...real,
    descendants(pid) {
      searches += 1;
      return real.descendants(pid);
    },
  };
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let ended = 0;
  const held = holdProcess({
    child,
    table,
    program: (pid) => pid,
    kill: killGroup,
    exit: (exit) => exit,
    ended: () => {
      ended += 1;
    },
  });
  return { held, searches: () => searches, ended: () => ended };
}

it('looks at no process table on the way of an invocation, only once an environment has been idle', async () => {
  const { held, searches, ended } = hold();
  for (let invocation = 0; invocation < 200; invocation += 1) {
    held.freeze();
    held.thaw();
  }
  expect(searches()).toBe(0);
  await sleep(200);
  expect(searches()).toBe(0);
  held.freeze();
  await sleep(200);
  expect(searches()).toBeGreaterThan(0);
  held.kill();
  expect(await held.exited).toEqual({ code: null, signal: 'SIGKILL' });
  expect(ended()).toBe(1);
});

it('takes every order for a process that has ended, and does nothing', async () => {
  const { held } = hold();
  held.kill();
  held.kill();
  await held.exited;
  held.freeze();
  held.thaw();
  held.kill();
});
