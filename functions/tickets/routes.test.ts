import { randomBytes } from 'node:crypto';
import { DatabaseUnavailableError } from '@app/shared/database';
import { HttpError } from '@app/shared/http';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { serve } from '../../api/serve.ts';
import type { Caller } from '../../domain/caller.ts';
import type { HelpDeskEvent } from '../../domain/events.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { TicketNotFound } from '../../domain/problems.ts';
import { type Message, sizeOf, type Ticket } from '../../domain/ticket.ts';
import type { TicketRepository } from './repository.ts';
import { ticketRoutes } from './routes.ts';

/** Tickets in memory, in the order the database would list them in. */
function inMemory(): TicketRepository & { readonly messages: Message[] } {
  const tickets = new Map<string, Ticket>();
  const messages: Message[] = [];
  const existing = (id: string): Ticket => {
    const ticket = tickets.get(id);
    if (!ticket) throw new TicketNotFound();
    return ticket;
  };
  return {
    messages,
    async open({ ticket, message }) {
      tickets.set(ticket.id, ticket);
      messages.push(message);
    },
    async list({ filters, limit, after, requester }) {
      return [...tickets.values()]
        .reverse()
        .filter((ticket) => Object.entries(filters).every(([key, value]) => ticket[key as keyof Ticket] === value))
        .filter((ticket) => requester === undefined || ticket.requesterEmail === requester)
        .filter((ticket) => !after || ticket.createdAt < after.createdAt)
        .slice(0, limit);
    },
    find: async (id) => tickets.get(id),
    contents: async (id) => ({ messages: messages.filter(({ ticketId }) => ticketId === id), attachments: [] }),
    async change(id, decide) {
      const changed = decide(existing(id));
      tickets.set(id, changed.ticket);
      return changed;
    },
    async reply(id, decide) {
      const size = messages
        .filter(({ ticketId }) => ticketId === id)
        .reduce((sum, message) => sum + sizeOf(message), 0);
      const replied = decide(existing(id), size);
      tickets.set(id, replied.ticket);
      messages.push(replied.message);
      return replied;
    },
    search: async (terms, _limit, requester) =>
      [...tickets.values()]
        .filter(({ requesterEmail }) => requester === undefined || requesterEmail === requester)
        .filter(({ subject }) => terms.every((term) => subject.includes(term))),
  };
}

type Request = Partial<APIGatewayProxyEvent> & { json?: unknown };
type Body = Record<string, unknown> & { error?: { code: string; message: string; requestId: string } };

let repository: ReturnType<typeof inMemory>;
let announced: HelpDeskEvent[];
let second: number;
const error = jest.fn<(message: string, error: Error) => void>();

let caller: Caller;
const agent: Caller = { role: 'agent', email: 'grace@example.com' };
const ada: Caller = { role: 'customer', email: 'ada@example.com' };
const bob: Caller = { role: 'customer', email: 'bob@example.com' };

async function call(route: string, { json, ...parts }: Request = {}, allowOrigin = '*') {
  const [httpMethod = '', resource = ''] = route.split(' ');
  const path = resource.replace('{id}', parts.pathParameters?.['id'] ?? '');
  const routes = ticketRoutes({
    repository,
    moment: () => ({
      at: new Date(Date.UTC(2026, 10, 21, 3, 0, second++)).toISOString(),
      newId: () => uuidV7(second, randomBytes),
    }),
    announce: async (events) => void announced.push(...events),
  });
  const answering = serve({ routes, callerOf: () => caller, logger: { error }, corsAllowOrigin: allowOrigin });
  const answer: APIGatewayProxyResult = await answering({
    httpMethod,
    resource,
    path,
    headers: {},
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    body: json === undefined ? null : JSON.stringify(json),
    isBase64Encoded: false,
    requestContext: { requestId: 'request-1', path: `/v1${path}` },
    ...parts,
  } as APIGatewayProxyEvent);
  const body = (answer.body === '' ? {} : JSON.parse(answer.body)) as Body;
  return { status: answer.statusCode, headers: answer.headers ?? {}, body, code: body.error?.code };
}

const wish = { subject: 'printer', body: 'It burns', requesterEmail: 'ada@example.com' };

async function opened(subject = 'printer'): Promise<{ id: string; ETag: string }> {
  const { body, headers } = await call('POST /tickets', { json: { ...wish, subject } });
  return { id: String(body['id']), ETag: String(headers['ETag']) };
}

