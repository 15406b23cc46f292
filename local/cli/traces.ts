/** `sampan traces`: what ran, as a list; one of them as a waterfall. */
import { setTimeout as pause } from 'node:timers/promises';
import { createKernel } from '../kernel/index.ts';
import { FilterExpressionError, type TraceFacts, traceFacts } from '../services/xray/index.ts';
import { at, textAt, walk } from '../services/xray/trace-tree.ts';
import { duration } from './duration.ts';
import type { Output } from './output/terminal.ts';
import { milliseconds, pathOf, waterfall } from './output/waterfall.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { findRunning, type RunningInstance } from './running.ts';
import { stopSignal } from './stop-signal.ts';
import { type FoundTrace, findTraces, type TraceQuery } from './trace-query.ts';
import { UserError } from './user-error.ts';

export interface TracesFlags extends ProjectFlags {
  readonly filter?: string;
  readonly since: string;
  readonly limit: number;
  readonly follow: boolean;
  readonly json: boolean;
}

type Find = (query: TraceQuery) => Promise<readonly FoundTrace[]>;

const POLL_MS = 500;
/** A trace's documents come one by one: this long after its request ended all are there. */
const SETTLED_MS = 1_000;

export async function showTraces(
  id: string | undefined,
  flags: TracesFlags,
  said: Output,
  out: Output,
): Promise<number> {
  const project = findProject(flags, process.cwd());
  const running = await findRunning(project.stateDirectory);
  if (running) {
    const find: Find = (query) => ask(running, query);
    return id === undefined ? await list(find, flags, out) : await show(find, id, flags, out);
  }
  if (flags.follow) {
    throw new UserError(
      `nothing runs on ${project.stateDirectory}: there is nothing to come (start it with sampan start)`,
    );
  }
  said.stream.write(said.colours.dim('nothing runs; this is what was traced before\n'));
  const kernel = createKernel(project);
  try {
    const find: Find = (query) => findTraces(kernel.telemetry, query).catch(asUserError);
    return id === undefined ? await list(find, flags, out) : await show(find, id, flags, out);
  } finally {
    await kernel.stop();
  }
}

async function show(find: Find, id: string, { json }: TracesFlags, out: Output): Promise<number> {
  const wanted = /^Root=/.test(id) ? id.slice('Root='.length).split(';', 1)[0]! : id;
  const [trace] = await find({ id: wanted });
  if (!trace) {
    throw new UserError(`there is no trace ${wanted}; sampan traces lists those there are`);
  }
  if (json) {
    out.stream.write(`${JSON.stringify(trace)}\n`);
    return 0;
  }
  const facts = traceFacts(trace.id, trace.segments);
  const { dim, bold } = out.colours;
  const when = new Date(facts.start * 1000).toISOString();
  const took = facts.duration === undefined ? 'in progress' : milliseconds(facts.duration);
  out.stream.write(`${bold(describe(facts))}  ${statusOf(facts, out)}  ${took}\n${dim(`${when}  ${trace.id}`)}\n\n`);
  for (const line of waterfall(facts.roots, out, columnsOf(out))) out.stream.write(`${line}\n`);
  return 0;
}

async function list(find: Find, flags: TracesFlags, out: Output): Promise<number> {
  const { filter, limit, json, follow } = flags;
  const since = Date.now() - duration(flags.since);
  const found = await find({ since, limit, filter });
  const print = json
    ? (facts: TraceFacts) => out.stream.write(`${JSON.stringify(summaryOf(facts))}\n`)
    : (facts: TraceFacts) => out.stream.write(`${rowOf(facts, out)}\n`);
  const facts = found.map(({ id, segments }) => traceFacts(id, segments));
  if (!follow) {
    for (const one of facts) print(one);
    if (facts.length === 0 && !json) out.stream.write(out.colours.dim(`${nothing(flags)}\n`));
    return 0;
  }
  return await followTraces(find, flags, facts, print);
}

