/**
 * Counts over all tickets: what each ticket adds to them, what changes when it does, and what they say together. A ticket
 * counts from when it is known since when it is there.
 */
import { PRIORITIES, type Priority } from './requests.ts';
import { STATUSES, type Status } from './status.ts';
import { isUnresolved, resolvedAt, type TicketView } from './ticket-view.ts';
import { CATEGORIES, type Triage } from './triage.ts';

/** Numbers by name, by what they are kept under: `totals`, or a day as `2026-11-21`. Nothing in it is zero. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>;

export const TOTALS = 'totals';
export const DAYS = 30;

const UNSORTED = 'unsorted';
/** Seconds; what lies between two of them is not told apart. */
const ANSWER_TIMES = [
  60, 300, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 345_600, 604_800, 1_209_600,
] as const;
const BEYOND = 'beyond';

/** What a ticket adds. */
export function countsOf(view: TicketView): Counts {
  const { createdAt, status, priority, category, firstAnsweredAt, escalatedAt } = view;
  if (createdAt === undefined || !status || !priority) return {};
  const resolved = resolvedAt(view);
  const totals = {
    tickets: 1,
    [`status.${status.value}`]: 1,
    [`priority.${priority.value}`]: 1,
    [`category.${category?.value ?? UNSORTED}`]: 1,
    ...(escalatedAt !== undefined && { escalated: 1 }),
    ...(isUnresolved(view) && { unresolved: 1, unresolvedSince: seconds(createdAt) }),
    ...(firstAnsweredAt !== undefined && answered(createdAt, firstAnsweredAt)),
  };
  const days: Record<string, Record<string, number>> = { [dayOf(createdAt)]: { opened: 1 } };
  if (resolved !== undefined) days[dayOf(resolved)] = { ...days[dayOf(resolved)], resolved: 1 };
  return { [TOTALS]: totals, ...days };
}

/** What has to be added to go from the one to the other. */
export function difference(before: Counts, after: Counts): Counts {
  const changed: Record<string, Record<string, number>> = {};
  for (const under of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [before[under] ?? {}, after[under] ?? {}];
    for (const name of new Set([...Object.keys(old), ...Object.keys(now)])) {
      const amount = (now[name] ?? 0) - (old[name] ?? 0);
      if (amount !== 0) changed[under] = { ...changed[under], [name]: amount };
    }
  }
  return changed;
}

function answered(createdAt: string, firstAnsweredAt: string): Record<string, number> {
  const took = Math.max(0, seconds(firstAnsweredAt) - seconds(createdAt));
  const below = ANSWER_TIMES.find((limit) => took < limit);
  // One that took no time at all leaves the sum as it is.
  return { answered: 1, ...(took > 0 && { answerSeconds: took }), [`answered.${below ?? BEYOND}`]: 1 };
}

const seconds = (iso: string): number => Math.floor(Date.parse(iso) / 1_000);
export const dayOf = (iso: string): string => new Date(iso).toISOString().slice(0, 10);

/** As `GET /stats` answers. */
export interface Stats {
  /** ISO 8601, UTC: ages are counted up to then. */
  readonly asOf: string;
  readonly tickets: number;
  readonly byStatus: Readonly<Record<Status, number>>;
  readonly byPriority: Readonly<Record<Priority, number>>;
  /** `unsorted`: nobody has found out yet what they are about. */
  readonly byCategory: Readonly<Record<Triage['category'] | typeof UNSORTED, number>>;
  /** Tickets that were ever escalated. */
  readonly escalated: number;
  /** Open and pending ones. */
  readonly unresolved: {
    readonly tickets: number;
    readonly meanAgeSeconds: number | null;
    readonly oldest: { readonly ticketId: string; readonly createdAt: string; readonly ageSeconds: number } | null;
  };
  /** From when a ticket was opened to when somebody else than the requester wrote; of those that were answered. */
  readonly firstAnswer: {
    readonly tickets: number;
    readonly meanSeconds: number | null;
    /** Between which two times it lies; `below` is null where there is no further one. */
    readonly medianSeconds: { readonly atLeast: number; readonly below: number | null } | null;
  };
  /** By UTC, oldest first. A ticket that was opened again is not resolved any more on the day that it was. */
  readonly days: readonly { readonly date: string; readonly opened: number; readonly resolved: number }[];
}

export interface Counted {
  readonly totals: Readonly<Record<string, number>>;
  /** By day. */
  readonly days: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly oldest: { readonly ticketId: string; readonly createdAt: string } | undefined;
}

/** The days that are told of: today last. */
export function lastDays(now: number): string[] {
  return Array.from({ length: DAYS }, (_, index) =>
    new Date(now - (DAYS - 1 - index) * 86_400_000).toISOString().slice(0, 10),
  );
}

/** @param now ms since 1970 */
export function statsOf({ totals, days, oldest }: Counted, now: number): Stats {
  const total = (name: string): number => totals[name] ?? 0;
  const by = <Name extends string>(prefix: string, names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, total(`${prefix}.${name}`)])) as Record<Name, number>;
  const mean = (sum: number, count: number) => (count === 0 ? null : Math.max(0, Math.round(sum / count)));
  const unresolved = total('unresolved');
  return {
    asOf: new Date(now).toISOString(),
    tickets: total('tickets'),
    byStatus: by('status', STATUSES),
    byPriority: by('priority', PRIORITIES),
    byCategory: by('category', [...CATEGORIES, UNSORTED]),
    escalated: total('escalated'),
    unresolved: {
      tickets: unresolved,
      meanAgeSeconds: mean((now / 1_000) * unresolved - total('unresolvedSince'), unresolved),
      oldest: oldest
        ? { ...oldest, ageSeconds: Math.max(0, Math.round((now - Date.parse(oldest.createdAt)) / 1_000)) }
        : null,
    },
    firstAnswer: {
      tickets: total('answered'),
      meanSeconds: mean(total('answerSeconds'), total('answered')),
      medianSeconds: medianOf(total),
    },
    days: lastDays(now).map((date) => ({
      date,
      opened: days[date]?.['opened'] ?? 0,
      resolved: days[date]?.['resolved'] ?? 0,
    })),
  };
}

/** Of an even number the lower one of the two in the middle. */
function medianOf(total: (name: string) => number): Stats['firstAnswer']['medianSeconds'] {
  const middle = Math.ceil(total('answered') / 2);
  if (middle === 0) return null;
  let seen = 0;
  for (const [index, below] of ANSWER_TIMES.entries()) {
    seen += total(`answered.${below}`);
    if (seen >= middle) return { atLeast: ANSWER_TIMES[index - 1] ?? 0, below };
  }
  return { atLeast: ANSWER_TIMES.at(-1)!, below: null };
}
