/**
 * `npm run chaos`: nothing lost, nothing doubled, with the account of every message. Ends with 1 where something differs.
 *
 * npm run chaos                            5,000 tickets by 20 clients
 * npm run chaos -- --tickets 60 --clients 5 --seed 7
 * npm run chaos -- --patience 900          seconds until everything has to be quiet
 * npm run chaos -- --visibility 15         seconds a message stays hidden after an attempt, in place of the template's
 * npm run chaos -- --no-poison             without the message that nobody can handle, which is tried for eight minutes
 * npm run chaos -- --keep                  keeps the state, and says where it is
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';

if (process.platform !== 'linux') {
  process.stderr.write('chaos: it looks for processes in /proc, which there is on Linux only\n');
  process.exit(2);
}

const { values } = parseArgs({
  allowNegative: true,
  options: {
    tickets: { type: 'string', default: '5000' },
    clients: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    patience: { type: 'string', default: '900' },
    visibility: { type: 'string' },
    poison: { type: 'boolean', default: true },
    keep: { type: 'boolean', default: false },
  },
});
const [tickets, clients, seed, patience, visibility] = ['tickets', 'clients', 'seed', 'patience', 'visibility'].map(
  (name) => {
    if (values[name] === undefined) return undefined;
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= (name === 'seed' ? 0 : 1)) return value;
    process.stderr.write(`chaos: --${name} takes a whole number, not ${values[name]}\n`);
    return process.exit(2);
  },
);

const say = (text) => process.stdout.write(`${text}\n`);
const state = mkdtempSync(join(tmpdir(), 'sampan-chaos-'));
try {
  say(`seed ${seed}`);
  const { lines, differences } = await chaos({
    tickets,
    clients,
    seed,
    state,
    patienceMs: patience * 1_000,
    visibilitySeconds: visibility,
    withPoison: values.poison,
    say,
  });
  say('\nThe account\n');
  for (const [what, count] of lines) say(`  ${what.padEnd(48)} ${String(count).padStart(8)}`);
  say(`\n${differences.length === 0 ? 'Nothing lost, nothing doubled.' : `${differences.length} differences:`}`);
  for (const difference of differences) say(`  ${difference}`);
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  if (values.keep) say(`\nThe state is in ${state}`);
  else rmSync(state, { recursive: true, force: true });
}
