import { randomBytes } from 'node:crypto';
import { createFiles } from '@app/shared/files';
import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import { serve } from '../../api/serve.ts';
import type { Attachment, AttachmentState } from '../../domain/attachment.ts';
import type { Caller } from '../../domain/caller.ts';
import { uuidV7 } from '../../domain/identifiers.ts';
import { TicketNotFound } from '../../domain/problems.ts';
import { openTicket, type Ticket } from '../../domain/ticket.ts';
import type { AttachmentRepository } from './repository.ts';
import { attachmentRoutes } from './routes.ts';

const ANNOUNCE = 'POST /tickets/{id}/attachments';
const FETCH = 'GET /tickets/{id}/attachments/{attachmentId}';
const newId = (): string => uuidV7(Date.now(), randomBytes);
const moment = { at: '2026-11-21T03:00:00.000Z', newId };
const wish = { fileName: 'smoke.jpg', contentType: 'image/jpeg', size: 20 * 1024 * 1024 };
const agent: Caller = { role: 'agent', email: 'grace@example.com' };
const ada: Caller = { role: 'customer', email: 'ada@example.com' };
const bob: Caller = { role: 'customer', email: 'bob@example.com' };

let ticket: Ticket;
let attachments: Attachment[];
let caller: Caller;
const count = jest.fn<(attachment: Attachment) => void>();
const error = jest.fn<(message: string, error: Error) => void>();

const repository: AttachmentRepository = {
  async announce(ticketId, decide) {
    if (ticketId !== ticket.id) throw new TicketNotFound();
    const announced = decide(ticket, attachments.length);
    ticket = announced.ticket;
    attachments.push(announced.attachment);
    return announced;
  },
  async find(ticketId, id) {
    if (ticketId !== ticket.id) return undefined;
    return { ticket, attachment: attachments.find((one) => one.ticketId === ticketId && one.id === id) };
  },
};

interface Request {
  readonly json?: unknown;
  readonly id?: string;
  readonly attachmentId?: string;
  readonly headers?: Record<string, string>;
}

