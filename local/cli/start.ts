/**
 * `sampan start` and `sampan start-lambda`: the project's cloud, its doors, its logs, and a look at its files, until a
 * signal ends it.
 */
import { flushCompileCache } from 'node:module';
import { openLambdaDoor } from '../doors/lambda/server.ts';
import { openRestDoor, type RestDoor } from '../doors/rest/server.ts';
import { OWN_LOG } from '../kernel/index.ts';
import { createProactiveInitialization } from '../services/lambda/index.ts';
import { suggest } from '../template/index.ts';
import { type Diagnostic, TemplateError } from '../template/stack.ts';
import type { Cloud } from './cloud.ts';
import { containerGateway } from './container-gateway.ts';
import { printFailure } from './failures.ts';
import { describeHealth } from './health.ts';
import { releaseMemoryWhenIdle } from './idle-memory.ts';
import type { Installation } from './installation.ts';
import { internalRoutes } from './internal-routes.ts';
import { issueLocalToken } from './local-token.ts';
import { type LocalUsers, makeLocalUsers } from './local-users.ts';
import { createLogFile } from './output/log-file.ts';
import { createLogPrinter } from './output/log-printer.ts';
import { createProgress, type Progress } from './output/progress.ts';
import { createStackMapper } from './output/stack-mapper.ts';
import type { Output } from './output/terminal.ts';
import { callPreparation, prepareServices } from './preparation.ts';
import { announce } from './running.ts';
import { writeSamLocalVariables } from './sam-local.ts';
import { type CloudFlags, isUsable, openSession, type Session } from './session.ts';
import { sourceMapsOf } from './source-maps.ts';
import { databaseAddress, functionUrls, printDiagnostics, printStartReport, type StartReport } from './start-report.ts';
import { CLOSE_WITHIN_MS, stopSignal } from './stop-signal.ts';
import { UserError } from './user-error.ts';
import type { Applied } from './workload.ts';

export interface StartFlags extends CloudFlags {
  readonly port: number;
  readonly logFile?: string;
  readonly watch: boolean;
  /** Environments are initialised ahead of requests. */
  readonly proactiveInit?: boolean;
  /** No API. */
  readonly servicesOnly?: boolean;
  /** In place of the API, an endpoint of Lambda alone, for these functions; for all when there are none. */
  readonly lambda?: readonly string[];
}

/** What is open while the command runs; closed in reverse order. */
type Closers = (() => void | Promise<void>)[];

/** Resolves with the exit code. `logs` are for stdout, everything said for stderr. */
export async function start(
  flags: StartFlags,
  installation: Installation,
  said: Output,
  logs: Output,
): Promise<number> {
  const startedAt = performance.now();
  const progress = createProgress(said);
  const closers: Closers = [];
  const stop = stopSignal();
  closers.push(stop.forget, releaseMemoryWhenIdle());
  try {
    progress.step('Starting …');
    const running = run(flags, installation, said, logs, progress, closers, startedAt);
    const code = await Promise.race([running, stop.requested]);
    progress.clear();
    if (code === undefined) return await stop.requested;
    return code;
  } catch (error) {
    progress.clear();
    return printFailure(error, said);
  } finally {
    stop.hurryAfter(CLOSE_WITHIN_MS);
    for (const close of closers.reverse()) await close();
  }
}

