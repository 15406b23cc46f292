/**
 * What other commands ask the running instance for: `/_sampan/logs`, what functions log, past and as it comes, one JSON
 * object a line; `/_sampan/logs-query`, what Logs Insights finds in it; `/_sampan/traces`, what was traced; `/_sampan/token`, tokens of a user;
 * `/_sampan/cloudwatch`, metrics and alarms; `/_sampan/messaging`, queues, events and mails; `/_sampan/resources`,
 * physical ids by logical id.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EndpointRoute } from '../doors/aws-endpoint/index.ts';
import type { LogArchive, LogEvent, LogSource, Telemetry } from '../kernel/index.ts';
import type { Cloud } from './cloud.ts';
import { answerCloudWatchQuery } from './cloudwatch-query.ts';
import { issueLocalToken } from './local-token.ts';
import { queryLogs } from './logs-query.ts';
import { answerMessagingQuery } from './messaging-query.ts';
import { findTraces } from './trace-query.ts';

/** One line of the stream. */
export interface StreamedLog {
  readonly source: LogSource;
  readonly event: LogEvent;
}

/** What a slow reader may have unread before it is cut off, in bytes. */
const BACKLOG_LIMIT = 16 * 1024 * 1024;

/**
 * `/_sampan/logs` takes `group` (repeatable; all when absent), `since` (ms since 1970) and `follow=1`.
 * @param cloud asked at each request: the routes exist before it does
 */
export function internalRoutes(cloud: () => Cloud): readonly EndpointRoute[] {
  return [
    {
      method: 'GET',
      path: '/_sampan/logs',
      handle: (request, response) => streamLogs(request, response, cloud().kernel.telemetry, cloud().labelOf),
    },
    {
      method: 'GET',
      path: '/_sampan/logs-query',
      handle: (request, response) => void sendQueryRows(request, response, cloud()),
    },
    {
      method: 'GET',
      path: '/_sampan/traces',
      handle: (request, response) => void sendTraces(request, response, cloud().kernel.telemetry),
    },
    {
      method: 'GET',
      path: '/_sampan/token',
      handle: (request, response) => sendToken(request, response, cloud()),
    },
    {
      method: 'GET',
      path: '/_sampan/cloudwatch',
      handle: (request, response) => void answerCloudWatchQuery(request, response, cloud().kernel),
    },
    {
      method: 'POST',
      path: '/_sampan/messaging',
      handle: (request, response, environmentId) =>
        answerMessagingQuery(request, response, cloud().kernel, environmentId),
    },
    {
      method: 'GET',
      path: '/_sampan/resources',
      handle: (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(cloud().physicalIds()));
      },
    },
  ];
}

function streamLogs(
  request: IncomingMessage,
  response: ServerResponse,
  telemetry: Telemetry,
  labelOf: (group: string) => string,
): void {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const groups = searchParams.getAll('group');
  const since = searchParams.get('since');
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  if (since !== null) {
    for (const streamed of pastLogs(telemetry, groups, Number(since), labelOf))
      response.write(`${JSON.stringify(streamed)}\n`);
  }
  if (searchParams.get('follow') !== '1') {
    response.end();
    return;
  }
  // The headers leave now: the reader knows that nothing from here on is missed.
  response.flushHeaders();
  const unsubscribe = telemetry.onLog((source, event, isKept) => {
    if (!isKept || (groups.length > 0 && !groups.includes(source.logGroup))) return;
    if (response.writableLength > BACKLOG_LIMIT) response.destroy();
    else response.write(`${JSON.stringify({ source, event } satisfies StreamedLog)}\n`);
  });
  response.on('close', unsubscribe);
}

/** `/_sampan/token` takes `user`, `pool` and `client`. */
async function sendToken({ url = '/' }: IncomingMessage, response: ServerResponse, cloud: Cloud): Promise<void> {
  const { searchParams } = new URL(url, 'http://localhost');
  const value = (name: string) => searchParams.get(name) ?? undefined;
  const question = { user: value('user'), pool: value('pool'), client: value('client') };
  const [status, answer] = await issueLocalToken(cloud, question).then(
    (token) => [200, token] as const,
    (error: Error) => [400, { message: error.message }] as const,
  );
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

/** `/_sampan/logs-query` takes `query`, `since`, `until` (ms since 1970) and `name` (repeatable; all groups when absent). */
async function sendQueryRows(
  request: IncomingMessage,
  response: ServerResponse,
  { kernel, labelOf }: Cloud,
): Promise<void> {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const until = searchParams.get('until');
  const { logs } = kernel.telemetry;
  let status = 200;
  let answer: object;
  try {
    answer = {
      rows: await queryLogs(logs, {
        text: searchParams.get('query') ?? '',
        groups: groupsNamed(logs, searchParams.getAll('name'), labelOf),
        since: Number(searchParams.get('since') ?? 0),
        until: until === null ? undefined : Number(until),
        accountId: kernel.accountId,
      }),
    };
  } catch (error) {
    status = 400;
    answer = { message: (error as Error).message };
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

/** Groups by their own name, or by the function that logs to them; all without a name. */
export function groupsNamed(
  archive: LogArchive,
  names: readonly string[],
  labelOf: (group: string) => string,
): readonly string[] {
  const all = archive.groups().map(({ name }) => name);
  return names.length === 0 ? all : all.filter((group) => names.includes(group) || names.includes(labelOf(group)));
}

/** `/_sampan/traces` takes `id`, or `since` (ms since 1970), `filter` and `limit`. */
async function sendTraces(request: IncomingMessage, response: ServerResponse, telemetry: Telemetry): Promise<void> {
  const { searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const number = (name: string) => (searchParams.has(name) ? Number(searchParams.get(name)) : undefined);
  let answer: object;
  let status = 200;
  try {
    const query = { since: number('since'), limit: number('limit') };
    const [id, filter] = [searchParams.get('id') ?? undefined, searchParams.get('filter') ?? undefined];
    answer = { traces: await findTraces(telemetry, { ...query, id, filter }) };
  } catch (error) {
    status = 400;
    answer = { message: (error as Error).message };
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
}

/** What was logged since a moment (ms since 1970), in order of time across groups. */
export function pastLogs(
  telemetry: Telemetry,
  groups: readonly string[],
  since: number,
  labelOf: (group: string) => string,
): StreamedLog[] {
  const wanted = groups.length > 0 ? groups : telemetry.logs.groups().map(({ name }) => name);
  const found = wanted.flatMap((group) => {
    const events = [];
    let nextToken: string | undefined;
    do {
      const page = telemetry.logs.filter({ group, startTime: since, ...(nextToken && { nextToken }) });
      if (!page) break;
      events.push(...page.events);
      nextToken = page.nextToken;
    } while (nextToken);
    return events.map(({ timestamp, message, logStream }) => ({
      source: { logGroup: group, logStream, label: labelOf(group) },
      event: { timestamp, message },
    }));
  });
  return found.sort((a, b) => a.event.timestamp - b.event.timestamp);
}