async function call(route: string, { json, id = ticket.id, attachmentId, headers = {} }: Request = {}) {
  const [httpMethod, resource] = route.split(' ') as [string, string];
  const files = createFiles({
    bucket: 'files',
    validSeconds: 300,
    environment: { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
    now: () => new Date(moment.at),
  });
  const routes = attachmentRoutes({
    repository,
    files,
    maximumBytes: 25 * 1024 * 1024,
    moment: () => moment,
    count,
  });
  const answer = await serve({ routes, callerOf: () => caller, logger: { error }, corsAllowOrigin: '*' })({
    httpMethod,
    resource,
    headers,
    pathParameters: { id, ...(attachmentId && { attachmentId }) },
    body: json === undefined ? null : JSON.stringify(json),
    requestContext: { requestId: 'request-1', path: `/v1/tickets/${id}/attachments` },
  } as unknown as APIGatewayProxyEvent);
  const body = answer.body === '' ? {} : JSON.parse(answer.body);
  return { status: answer.statusCode, headers: answer.headers ?? {}, body, code: body.error?.code as unknown };
}

const announced = async (): Promise<string> => (await call(ANNOUNCE, { json: wish })).body.id;

beforeEach(() => {
  ({ ticket } = openTicket({ subject: 'Printer', body: 'Smoke', requesterEmail: 'ada@example.com' }, moment));
  attachments = [];
  caller = ada;
  count.mockClear();
  error.mockClear();
});

describe(ANNOUNCE, () => {
  test('answers 201 with the request that takes exactly this file', async () => {
    const { status, headers, body } = await call(ANNOUNCE, { json: wish });
    expect(status).toBe(201);
    expect(body).toEqual({
      ...wish,
      id: attachments[0]!.id,
      ticketId: ticket.id,
      purpose: 'attachment',
      state: 'announced',
      reason: null,
      metadata: null,
      createdAt: moment.at,
      ticketVersion: 2,
      upload: {
        method: 'PUT',
        url: expect.stringContaining(`/tickets/${ticket.id}/${attachments[0]!.id}?`),
        headers: { 'content-type': 'image/jpeg', 'content-length': '20971520', 'if-none-match': '*' },
        expiresAt: '2026-11-21T03:05:00.000Z',
      },
    });
    expect(body.upload.url).not.toContain('smoke');
    expect(headers).toMatchObject({
      Location: `/v1/tickets/${ticket.id}/attachments/${body.id}`,
      'Cache-Control': 'no-store',
    });
    expect(count).toHaveBeenCalledWith(attachments[0]!);
  });

  test.each([
    [{ ...wish, size: 25 * 1024 * 1024 + 1 }, 400, 'VALIDATION_FAILED'],
    [{ ...wish, size: 0 }, 400, 'VALIDATION_FAILED'],
    [{ ...wish, contentType: 'text/html' }, 400, 'VALIDATION_FAILED'],
    [{ ...wish, fileName: '../smoke.jpg' }, 400, 'VALIDATION_FAILED'],
    [{ ...wish, objectKey: 'x' }, 400, 'VALIDATION_FAILED'],
    [undefined, 400, 'INVALID_JSON'],
  ])('%j is refused, and nothing is announced', async (json, status, code) => {
    expect(await call(ANNOUNCE, { json })).toMatchObject({ status, code });
    expect(attachments).toEqual([]);
    expect(count).not.toHaveBeenCalled();
  });

  test('of an import is for agents', async () => {
    const json = { ...wish, purpose: 'import', fileName: 'tickets.csv', contentType: 'text/csv', size: 100 };
    expect(await call(ANNOUNCE, { json })).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    expect(attachments).toEqual([]);
    caller = agent;
    expect(await call(ANNOUNCE, { json })).toMatchObject({ status: 201, body: { purpose: 'import' } });
  });

  test('is 409 for a closed ticket', async () => {
    ticket = { ...ticket, status: 'closed' };
    expect(await call(ANNOUNCE, { json: wish })).toMatchObject({ status: 409, code: 'NOT_ALLOWED_IN_STATUS' });
  });

  test("is 404 for another's ticket, exactly as for one that has never been", async () => {
    caller = bob;
    const others = await call(ANNOUNCE, { json: wish });
    expect(others).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    for (const id of [newId(), 'x', '']) expect(await call(ANNOUNCE, { json: wish, id })).toEqual(others);
    expect(attachments).toEqual([]);
    caller = agent;
    expect(await call(ANNOUNCE, { json: wish })).toMatchObject({ status: 201 });
  });
});

describe(FETCH, () => {
  test.each([ada, agent])('leads %j to the file, for minutes', async (who) => {
    const attachmentId = await announced();
    caller = who;
    const { status, headers, body } = await call(FETCH, { attachmentId, headers: { Accept: '*/*' } });
    expect({ status, body }).toEqual({ status: 302, body: {} });
    expect(headers['Cache-Control']).toBe('no-store');
    const location = new URL(String(headers['Location']));
    expect(location.pathname).toBe(`/tickets/${ticket.id}/${attachmentId}`);
    expect(location.searchParams.get('response-content-disposition')).toContain('filename="smoke.jpg"');
    expect(location.searchParams.get('response-content-type')).toBe('image/jpeg');
    expect(location.searchParams.get('X-Amz-Expires')).toBe('300');
  });

  test.each(['application/json', 'application/json, text/plain;q=0.5', 'Application/JSON; charset=utf-8'])(
    'tells whoever accepts %s where it is',
    async (Accept) => {
      const attachmentId = await announced();
      const { status, body } = await call(FETCH, { attachmentId, headers: { Accept } });
      expect(status).toBe(200);
      expect(body).toMatchObject({ id: attachmentId, fileName: 'smoke.jpg', expiresAt: '2026-11-21T03:05:00.000Z' });
      expect(body.url).toContain(`/tickets/${ticket.id}/${attachmentId}?`);
    },
  );

  test("of another's ticket is 404, exactly as of one that has never been, whether or not there is such a file", async () => {
    const attachmentId = await announced();
    caller = bob;
    const others = await call(FETCH, { attachmentId });
    expect(others).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await call(FETCH, { attachmentId: newId() })).toEqual(others);
    for (const id of [newId(), 'x', '']) expect(await call(FETCH, { attachmentId, id })).toEqual(others);
  });

  test.each([newId(), 'x', '', '../..'])('of the file %j, which is not there, is 404', async (attachmentId) => {
    await announced();
    expect(await call(FETCH, { attachmentId })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test.each<[AttachmentState, number]>([
    ['announced', 302],
    ['stored', 302],
    ['rejected', 409],
  ])('of one that is %s is %i', async (state, status) => {
    const attachmentId = await announced();
    attachments = attachments.map((attachment) => ({ ...attachment, state }));
    expect(await call(FETCH, { attachmentId })).toMatchObject({ status });
  });

  test('of one that was rejected says why', async () => {
    const attachmentId = await announced();
    attachments = attachments.map((attachment) => ({ ...attachment, state: 'rejected', reason: 'It lies' }));
    expect(await call(FETCH, { attachmentId })).toMatchObject({
      code: 'ATTACHMENT_REJECTED',
      body: { error: { message: 'It lies' } },
    });
  });

  test('of an import tells where its report is, once there is one', async () => {
    caller = agent;
    const json = { ...wish, purpose: 'import', fileName: 'tickets.csv', contentType: 'text/csv', size: 100 };
    const attachmentId: string = (await call(ANNOUNCE, { json })).body.id;
    const headers = { Accept: 'application/json' };
    expect((await call(FETCH, { attachmentId, headers })).body).not.toHaveProperty('reportUrl');
    attachments = attachments.map((attachment) => ({ ...attachment, state: 'stored' }));
    const report = new URL((await call(FETCH, { attachmentId, headers })).body.reportUrl);
    expect(report.pathname).toBe(`/tickets/${ticket.id}/${attachmentId}.report.json`);
    expect(report.searchParams.get('response-content-disposition')).toContain('filename="tickets.csv.report.json"');
  });
});
