/** The Python programs of this machine, where there are any: tests with them are left out, and say why, where not. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../../local/cli/cache-directory.ts';

/** A Python that has boto3: the machine's own, or that of `npm run check`'s tools. */
export function pythonWithBoto3(): string | undefined {
  return [process.env['SAMPAN_PYTHON'], 'python3', ...pythonsOfTheChecks()].find(
    (python): python is string => python !== undefined && works(python, ['-c', 'import boto3']),
  );
}

/** The AWS CLI; of a version that can be told from nothing. */
export function awsCli(): string | undefined {
  return works('aws', ['--version']) ? 'aws' : undefined;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end, with these variables on top of this process's own. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, stdout, stderr };
}

function pythonsOfTheChecks(): string[] {
  const cache = cacheDirectory();
  if (!existsSync(cache)) return [];
  return readdirSync(cache)
    .filter((name) => name.startsWith('python-'))
    .map((name) => join(cache, name, 'bin', 'python'));
}

function works(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 20_000 }).status === 0;
}
