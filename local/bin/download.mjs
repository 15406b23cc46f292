/**
 * Downloads as a program of its own: its progress goes to stderr, its answer to stdout.
 *
 * node download.mjs node 22              the path of a Node 22
 * node download.mjs missing DIR NAME…    which of the packages are not below DIR
 * node download.mjs packages DIR NAME…   puts the packages there
 */
import { findNode } from './node-binaries.mjs';
import { addPackages, missingPackages } from './runtime-packages.mjs';
import { endWith, SetUpError } from './set-up-error.mjs';

const say = (text) => void process.stderr.write(`${text}\n`);

const COMMANDS = {
  node: async (major) => process.stdout.write(await findNode(Number(major), say)),
  packages: (directory, ...names) => addPackages(directory, names, say),
  missing: (directory, ...names) => process.stdout.write(missingPackages(directory, names).join(' ')),
};

try {
  const [name, ...args] = process.argv.slice(2);
  const command = COMMANDS[name];
  if (!command) throw new SetUpError(`unknown command ${name}; there are ${Object.keys(COMMANDS).join(', ')}`);
  await command(...args);
} catch (error) {
  endWith(error);
}
