/** `sampan logs`: from the instance that runs, or from what an earlier one left. */

import { AwsError } from '../kernel/aws-error.ts';
import { createKernel } from '../kernel/index.ts';
import type { LogEvent, LogSource } from '../kernel/telemetry.ts';
import { suggest } from '../template/index.ts';
import { moment } from './duration.ts';
import type { Installation } from './installation.ts';
import { groupsNamed, pastLogs, type StreamedLog } from './internal-routes.ts';
import { linesOf } from './line-stream.ts';
import { type QueryRow, queryLogs } from './logs-query.ts';
import { createLogPrinter } from './output/log-printer.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type Project, type ProjectFlags } from './project.ts';
import { findRunning } from './running.ts';
import { stopSignal } from './stop-signal.ts';
import { UserError } from './user-error.ts';
import { loadProjectStack } from './workload.ts';

export interface LogsFlags extends ProjectFlags {
  readonly tail: boolean;
  readonly follow: boolean;
  readonly since: string;
  readonly until?: string;
  /** A filter pattern of CloudWatch Logs. */
  readonly filter?: string;
  /** A query of Logs Insights. */
  readonly query?: string;
  readonly json: boolean;
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
    // A log group has a slash in its name, or is none of a function.
    if (known.includes(name) || name.includes('/')) continue;
    const hint = suggest(name, known);
    throw new UserError(
      `there is no function ${name}${hint ? `; did you mean ${hint}?` : `; there are ${known.join(', ')}`}`,
      2,
    );
  }
  const isFollowing = flags.tail || flags.follow;
  const since = moment(flags.since, '--since');
  const until = flags.until === undefined ? undefined : moment(flags.until, '--until');
  if (isFollowing && (until !== undefined || flags.query !== undefined)) {
    throw new UserError('--follow goes on for ever: it takes neither --until nor --query', 2);
  }
  const matches = await matcherOf(flags.filter);
  const pretty = createLogPrinter(out);
  const print = flags.json
    ? (source: LogSource, event: LogEvent) => void out.stream.write(`${JSON.stringify({ ...source, ...event })}\n`)
    : pretty;
  const show = (streamed: StreamedLog) => {
    const { source, event } = streamed;
    const isWanted = names.length === 0 || names.includes(source.label) || names.includes(source.logGroup);
    if (isWanted && (until === undefined || event.timestamp <= until) && matches(event.message)) print(source, event);
  };
  const running = await findRunning(project.stateDirectory);
  if (running && flags.query !== undefined) {
    const parameters = new URLSearchParams({ query: flags.query, since: String(since) });
    if (until !== undefined) parameters.set('until', String(until));
    for (const name of names) parameters.append('name', name);
    const response = await fetch(`${running.awsUrl}/_sampan/logs-query?${parameters}`);
    const answer = (await response.json()) as { rows?: QueryRow[]; message?: string };
    if (!answer.rows) throw new UserError(answer.message ?? `the running sampan answered ${response.status}`, 2);
    printRows(answer.rows, flags, out);
    return 0;
  }
  if (running) {
    return await follow(`${running.awsUrl}/_sampan/logs?since=${since}${isFollowing ? '&follow=1' : ''}`, show);
  }
  if (isFollowing)
    throw new UserError(
      `nothing runs on ${project.stateDirectory}: there is nothing to come (start it with sampan start)`,
    );
  said.stream.write(said.colours.dim('nothing runs; this is what was logged before\n'));
  const kernel = createKernel(project);
  try {
    const labels = kernel.store.collection<string>('sampan', 'log-labels');
    const labelOf = (group: string) => labels.get(group) ?? group;
    if (flags.query !== undefined) {
      const groups = groupsNamed(kernel.telemetry.logs, names, labelOf);
      const query = { text: flags.query, groups, since, until, accountId: kernel.accountId };
      printRows(await queryLogs(kernel.telemetry.logs, query).catch(asUserError), flags, out);
      return 0;
    }
    for (const streamed of pastLogs(kernel.telemetry, [], since, labelOf)) show(streamed);
  } finally {
    await kernel.stop();
  }
  return 0;
}

/** A pattern that cannot be read is the user's mistake. */
async function matcherOf(pattern: string | undefined): Promise<(message: string) => boolean> {
  if (pattern === undefined) return () => true;
  const { compileFilterPattern, FilterPatternError } = await import('../services/logs/filter-pattern/index.ts');
  try {
    return compileFilterPattern(pattern);
  } catch (error) {
    if (error instanceof FilterPatternError) throw new UserError(error.message, 2);
    throw error;
  }
}

function asUserError(error: unknown): never {
  if (error instanceof AwsError) throw new UserError(error.message, 2);
  throw error;
}

/** A table for people, one object a line for programs. */
function printRows(rows: readonly QueryRow[], { json }: LogsFlags, out: Output): void {
  if (json || !out.pretty) {
    for (const row of rows) {
      out.stream.write(`${JSON.stringify(Object.fromEntries(row.map(({ field, value }) => [field, value])))}\n`);
    }
    return;
  }
  const fields = [...new Set(rows.flatMap((row) => row.map(({ field }) => field)))];
  const cells = rows.map((row) => fields.map((wanted) => row.find(({ field }) => field === wanted)?.value ?? ''));
  const widths = fields.map((field, index) =>
    Math.min(60, Math.max(field.length, ...cells.map((row) => row[index]!.length))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, index) => (index === row.length - 1 ? cell.trimEnd() : cell.padEnd(widths[index]!))).join('  ');
  out.stream.write(`${out.colours.dim(line(fields))}\n`);
  for (const row of cells) out.stream.write(`${line(row)}\n`);
}

function functionIds(project: Project): string[] {
  return [...loadProjectStack(project).resources.values()]
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ logicalId }) => logicalId);
}

/** Reads the stream until it ends or somebody presses Ctrl-C; resolves with the exit code. */
async function follow(url: string, show: (streamed: StreamedLog) => void): Promise<number> {
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
    if (!response.body) return 0;
    for await (const line of linesOf(response.body)) {
      show(JSON.parse(line) as StreamedLog);
    }
    return 0;
  } catch (error) {
    if (mistake !== undefined) throw mistake;
    if (abort.signal.aborted) return await stop.requested;
    throw new UserError(`the connection to the running sampan broke: ${(error as Error).message}`);
  } finally {
    stop.forget();
  }
}
