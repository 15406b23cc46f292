/** `sampan events`: what passed the event buses, and which rules it matched. */
import { compilePattern, type EventPattern, InvalidPattern } from '../kernel/patterns/index.ts';
import type { PassedEventsInput, PassedEventsOutput } from '../services/eventbridge/internal-operations.ts';
import type { Passed } from '../services/eventbridge/watch.ts';
import { type MessagingQuery, queryMessaging } from './messaging-query.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { stopSignal } from './stop-signal.ts';
import { UserError } from './user-error.ts';

export interface EventsFlags extends ProjectFlags {
  readonly pattern?: string;
  readonly bus?: string;
  readonly follow: boolean;
  readonly json: boolean;
}

/** So long one question of `--follow` waits for an answer. */
const WAIT_SECONDS = 20;

export async function showEvents(flags: EventsFlags, out: Output): Promise<number> {
  const pattern = flags.pattern === undefined ? undefined : readPattern(flags.pattern);
  const query = await queryMessaging(findProject(flags, process.cwd()));
  const bus = flags.bus === undefined ? undefined : query.physicalId(flags.bus);
  let known = 0;
  let shown = 0;
  const show = (events: readonly Passed[]) => {
    for (const passed of events) {
      known = passed.sequence;
      const event = JSON.parse(passed.event) as Record<string, unknown>;
      if ((bus !== undefined && passed.bus !== bus) || pattern?.matches(event) === false) continue;
      shown += 1;
      out.stream.write(flags.json ? `${JSON.stringify({ ...passed, event })}\n` : describe(passed, event, query, out));
    }
  };
  show((await ask(query, {})).Events);
  if (flags.follow) return follow(query, () => known, show);
  if (shown === 0 && !flags.json) out.stream.write('no such event has passed since the start\n');
  return 0;
}

/** Throws UserError. */
function readPattern(text: string): EventPattern {
  try {
    return compilePattern(JSON.parse(text));
  } catch (error) {
    if (error instanceof InvalidPattern || error instanceof SyntaxError)
      throw new UserError(`--pattern is no event pattern: ${error.message}`, 2);
    throw error;
  }
}

const ask = (query: MessagingQuery, input: PassedEventsInput, signal?: AbortSignal): Promise<PassedEventsOutput> =>
  query.ask('events:ListPassedEvents', input, signal);

function describe({ bus, rules }: Passed, event: Record<string, unknown>, query: MessagingQuery, out: Output): string {
  const { bold, dim, yellow } = out.colours;
  const at = String(event['time']).replace('T', ' ').replace('Z', '');
  const matched =
    rules.length === 0 ? yellow('no rule matched') : `→ ${rules.map((rule) => query.titleOf(rule)).join(', ')}`;
  const head = `${dim(at)} ${query.titleOf(bus)}  ${event['source']} ${bold(String(event['detail-type']))}  ${matched}`;
  return `${head}\n${dim(`  ${JSON.stringify(event['detail'])}`)}\n`;
}

/** Until somebody presses Ctrl-C, with whose exit code it ends. */
async function follow(
  query: MessagingQuery,
  known: () => number,
  show: (events: readonly Passed[]) => void,
): Promise<number> {
  const stop = stopSignal();
  const over = new AbortController();
  let mistake: unknown;
  stop.requested.then(
    () => over.abort(),
    (error: unknown) => {
      mistake = error;
      over.abort();
    },
  );
  try {
    while (!over.signal.aborted)
      show((await ask(query, { After: known(), WaitSeconds: WAIT_SECONDS }, over.signal)).Events);
  } catch (error) {
    if (mistake === undefined && !over.signal.aborted) throw error;
  } finally {
    stop.forget();
  }
  if (mistake !== undefined) throw mistake;
  return stop.requested;
}