/** Resolves with undefined once it is ready, or with an exit code when it cannot be. */
async function run(
  flags: StartFlags,
  installation: Installation,
  said: Output,
  logs: Output,
  progress: Progress,
  closers: Closers,
  startedAt: number,
): Promise<number | undefined> {
  if (!isLoopback(flags.host)) {
    progress.clear();
    said.stream.write(
      `${said.colours.yellow('warning')} listening on ${flags.host}: everybody who can reach it may use it\n`,
    );
  }
  const proactiveInitialization = initialisesAhead(flags) ? createProactiveInitialization() : undefined;
  const gateway = flags.servicesOnly ? containerGateway() : undefined;
  let applied: Applied | undefined;
  let door: RestDoor | undefined;
  const session = await openSession({
    flags,
    installation,
    progress,
    alsoListenAt: gateway,
    health: () => describeHealth(session?.cloud, applied, door?.port),
    routes: internalRoutes,
    proactiveInitialization,
  });
  const { cloud, workload, project } = session;
  closers.push(() => session.close());
  printLogs(flags, session, said, logs, progress, closers, () => applied);

  applied = await workload.apply();
  if (!isUsable(applied)) {
    progress.clear();
    printDiagnostics(said, applied.diagnostics);
    const left =
      applied.report.outcome === 'rolled-back'
        ? 'nothing was left half-made'
        : 'what could not be undone stays: mend the template and start again, or run sampan reset';
    said.stream.write(`${said.colours.red('sampan:')} ${project.stackName} could not be made; ${left}\n`);
    return 1;
  }
  const local = await makeLocalUsers(cloud, applied.stack);
  const lambda = flags.lambda && (await serveLambda(flags, flags.lambda, session, applied, closers));
  if (!flags.servicesOnly && !flags.lambda && cloud.apis.stages().length > 0) {
    door = await openRestDoor({
      host: flags.host,
      port: flags.port,
      handle: cloud.apis.handle,
      onBug: (error) => reportBug(cloud, error),
    });
    closers.push(() => door?.close());
  }
  if (flags.servicesOnly) writeSamLocalVariables(project, cloud, gateway ?? '127.0.0.1');
  const apiUrl = door && `http://${flags.host}:${door.port}`;
  closers.push(
    announce(project.stateDirectory, { pid: process.pid, awsUrl: cloud.endpoint.url, ...(apiUrl && { apiUrl }) }),
  );
  progress.clear();
  printDiagnostics(said, [...applied.diagnostics, ...local.diagnostics]);
  printBuildTrouble(said, applied);
  printStartReport(said, {
    seconds: (performance.now() - startedAt) / 1000,
    servicesOnly: flags.servicesOnly ?? false,
    apiUrl,
    lambda,
    stages: cloud.apis.stages(),
    functionUrls: functionUrls(cloud),
    awsUrl: cloud.endpoint.url,
    database: databaseAddress(cloud, project.stackName),
    users: local.users,
    token: await firstToken(cloud, local),
    sandbox: cloud.sandbox,
    command: installation.command,
  });
  if (flags.watch) {
    const unfollow = followChanges(session, said, applied, (next) => {
      applied = next;
    });
    closers.push(unfollow);
  }
  // Now, while nobody waits: at the end somebody does, and a kill would leave nothing of it.
  setImmediate(() => {
    flushCompileCache();
    if (!proactiveInitialization) return;
    proactiveInitialization.begin(callPreparation(cloud.endpoint, cloud.kernel.usage));
    void prepareServices(cloud.kernel.registry);
  });
  return undefined;
}

/** Who debugs wants to see a function start; containers and callers of Lambda alone choose what they need. */
function initialisesAhead({ proactiveInit, servicesOnly, lambda, debugPort }: StartFlags): boolean {
  return proactiveInit === true && !servicesOnly && lambda === undefined && debugPort === undefined;
}

