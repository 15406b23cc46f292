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
  /** Of them, those that nobody is trying, or has tried just now. */
  readonly visible?: number;
}

/** What was handed over to the world. */
export interface Mail {
  /** The same for a mail that comes twice. */
  readonly id: string;
  /** Of the event it tells of. */
  readonly eventId: string;
}

/** What became of a message that nobody can handle. */
export interface PoisonsFate {
  /** How often it lies among the dead letters. */
  readonly dead: number;
  /** How often it was received before. */
  readonly tries: number;
  /** As its queue has it. */
  readonly mostTries: number;
  /** Mails that were handed over while it was tried. */
  readonly passedBy: number;
}

export interface Evidence {
  readonly tickets: readonly StoredTicket[];
  readonly events: readonly StoredEvent[];
  /** But for what poison leaves. */
  readonly queues: readonly QueueDepth[];
  readonly mails: readonly Mail[];
  /** Undefined where none was sent. */
  readonly poison?: PoisonsFate;
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
  const notified = notifications(evidence);
  differences.push(...notified.differences, ...differencesOfPoison(evidence.poison));
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
      ['  notified once', notified.once],
      ['mails handed over', evidence.mails.length],
      ['  again, under the id of one before', notified.again],
      ['events in the outbox', evidence.events.length],
      ['  not published', evidence.events.filter(({ isPublished }) => !isPublished).length],
      ['queues', evidence.queues.length],
      ['  messages in them', evidence.queues.reduce((sum, { messages }) => sum + messages, 0)],
      ...linesOfPoison(evidence.poison),
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

/** Of the opening of tickets. A mail that came twice under one id is one: whoever reads it can tell. */
function notifications({ tickets, events, mails }: Evidence) {
  const differences: string[] = [];
  const byId = new Map(mails.map((mail) => [mail.id, mail]));
  const byEvent = grouped([...byId.values()], ({ eventId }) => eventId);
  const openings = events.filter(({ type }) => type === 'TicketOpened');
  const times = new Map<string, number>();
  for (const { id, ticketId } of openings) {
    times.set(ticketId, (times.get(ticketId) ?? 0) + (byEvent.get(id)?.length ?? 0));
    byEvent.delete(id);
  }
  let once = 0;
  for (const { id } of tickets) {
    const told = times.get(id) ?? 0;
    if (told === 1) once += 1;
    else differences.push(`ticket ${id} was notified ${told} times`);
  }
  for (const id of byEvent.keys()) differences.push(`notified of event ${id}, which is no opening of a ticket`);
  return { once, again: mails.length - byId.size, differences };
}

function differencesOfPoison(poison: PoisonsFate | undefined): string[] {
  if (!poison) return [];
  const { dead, tries, mostTries, passedBy } = poison;
  return [
    ...(dead === 1 ? [] : [`the poison is ${dead} times among the dead letters`]),
    ...(tries === mostTries ? [] : [`the poison was tried ${tries} times in place of ${mostTries}`]),
    ...(passedBy > 0 ? [] : ['nothing passed the poison by']),
  ];
}

function linesOfPoison(poison: PoisonsFate | undefined): (readonly [string, number])[] {
  if (!poison) return [];
  return [
    ['poison among the dead letters', poison.dead],
    ['  after tries', poison.tries],
    ['  mails that passed it by', poison.passedBy],
  ];
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
