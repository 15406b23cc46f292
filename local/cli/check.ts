/** `sampan check`: what AWS would refuse, found without starting anything. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CODES,
  check,
  type Finding,
  formatJson,
  formatSarif,
  formatText,
  hasProvedErrors,
  templateFindings,
} from '../check/index.ts';
import { TemplateError } from '../template/stack.ts';
import { gatherFacts } from './check-facts.ts';
import { readCodeCalls } from './code-calls.ts';
import { drawCloud } from './drawn-cloud.ts';
import type { Installation } from './installation.ts';
import type { Output } from './output/terminal.ts';
import { readPastUse } from './past-use.ts';
import { findProject, type Project, type ProjectFlags } from './project.ts';
import { UserError } from './user-error.ts';

export interface CheckFlags extends ProjectFlags {
  readonly format: 'text' | 'json' | 'sarif';
  /** A code whose page is to be shown instead. */
  readonly explain?: string;
  readonly accountConcurrency?: number;
}

export type CheckInstallation = Pick<Installation, 'version' | 'esbuildBinary' | 'checkPages'>;

/** Resolves with the exit code: 0, 1 for proved errors, 2 for a template that cannot be read. */
export async function runCheck(flags: CheckFlags, installation: CheckInstallation, out: Output): Promise<number> {
  if (flags.explain !== undefined) return explain(flags.explain, installation.checkPages, out);
  const startedAt = performance.now();
  const project = projectOf(flags);
  const { findings, resources, functions, isReadable } = await checkProject(project, installation, flags);
  const seconds = (performance.now() - startedAt) / 1000;
  const { stream, colours } = out;
  if (flags.format === 'json') stream.write(formatJson(findings));
  else if (flags.format === 'sarif') {
    stream.write(formatSarif(findings, installation.version, titles(installation.checkPages)));
  } else stream.write(formatText(findings, { resources, functions, seconds }, colours));
  if (!isReadable) return 2;
  return hasProvedErrors(findings) ? 1 : 0;
}

export interface Checked {
  readonly findings: readonly Finding[];
  readonly resources: number;
  readonly functions: number;
  /** False: the template is not one, and nothing more is known. */
  readonly isReadable: boolean;
}

/** The findings about a project, without printing any. */
export async function checkProject(
  project: Project,
  { esbuildBinary }: Pick<Installation, 'esbuildBinary'>,
  { accountConcurrency }: { readonly accountConcurrency?: number } = {},
): Promise<Checked> {
  try {
    const drawn = await drawCloud(project);
    try {
      const cache = project.stateDirectory === 'memory' ? undefined : join(project.stateDirectory, 'check');
      const readings = await readCodeCalls({
        code: drawn.code,
        projectDirectory: project.directory,
        ...(cache !== undefined && { cacheDirectory: cache }),
        esbuildBinary,
      });
      const made = new Map(drawn.resources().map((resource) => [resource.logicalId, resource]));
      const usage = readPastUse(project, made);
      const facts = await gatherFacts({ drawn, readings, usage, accountConcurrency });
      const findings = await check(facts);
      return { findings, resources: facts.resources.size, functions: facts.functions.length, isReadable: true };
    } finally {
      await drawn.close();
    }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { findings: templateFindings(error), resources: 0, functions: 0, isReadable: false };
  }
}

/** Bad usage is 2, for this command as for others. */
function projectOf(flags: ProjectFlags): Project {
  try {
    return findProject(flags, process.cwd());
  } catch (error) {
    throw error instanceof UserError ? new UserError(error.message, 2) : error;
  }
}

function explain(code: string, pages: string, { stream }: Output): number {
  const file = join(pages, `${code}.md`);
  if (!CODES.has(code) || !existsSync(file)) {
    throw new UserError(`there is no check ${code}; there are ${[...CODES].toSorted().join(', ')}`, 2);
  }
  stream.write(readFileSync(file, 'utf8'));
  return 0;
}

/** The first heading of every page. */
function titles(pages: string): ReadonlyMap<string, string> {
  const files = readdirSync(pages).filter((name) => name.endsWith('.md'));
  return new Map(
    files.map((name) => {
      const heading = /^# (?:`[^`]+`: )?(.+)$/m.exec(readFileSync(join(pages, name), 'utf8'))?.[1];
      return [name.slice(0, -'.md'.length), heading ?? name];
    }),
  );
}
