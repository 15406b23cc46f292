/**
 * What requesters were promised: a first answer, and a solution, each within so much business time, by how urgent the
 * ticket is. The clock stands while the ticket waits for the requester or counts as solved.
 */
import { businessTime, businessTimeAfter, type Calendar } from './business-time.ts';
import type { TicketEscalated } from './events.ts';
import { PRIORITIES, type Priority } from './requests.ts';
import type { Status } from './status.ts';

/** Business time, ms. */
export interface Target {
  readonly firstResponse: number;
  readonly resolution: number;
}
export type Targets = Readonly<Record<Priority, Target>>;

export interface Promised {
  readonly calendar: Calendar;
  readonly targets: Targets;
}

/** What the clock of a ticket goes by. Times are ms since the epoch. */
export interface Course {
  readonly priority: Priority;
  readonly createdAt: number;
  /** When somebody of us answered first; null: nobody has. */
  readonly firstResponseAt: number | null;
  /** Every change of its status since it was opened, in order. */
  readonly changes: readonly { readonly status: Status; readonly at: number }[];
}

/** What is due next, and when (ms since the epoch); Infinity where that is years away. */
export interface Due {
  readonly missed: TicketEscalated['missed'];
  readonly at: number;
}

export class InvalidTargets extends Error {
  override readonly name = 'InvalidTargets';
}

const UNITS = { m: 60_000, h: 3_600_000 } as const;

/**
 * Reads `urgent 30m/4h, high 2h/8h, normal 8h/24h, low 16h/80h`: first answer / solution, for each priority.
 * @throws InvalidTargets
 */
export function targetsFrom(text: string): Targets {
  const entries = text.split(',').map((part): [string, Target] => {
    const found = /^\s*(\w+) (\d{1,5})([mh])\/(\d{1,5})([mh])\s*$/.exec(part);
    if (!found) throw new InvalidTargets(`${JSON.stringify(part.trim())} is no target such as high 2h/8h`);
    const [, priority = '', first, firstUnit, solution, solutionUnit] = found;
    const firstResponse = Number(first) * UNITS[firstUnit as 'm' | 'h'];
    return [priority, { firstResponse, resolution: Number(solution) * UNITS[solutionUnit as 'm' | 'h'] }];
  });
  const targets = Object.fromEntries(entries);
  const missing = PRIORITIES.filter((priority) => !(priority in targets));
  if (missing.length > 0) throw new InvalidTargets(`There is no target for ${missing.join(', ')}`);
  if (entries.length > PRIORITIES.length)
    throw new InvalidTargets('There are targets for more than the priorities, each once');
  return targets as Targets;
}

/** Undefined while the clock of the ticket stands: nothing comes closer. */
export function nextDue(
  { priority, createdAt, firstResponseAt, changes }: Course,
  { calendar, targets }: Promised,
): Due | undefined {
  const spans = runningSpans(createdAt, changes);
  const last = spans.at(-1)!;
  if (last.end !== undefined) return undefined;
  const used = spans.slice(0, -1).reduce((sum, { start, end }) => sum + businessTime(calendar, start, end!), 0);
  const target = targets[priority];
  const dueAt = (duration: number): number => businessTimeAfter(calendar, last.start, duration - used);
  const solved: Due = { missed: 'resolution', at: dueAt(target.resolution) };
  if (firstResponseAt !== null) return solved;
  const answered: Due = { missed: 'first-response', at: dueAt(target.firstResponse) };
  return answered.at <= solved.at ? answered : solved;
}

/** When the clock ran: while the ticket was open. The last span has no end where it still does. */
function runningSpans(createdAt: number, changes: Course['changes']): { start: number; end?: number }[] {
  const spans: { start: number; end?: number }[] = [{ start: createdAt }];
  for (const { status, at } of changes) {
    const last = spans.at(-1)!;
    if (status === 'open' && last.end !== undefined) spans.push({ start: at });
    if (status !== 'open' && last.end === undefined) last.end = at;
  }
  return spans;
}
