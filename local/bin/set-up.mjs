/**
 * What `npm start`, `npm test` and the other scripts of this repository run: makes the set-up complete, then goes on
 * with the command on Node 24. Plain JavaScript without dependencies, on any Node from 20.
 *
 * node set-up.mjs sampan ARGS…   the local cloud
 * node set-up.mjs test ARGS…     the tests
 * node set-up.mjs NAME ARGS…     scripts/NAME of the tables below
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { handOver } from './hand-over.mjs';
import { HEAP_FLAGS } from './heap.mjs';
import { install } from './install.mjs';
import { findNode24 } from './node24.mjs';
import { endWith, SetUpError } from './set-up-error.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** What each command runs, relative to the repository, on Node 24. */
const COMMANDS = {
  sampan: ['local/bin/sampan.mjs'],
  test: ['tests/run.mjs'],
  check: ['tests/checks/run.mjs'],
  bench: ['benchmarks/run.mjs'],
  chaos: ['tests/chaos/run.mjs'],
  soak: ['tests/soak/run.mjs'],
  'test:sam-local': ['tests/sam-local/run.mjs'],
};

function say(text) {
  process.stderr.write(`${text}\n`);
}

try {
  const [name, ...args] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (!command) throw new SetUpError(`unknown command ${name}; there are ${Object.keys(COMMANDS).join(', ')}`);
  const binary = await findNode24(say);
  await install(root, binary, say);
  // Whatever these start in turn (npx, node_modules/.bin, esbuild's launcher) finds the same Node first.
  const environment = { ...process.env, PATH: `${dirname(binary)}:${process.env.PATH ?? ''}` };
  const flags = name === 'sampan' ? HEAP_FLAGS : [];
  handOver(binary, [...flags, ...command.map((part, index) => (index === 0 ? join(root, part) : part)), ...args], {
    cwd: root,
    env: environment,
  });
} catch (error) {
  endWith(error);
}
