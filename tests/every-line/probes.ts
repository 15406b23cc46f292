/** The requests that show what a line of the template is for. */
import type { Diagnostic } from '../../local/template/index.ts';
import { type Consumer, isConsumer, work } from './consumers.ts';
import { arrives, type QueueName } from './deliveries.ts';
import type { HelpDesk } from './help-desk.ts';
import { deliver, draftWithFile, exchangeFile, openTicket, rotate, signUp } from './journeys.ts';
import type { Removal, Round } from './rounds.ts';
import type { Seen } from './seen.ts';

type Asked =
  | 'tickets'
  | 'health'
  | 'attachments'
  | 'assistant'
  | 'stats'
  | 'webhooks'
  | 'rotation'
  | 'customers'
  | 'deploy'
  | 'default-group'
  | Consumer;

/**
 * `deploy`: only that the stack can be updated, custom resources among it. `logs of X`: that what X ran has left its log.
 * `route X`: the route that the function's event X names. `webhook X`: a delivery of channel X. `queue X`: what X's queue
 * is sent.
 */
export type ProbeName =
  | Asked
  | `logs of ${Asked | 'api'}`
  | `route ${string}`
  | `webhook ${string}`
  | `queue ${QueueName}`;

/**
 * Applies a template, and asks for every removal of the round. What the round needs made anew is made anew; with `same`,
 * functions keep the environments they have, where they are not asked for what a new one logs first.
 */
export async function probe(desk: HelpDesk, text: string, round: Round, environments: 'new' | 'same'): Promise<Seen[]> {
  const since = Date.now();
  const needed = ({ expectation: { probe, renewed } }: Removal): readonly string[] =>
    environments === 'new' || probe.startsWith('logs of ') ? renewed : withoutFunctions(renewed);
  const renewed = [...new Set(round.flatMap(needed))];
  if (round.some(({ expectation }) => askedBy(expectation.probe) === 'default-group')) await openDefaultGroup(desk);
  // An update deletes last: a custom resource has done its work by then.
  if (round.some(({ line }) => line.path.length === 0) && renewed.length > 0) await desk.apply(text);
  const { diagnostics } = await desk.apply(text, renewed);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  return inTurns(round, ({ line, expectation }) => {
    const mine = (resource = '') => resource === line.logicalId || expectation.renewed.includes(resource);
    const refused = errors.filter(({ resource }) => round.length === 1 || mine(resource));
    if (refused.length > 0) return Promise.resolve({ works: false, told: refused.map(tell).join('\n') });
    return ask(desk, expectation.probe, since);
  });
}

const withoutFunctions = (renewed: readonly string[]): readonly string[] =>
  renewed.filter((logicalId) => !logicalId.endsWith('Function'));

/** Each of them starts an environment; more at a time only hold each other up until the first is too late. */
const AT_ONCE = 6;

