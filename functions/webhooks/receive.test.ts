import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Once } from '@app/shared/once';
import { SecretError } from '@app/shared/secrets';
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEvent } from 'aws-lambda';
import fc from 'fast-check';
import { serve } from '../../api/serve.ts';
import { webhookRoutes } from './receive.ts';
import { signatureOf } from './signature.ts';

const SAMPLE = JSON.parse(readFileSync(join(process.cwd(), 'events/webhooks.json'), 'utf8')) as APIGatewayProxyEvent;
/** With what the sample event was signed, two seconds before it came. */
const SECRET = 'the secret of the sample event';
const NOON = 1_795_262_400_000;

let now: number;
let secrets: { email: string[]; chat: string[]; generic: string[] };
/** What Secrets Manager holds meanwhile. */
let fresh: string[];
let reread: number;
let queued: string[];
let counted: string[];
let logged: Error[];
let done: Set<string>;
let send: (message: string) => Promise<void>;
let once: Once;

beforeEach(() => {
  now = NOON + 2_000;
  secrets = { email: ['e'], chat: ['c'], generic: [SECRET] };
  fresh = secrets.generic;
  reread = 0;
  queued = [];
  counted = [];
  logged = [];
  done = new Set();
  send = async (message) => void queued.push(message);
  once = async (key, work) => {
    if (done.has(key)) return 'repeated';
    await work();
    done.add(key);
    return 'done';
  };
  const texts = (channel: keyof typeof secrets) => async (options: { fresh: boolean }) => {
    if (!options.fresh) return secrets[channel];
    reread += 1;
    return channel === 'generic' ? fresh : secrets[channel];
  };
  const routes = webhookRoutes({
    secrets: { email: texts('email'), chat: texts('chat'), generic: texts('generic') },
    once: (key, work) => once(key, work),
    send: (message) => send(message),
    now: () => now,
    onQueued: (channel) => void counted.push(channel),
  });
  const logger = { error: (_message: string, error: Error) => void logged.push(error) };
  const callerOf = () => ({ role: 'customer', email: '' }) as const;
  const handle = serve({ routes, callerOf, logger, corsAllowOrigin: '*' });
  receive = async (event) => {
    const { statusCode, body, headers } = await handle(event);
    return { status: statusCode, headers, ...(JSON.parse(body) as Answered) };
  };
});

interface Answered {
  readonly error?: { code: string; message: string };
  readonly deliveryId?: string;
}
let receive: (event: APIGatewayProxyEvent) => Promise<Answered & { status: number; headers: unknown }>;

interface Signing {
  readonly secret?: string;
  readonly at?: number;
  readonly channel?: string;
  readonly base64?: boolean;
}

/** A request as API Gateway hands it over, signed by whoever sent it. */
function request(
  body: string | Uint8Array,
  { secret = SECRET, at = now, channel = 'generic', base64 = false }: Signing = {},
): APIGatewayProxyEvent {
  const bytes = Buffer.from(body);
  const timestamp = String(Math.floor(at / 1_000));
  return {
    ...SAMPLE,
    pathParameters: { channel },
    multiValueHeaders: {
      'x-webhook-timestamp': [timestamp],
      'x-webhook-signature': [signatureOf(secret, timestamp, bytes)],
    },
    headers: {},
    body: bytes.toString(base64 ? 'base64' : 'utf8'),
    isBase64Encoded: base64,
  };
}

const GENERIC = { requesterEmail: 'ada@example.com', subject: 'Drücker 🖨', body: 'Es brennt', externalId: 'x-1' };
const generic = (change: object = {}) => JSON.stringify({ ...GENERIC, ...change });

test('the sample event is signed, and is queued as it came', async () => {
  const answer = await receive(SAMPLE);
  expect(answer).toMatchObject({ status: 202, channel: 'generic', deliveryId: 'facility-4711' });
  expect(queued.map((message) => JSON.parse(message))).toEqual([
    { channel: 'generic', payload: JSON.parse(SAMPLE.body!) },
  ]);
  expect(counted).toEqual(['generic']);
});

test.each([false, true])('the signature is over the bytes, also where they come in base64: %s', async (base64) => {
  // Not as JSON.stringify would write it, and with more bytes than characters.
  const body = `\n${generic().replaceAll(',', ' ,\t')}\r\n`;
  expect(await receive(request(body, { base64 }))).toMatchObject({ status: 202, deliveryId: 'x-1' });
  expect(JSON.parse(queued[0]!).payload).toEqual(GENERIC);
});