/** That of the first user; none where the pool's own functions or settings are against it: `sampan token` says why. */
async function firstToken(cloud: Cloud, { users: [first] }: LocalUsers): Promise<StartReport['token']> {
  if (!first) return undefined;
  try {
    const { idToken, accessToken, expiresIn } = await issueLocalToken(cloud, { pool: first.userPoolId });
    return { id: idToken, access: accessToken, minutes: Math.round(expiresIn / 60) };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Resolves with what the report tells. Throws `UserError` for a function that the template does not have. */
async function serveLambda(
  flags: StartFlags,
  only: readonly string[],
  { cloud }: Session,
  applied: Applied,
  closers: Closers,
): Promise<NonNullable<StartReport['lambda']>> {
  const functions = servedFunctions(only, applied);
  const served = new Set(functions);
  const door = await openLambdaDoor({
    host: flags.host,
    port: flags.port,
    resolve(name) {
      const ids = cloud.physicalIds();
      const physical = served.has(name) ? ids[name] : undefined;
      if (physical !== undefined) return physical;
      return only.length === 0 || [...served].some((logicalId) => ids[logicalId] === name) ? name : undefined;
    },
    handle: cloud.endpoint.handle,
  });
  closers.push(() => door.close());
  return { url: `http://${flags.host}:${door.port}`, functions };
}

function servedFunctions(only: readonly string[], { stack }: Applied): readonly string[] {
  const all = [...stack.resources.values()].filter(({ type }) => type === 'AWS::Lambda::Function');
  const known = all.map(({ logicalId }) => logicalId);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    const hint = suggest(unknown, known);
    throw new UserError(
      `there is no function ${unknown}; ${hint ? `did you mean ${hint}?` : `there are ${known.join(', ')}`}`,
      2,
    );
  }
  return only.length > 0 ? only : known;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

function printLogs(
  flags: StartFlags,
  { cloud, project }: Session,
  said: Output,
  logs: Output,
  progress: Progress,
  closers: Closers,
  applied: () => Applied | undefined,
): void {
  const print = createLogPrinter(logs, createStackMapper(sourceMapsOf(applied), project.directory));
  const file = flags.logFile
    ? createLogFile(flags.logFile, ({ code, message }) => {
        const why = code === 'ENOSPC' ? 'the disk is full' : message;
        said.stream.write(`${said.colours.yellow('warning')} ${flags.logFile} misses log lines: ${why}\n`);
      })
    : undefined;
  if (file) closers.push(file.close);
  closers.push(
    cloud.kernel.telemetry.onLog((source, event) => {
      progress.clear();
      print(source, event);
      file?.print(source, event);
    }),
  );
}

/**
 * An edit is live with the next request; one that is wrong is said, and what ran goes on. Gives back what ends it: what
 * becomes of an update that is under way then is not said, the next start goes on with it.
 */
function followChanges(
  { workload, cloud }: Session,
  said: Output,
  first: Applied,
  keep: (applied: Applied) => void,
): () => void {
  const { green, red, dim } = said.colours;
  let ended = false;
  let known = new Set(first.diagnostics.map(keyOf));
  let pending = Promise.resolve();
  const refresh = async (files: readonly string[]) => {
    const startedAt = performance.now();
    try {
      const next = await workload.apply();
      if (ended) return;
      printDiagnostics(
        said,
        next.diagnostics.filter((diagnostic) => !known.has(keyOf(diagnostic))),
      );
      known = new Set(next.diagnostics.map(keyOf));
      printBuildTrouble(said, next);
      if (!isUsable(next)) {
        said.stream.write(`${red('not applied')} ${dim('what ran before runs on')}\n`);
        return;
      }
      keep(next);
      printDiagnostics(said, (await makeLocalUsers(cloud, next.stack)).diagnostics);
      const changed = next.report.changes.filter(({ action }) => action !== 'keep');
      if (changed.length === 0) return;
      const names = changed
        .map(({ logicalId }) => logicalId)
        .slice(0, 5)
        .join(', ');
      said.stream.write(`${green('updated')} ${names} ${dim(`in ${Math.round(performance.now() - startedAt)} ms`)}\n`);
    } catch (error) {
      if (ended) return;
      printFailure(error, said);
      if (!(error instanceof TemplateError || error instanceof UserError)) return;
      said.stream.write(
        `${red('not applied')} ${dim(`${files.length > 0 ? 'mend it: ' : ''}what ran before runs on`)}\n`,
      );
    }
  };
  workload.watch((files) => {
    pending = pending.then(() => refresh(files));
  });
  return () => {
    ended = true;
  };
}

function keyOf(diagnostic: Diagnostic): string {
  return `${diagnostic.code} ${diagnostic.resource} ${diagnostic.property} ${diagnostic.message}`;
}

function printBuildTrouble(said: Output, { artifacts, buildWarnings }: Applied): void {
  const { red, yellow } = said.colours;
  for (const [logicalId, warning] of buildWarnings)
    said.stream.write(`${yellow('warning')} ${logicalId}: ${warning}\n`);
  for (const artifact of artifacts.values()) {
    if (artifact.kind === 'failed')
      said.stream.write(`${red('error')} ${artifact.logicalId} was not built:\n${artifact.message}\n`);
  }
}

function reportBug(cloud: Cloud, error: unknown): void {
  const message = `this is a mistake of sampan, please report it\n${error instanceof Error ? error.stack : String(error)}`;
  cloud.kernel.telemetry.log(OWN_LOG, [{ timestamp: Date.now(), message }]);
}
