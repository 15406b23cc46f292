/**
 * Which lines are taken out at the same time: those that show in requests of their own and do not disturb each other. What
 * nobody misses is taken out by the dozen.
 */
import { type Expectation, expectationOf, type Lane } from './expectations.ts';
import type { Line } from './lines.ts';
import { isOfRoute } from './probes.ts';
import { applyEdits } from './source-edits.ts';

export interface Removal {
  readonly line: Line;
  readonly expectation: Expectation;
}

export type Round = readonly Removal[];

/** Half of the lines, to be tried beside the other half. */
export const isAboutPermissions = ({ kind }: Line): boolean => /^(role|key|trust|managed|condition)/.test(kind);

export function roundsOf(lines: readonly Line[]): Round[] {
  const removals = lines.map((line): Removal => ({ line, expectation: expectationOf(line) }));
  const missed = removals.filter(({ expectation }) => expectation.kind !== 'unknown');
  const unmissed = removals.filter(({ expectation }) => expectation.kind === 'unknown');
  // The widest first: the others fit in between.
  const widestFirst = missed.toSorted((a, b) => widthOf(b) - widthOf(a));
  return [...packed(widestFirst, apart), ...packed(unmissed, canBeCutTogether)];
}

/** For those who only look: of each resource one line at a time, whether anybody misses it here or not. */
export function looksAt(lines: readonly Line[]): Round[] {
  const removals = lines.map((line): Removal => ({ line, expectation: expectationOf(line) }));
  const getAlong = (one: Removal, other: Removal) =>
    one.line.logicalId !== other.line.logicalId && apart(one, other) && !hidesOthers(one) && !hidesOthers(other);
  return [
    ...packed(
      removals.filter((removal) => !breaksNothing(removal)),
      getAlong,
    ),
    ...packed(removals.filter(breaksNothing), canBeCutTogether),
  ];
}

/** Nobody misses it on AWS either. */
export function breaksNothing({ expectation }: Removal): boolean {
  return expectation.kind === 'unknown' && expectation.breaksNothing;
}

/** Without it AWS does not make half of the stack, and what would be wrong with that cannot be seen. */
function hidesOthers({ line: { logicalId, kind } }: Removal): boolean {
  const isTrust = kind === 'trust' || kind === 'condition';
  return logicalId === 'DataKey' || (isTrust && /^Database(Proxy|Monitoring)Role$/.test(logicalId));
}

const widthOf = ({ expectation }: Removal): number => expectation.lanes.length;

/** Each into the first round where it gets along with all. */
function packed(removals: readonly Removal[], getAlong: (one: Removal, other: Removal) => boolean): Removal[][] {
  const rounds: Removal[][] = [];
  for (const removal of removals) {
    const round = rounds.find((others) => others.every((other) => getAlong(removal, other)));
    if (round) round.push(removal);
    else rounds.push([removal]);
  }
  return rounds;
}

/** An API's routes are asked together: what stands behind one stands behind the others. */
function apart(one: Removal, other: Removal): boolean {
  const [lanes, others] = [one.expectation.lanes, other.expectation.lanes];
  if (isRoute(lanes[0]) !== isRoute(others[0])) return false;
  return !lanes.some((lane) => others.includes(lane)) && canBeCutTogether(one, other);
}

const isRoute = (lane: Lane | undefined): boolean => lane?.startsWith('route ') === true;

/** Of a list only one at a time: none may become empty. */
function canBeCutTogether({ line: one }: Removal, { line: other }: Removal): boolean {
  if (isListItem(one) && listOf(one) === listOf(other)) return false;
  return !one.edits.some((a) => other.edits.some((b) => a.start < b.end && b.start < a.end));
}

const isListItem = ({ path }: Line): boolean => typeof path.at(-1) === 'number';
const listOf = ({ logicalId, path }: Line): string => [logicalId, ...path.slice(0, -1)].join('.');

/** The template without all of them. */
export function without(text: string, round: Round): string {
  return applyEdits(
    text,
    round.flatMap(({ line }) => line.edits),
  );
}

/** In whose messages a lane's function is named. */
const NAMED: Readonly<Partial<Record<Lane, RegExp>>> = {
  tickets: /Tickets(Function|Role)/,
  health: /Health(Function|Role)/,
  attachments: /Attachments(Function|Role)/,
  assistant: /Assistant(Function|Role)/,
  schema: /MigrateDatabase|RDS proxy \S+ refused|^proxy \S+ →|\/RDS-Proxy-/,
  rotation: /RotateDatabaseSecret|rotate-database-secret|Rotation(Started|Succeeded|Failed)/,
  customers: /JoinCustomers|cognito-idp\.amazonaws\.com/,
  'default-group': /CloseDefaultSecurityGroup/,
  'flow-logs': /^logs\.[\w-]+\.amazonaws\.com: the key policy|\bFlowLogGroup\b/,
  stats: /\bStats(Function|Role)/,
  webhooks: /Webhooks(Function|Role)/,
  relay: /RelayEvents(Function|Role)/,
  triage: /Triage(Function|Role)/,
  'webhook-processor': /WebhookProcessor(Function|Role)/,
  sla: /SlaMonitor(Function|Role)/,
  notifications: /Notifications(Function|Role)/,
  mailer: /Mailer(Function|Role)/,
  'ticket-view': /TicketView(Function|Role)/,
  'project-stats': /ProjectStats(Function|Role)/,
  'attachment-processor': /AttachmentProcessor(Function|Role)/,
  guardrail: /Guardrail(Function|Role)/,
  trail: /cloudtrail\.amazonaws\.com/,
  'queue Triage': /Triage(Rule|Queue|DeadLetters)/,
  'queue TicketView': /TicketView(Rule|Queue|DeadLetters)/,
  'queue Notifications': /Notifications(Rule|Queue|DeadLetters)/,
  'queue Mail': /Mail(Queue|DeadLetters)/,
  'queue Guardrail': /Guardrail(Rule|Queue|DeadLetters)/,
  'queue AttachmentProcessor': /AttachmentProcessor(Rule|Queue|DeadLetters)/,
};

/** Whether a message is about this removal, among all of its round: it names its function, or nobody else's. */
export function isAbout(removal: Removal, message: string, round: Round): boolean {
  const isNamedIn = ({ expectation: { lanes } }: Removal) =>
    lanes.some((lane) =>
      isRoute(lane) ? isOfRoute(lane.slice('route '.length), message) : NAMED[lane]?.test(message),
    );
  return isNamedIn(removal) || !round.some((other) => other !== removal && isNamedIn(other));
}
