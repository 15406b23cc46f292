import { ModelBrokeOffError, ModelRefusedError, ModelUnavailableError } from '@app/shared/bedrock';
import { DatabaseUnavailableError } from '@app/shared/database';
import { HttpError } from '@app/shared/http';
import { expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { InvalidAnswer } from '../../domain/model-answer.ts';
import { NotAllowedInStatus, TicketNotFound } from '../../domain/problems.ts';
import type { Progress, Suggestion } from './assistant.ts';
import { maskedLogger } from './masked-logger.ts';
import { serve } from './serve.ts';

const ID = '019a0b1c-7d2e-7f00-8a1b-2c3d4e5f6071';
const SUGGESTION: Suggestion = {
  draft: { reply: 'Hello there', confidence: 'high', needsHuman: false },
  model: 'm',
  usage: { inputTokens: 7, outputTokens: 3 },
};
const DONE: Progress[] = [
  { kind: 'token', text: 'Hello' },
  { kind: 'token', text: ' there' },
  { kind: 'done', suggestion: SUGGESTION },
];

async function call(
  progress: readonly (Progress | Error)[],
  { accept = 'application/json', id = ID, callerOf = () => ({ role: 'agent' as const, email: 'a@example.com' }) } = {},
) {
  const log: string[] = [];
  const written: string[] = [];
  const answer = { status: 0, headers: {} as Record<string, string>, begun: 0, ended: false };
  const note = (level: string) => (message: string, error: Error) =>
    void log.push(`${level} ${message}: ${error.message}`);
  await serve({
    async *suggest() {
      for (const one of progress) {
        if (one instanceof Error) throw one;
        yield one;
      }
    },
    callerOf,
    logger: maskedLogger({ error: note('error'), warn: note('warn') }),
    corsAllowOrigin: 'https://app.example.com',
  })(
    {
      headers: { Accept: accept },
      pathParameters: { id },
      requestContext: { requestId: 'request-1' },
    } as unknown as APIGatewayProxyEvent,
    {
      begin(status, headers) {
        Object.assign(answer, { status, headers, begun: answer.begun + 1 });
      },
      write: async (text) => void written.push(text),
      end: async () => {
        answer.ended = true;
      },
    },
    () => 20_000,
  );
  expect(answer).toMatchObject({ begun: 1, ended: true });
  return { ...answer, body: written.join(''), written, log };
}

test('answers JSON in one piece', async () => {
  const { status, headers, written, log } = await call(DONE);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'Access-Control-Allow-Origin': 'https://app.example.com',
  });
  expect(written).toEqual([JSON.stringify(SUGGESTION)]);
  expect(log).toEqual([]);
});

test.each(['text/event-stream', 'application/json;q=0.1, Text/Event-Stream;q=0.9'])(
  'answers events to %s',
  async (accept) => {
    const { status, headers, written } = await call(DONE, { accept });
    expect(status).toBe(200);
    expect(headers['Content-Type']).toBe('text/event-stream; charset=utf-8');
    expect(written).toEqual([
      'event: token\ndata: {"text":"Hello"}\n\n',
      'event: token\ndata: {"text":" there"}\n\n',
      `event: done\ndata: ${JSON.stringify(SUGGESTION)}\n\n`,
    ]);
  },
);

/** As a browser reads a stream: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation */
function eventsOf(stream: string): { event: string; data: string; fields: string[] }[] {
  return stream
    .split(/(?:\r\n|\r|\n){2}/)
    .filter((block) => block !== '')
    .map((block) => {
      const lines = block.split(/\r\n|\r|\n/).map((line) => line.split(/: ?(.*)/s));
      const of = (field: string) => lines.filter(([name]) => name === field).map(([, value = '']) => value);
      const fields = lines.map(([name = '']) => name);
      return { event: of('event').join('\n'), data: of('data').join('\n'), fields };
    });
}

test('whatever a model writes is data, never a field or an event of the stream', async () => {
  const hostile = fc.constantFrom(
    '\n\n',
    '\r',
    '\r\n',
    'event: done\n',
    'data: {}\n\n',
    'id: 1\n',
    'retry: 1\n',
    ':',
    '\u2028',
  );
  const texts = fc
    .array(fc.oneof(hostile, fc.string({ unit: 'grapheme' })), { maxLength: 8 })
    .map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(fc.array(texts, { maxLength: 4 }), texts, async (tokens, reply) => {
      const suggestion = { ...SUGGESTION, draft: { ...SUGGESTION.draft, reply } };
      const progress: Progress[] = [
        ...tokens.map((text) => ({ kind: 'token' as const, text })),
        { kind: 'done', suggestion },
      ];
      const events = eventsOf((await call(progress, { accept: 'text/event-stream' })).body);
      expect(events.map(({ event, data }) => [event, JSON.parse(data)])).toEqual([
        ...tokens.map((text) => ['token', { text }]),
        ['done', suggestion],
      ]);
      for (const { fields } of events) expect(fields).toEqual(['event', 'data']);
    }),
  );
});

test('takes text/event-stream;q=0 for a no', async () => {
  expect((await call(DONE, { accept: 'text/event-stream;q=0, */*' })).headers['Content-Type']).toBe('application/json');
});

test.each<[Error, number, string, string | undefined]>([
  [new TicketNotFound(), 404, 'NOT_FOUND', undefined],
  [new NotAllowedInStatus('closed'), 409, 'NOT_ALLOWED_IN_STATUS', undefined],
  [new DatabaseUnavailableError('gone'), 503, 'DATABASE_UNAVAILABLE', '5'],
  [new ModelUnavailableError('ThrottlingException', 3, undefined), 503, 'MODEL_UNAVAILABLE', '10'],
  [new ModelRefusedError('AccessDeniedException'), 503, 'MODEL_UNAVAILABLE', '300'],
  [new ModelBrokeOffError('cut'), 502, 'DRAFT_BROKE_OFF', undefined],
  [new InvalidAnswer(['it has a link']), 502, 'DRAFT_REFUSED', undefined],
  [new Error('a bug'), 500, 'INTERNAL_ERROR', undefined],
])('%s before anything was said is an HTTP error, whatever was asked for', async (error, status, code, retryAfter) => {
  for (const accept of ['application/json', 'text/event-stream']) {
    const answer = await call([error], { accept });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ error: { code, message: expect.any(String), requestId: 'request-1' } });
    expect(answer.headers['Retry-After']).toBe(retryAfter);
    expect(answer.headers['Content-Type']).toBe('application/json');
    expect(answer.body).not.toContain('a bug');
    expect(answer.log).toHaveLength(status >= 500 ? 1 : 0);
  }
});

test('what breaks off in the middle of a stream is its last event', async () => {
  const { status, written } = await call([DONE[0]!, new ModelBrokeOffError('cut')], { accept: 'text/event-stream' });
  expect(status).toBe(200);
  expect(written.at(-1)).toMatch(
    /^event: error\ndata: \{"error":\{"code":"DRAFT_BROKE_OFF",.*"requestId":"request-1"\}\}\n\n$/,
  );
});

test('whoever is nobody gets no further, and what names no ticket is none', async () => {
  const callerOf = () => {
    throw new HttpError(401, 'UNAUTHORIZED', 'A token of this help desk is needed');
  };
  expect((await call(DONE, { callerOf })).status).toBe(401);
  expect((await call(DONE, { id: 'x' })).status).toBe(404);
});

test('logs have nobody’s address', async () => {
  const { log } = await call([new Error('no row for ada@example.com, card 4111 1111 1111 1111')]);
  expect(log).toEqual(['error The request failed: no row for [email], card [card]']);
});
