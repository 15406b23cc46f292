/**
 * A supervisor of its own, for tests that end one: starts one environment and prints, as a line of JSON, its level,
 * then waits. argv: state directory, runtime directory, code directory, level, `node` or `any` programs, `frozen` or
 * `running`, then the program's arguments.
 */
import process from 'node:process';
import type { SandboxLevel, SandboxSpec } from '../contract.ts';
import { createSandbox } from '../create-sandbox.ts';

const [stateDirectory = '', runtimeDirectory = '', codeDirectory = '', level, programs, state, ...program] =
  process.argv.slice(2);

async function main(): Promise<void> {
  const sandbox = await createSandbox({
    stateDirectory,
    runtimeDirectory,
    nodePath: process.execPath,
    prefer: (level || undefined) as SandboxLevel | undefined,
  });
  const prepared = await sandbox.prepare({
    environmentId: 'only',
    codeDirectory,
    layerDirectories: [],
    ephemeralStorageMb: 16,
    programs: programs as SandboxSpec['programs'],
  });
  const held = prepared.spawn([prepared.nodePath, ...program], { PATH: '/usr/bin:/bin' });
  const output = await new Promise<string>((resolve) => {
    let text = '';
    held.stderr.on('data', (chunk) => {
      text += chunk;
    });
    held.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.trim());
    });
    void held.exited.then((exit) => resolve(`${text}\nended: ${JSON.stringify(exit)}`));
  });
  if (state === 'frozen') held.freeze();
  // Stragglers are stopped a moment after the group.
  await new Promise((resolve) => setTimeout(resolve, 250));
  process.stdout.write(`${JSON.stringify({ level: sandbox.level, reason: sandbox.reason, pid: held.pid, output })}\n`);
  setInterval(() => {}, 60_000);
}

void main();
