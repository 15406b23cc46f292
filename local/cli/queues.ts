/** `sampan queues`: what waits in each, what is in flight, how old the oldest is; its dead letters below it. */
import { queryMessaging } from './messaging-query.ts';
import type { Output } from './output/terminal.ts';
import { findProject, type ProjectFlags } from './project.ts';
import { depthOf, type Queues, readQueues, type ShownQueue } from './queue-depths.ts';
import { UserError } from './user-error.ts';

export interface QueuesFlags extends ProjectFlags {
  readonly exitCode: boolean;
  readonly json: boolean;
}

/** Gives 1 when there are dead letters and `--exit-code` was given. */
export async function showQueues(names: readonly string[], flags: QueuesFlags, out: Output): Promise<number> {
  const queues = await readQueues(await queryMessaging(findProject(flags, process.cwd())));
  const wanted = names.length === 0 ? queues.all : names.map((name) => named(queues, name));
  if (flags.json) for (const queue of wanted) out.stream.write(`${JSON.stringify(described(queues, queue))}\n`);
  else if (wanted.length === 0) out.stream.write('there are no queues\n');
  else showTable(rowsOf(queues, wanted), out);
  return flags.exitCode && wanted.some((queue) => hasDeadLetters(queues, queue)) ? 1 : 0;
}

/** Throws UserError. */
export function named(queues: Queues, name: string): ShownQueue {
  const queue = queues.find(name);
  if (!queue) throw new UserError(`there is no queue ${name}: sampan queues lists them`, 2);
  return queue;
}

function hasDeadLetters(queues: Queues, queue: ShownQueue): boolean {
  const deadLetters = queues.deadLettersOf(queue);
  return [...(deadLetters ? [deadLetters] : []), ...(queues.sourcesOf(queue).length > 0 ? [queue] : [])].some(
    (one) => depthOf(one) > 0,
  );
}

/** For programs; ages in seconds. */
function described(queues: Queues, queue: ShownQueue) {
  const deadLetters = queues.deadLettersOf(queue);
  return {
    queue: queue.title,
    name: queue.Name,
    arn: queue.Arn,
    visible: queue.Visible,
    inFlight: queue.InFlight,
    delayed: queue.Delayed,
    oldestSeconds: queue.OldestAge === undefined ? null : queue.OldestAge / 1_000,
    deadLetters: deadLetters ? { queue: deadLetters.title, name: deadLetters.Name, depth: depthOf(deadLetters) } : null,
    deadLettersOf: queues.sourcesOf(queue).map(({ title }) => title),
  };
}

interface Row {
  readonly queue: ShownQueue;
  readonly role: 'queue' | 'dead letters';
  /** Below the queue whose dead letters it takes. */
  readonly below: boolean;
}

/** Each queue with its dead letters below it, also where several share one; those that belong to none by themselves. */
function rowsOf(queues: Queues, wanted: readonly ShownQueue[]): Row[] {
  const shownBelow = new Set(wanted.flatMap((queue) => queues.deadLettersOf(queue)?.Arn ?? []));
  return wanted
    .filter(({ Arn }) => !shownBelow.has(Arn))
    .flatMap((queue): Row[] => {
      const deadLetters = queues.deadLettersOf(queue);
      const role = queues.sourcesOf(queue).length > 0 ? 'dead letters' : 'queue';
      return [
        { queue, role, below: false },
        ...(deadLetters ? [{ queue: deadLetters, role: 'dead letters', below: true } as const] : []),
      ];
    });
}

const HEAD = ['visible', 'in flight', 'delayed', 'oldest'];

function showTable(rows: readonly Row[], { stream, colours }: Output): void {
  const titles = rows.map(({ queue, below }) => `${below ? '  ' : ''}${queue.title}`);
  const width = Math.max(...titles.map(({ length }) => length), 'queue'.length);
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(10)).join('');
  stream.write(colours.dim(`${'queue'.padEnd(width)}${cells(HEAD)}\n`));
  for (const [index, { queue, role }] of rows.entries()) {
    const { Visible, InFlight, Delayed, OldestAge } = queue;
    const isBad = role === 'dead letters' && depthOf(queue) > 0;
    const paint = isBad ? colours.red : depthOf(queue) === 0 ? colours.dim : (text: string) => text;
    const age = OldestAge === undefined ? '-' : ageOf(OldestAge);
    const line = `${titles[index]!.padEnd(width)}${cells([String(Visible), String(InFlight), String(Delayed), age])}`;
    stream.write(`${paint(role === 'dead letters' ? `${line}  dead letters` : line)}\n`);
  }
}

/** Of milliseconds: `0 s`, `59 s`, `5 min`, `3 h`, `2 d`. */
export function ageOf(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