test.each([
  ['email', { from: 'ada@example.com', messageId: '<1@x>', text: 'Hi' }, 'e', '1@x'],
  ['chat', { user: 'ada@example.com', channel: 'C1', messageId: '17.2', text: 'Hi' }, 'c', 'C1 17.2'],
])('%s has its own payload and its own secret', async (channel, payload, secret, deliveryId) => {
  const body = JSON.stringify(payload);
  expect(await receive(request(body, { channel, secret }))).toMatchObject({ status: 202, deliveryId });
  expect(await receive(request(body, { channel, secret: SECRET }))).toMatchObject({ status: 401 });
});

describe('nothing is queued', () => {
  const event = (change: Partial<APIGatewayProxyEvent>) => ({ ...request(generic()), ...change });
  const headers = (timestamp?: string, signature?: string) => ({
    multiValueHeaders: {
      ...(timestamp !== undefined && { 'X-Webhook-Timestamp': [timestamp] }),
      ...(signature !== undefined && { 'X-Webhook-Signature': [signature] }),
    },
  });
  const T = String(NOON / 1_000);
  const V = `v1=${'0'.repeat(64)}`;

  test.each([
    ['of a channel that is none', () => event({ pathParameters: { channel: 'sms' } }), 404, 'NOT_FOUND'],
    ['of a word that every object knows', () => event({ pathParameters: { channel: '__proto__' } }), 404, 'NOT_FOUND'],
    ['without signature', () => event(headers(T)), 400, 'MALFORMED_SIGNATURE'],
    ['without time stamp', () => event(headers(undefined, V)), 400, 'MALFORMED_SIGNATURE'],
    ['with a signature that is none', () => event(headers(T, 'v1=zz')), 400, 'MALFORMED_SIGNATURE'],
    ['with a wrong signature', () => event(headers(T, V)), 401, 'INVALID_SIGNATURE'],
    ['signed with another secret', () => request(generic(), { secret: 'x' }), 401, 'INVALID_SIGNATURE'],
    [
      'signed for another channel',
      () => ({ ...request(generic()), pathParameters: { channel: 'chat' } }),
      401,
      'INVALID_SIGNATURE',
    ],
    ['signed too long ago', () => request(generic(), { at: now - 301_000 }), 401, 'TIMESTAMP_OUT_OF_WINDOW'],
    ['signed too far ahead', () => request(generic(), { at: now + 301_000 }), 401, 'TIMESTAMP_OUT_OF_WINDOW'],
    ['with a body that was changed', () => event({ body: generic({ subject: 'Drucker' }) }), 401, 'INVALID_SIGNATURE'],
    ['without a body, unsigned', () => event({ body: null }), 401, 'INVALID_SIGNATURE'],
    ['without a body', () => request(''), 400, 'INVALID_JSON'],
    ['that is no JSON', () => request('{'), 400, 'INVALID_JSON'],
    ['that is no UTF-8', () => request(Uint8Array.of(0x22, 0xff, 0x22), { base64: true }), 400, 'INVALID_JSON'],
    ['with a payload that is none', () => request(generic({ subject: '' })), 400, 'VALIDATION_FAILED'],
    ['that is too large', () => request(generic({ more: 'x'.repeat(1024 * 1024) })), 413, 'PAYLOAD_TOO_LARGE'],
    [
      'that is too large in bytes',
      () => request(Buffer.alloc(1024 * 1024 + 1, 'x'), { base64: true }),
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    // 1e20 is five times as long when JSON.stringify writes it.
    [
      'that grows too large on the way',
      () => request(generic({ more: 0 }).replace('"more":0', `"more":[${'1e20,'.repeat(150_000)}0]`)),
      413,
      'PAYLOAD_TOO_LARGE',
    ],
  ])('of a delivery %s', async (_what, made, status, code) => {
    const answer = await receive(made());
    expect(answer).toMatchObject({ status, error: { code } });
    expect([queued, [...done], counted, logged]).toEqual([[], [], [], []]);
  });

  test('of anything that has a bit flipped, wherever', async () => {
    const good = request(generic(), { base64: true });
    const bytes = Buffer.from(good.body!, 'base64');
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async (bit) => {
        const other = Buffer.from(bytes);
        other[bit >> 3]! ^= 1 << (bit & 7);
        expect((await receive({ ...good, body: other.toString('base64') })).status).toBe(401);
      }),
      { numRuns: 50 },
    );
    expect(queued).toEqual([]);
  });
});