beforeEach(() => {
  repository = inMemory();
  caller = agent;
  announced = [];
  second = 0;
  error.mockClear();
});

describe('POST /tickets', () => {
  test('answers 201 with the ticket, where it is, and its tag', async () => {
    const { status, headers, body } = await call('POST /tickets', { json: wish });
    expect(status).toBe(201);
    expect(body).toMatchObject({ subject: 'printer', status: 'open', priority: 'normal', version: 1, attachments: [] });
    expect(body['messages']).toEqual([
      { id: expect.any(String), author: 'ada@example.com', body: 'It burns', createdAt: '2026-11-21T03:00:00.000Z' },
    ]);
    expect(headers).toMatchObject({ ETag: '"1"', Location: `/v1/tickets/${body['id']}` });
    expect(announced.map(({ type }) => type)).toEqual(['TicketOpened']);
  });

  test.each([
    [{ body: null }, 400, 'INVALID_JSON'],
    [{ body: '{"subject":' }, 400, 'INVALID_JSON'],
    [{ body: Buffer.from([0xff]).toString('base64'), isBase64Encoded: true }, 400, 'INVALID_ENCODING'],
    [{ json: [] }, 400, 'VALIDATION_FAILED'],
    [{ json: { ...wish, subject: 'x'.repeat(300) } }, 400, 'VALIDATION_FAILED'],
    [{ json: { ...wish, body: 7 } }, 400, 'VALIDATION_FAILED'],
    [{ json: { ...wish, more: true } }, 400, 'VALIDATION_FAILED'],
    [{ json: { ...wish, requesterEmail: 'ada' } }, 400, 'VALIDATION_FAILED'],
    [{ json: { ...wish, requesterEmail: undefined } }, 400, 'VALIDATION_FAILED'],
    [{ json: wish, headers: { 'content-type': 'text/plain' } }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [{ json: { ...wish, body: 'x'.repeat(600_000) } }, 413, 'PAYLOAD_TOO_LARGE'],
  ])('case %#: refuses, stores nothing', async (request, status, code) => {
    const answer = await call('POST /tickets', request as Request);
    expect(answer).toMatchObject({ status, code, body: { error: { requestId: 'request-1' } } });
    expect(await repository.list({ filters: {}, limit: 1, after: undefined, requester: undefined })).toEqual([]);
    expect(error).not.toHaveBeenCalled();
  });
});

describe('GET /tickets', () => {
  const subjects = (body: Body): string[] => (body['tickets'] as Ticket[]).map(({ subject }) => subject);

  test('goes through all pages, newest first, until there is no next one', async () => {
    for (const subject of ['a', 'b', 'c', 'd']) await opened(subject);
    const first = await call('GET /tickets', { queryStringParameters: { limit: '3' } });
    expect(subjects(first.body)).toEqual(['d', 'c', 'b']);
    const cursor = String(first.body['nextCursor']);
    const last = await call('GET /tickets', { queryStringParameters: { limit: '3', cursor } });
    expect(subjects(last.body)).toEqual(['a']);
    expect(last.body['nextCursor']).toBeNull();
  });

  test('a page that ends with the last ticket has no next one', async () => {
    await opened();
    expect((await call('GET /tickets', { queryStringParameters: { limit: '1' } })).body['nextCursor']).toBeNull();
  });

  test('filters', async () => {
    const { id, ETag } = await opened('a');
    await opened('b');
    await call('PATCH /tickets/{id}', {
      pathParameters: { id },
      headers: { 'If-Match': ETag },
      json: { assignee: 'grace' },
    });
    const { body } = await call('GET /tickets', { queryStringParameters: { assignee: 'grace', status: 'open' } });
    expect(subjects(body)).toEqual(['a']);
  });

  test('a cursor that was tampered with, or comes with other filters, is 400', async () => {
    for (const subject of ['a', 'b']) await opened(subject);
    const { body } = await call('GET /tickets', { queryStringParameters: { limit: '1' } });
    const cursor = String(body['nextCursor']);
    const tampered = cursor.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
    for (const query of [{ cursor: tampered }, { cursor: 'x' }, { cursor, status: 'open' }]) {
      const answer = await call('GET /tickets', { queryStringParameters: query });
      expect(answer).toMatchObject({ status: 400, code: 'INVALID_CURSOR' });
    }
  });

  test.each([{ limit: '0' }, { limit: 'all' }, { status: 'gone' }, { state: 'open' }])('%j is 400', async (query) => {
    const answer = await call('GET /tickets', { queryStringParameters: query as never });
    expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  test('a parameter given twice is 400', async () => {
    const answer = await call('GET /tickets', {
      queryStringParameters: { status: 'open' },
      multiValueQueryStringParameters: { status: ['closed', 'open'] },
    });
    expect(answer).toMatchObject({ status: 400, body: { error: { message: 'status must be given once' } } });
  });
});

describe('GET /tickets/{id}', () => {
  test('answers 200 with messages and the tag, 304 to whoever has it', async () => {
    const { id, ETag } = await opened();
    const full = await call('GET /tickets/{id}', { pathParameters: { id } });
    expect(full).toMatchObject({ status: 200, headers: { ETag }, body: { id, messages: [{ body: 'It burns' }] } });

    const again = await call('GET /tickets/{id}', { pathParameters: { id }, headers: { 'if-none-match': ETag } });
    expect(again).toMatchObject({ status: 304, headers: { ETag }, body: {} });

    await call('POST /tickets/{id}/messages', { pathParameters: { id }, json: { body: 'x', author: 'grace' } });
    const newer = await call('GET /tickets/{id}', { pathParameters: { id }, headers: { 'if-none-match': ETag } });
    expect(newer).toMatchObject({ status: 200, headers: { ETag: '"2"' } });
  });

  test.each([uuidV7(1, randomBytes), 'x', '', "' OR 1=1 --", '../health'])('%j is 404', async (id) => {
    const answer = await call('GET /tickets/{id}', { pathParameters: { id } });
    expect(answer).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

describe('PATCH /tickets/{id}', () => {
  const patch = (id: string, condition: string | undefined, json: unknown) =>
    call('PATCH /tickets/{id}', {
      pathParameters: { id },
      headers: condition === undefined ? {} : { 'If-Match': condition },
      json,
    });

  test('answers 200 with the new tag; the stale one is 412 afterwards', async () => {
    const { id, ETag } = await opened();
    const changed = await patch(id, ETag, { status: 'pending', assignee: 'grace' });
    expect(changed).toMatchObject({ status: 200, headers: { ETag: '"2"' }, body: { status: 'pending', version: 2 } });
    expect(await patch(id, ETag, { status: 'open' })).toMatchObject({ status: 412, code: 'VERSION_MOVED' });
    expect(await repository.find(id)).toMatchObject({ status: 'pending', version: 2 });
    expect(announced.map(({ type }) => type)).toEqual(['TicketOpened', 'TicketPending', 'TicketAssigned']);
  });

  test('without If-Match is 428', async () => {
    const { id } = await opened();
    for (const condition of [undefined, '', ' ']) {
      expect(await patch(id, condition, { status: 'closed' })).toMatchObject({
        status: 428,
        code: 'PRECONDITION_REQUIRED',
      });
    }
  });

  test('an If-Match that is no entity tag is 400', async () => {
    const { id } = await opened();
    expect(await patch(id, '1', { status: 'closed' })).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });

  test('a change that the status does not allow is 409', async () => {
    const { id, ETag } = await opened();
    await patch(id, ETag, { status: 'closed' });
    const answer = await patch(id, '*', { status: 'open' });
    expect(answer).toMatchObject({ status: 409, code: 'NOT_ALLOWED_IN_STATUS' });
  });

  test('of nothing, or to nonsense, is 400', async () => {
    const { id, ETag } = await opened();
    for (const json of [{}, { status: 'gone' }, { subject: 'x' }, null]) {
      expect(await patch(id, ETag, json)).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
    }
  });

  test('of a ticket that is not there is 404', async () => {
    expect(await patch(uuidV7(1, randomBytes), '*', { status: 'closed' })).toMatchObject({ status: 404 });
  });
});

describe('POST /tickets/{id}/messages', () => {
  const add = (id: string, json: unknown) => call('POST /tickets/{id}/messages', { pathParameters: { id }, json });

  test('answers 201 with the message and the version it led to', async () => {
    const { id } = await opened();
    const answer = await add(id, { body: '<script>', author: 'grace' });
    expect(answer).toMatchObject({ status: 201, body: { ticketId: id, body: '<script>', ticketVersion: 2 } });
    expect(announced.at(-1)).toMatchObject({ type: 'MessageAdded', messageId: answer.body['id'] });
  });

  test('is 400 without a body, 404 without ticket, 409 when closed', async () => {
    const { id } = await opened();
    const reply = { body: 'x', author: 'grace' };
    expect(await add(id, { author: 'grace' })).toMatchObject({ status: 400 });
    expect(await add(uuidV7(1, randomBytes), reply)).toMatchObject({ status: 404 });
    await call('PATCH /tickets/{id}', {
      pathParameters: { id },
      headers: { 'If-Match': '*' },
      json: { status: 'closed' },
    });
    expect(await add(id, reply)).toMatchObject({ status: 409 });
    expect(repository.messages).toHaveLength(1);
  });
});

test('a full ticket takes no more messages, and can still be shown within what Lambda answers', async () => {
  const { id } = await opened();
  const add = () =>
    call('POST /tickets/{id}/messages', {
      pathParameters: { id },
      json: { body: '"'.repeat(20_000), author: '"'.repeat(254) },
    });
  let last = await add();
  while (last.status === 201) last = await add();
  expect(last).toMatchObject({ status: 409, code: 'TICKET_FULL' });
  const { body, headers } = await call('GET /tickets/{id}', { pathParameters: { id } });
  const answer = JSON.stringify({ statusCode: 200, headers, body: JSON.stringify(body) });
  expect(Buffer.byteLength(answer)).toBeLessThan(6_291_556);
});

describe('GET /tickets/search', () => {
  test('answers 200 with what was found', async () => {
    await opened('printer');
    const answer = await call('GET /tickets/search', { queryStringParameters: { q: 'Printer!' } });
    expect(answer).toMatchObject({ status: 200, body: { tickets: [{ subject: 'printer' }] } });
  });

  test.each([null, { q: '' }, { q: 'a of' }, { q: 'x', limit: '1000' }])('%j is 400', async (query) => {
    const answer = await call('GET /tickets/search', { queryStringParameters: query as never });
    expect(answer).toMatchObject({ status: 400, code: 'VALIDATION_FAILED' });
  });
});

describe('a customer', () => {
  const subjects = (body: Body): string[] => (body['tickets'] as Ticket[]).map(({ subject }) => subject);
  const { requesterEmail: _, ...own } = wish;

  test('opens tickets of their own, named or not, and of nobody else', async () => {
    caller = ada;
    for (const json of [own, wish, { ...own, requesterEmail: 'ADA@example.com' }]) {
      const answer = await call('POST /tickets', { json });
      expect(answer).toMatchObject({ status: 201, body: { requesterEmail: 'ada@example.com' } });
      expect(answer.body['messages']).toMatchObject([{ author: 'ada@example.com' }]);
    }
    const forBob = await call('POST /tickets', { json: { ...own, requesterEmail: 'bob@example.com' } });
    expect(forBob).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
  });

  test('finds only their own tickets, in lists and in searches', async () => {
    await opened('printer of ada');
    caller = bob;
    await call('POST /tickets', { json: { ...own, subject: 'printer of bob' } });
    for (const [route, queryStringParameters] of [
      ['GET /tickets', null],
      ['GET /tickets/search', { q: 'printer' }],
    ] as const) {
      const found = async () => subjects((await call(route, { queryStringParameters })).body).sort();
      caller = bob;
      expect(await found()).toEqual(['printer of bob']);
      caller = agent;
      expect(await found()).toEqual(['printer of ada', 'printer of bob']);
    }
  });

  test("gets 404 for another's ticket, exactly as for one that has never been, and it stays as it was", async () => {
    const { id } = await opened();
    const before = await repository.find(id);
    caller = bob;
    const requests: [string, Request][] = [
      ['GET /tickets/{id}', {}],
      ['GET /tickets/{id}', { headers: { 'If-None-Match': '*' } }],
      ['PATCH /tickets/{id}', { headers: { 'If-Match': '*' }, json: { status: 'closed' } }],
      ['PATCH /tickets/{id}', { headers: { 'If-Match': '"9"' }, json: { priority: 'urgent' } }],
      ['POST /tickets/{id}/messages', { json: { body: 'x' } }],
      ['POST /tickets/{id}/messages', { json: { body: 'x', author: 'ada@example.com' } }],
    ];
    for (const [route, request] of requests) {
      const others = await call(route, { ...request, pathParameters: { id } });
      const nobodys = await call(route, { ...request, pathParameters: { id: uuidV7(1, randomBytes) } });
      expect(others).toMatchObject({ status: 404, code: 'NOT_FOUND' });
      expect(others).toEqual(nobodys);
    }
    expect(await repository.find(id)).toEqual(before);
    expect(repository.messages).toHaveLength(1);
  });

  test('closes their ticket, and may say neither how urgent it is nor whose work', async () => {
    const { id } = await opened();
    caller = ada;
    const patch = (json: unknown) =>
      call('PATCH /tickets/{id}', { pathParameters: { id }, headers: { 'If-Match': '*' }, json });
    for (const json of [
      { priority: 'urgent' },
      { assignee: 'ada' },
      { assignee: null },
      { status: 'closed', priority: 'low' },
    ]) {
      expect(await patch(json)).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    }
    expect(await repository.find(id)).toMatchObject({ version: 1 });
    expect(await patch({ status: 'closed' })).toMatchObject({ status: 200 });
  });

  test('writes in their own name', async () => {
    const { id } = await opened();
    caller = ada;
    const add = (json: unknown) => call('POST /tickets/{id}/messages', { pathParameters: { id }, json });
    expect(await add({ body: 'x' })).toMatchObject({ status: 201, body: { author: 'ada@example.com' } });
    expect(await add({ body: 'x', author: 'Ada@Example.com' })).toMatchObject({ body: { author: 'ada@example.com' } });
    expect(await add({ body: 'x', author: 'grace' })).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
  });
});

test("an agent's messages are theirs unless they say whose", async () => {
  const { id } = await opened();
  const add = (json: unknown) => call('POST /tickets/{id}/messages', { pathParameters: { id }, json });
  expect(await add({ body: 'x' })).toMatchObject({ body: { author: 'grace@example.com' } });
  expect(await add({ body: 'x', author: 'ada@example.com' })).toMatchObject({ body: { author: 'ada@example.com' } });
});

test('who is not known gets no further, on no route', async () => {
  const stranger = serve({
    routes: ticketRoutes({} as never),
    callerOf: () => {
      throw new HttpError(401, 'UNAUTHORIZED', 'A token is needed');
    },
    logger: { error },
    corsAllowOrigin: '*',
  });
  for (const route of Object.keys(ticketRoutes({} as never))) {
    const [httpMethod, resource] = route.split(' ');
    const answer = await stranger({ httpMethod, resource, requestContext: {} } as APIGatewayProxyEvent);
    expect(answer.statusCode).toBe(401);
  }
});

describe('when things go wrong', () => {
  test('a database that is away is 503 with Retry-After, and logged', async () => {
    const cause = new DatabaseUnavailableError('The database could not be reached', { cause: new Error('10.0.0.7') });
    repository.find = () => Promise.reject(cause);
    const answer = await call('GET /tickets/{id}', { pathParameters: { id: uuidV7(1, randomBytes) } });
    expect(answer).toMatchObject({ status: 503, code: 'DATABASE_UNAVAILABLE', headers: { 'Retry-After': '5' } });
    expect(JSON.stringify(answer)).not.toContain('10.0.0.7');
    expect(error).toHaveBeenCalledWith('The request failed', cause);
  });

  test('a bug is 500 and gives nothing away, and is logged', async () => {
    const bug = new TypeError("Cannot read properties of undefined (reading 'secret')");
    repository.find = () => Promise.reject(bug);
    const answer = await call('GET /tickets/{id}', { pathParameters: { id: uuidV7(1, randomBytes) } });
    expect(answer).toMatchObject({ status: 500, code: 'INTERNAL_ERROR', body: { error: { requestId: 'request-1' } } });
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(error).toHaveBeenCalledWith('The request failed', bug);
  });

  test.each(['DELETE /tickets', 'GET /nowhere', 'GET /tickets/{id}/messages', 'constructor '])(
    '%s is 404',
    async (route) => {
      expect(await call(route)).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    },
  );

  test('answers and refusals may be read by the origin configured, and by none otherwise', async () => {
    for (const request of [{ json: wish }, { json: 7 }]) {
      const allowed = await call('POST /tickets', request, 'https://help.example');
      expect(allowed.headers).toMatchObject({ 'Access-Control-Allow-Origin': 'https://help.example', Vary: 'Origin' });
      const none = await call('POST /tickets', request, '');
      expect(none.headers).not.toHaveProperty('Access-Control-Allow-Origin');
    }
  });
});
