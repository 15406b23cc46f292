import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { createMemoryMeter, type MemoryUse, readPsTable, residentKbOf } from './memory.ts';

const started: ChildProcess[] = [];
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    // It leads a group of its own, with all it started.
    process.kill(-(child.pid as number), 'SIGKILL');
    await exited;
  }
});

/** A Node that runs `source`, which prints a line when it has come to rest. */
async function node(source: string): Promise<number> {
  const program = `const print = () => process.stdout.write('ready\\n'); ${source}; setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  started.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child.pid as number;
}

const CHILD = (mb: number) =>
  `require('node:child_process').spawn(process.execPath, ['-e', 'globalThis.kept = Buffer.alloc(${mb} * 1048576, 1); console.log(1); setInterval(() => {}, 1000)'], { stdio: ['ignore', 'pipe', 'ignore'] }).stdout.once('data', print)`;

const linux = process.platform === 'linux' ? test : test.skip;

// Each starts real processes, on a machine that may have much to do.
jest.setTimeout(20_000);

describe('on Linux', () => {
  const meter = createMemoryMeter('linux');
  const sample = (pids: readonly number[], limitMb = 10_000): MemoryUse =>
    meter.sample(pids, limitMb) ?? { residentMb: 0, peakMb: 0 };

  linux('a process is what it has resident', async () => {
    const pid = await node('globalThis.kept = Buffer.alloc(100 * 1048576, 1); print()');
    const { residentMb, peakMb } = sample([pid]);
    expect(residentMb).toBeGreaterThan(120);
    expect(residentMb).toBeLessThan(190);
    expect(peakMb).toBeGreaterThanOrEqual(residentMb);
  });

  linux('what it starts counts with it; Node’s own pages count once', async () => {
    const alone = sample([await node('print()')]).residentMb;
    const parent = await node(CHILD(100));
    const { residentMb } = sample([parent]);
    expect(residentMb).toBeGreaterThan(alone + 100);
    // Two whole Nodes would be more.
    expect(residentMb).toBeLessThan(2 * alone + 100);
  });

  linux('a child of a worker thread counts', async () => {
    const parent = await node(
      `new (require('node:worker_threads').Worker)(${JSON.stringify(CHILD(100).replace('print', '() => require("node:worker_threads").parentPort.postMessage(1)'))}, { eval: true }).once('message', print)`,
    );
    expect(Math.max(...Array.from({ length: 5 }, () => sample([parent]).residentMb))).toBeGreaterThan(150);
  });

  linux('several trees of one environment are one sum', async () => {
    const [one, other] = [
      await node('print()'),
      await node('globalThis.kept = Buffer.alloc(100 * 1048576, 1); print()'),
    ];
    expect(sample([one, other]).residentMb).toBeGreaterThan(sample([other]).residentMb);
  });

  linux('a peak that has gone is remembered', async () => {
    const pid = await node(
      'let kept = Buffer.alloc(200 * 1048576, 1); kept = undefined; setTimeout(() => { gc(); setTimeout(print, 50); }, 1); require("node:v8").setFlagsFromString("--expose-gc"); globalThis.gc = require("node:vm").runInNewContext("gc")',
    );
    const { residentMb, peakMb } = sample([pid]);
    expect(peakMb).toBeGreaterThan(residentMb + 100);
  });

  linux('memory that processes share by having forked is no reason to say that the limit is exceeded', async () => {
    const shell = spawn(
      '/bin/sh',
      ['-c', 'x=$(head -c 4000000 /dev/zero | tr "\\0" x); (sleep 60; :) & (sleep 60; :) & echo ready; wait'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
        detached: true,
      },
    );
    started.push(shell);
    await new Promise((resolve) => shell.stdout?.once('data', resolve));
    const pid = shell.pid as number;
    expect(sample([pid], 1).residentMb).toBeLessThan(sample([pid]).residentMb);
  });

  linux('nothing is known of a process that has ended', async () => {
    const pid = await node('print()');
    const child = started[0] as ChildProcess;
    child.kill('SIGKILL');
    await new Promise((resolve) => child.once('exit', resolve));
    expect(meter.sample([pid], 128)).toBeUndefined();
  });
});

test('where there is only ps, its table gives the tree, whatever the order of its rows', () => {
  const table = readPsTable('  30 20  300\n  10  1  100\n 20 10 200\n  40  1 4000\n');
  expect(residentKbOf(table, [10])).toBe(600);
  expect(residentKbOf(table, [40, 20])).toBe(4500);
  expect(residentKbOf(table, [99])).toBe(0);
});