test('any replay is refused, however long it takes to come, and queues nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: -300, max: 300 }), fc.array(fc.nat(700)), async (skew, waits) => {
      [queued, done, now] = [[], new Set(), NOON];
      const first = request(generic(), { at: NOON + skew * 1_000 });
      expect((await receive(first)).status).toBe(202);
      for (const seconds of waits) {
        now += seconds * 1_000;
        expect([401, 409]).toContain((await receive(first)).status);
      }
      expect(queued).toHaveLength(1);
    }),
    { numRuns: 50 },
  );
});

test('a replay says so; the same delivery signed anew is taken, for its consumer to know it', async () => {
  const first = request(generic());
  await receive(first);
  expect(await receive(first)).toMatchObject({ status: 409, error: { code: 'DELIVERY_REPLAYED' } });
  now += 1_000;
  expect(await receive(request(generic()))).toMatchObject({ status: 202, deliveryId: 'x-1' });
  expect(queued).toHaveLength(2);
});

test('a second signature beside the first makes no other request of it', async () => {
  secrets.generic = ['old', SECRET];
  const first = request(generic());
  await receive(first);
  const signature = request(generic(), { secret: 'old' }).multiValueHeaders['x-webhook-signature']!;
  const replay = { ...first, multiValueHeaders: { ...first.multiValueHeaders, 'x-webhook-signature': signature } };
  expect((await receive(replay)).status).toBe(409);
});

test('while another has it in hand, it may come again later', async () => {
  once = async () => 'under way';
  expect(await receive(request(generic()))).toMatchObject({
    status: 409,
    error: { code: 'DELIVERY_UNDER_WAY' },
    headers: { 'Retry-After': '1' },
  });
});

describe('during a rotation', () => {
  test('the current secret is good, and the one before', async () => {
    secrets.generic = ['new', 'old'];
    expect((await receive(request(generic({ externalId: '1' }), { secret: 'new' }))).status).toBe(202);
    expect((await receive(request(generic({ externalId: '2' }), { secret: 'old' }))).status).toBe(202);
    expect((await receive(request(generic({ externalId: '3' }), { secret: 'oldest' }))).status).toBe(401);
  });

  test('a secret that has just been made is good at once', async () => {
    fresh = ['brand-new', SECRET];
    expect((await receive(request(generic(), { secret: 'brand-new' }))).status).toBe(202);
    expect(reread).toBe(1);
  });

  test('whoever signs wrongly again and again makes nobody ask for the secret every time', async () => {
    for (let times = 0; times < 20; times++) await receive(request(generic(), { secret: 'wrong' }));
    expect(reread).toBe(1);
    now += 5_000;
    await receive(request(generic(), { secret: 'wrong' }));
    expect(reread).toBe(2);
    // Nor the other channels.
    await receive(request(generic(), { secret: 'wrong', channel: 'chat' }));
    expect(reread).toBe(3);
  });
});

describe('what AWS does not do now is 503, is logged, and may come again', () => {
  const named = (name: string, more: object = {}) => Object.assign(new Error('internal'), { name, ...more });

  test.each([
    ['the queue', named('ServiceUnavailable', { $metadata: {} })],
    ['the queue, in time', named('TimeoutError')],
    ['the memory of what was done', named('IdempotencyPersistenceLayerError')],
  ])('%s', async (_what, error) => {
    send = () => Promise.reject(error);
    const answer = await receive(request(generic()));
    expect(answer).toMatchObject({ status: 503, error: { code: 'UNAVAILABLE' }, headers: { 'Retry-After': '5' } });
    expect(JSON.stringify(answer)).not.toContain('internal');
    expect(logged).toHaveLength(1);
    expect(done.size).toBe(0);
  });

  test('the secret', async () => {
    Object.defineProperty(secrets, 'generic', {
      get: () => {
        throw new SecretError('Secret could not be read');
      },
    });
    expect(await receive(request(generic()))).toMatchObject({ status: 503 });
  });

  test('a mistake of ours is 500', async () => {
    send = () => Promise.reject(new TypeError('bug'));
    expect(await receive(request(generic()))).toMatchObject({ status: 500 });
  });
});
