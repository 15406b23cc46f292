/**
 * `npm run soak`: what the help desk takes of the machine under an even load, and whether that stays where it is. Ends with
 * 1 where it grows, requests fail, or something is left running.
 *
 * npm run soak                              10 minutes at 50 requests a second, reached in 15 seconds
 * npm run soak -- --minutes 3 --rate 20
 * npm run soak -- --burst 2000              the shape of load instead: idle, so many tickets at 20 a second (or --rate), and
 *                                           the queues after it
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startDesk } from '../chaos/desk.ts';
import { eventually, processTree, survivors } from '../e2e/sampan.ts';
import { burst } from './burst.ts';
import { judged, soak } from './soak.ts';

/** Before, code is compiled and pools fill; of a short run a fifth. */
const SETTLED_SECONDS = 120;
/** What sweeps up behind `sampan` looks at every process of the machine, twice. */
const SWEPT_WITHIN_MS = 15_000;
/** How much longer the API may take while queues are full. */
const MOST_SLOWER = 2;
/** Reads it takes to judge a phase: of one that is over at once, two reads tell about the moment only. */
const FEWEST_JUDGED = 100;

if (process.platform !== 'linux') {
  process.stderr.write('soak: it looks at processes in /proc, which there is on Linux only\n');
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string' },
    burst: { type: 'string' },
  },
});
for (const [name, value] of Object.entries(values)) {
  if (Number(value) > 0) continue;
  process.stderr.write(`soak: --${name} takes a number above 0, not ${value}\n`);
  process.exit(2);
}
const { minutes, burst: tickets, rate = tickets === undefined ? 50 : 20 } = values;
const say = (text = '') => process.stdout.write(`${text}\n`);

async function soakOf(desk) {
  const seconds = Number(minutes) * 60;
  const columns = ['s', 'MB', 'handles', 'threads', 'processes', 'database MB', 'logs MB', 'state MB'];
  say(columns.map((name) => name.padStart(12)).join(''));
  const onSample = (sample) => {
    const { second, megabytes, handles, threads, processes } = sample;
    const { databaseMegabytes, telemetryMegabytes, stateMegabytes } = sample;
    const onDisk = [databaseMegabytes, telemetryMegabytes, stateMegabytes];
    const cells = [second, megabytes, handles, threads, processes, ...onDisk];
    say(cells.map((cell) => cell.toFixed(0).padStart(12)).join(''));
  };
  const { left, drainSeconds, undrained, ...soaked } = await soak(desk, seconds, Number(rate), onSample);
  const { samples, requests, failures, p50, p99 } = soaked;
  say(`\n${requests} requests, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`);
  const emptied = undrained ?? `which were empty ${drainSeconds.toFixed(0)} s later`;
  say(`${left} tickets waited in queues at the end of it, ${emptied}`);
  const faults = undrained === undefined ? [] : [undrained];
  const { lines, grown } = judged(samples, Math.min(SETTLED_SECONDS, seconds / 5));
  for (const line of lines) say(line);
  return [...faults, ...grown, ...[...failures].map(([said, count]) => `${count} requests were answered ${said}`)];
}

async function burstOf(desk) {
  const { phases, accepted, failures, concurrency, connections } = await burst(desk, Number(tickets), Number(rate));
  say(`${accepted} of ${tickets} tickets accepted; reads of one ticket meanwhile:\n`);
  const faults = accepted === Number(tickets) ? [] : [`${accepted} of ${tickets} tickets were accepted`];
  const [idle] = phases;
  for (const { name, seconds, probes, failed, p50, p99 } of phases) {
    const isJudged = probes >= FEWEST_JUDGED;
    const slower = isJudged
      ? `p50 ${(p50 / idle.p50).toFixed(2)}, p99 ${(p99 / idle.p99).toFixed(2)} of idle`
      : 'over too soon to compare';
    say(
      `  ${name.padEnd(6)} ${seconds.toFixed(0).padStart(4)} s  ${String(probes).padStart(5)} reads  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  ${slower}`,
    );
    if (failed > 0) faults.push(`${failed} reads failed during ${name}`);
    if (isJudged && p50 > idle.p50 * MOST_SLOWER)
      faults.push(`during ${name} a read takes more than ${MOST_SLOWER} times as long`);
  }
  if (phases.every(({ name, probes }) => name === 'idle' || probes < FEWEST_JUDGED)) {
    faults.push('the burst was over too soon to compare: more tickets, or fewer a second');
  }
  say('\nProcesses of each function at most:');
  for (const [name, { most, reserved }] of concurrency) {
    if (most > 0) say(`  ${name.padEnd(48)} ${most}${reserved === undefined ? '' : ` of ${reserved}`}`);
    if (most > (reserved ?? Number.POSITIVE_INFINITY))
      faults.push(`${name} ran ${most} times at once, reserved: ${reserved}`);
  }
  for (const [said, count] of failures) say(`  ${count} times ${said}`);
  const { used, allowed } = connections;
  say(`Connections of the database at most: ${used} of ${allowed}`);
  if (used >= allowed) faults.push(`all ${allowed} connections of the database were taken`);
  return faults;
}

const state = mkdtempSync(join(tmpdir(), 'sampan-soak-'));
try {
  const desk = await startDesk(state);
  let faults = [];
  let tree = [];
  try {
    faults = tickets === undefined ? await soakOf(desk) : await burstOf(desk);
    tree = processTree(desk.pid);
  } finally {
    await desk.stop();
  }
  await eventually(
    () => survivors(tree).length === 0,
    SWEPT_WITHIN_MS,
    () => 'something still runs',
  ).catch(() => {
    for (const { pid, command } of survivors(tree)) faults.push(`still runs after the end: ${pid} ${command}`);
  });
  say();
  for (const fault of faults) say(`✗ ${fault}`);
  if (faults.length === 0) say('✓ nothing grows, nothing failed, nothing is left');
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(state, { recursive: true, force: true });
}
