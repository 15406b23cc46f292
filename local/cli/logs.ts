/** `sampan logs`: from the instance that runs, or from what an earlier one left. */
import { createKernel } from '../kernel/index.ts';
import { suggest } from '../template/index.ts';
import { duration } from './duration.ts';
import type { Installation } from './installation.ts';
import { pastLogs, type StreamedLog } from './internal-routes.ts';
import { linesOf } from './line-stream.ts';
import { createLogPrinter } from './output/log-printer.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type Project, type ProjectFlags } from './project.ts';
import { findRunning } from './running.ts';
import { stopSignal } from './stop-signal.ts';
import { UserError } from './user-error.ts';
import { loadProjectStack } from './workload.ts';

export interface LogsFlags extends ProjectFlags {
  readonly tail: boolean;
  readonly since: string;
}

export async function showLogs(
  names: readonly string[],
  flags: LogsFlags,
  _installation: Installation,
  said: Output,
  out: Output,
): Promise<number> {
  const project = findProject(flags, process.cwd());
  const known = functionIds(project);
  for (const name of names) {
    if (known.includes(name)) continue;
    const hint = suggest(name, known);
    throw new UserError(
      `there is no function ${name}${hint ? `; did you mean ${hint}?` : `; there are ${known.join(', ')}`}`,
      2,
    );
  }
  const since = Date.now() - duration(flags.since);
  const print = createLogPrinter(out);
  const show = (streamed: StreamedLog) => {
    if (names.length === 0 || names.includes(streamed.source.label)) print(streamed.source, streamed.event);
  };
  const running = await findRunning(project.stateDirectory);
  if (running) {
    await follow(`${running.awsUrl}/_sampan/logs?since=${since}${flags.tail ? '&follow=1' : ''}`, show);
    return 0;
  }
  if (flags.tail)
    throw new UserError(
      `nothing runs on ${project.stateDirectory}: there is nothing to come (start it with sampan start)`,
    );
  said.stream.write(said.colours.dim('nothing runs; this is what was logged before\n'));
  const kernel = createKernel(project);
  try {
    const labels = kernel.store.collection<string>('sampan', 'log-labels');
    for (const streamed of pastLogs(kernel.telemetry, [], since, (group) => labels.get(group) ?? group)) show(streamed);
  } finally {
    await kernel.stop();
  }
  return 0;
}

function functionIds(project: Project): string[] {
  return [...loadProjectStack(project).resources.values()]
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ logicalId }) => logicalId);
}

/** Reads the stream until it ends or somebody presses Ctrl-C. */
async function follow(url: string, show: (streamed: StreamedLog) => void): Promise<void> {
  const abort = new AbortController();
  const stop = stopSignal();
  let mistake: unknown;
  const end = () => abort.abort();
  stop.requested.then(end, (error: unknown) => {
    mistake = error;
    end();
  });
  try {
    const response = await fetch(url, { signal: abort.signal });
    if (!response.body) return;
    for await (const line of linesOf(response.body)) {
      show(JSON.parse(line) as StreamedLog);
    }
  } catch (error) {
    if (mistake !== undefined) throw mistake;
    if (!abort.signal.aborted)
      throw new UserError(`the connection to the running sampan broke: ${(error as Error).message}`);
  } finally {
    stop.forget();
  }
}
