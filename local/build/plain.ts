/**
 * A function or layer without a `BuildMethod`: its folder as it is, with the production dependencies of its own
 * `package.json`, as `sam build` makes it. What is beside the folder is not in it, here as on AWS.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BuildFailure } from './failure.ts';
import { runTool } from './tool.ts';

const LEFT_OUT = new Set(['.git', '.aws-sam', '.sampan', 'node_modules']);

export interface PlainRequest {
  readonly codeDirectory: string;
  readonly outputDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Copies, then installs when `package.json` names dependencies. Rejects with `BuildFailure`. */
export async function copyAndInstall(request: PlainRequest): Promise<void> {
  if (!existsSync(request.codeDirectory)) throw new BuildFailure(`${request.codeDirectory} does not exist`);
  const manifest = readManifest(join(request.codeDirectory, 'package.json'));
  const dependencies = Object.keys(manifest?.dependencies ?? {}).length > 0;
  copyEntries(request, (source) => !LEFT_OUT.has(basename(source)) || keepModules(source, manifest));
  if (dependencies) await install(request);
}

/** One by one: the folder of a whole project (`CodeUri: .`) has `.sampan` in it, and no folder is copied into itself. */
function copyEntries({ codeDirectory, outputDirectory }: PlainRequest, filter: (source: string) => boolean): void {
  mkdirSync(outputDirectory, { recursive: true });
  for (const name of readdirSync(codeDirectory)) {
    const source = join(codeDirectory, name);
    if (filter(source)) cpSync(source, join(outputDirectory, name), { recursive: true, dereference: true, filter });
  }
}

/** A folder without a manifest may carry its modules itself (a layer's `nodejs/node_modules`): they are its content. */
function keepModules(source: string, manifest: object | undefined): boolean {
  return basename(source) === 'node_modules' && manifest === undefined;
}

function readManifest(file: string): { dependencies?: Record<string, string> } | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { dependencies?: Record<string, string> };
  } catch (error) {
    throw new BuildFailure(`${file} is not valid JSON: ${(error as Error).message}`);
  }
}

async function install({ outputDirectory, environment }: PlainRequest): Promise<void> {
  const locked = existsSync(join(outputDirectory, 'package-lock.json'));
  const args = [locked ? 'ci' : 'install', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, errors } = await runTool('npm', args, { cwd: outputDirectory, env: environment });
  if (code !== 0) throw new BuildFailure(`npm ${args[0]} failed:\n${errors.trim()}`);
}
