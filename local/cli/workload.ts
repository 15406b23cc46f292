/**
 * What runs in the cloud: template → what to build → artifacts → stack → reconciled. First start, an edited template and
 * an edited handler all come through `apply`.
 */
import { join } from 'node:path';
import { type BuildResult, buildAll, createWatcher, type Watcher } from '../build/index.ts';
import { rulesWithoutTrail } from '../check/rules/rule-without-trail.ts';
import type { ReconcileReport, Reconciler, StackEvent } from '../kernel/index.ts';
import {
  type Artifact,
  artifactKey,
  type Buildable,
  buildables,
  type Diagnostic,
  loadStack,
  readDocument,
  type Stack,
  type TemplateDocument,
} from '../template/index.ts';
import { transformSam } from '../template/sam/index.ts';
import type { JsonObject } from '../template/stack.ts';
import type { ManagedRuntimes } from './managed-runtimes.ts';
import type { Project } from './project.ts';

export interface WorkloadOptions {
  readonly project: Project;
  /** Where artifacts are kept. */
  readonly buildDirectory: string;
  readonly nodePath: string;
  readonly esbuildBinary: () => string;
  /** Makes sure of what the functions' runtimes bring; the troubles are among the diagnostics. */
  readonly runtimes?: ManagedRuntimes;
  readonly onBuild?: (logicalId: string) => void;
  readonly onEvent?: (event: StackEvent) => void;
}

export interface Applied {
  readonly stack: Stack;
  readonly report: ReconcileReport;
  readonly artifacts: ReadonlyMap<string, Artifact>;
  /** Compilers' warnings by logical id. */
  readonly buildWarnings: ReadonlyMap<string, string>;
  /** Everything that is not as on AWS, or not as it should be. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface Workload {
  /** Reads what changed and makes it so. Rejects with `TemplateError`; a build that fails is part of the result. */
  apply(): Promise<Applied>;
  /** Calls `onChange` with the changed files from now on, until `close`. */
  watch(onChange: (files: readonly string[]) => void): void;
  close(): void;
}

/** Just the stack, with nothing built and nothing made. Throws `TemplateError`. */
export function loadProjectStack(project: Project): Stack {
  const document = readDocument(project.templateFile, bindingsOf(project));
  return loadStack(document, { ...bindingsOf(project), artifacts: unbuilt(document, project), transformSam });
}

/** The plain CloudFormation that the SAM transform makes; what `sampan template` prints. Throws `TemplateError`. */
export function loadProjectTemplate(project: Project): JsonObject {
  let template: JsonObject | undefined;
  const document = readDocument(project.templateFile, bindingsOf(project));
  loadStack(document, {
    ...bindingsOf(project),
    artifacts: unbuilt(document, project),
    transformSam(input) {
      const output = transformSam(input);
      template = output.template;
      return output;
    },
  });
  return template ?? document.tree;
}

/** Zips to make: inline code and images stay what they are. Throws `TemplateError`. */
export function codeToBuild(document: TemplateDocument, project: Project): Buildable[] {
  return buildables(document, bindingsOf(project)).filter(
    ({ inlineCode, packageType }) => inlineCode === undefined && packageType === 'Zip',
  );
}

/**
 * Stands for code that nothing has built: the transform refuses local paths, so `sam validate` puts an S3 URI in place of
 * each too.
 */
function unbuilt(document: TemplateDocument, project: Project): ReadonlyMap<string, Artifact> {
  return new Map(
    codeToBuild(document, project).map(({ logicalId }) => [
      logicalId,
      { kind: 'failed', logicalId, digest: 'not-built', message: 'not built' },
    ]),
  );
}

/** What a project's template is bound with. */
export function bindingsOf({ stackName, region, accountId, parameterOverrides }: Project) {
  return { stackName, region, accountId, parameterOverrides };
}

/** @param catalogue filled with every artifact by its S3 key before anything asks for it */
export function createWorkload(
  options: WorkloadOptions,
  reconciler: Reconciler,
  catalogue: Map<string, Artifact>,
): Workload {
  const { project } = options;
  const bindings = bindingsOf(project);
  let watcher: Watcher | undefined;
  let watched: string[] = [project.templateFile];

  async function build(document: TemplateDocument): Promise<Built> {
    const wanted = buildables(document, bindings);
    const result = await buildAll(wanted, {
      outputDirectory: options.buildDirectory,
      projectDirectory: project.directory,
      nodePath: options.nodePath,
      esbuildBinary: options.esbuildBinary,
      onBuild: options.onBuild,
    });
    for (const artifact of result.artifacts.values()) catalogue.set(artifactKey(artifact), artifact);
    return { ...result, troubles: options.runtimes ? await bring(wanted, result, options.runtimes) : [] };
  }

  return {
    async apply() {
      const document = readDocument(project.templateFile, bindings);
      const described = [project.templateFile, ...document.includedFiles, join(project.directory, 'samconfig.toml')];
      // What was built from until now is looked at until it is known what is built from now: an edit in between counts.
      watched = [...new Set([...watched, ...described])];
      watcher?.look(watched);
      const built = await build(document);
      watched = [...described, ...[...built.inputs.values()].flat()];
      watcher?.look(watched);
      const stack = loadStack(document, { ...bindings, artifacts: built.artifacts, transformSam });
      const report = await reconciler.apply(stack, { onEvent: options.onEvent });
      return {
        stack,
        report,
        artifacts: built.artifacts,
        buildWarnings: built.warnings,
        diagnostics: [
          ...stack.diagnostics,
          ...report.diagnostics,
          ...built.troubles,
          ...silentRules(stack, reconciler),
        ],
      };
    },
    watch(onChange) {
      watcher = createWatcher(onChange);
      watcher.look(watched);
    },
    close: () => watcher?.close(),
  };
}

/** What no start makes true: that a rule waits for what nobody tells. */
function silentRules({ name, resources }: Stack, reconciler: Reconciler): Diagnostic[] {
  return rulesWithoutTrail(reconciler.resources(name)).map(({ logicalId, message }) => {
    const at = resources.get(logicalId)?.at;
    return { severity: 'warning', code: 'rule-without-trail', message, resource: logicalId, ...(at && { at }) };
  });
}

interface Built extends BuildResult {
  readonly troubles: readonly Diagnostic[];
}

/** Ahead of the first request. Which layers a function has only the made stack knows: here it has all of the template's. */
async function bring(
  wanted: readonly Buildable[],
  { artifacts }: BuildResult,
  runtimes: ManagedRuntimes,
): Promise<Diagnostic[]> {
  const built = wanted.flatMap((buildable) => {
    const artifact = artifacts.get(buildable.logicalId);
    return artifact?.kind === 'built' ? [{ buildable, directory: artifact.directory }] : [];
  });
  const layerDirectories = built.flatMap(({ buildable, directory }) => (buildable.kind === 'layer' ? [directory] : []));
  const troubles = await Promise.all(
    built.map(async ({ buildable: { logicalId: resource, at, kind, runtime = '' }, directory: codeDirectory }) => {
      if (kind !== 'function') return [];
      const brought = await runtimes.bring({ runtime, codeDirectory, layerDirectories });
      return brought.troubles.map(
        (message): Diagnostic => ({ severity: 'warning', code: 'runtime-incomplete', message, resource, at }),
      );
    }),
  );
  return troubles.flat();
}