/** What there was, and what comes until somebody presses Ctrl-C; resolves with the exit code. */
async function followTraces(
  find: Find,
  { filter }: TracesFlags,
  known: readonly TraceFacts[],
  print: (facts: TraceFacts) => void,
): Promise<number> {
  const stop = stopSignal();
  const printed = new Set(known.map(({ id }) => id));
  let isOver = false;
  const over = stop.requested.finally(() => {
    isOver = true;
  });
  const from = Date.now();
  try {
    // What comes is printed below what there was: oldest first here.
    for (const one of known.toReversed()) print(one);
    while (!isOver) {
      await Promise.race([over, pause(POLL_MS)]);
      if (isOver) break;
      const all = await find({ since: from - 60_000, filter });
      for (const { id, segments } of all.toReversed()) {
        if (printed.has(id)) continue;
        const facts = traceFacts(id, segments);
        if (facts.duration === undefined || (facts.start + facts.duration) * 1000 > Date.now() - SETTLED_MS) continue;
        printed.add(id);
        print(facts);
      }
    }
    return await over;
  } finally {
    stop.forget();
  }
}

async function ask({ awsUrl }: RunningInstance, query: TraceQuery): Promise<readonly FoundTrace[]> {
  const url = new URL('/_sampan/traces', awsUrl);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new UserError(`the connection to the running sampan broke: ${(error as Error).message}`);
  }
  const answer = (await response.json()) as { traces?: FoundTrace[]; message?: string };
  if (!response.ok) throw new UserError(answer.message ?? `the running sampan answered ${response.status}`, 2);
  return answer.traces ?? [];
}

function asUserError(error: unknown): never {
  if (error instanceof FilterExpressionError) throw new UserError(error.message, 2);
  throw error;
}

/** `2026-11-21 13:02:11  1-…  200   35 ms  GET /tickets/{id}` */
function rowOf(facts: TraceFacts, out: Output): string {
  const time = new Date(facts.start * 1000).toISOString().slice(11, 23);
  const took = facts.duration === undefined ? 'in progress' : milliseconds(facts.duration);
  return `${out.colours.dim(time)}  ${facts.id}  ${statusOf(facts, out)} ${took.padStart(11)}  ${describe(facts)}`;
}

function statusOf(facts: TraceFacts, { colours }: Output): string {
  const status = statusCode(facts);
  const { fault, error, throttle } = facts.flags;
  const text = (status === undefined ? wordOf(facts) : String(status)).padEnd(5);
  if (fault) return colours.red(text);
  return error || throttle ? colours.yellow(text) : colours.green(text);
}

function wordOf({ flags }: TraceFacts): string {
  return flags['fault'] ? 'fault' : flags['throttle'] ? 'slow' : flags['error'] ? 'error' : 'ok';
}

/** Of the request that began it, when that was a request by HTTP. */
function statusCode({ roots: [root] }: TraceFacts): number | undefined {
  if (!root || textAt(root.fields, 'http', 'request', 'method') === undefined) return undefined;
  const status = at(root.fields, 'http', 'response', 'status');
  return typeof status === 'number' ? status : undefined;
}

/** `GET /tickets/{id}`, or the name of what ran. */
function describe({ roots: [root] }: TraceFacts): string {
  if (!root) return '';
  const method = textAt(root.fields, 'http', 'request', 'method');
  if (method === undefined) return root.name;
  const route = textAt(root.fields, 'aws', 'resource_path');
  return `${method} ${route ?? pathOf(textAt(root.fields, 'http', 'request', 'url') ?? '')}`;
}

function summaryOf(facts: TraceFacts): object {
  const { id, start, duration: took, responseTime, flags, annotations } = facts;
  return {
    id,
    startTime: new Date(start * 1000).toISOString(),
    durationMs: took === undefined ? null : Math.round(took * 1_000_000) / 1000,
    responseTimeMs: responseTime === undefined ? null : Math.round(responseTime * 1_000_000) / 1000,
    request: describe(facts),
    status: statusCode(facts) ?? null,
    fault: flags['fault'],
    error: flags['error'],
    throttle: flags['throttle'],
    annotations: Object.fromEntries(annotations),
    segments: [...walk(facts.roots)].length,
  };
}

function nothing({ filter, since }: TracesFlags): string {
  if (filter !== undefined) return `no trace of the last ${since} fits ${filter}`;
  return `nothing was traced in the last ${since}: functions need Tracing: Active, stages TracingEnabled`;
}

function columnsOf({ stream }: Output): number | undefined {
  const { columns } = stream as { columns?: number };
  return columns;
}