async function inTurns<T>(round: Round, work: (removal: Removal) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const left = [...round.entries()];
  const worker = async () => {
    for (let next = left.shift(); next; next = left.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

function tell({ resource, message, suggestion }: Diagnostic): string {
  return `${resource}: ${message}${suggestion === undefined ? '' : `; ${suggestion}`}`;
}

function askedBy(name: ProbeName): Asked {
  const asked = name.startsWith('logs of ') ? name.slice('logs of '.length) : name;
  return (asked === 'api' ? 'tickets' : asked) as Asked;
}

async function ask(desk: HelpDesk, name: ProbeName, since: number): Promise<Seen> {
  const asked = askedBy(name);
  const seen = await request(desk, asked);
  if (!seen.works || !name.startsWith('logs of ')) return seen;
  const group = LOG_GROUPS[name.slice('logs of '.length)] ?? '';
  return (await hasLogged(desk, group, since)) ? seen : { works: false, told: `nothing in ${group}` };
}

const LOG_GROUPS: Readonly<Record<string, string>> = {
  api: 'ApiAccessLogGroup',
  tickets: 'TicketsLogGroup',
  health: 'HealthLogGroup',
  attachments: 'AttachmentsLogGroup',
  assistant: 'AssistantLogGroup',
  rotation: 'RotateDatabaseSecretLogGroup',
  customers: 'JoinCustomersLogGroup',
  deploy: 'MigrateDatabaseLogGroup',
  'default-group': 'CloseDefaultSecurityGroupLogGroup',
  stats: 'StatsLogGroup',
  webhooks: 'WebhooksLogGroup',
  relay: 'RelayEventsLogGroup',
  triage: 'TriageLogGroup',
  'webhook-processor': 'WebhookProcessorLogGroup',
  sla: 'SlaMonitorLogGroup',
  notifications: 'NotificationsLogGroup',
  mailer: 'MailerLogGroup',
  'ticket-view': 'TicketViewLogGroup',
  'project-stats': 'ProjectStatsLogGroup',
  guardrail: 'GuardrailLogGroup',
  'attachment-processor': 'AttachmentProcessorLogGroup',
};

const TICKET = JSON.stringify({
  subject: 'Printer on fire',
  body: 'By the window.',
  requesterEmail: 'ada@example.com',
});

const TICKET_ID = '01a1fc97-797b-7f8e-ac0c-93846bc55c5a';

const ATTACHMENT_ID = '01a1fe4e-7d1d-7753-b504-8fa2647066b5';

/** By the name of the function's event. A ticket that is not there is an answer too. */
const ROUTES: Readonly<Record<string, readonly [method: string, path: string, body?: string]>> = {
  CreateTicket: ['POST', '/tickets', TICKET],
  ListTickets: ['GET', '/tickets'],
  SearchTickets: ['GET', '/tickets/search?q=printer'],
  GetTicket: ['GET', `/tickets/${TICKET_ID}`],
  UpdateTicket: ['PATCH', `/tickets/${TICKET_ID}`, '{"priority":"high"}'],
  AddMessage: ['POST', `/tickets/${TICKET_ID}/messages`, '{"body":"x","author":"ada"}'],
  AnnounceAttachment: [
    'POST',
    `/tickets/${TICKET_ID}/attachments`,
    '{"fileName":"smoke.jpg","contentType":"image/jpeg","size":1}',
  ],
  FetchAttachment: ['GET', `/tickets/${TICKET_ID}/attachments/${ATTACHMENT_ID}`],
  DraftReply: ['POST', `/tickets/${TICKET_ID}/draft`],
  Health: ['GET', '/health'],
  GetStats: ['GET', '/stats'],
  // Unsigned: to be told so is an answer.
  Deliver: ['POST', '/webhooks/generic', '{}'],
};

/** Whether a message tells of a request of this route, by the ARN that it has as a source. */
export function isOfRoute(event: string, message: string): boolean {
  const [method, path = ''] = ROUTES[event] ?? [];
  const resource = path
    .replace(TICKET_ID, '{id}')
    .replace(ATTACHMENT_ID, '{attachmentId}')
    .replace('/generic', '/{channel}')
    .replace(/\?.*/, '');
  return message.split(/[\s,]/).some((word) => word.endsWith(`/v1/${method}${resource}`));
}

async function request(desk: HelpDesk, asked: string): Promise<Seen> {
  if (isConsumer(asked)) return work(desk, asked);
  const [kind, name = ''] = asked.split(' ');
  if (kind === 'queue') return arrives(desk, name as QueueName);
  if (kind === 'webhook') return deliver(desk, name);
  switch (asked) {
    case 'deploy':
    case 'default-group':
      return { works: true, told: '' };
    case 'tickets':
      return openTicket(desk);
    case 'stats':
      return fetchRoute(desk, 'GetStats');
    case 'webhooks':
      return deliver(desk, 'generic');
    case 'health':
      return fetchRoute(desk, 'Health');
    case 'attachments':
      return exchangeFile(desk);
    case 'assistant':
      return draftWithFile(desk);
    case 'rotation':
      return rotate(desk);
    case 'customers':
      return signUp(desk);
    default:
      return fetchRoute(desk, asked.replace('route ', ''));
  }
}

async function fetchRoute(desk: HelpDesk, route: string): Promise<Seen> {
  const [method, path, body] = ROUTES[route] ?? [];
  if (!method) throw new Error(`no request is known for ${route}`);
  const headers = { Authorization: await desk.token(), 'content-type': 'application/json' };
  const response = await fetch(`${desk.apiUrl}${path}`, { method, headers, ...(body !== undefined && { body }) });
  const text = await response.text();
  return { works: response.status < 500 && ![401, 403].includes(response.status), told: `${response.status} ${text}` };
}

/** With what a new VPC's has, so that there is something to close. */
async function openDefaultGroup({ cloud }: HelpDesk): Promise<void> {
  const vpc = cloud.reconciler.resources('help-desk').find(({ logicalId }) => logicalId === 'Vpc');
  const GroupId = String(vpc?.attributes['DefaultSecurityGroup']);
  const everybody = [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }];
  const itself = [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] }];
  for (const [operation, IpPermissions] of [
    ['AuthorizeSecurityGroupEgress', everybody],
    ['AuthorizeSecurityGroupIngress', itself],
  ] as const) {
    const call = { caller: { kind: 'client' }, service: 'ec2', operation, input: { GroupId, IpPermissions } } as const;
    // It may be open still.
    await cloud.kernel.dispatch(call).catch((error: { code?: string }) => {
      if (error.code !== 'InvalidPermission.Duplicate') throw error;
    });
  }
}

async function hasLogged({ cloud }: HelpDesk, logicalId: string, since: number): Promise<boolean> {
  const group = cloud.physicalIds()[logicalId] ?? '';
  const { logs } = cloud.kernel.telemetry;
  for (let waited = 0; waited < 40; waited += 1) {
    if ((logs.filter({ group, startTime: since, limit: 1 })?.events.length ?? 0) > 0) return true;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return false;
}
