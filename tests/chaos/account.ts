/** The account of every message: what clients were told, held against what is there when everything is quiet. */

/** One request to open a ticket, with a subject of its own. */
export interface Attempt {
  readonly subject: string;
  /**
   * `accepted`: 201. `refused`: 4xx, so nothing may be left of it. `unknown`: 5xx, or no answer at all. It may have
   * happened; if it has, then all of it.
   */
  readonly outcome: 'accepted' | 'refused' | 'unknown';
  /** Of the ticket, where it was accepted. */
  readonly id?: string;
  /** The status, or why there is none. */
  readonly answer: string;
}

export interface StoredTicket {
  readonly id: string;
  readonly subject: string;
  readonly isSorted: boolean;
  readonly messages: number;
}

/** A row of the outbox. */
export interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly ticketId: string;
  readonly isPublished: boolean;
}

export interface QueueDepth {
  readonly name: string;
  /** Visible, delayed and in flight. */
  readonly messages: number;
}

export interface Evidence {
  readonly tickets: readonly StoredTicket[];
  readonly events: readonly StoredEvent[];
  readonly queues: readonly QueueDepth[];
  /** Ids of tickets, once for each notification of their opening; undefined where nobody is notified. */
  readonly notified?: readonly string[];
}

export interface Account {
  /** What is counted, and how many. */
  readonly lines: readonly (readonly [what: string, count: number])[];
  /** Every message that is not where it has to be, in words. Empty: nothing lost, nothing doubled. */
  readonly differences: readonly string[];
}

/** Every ticket has one of each. */
const ONCE = ['TicketOpened', 'TicketTriaged'];

/** @param wanted how many tickets clients were to get accepted */
export function accountOf(wanted: number, attempts: readonly Attempt[], evidence: Evidence): Account {
  const bySubject = grouped(evidence.tickets, ({ subject }) => subject);
  const asked = new Set(attempts.map(({ subject }) => subject));
  const differences: string[] = [];
  const stored = (outcome: Attempt['outcome']): number =>
    attempts.reduce((sum, attempt) => {
      return sum + (attempt.outcome === outcome ? (bySubject.get(attempt.subject)?.length ?? 0) : 0);
    }, 0);
  const count = (outcome: Attempt['outcome']) => attempts.filter((attempt) => attempt.outcome === outcome).length;

  if (count('accepted') !== wanted) differences.push(`${count('accepted')} tickets were accepted, wanted: ${wanted}`);
  for (const attempt of attempts) {
    differences.push(...differencesOfAttempt(attempt, bySubject.get(attempt.subject) ?? []));
  }
  for (const { id, subject } of evidence.tickets) {
    if (!asked.has(subject)) differences.push(`ticket ${id} is there, and nobody asked for it: ${subject}`);
  }
  const { once, ...ofTickets } = differencesOfTickets(evidence);
  differences.push(...ofTickets.differences);
  const notified = evidence.notified && notifications(evidence.tickets, evidence.notified);
  differences.push(...(notified?.differences ?? []));
  for (const { name, messages } of evidence.queues) {
    if (messages > 0) differences.push(`queue ${name} has ${messages} messages`);
  }
  return {
    lines: [
      ['tickets wanted', wanted],
      ['accepted with 201', count('accepted')],
      ['  stored', stored('accepted')],
      ['refused with 4xx', count('refused')],
      ['  stored', stored('refused')],
      ['answered 5xx, or not at all', count('unknown')],
      ['  stored', stored('unknown')],
      ['answers other than 201', attempts.length - count('accepted')],
      ...answersOf(attempts),
      ['tickets stored in all', evidence.tickets.length],
      ...ONCE.map((type): [string, number] => [`  with ${type} once`, once.get(type) ?? 0]),
      ['  sorted', evidence.tickets.filter(({ isSorted }) => isSorted).length],
      ...(notified ? [['  notified once', notified.once] as const] : []),
      ['events in the outbox', evidence.events.length],
      ['  not published', evidence.events.filter(({ isPublished }) => !isPublished).length],
      ['queues', evidence.queues.length],
      ['  messages in them', evidence.queues.reduce((sum, { messages }) => sum + messages, 0)],
    ],
    differences,
  };
}

/** What was said in place of 201, the most frequent first. */
function answersOf(attempts: readonly Attempt[]): (readonly [string, number])[] {
  const others = attempts.filter(({ outcome }) => outcome !== 'accepted');
  return [...grouped(others, ({ answer }) => answer)]
    .map(([answer, those]) => [`  ${answer}`, those.length] as const)
    .toSorted(([, one], [, other]) => other - one);
}

function differencesOfAttempt({ subject, outcome, id, answer }: Attempt, found: readonly StoredTicket[]): string[] {
  const ids = found.map((ticket) => ticket.id).join(', ');
  if (found.length > 1) return [`stored ${found.length} times: ${subject} (${answer}): ${ids}`];
  if (outcome === 'accepted' && ids !== id) return [`accepted as ${id}, and stored as ${ids || 'nothing'}: ${subject}`];
  if (outcome === 'refused' && found.length > 0) return [`refused with ${answer}, and stored as ${ids}: ${subject}`];
  return [];
}

/** Of whatever is stored, accepted or not. */
function differencesOfTickets({ tickets, events }: Evidence): { once: Map<string, number>; differences: string[] } {
  const differences: string[] = [];
  const once = new Map<string, number>();
  const known = new Set(tickets.map(({ id }) => id));
  const byTicket = grouped(events, ({ ticketId }) => ticketId);
  for (const { id, isSorted, messages } of tickets) {
    if (messages !== 1) differences.push(`ticket ${id} has ${messages} messages in place of one`);
    if (!isSorted) differences.push(`ticket ${id} is not sorted`);
    for (const type of ONCE) {
      const times = byTicket.get(id)?.filter((event) => event.type === type).length ?? 0;
      if (times === 1) once.set(type, (once.get(type) ?? 0) + 1);
      else differences.push(`ticket ${id} has ${type} ${times} times`);
    }
  }
  for (const { id, type, ticketId, isPublished } of events) {
    if (!known.has(ticketId)) differences.push(`${type} ${id} tells of ticket ${ticketId}, which is not there`);
    if (!isPublished) differences.push(`${type} ${id} of ticket ${ticketId} was not published`);
  }
  return { once, differences };
}

function notifications(tickets: readonly StoredTicket[], notified: readonly string[]) {
  const differences: string[] = [];
  const times = grouped(notified, (id) => id);
  let once = 0;
  for (const { id } of tickets) {
    const told = times.get(id)?.length ?? 0;
    if (told === 1) once += 1;
    else differences.push(`ticket ${id} was notified ${told} times`);
    times.delete(id);
  }
  for (const id of times.keys()) differences.push(`notified of ticket ${id}, which is not there`);
  return { once, differences };
}

function grouped<Value>(values: readonly Value[], key: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const group = groups.get(key(value));
    if (group) group.push(value);
    else groups.set(key(value), [value]);
  }
  return groups;
}
