/**
 * What an organisation wants done with its tickets, as configured beside the code: steps, told apart by the domain of the
 * requester's address. A step that is wrong is named and left out; nothing here keeps a ticket from being sorted.
 */
import { REQUESTER_KINDS, type RequesterKind } from './notices.ts';
import { LIMITS, PRIORITIES, type Priority } from './requests.ts';
import {
  addMessage,
  type Changed,
  changeTicket,
  type Message,
  type Moment,
  sizeOf,
  sortTicket,
  type Ticket,
} from './ticket.ts';
import { CATEGORIES, type Triage } from './triage.ts';
import { type Check, oneOf, text } from './validation.ts';

/** Who signs what no person wrote. */
const AUTOMATIC_AUTHOR = 'Automatic reply';
export const isAutomatic = (author: string): boolean => author === AUTOMATIC_AUTHOR;

export type Step =
  /** To a person or a team, unless somebody has it already. */
  | { readonly step: 'assign'; readonly to: string }
  /** At least so urgent, unless somebody has said how urgent it is. */
  | { readonly step: 'raise-priority'; readonly to: Priority }
  | { readonly step: 'set-category'; readonly to: Triage['category'] }
  | { readonly step: 'reply'; readonly body: string }
  /** The requester hears nothing of these; of nothing at all where no kinds are given. */
  | { readonly step: 'skip-notifications'; readonly kinds: readonly RequesterKind[] };

export interface Hooks {
  readonly steps: readonly Step[];
  /** What was left out, and why; without a word of the configuration but the names of steps. */
  readonly problems: readonly string[];
}

export const NO_HOOKS: Hooks = { steps: [], problems: [] };

/** How many steps there may be: each takes time within the ticket's transaction. */
const MOST_STEPS = 20;

/** Whose steps apply to a requester: keys of the configuration, the first that has one. */
export function tenantKeys(requesterEmail: string): readonly string[] {
  return [requesterEmail.slice(requesterEmail.lastIndexOf('@') + 1).toLowerCase(), '*'];
}

/**
 * Finds what holds for a requester. Rejects as `read` does.
 * @param read gives what is configured under a key
 */
export function tenantHooks(read: (key: string) => Promise<unknown>): (requesterEmail: string) => Promise<Hooks> {
  return async (requesterEmail) => {
    for (const key of tenantKeys(requesterEmail)) {
      const configuration = await read(key);
      if (configuration !== undefined) return hooksFrom(configuration);
    }
    return NO_HOOKS;
  };
}

/** Reads `{ steps: [...] }`. Never throws. */
export function hooksFrom(configuration: unknown): Hooks {
  const steps = isRecord(configuration) ? configuration['steps'] : undefined;
  if (!Array.isArray(steps)) return { steps: [], problems: ['steps is no list'] };
  const found: Step[] = [];
  const problems: string[] = [];
  for (const [index, given] of steps.slice(0, MOST_STEPS).entries()) {
    const outcome = stepFrom(given);
    if (typeof outcome === 'string') problems.push(`step ${index + 1} ${outcome}`);
    else found.push(outcome);
  }
  if (steps.length > MOST_STEPS) problems.push(`there are more than ${MOST_STEPS} steps`);
  return { steps: found, problems };
}

const person = text({ maximum: LIMITS.person, lines: 'one' });

/** The step, or what is wrong with it. */
function stepFrom(given: unknown): Step | string {
  if (!isRecord(given)) return 'is no object';
  const { step } = given;
  switch (step) {
    case 'assign':
      return checked(given, 'to', person, (to) => ({ step, to }));
    case 'raise-priority':
      return checked(given, 'to', oneOf(PRIORITIES), (to) => ({ step, to }));
    case 'set-category':
      return checked(given, 'to', oneOf(CATEGORIES), (to) => ({ step, to }));
    case 'reply':
      return checked(given, 'body', text({ maximum: LIMITS.body, lines: 'many' }), (body) => ({ step, body }));
    case 'skip-notifications':
      return checked({ kinds: REQUESTER_KINDS, ...given }, 'kinds', listOf(oneOf(REQUESTER_KINDS)), (kinds) => ({
        step,
        kinds,
      }));
    default:
      return typeof step === 'string' ? `${JSON.stringify(step.slice(0, 30))} is none that there is` : 'has no name';
  }
}

function checked<T>(
  given: Readonly<Record<string, unknown>>,
  field: string,
  check: Check<T>,
  made: (value: T) => Step,
): Step | string {
  const outcome = check(given[field]);
  return outcome.ok ? made(outcome.value) : `(${String(given['step'])}): ${field} ${outcome.problem}`;
}

function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return { ok: false, problem: 'must be a list' };
    const outcomes = value.map(check);
    const wrong = outcomes.find((outcome) => !outcome.ok);
    if (wrong && !wrong.ok) return { ok: false, problem: `has one that ${wrong.problem}` };
    return { ok: true, value: outcomes.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])) };
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export interface SortedForTenant extends Changed {
  readonly messages: readonly Message[];
}

/**
 * `sortTicket`, and the tenant's steps with it; a ticket that is not sorted now is left alone by them too.
 * @param size what the ticket's messages take already, as `sizeOf` counts
 */
export function sortForTenant(
  ticket: Ticket,
  found: { readonly triage: Triage; readonly by: 'model' | 'rules' },
  steps: readonly Step[],
  size: number,
  moment: Moment,
): SortedForTenant {
  let current: Changed = sortTicket(ticket, overridden(found.triage, steps), found.by, moment);
  if (current.ticket === ticket) return { ...current, messages: [] };
  const messages: Message[] = [];
  let taken = size;
  for (const step of steps) {
    if (step.step === 'assign' && current.ticket.assignee === null) {
      const assigned = changeTicket(current.ticket, { assignee: step.to }, moment);
      current = { ticket: assigned.ticket, events: [...current.events, ...assigned.events] };
    }
    if (step.step === 'reply') {
      const wanted = { author: AUTOMATIC_AUTHOR, body: step.body };
      // A ticket that takes no more is answered by people.
      if (taken + sizeOf(wanted) > LIMITS.ticketBytes) continue;
      const replied = addMessage(current.ticket, wanted, taken, moment);
      current = { ticket: replied.ticket, events: [...current.events, ...replied.events] };
      messages.push(replied.message);
      taken += sizeOf(wanted);
    }
  }
  return { ...current, messages };
}

function overridden(triage: Triage, steps: readonly Step[]): Triage {
  let { category, priority } = triage;
  for (const step of steps) {
    if (step.step === 'set-category') category = step.to;
    if (step.step === 'raise-priority' && PRIORITIES.indexOf(step.to) > PRIORITIES.indexOf(priority)) {
      priority = step.to;
    }
  }
  return { ...triage, category, priority };
}

/** Of what the requester is not told. */
export function skippedKinds(steps: readonly Step[]): ReadonlySet<RequesterKind> {
  return new Set(steps.flatMap((step) => (step.step === 'skip-notifications' ? step.kinds : [])));
}
