import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import {
  AwsError,
  type Caller,
  createKernel,
  type Kernel,
  type KernelOptions,
  ManualClock,
  type Operation,
} from './index.ts';

let kernel: Kernel;

const OPERATIONS: Record<string, Operation> = {
  Echo: {
    requires: () => [
      { action: 'shop:Echo', resource: 'arn:1' },
      { action: 'shop:Also', resource: 'arn:2' },
    ],
    handle: (input) => input,
  },
  Slow: { requires: () => [], handle: async (input) => input },
  WhoAmI: { requires: () => [], handle: (_input, { principal, origin }) => ({ principal, origin }) },
  Refuse: {
    requires: () => [],
    handle: () => {
      throw new AwsError('ShopClosed', 'come back tomorrow', { statusCode: 409 });
    },
  },
  Break: { requires: () => [], handle: async () => JSON.parse('{') },
  BreakEarly: {
    requires: (input: { list: string[] }) => [{ action: 'x', resource: input.list[0]! }],
    handle: () => undefined,
  },
};

function start(options: Partial<KernelOptions> = {}): Kernel {
  kernel = createKernel({ stateDirectory: 'memory', accountId: '123456789012', region: 'us-east-1', ...options });
  kernel.registry.add({
    name: 'shop',
    resourceTypes: [],
    load: async () => ({ operations: OPERATIONS, providers: {} }),
  });
  return kernel;
}

afterEach(() => kernel.stop());

const outside: Caller = { kind: 'client', accessKeyId: 'test' };

const call = (operation: string, input: unknown = {}, caller: Caller = outside, signal?: AbortSignal) =>
  kernel.dispatch({ caller, service: 'shop', operation, input, requestId: 'r-1', signal });

/** An execution environment, and the caller its process is. */
function environment(): Caller {
  const roleArn = 'arn:aws:iam::123456789012:role/worker';
  const { credentials, principal } = kernel.identities.issue({ roleArn, sessionName: 'fn', durationSeconds: 900 });
  kernel.identities.bind({ environmentId: 'env-1', functionArn: 'arn:fn', principal });
  const { accessKeyId, sessionToken } = credentials;
  return { kind: 'environment', environmentId: 'env-1', accessKeyId, sessionToken };
}

const ownLog = () => kernel.telemetry.logs.filter({ group: '/sampan' })?.events.map(({ message }) => message) ?? [];
const recorded = () => kernel.telemetry.calls();

describe('the service door', () => {
  test('answers synchronous and asynchronous operations alike', async () => {
    start();
    await expect(call('Echo', { a: 1 })).resolves.toEqual({ a: 1 });
    await expect(call('Slow', { a: 2 })).resolves.toEqual({ a: 2 });
    expect(recorded()).toMatchObject([{ operation: 'Echo' }, { operation: 'Slow', requestId: 'r-1' }]);
  });

  test('passes a refusal on as it is and records it', async () => {
    start();
    await expect(call('Refuse')).rejects.toMatchObject({ code: 'ShopClosed', statusCode: 409 });
    expect(recorded()).toMatchObject([{ error: 'ShopClosed', reason: 'come back tomorrow' }]);
  });

  test.each(['Break', 'BreakEarly'])(
    '%s: a mistake of ours is InternalFailure to the caller, and a stack trace to us',
    async (operation) => {
      start();
      const failure = call(operation);
      await expect(failure).rejects.toMatchObject({ code: 'InternalFailure', statusCode: 500, fault: 'server' });
      expect(recorded()).toMatchObject([{ error: 'InternalFailure' }]);
      expect(ownLog()).toEqual([
        expect.stringMatching(
          /^shop:Break.* is a mistake of sampan, please report it\n\w+Error[\s\S]*dispatch\.test\.ts/,
        ),
      ]);
    },
  );

  test.each(['Nope', 'constructor', 'toString'])('does not know the operation %s', async (operation) => {
    start();
    await expect(call(operation)).rejects.toMatchObject({ code: 'OperationNotEmulated', statusCode: 501 });
  });

  test('a service that fails to load is tried again by the next call', async () => {
    start();
    let attempts = 0;
    kernel.registry.add({
      name: 'shaky',
      resourceTypes: [],
      load: async () => {
        if (attempts++ === 0) throw new Error('not yet');
        return { operations: OPERATIONS, providers: {} };
      },
    });
    const echo = () => kernel.dispatch({ caller: outside, service: 'shaky', operation: 'Echo', input: 1 });
    await expect(Promise.all([echo(), echo()])).rejects.toMatchObject({ code: 'InternalFailure' });
    await expect(Promise.all([echo(), echo()])).resolves.toEqual([1, 1]);
    expect(attempts).toBe(2);
  });
});

describe('the identify door', () => {
  test('any key from outside is the administrator; an environment is its role', async () => {
    start();
    await expect(call('WhoAmI')).resolves.toMatchObject({
      principal: { kind: 'administrator' },
      origin: { kind: 'outside' },
    });
    await expect(call('WhoAmI', {}, environment())).resolves.toMatchObject({
      principal: { kind: 'role-session', arn: 'arn:aws:sts::123456789012:assumed-role/worker/fn' },
      origin: { kind: 'environment', functionArn: 'arn:fn' },
    });
  });

  test.each([
    [{ accessKeyId: undefined }, 'MissingAuthenticationTokenException', 'Missing Authentication Token'],
    [
      { accessKeyId: 'AKIAFOREIGN' },
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    [
      { sessionToken: 'forged' },
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
    [
      { environmentId: 'env-2' },
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    ],
  ])('an environment with %j is nobody', async (change, code, message) => {
    start();
    await expect(call('WhoAmI', {}, { ...environment(), ...change } as Caller)).rejects.toMatchObject({
      code,
      message,
      statusCode: 403,
    });
    expect(recorded()).toMatchObject([{ error: code }]);
  });

  test('the socket says who it is, whatever key of another role it holds', async () => {
    start();
    const inside = environment();
    const other = kernel.identities.issue({
      roleArn: 'arn:aws:iam::123456789012:role/admin',
      sessionName: 'x',
      durationSeconds: 900,
    });
    const { accessKeyId, sessionToken } = other.credentials;
    const answer = await call('WhoAmI', {}, { ...inside, accessKeyId, sessionToken } as Caller);
    expect(answer).toMatchObject({ principal: { roleArn: 'arn:aws:iam::123456789012:role/worker' } });
  });

  test('an environment that has ended is known no more; the secrets of its keys are known for signatures', async () => {
    start();
    const inside = environment();
    kernel.identities.forget('env-1');
    await expect(call('WhoAmI', {}, inside)).rejects.toMatchObject({ code: 'UnrecognizedClientException' });
    const { accessKeyId } = inside as { accessKeyId: string };
    expect(kernel.identities.ownerOf(accessKeyId)?.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    expect(kernel.identities.ownerOf('AKIASOMEBODYELSES')).toBeUndefined();
  });
});

describe('the reach door', () => {
  const closed = {
    doors: () => ({ reach: () => ({ kind: 'no', reason: 'no route', remedy: 'add an endpoint' }) as const }),
  };

  test('lets an environment hang until it gives up, with the reason in the log at once', async () => {
    start(closed);
    const controller = new AbortController();
    let settled = false;
    const hanging = call('Echo', {}, environment(), controller.signal).finally(() => {
      settled = true;
    });
    hanging.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(settled).toBe(false);
    expect(ownLog()).toEqual(['no route; add an endpoint']);
    const again = call('Echo', {}, environment(), controller.signal);
    again.catch(() => undefined);
    expect(ownLog()).toHaveLength(1);
    controller.abort();
    await expect(hanging).rejects.toMatchObject({ code: 'NetworkUnreachable' });
    await expect(again).rejects.toMatchObject({ code: 'NetworkUnreachable' });
    const refusal = { error: 'NetworkUnreachable', reason: 'no route; add an endpoint' };
    expect(recorded()).toMatchObject([refusal, refusal]);
  });

  test('hangs no longer than a function can live, even when nobody gives up', async () => {
    const clock = new ManualClock();
    start({ ...closed, clock });
    const hanging = call('Echo', {}, environment());
    hanging.catch(() => undefined);
    await clock.advance(900_000);
    await expect(hanging).rejects.toMatchObject({ code: 'NetworkUnreachable' });
  });

  test('answers at once with failFastNetwork, and to whoever is not an environment', async () => {
    start({ ...closed, failFastNetwork: true });
    await expect(call('Echo', {}, environment())).rejects.toMatchObject({ code: 'NetworkUnreachable' });
    await kernel.stop();
    start(closed);
    await expect(call('Echo')).rejects.toMatchObject({ code: 'NetworkUnreachable' });
  });

  test('may take its time, and lets pass what it does not know', async () => {
    start({ doors: () => ({ reach: async () => ({ kind: 'unknown', reason: 'a name from a variable' }) }) });
    await expect(call('Echo', 1)).resolves.toBe(1);
  });
});

describe('the may door', () => {
  test("tells the caller AWS's sentence and only the log the full reason", async () => {
    start({
      doors: () => ({
        may: (_principal, { action }) =>
          action === 'shop:Also'
            ? { kind: 'denied', explicit: false, because: 'role worker has no statement for it', remedy: 'add one' }
            : { kind: 'allowed', because: 'statement 1' },
      }),
    });
    await expect(call('Echo', {}, environment())).rejects.toMatchObject({
      code: 'AccessDeniedException',
      statusCode: 403,
      message:
        'User: arn:aws:sts::123456789012:assumed-role/worker/fn is not authorized to perform: shop:Also on resource: arn:2 because no identity-based policy allows the shop:Also action',
    });
    expect(recorded()).toMatchObject([
      { error: 'AccessDeniedException', reason: 'role worker has no statement for it; add one' },
    ]);
    expect(ownLog()).toEqual([
      expect.stringMatching(/assumed-role\/worker\/fn: role worker has no statement for it; add one$/),
    ]);
  });

  test('names an explicit deny as one', async () => {
    start({ doors: () => ({ may: () => ({ kind: 'denied', explicit: true, because: 'statement 2' }) }) });
    await expect(call('Echo')).rejects.toThrow('with an explicit deny in an identity-based policy');
  });

  test('may have to wait for an answer, and is asked no further after a denial', async () => {
    const asked: string[] = [];
    start({
      doors: () => ({
        may: async (_principal, { action }) => {
          asked.push(action);
          return { kind: 'denied', explicit: false, because: 'nothing' };
        },
      }),
    });
    await expect(call('Echo')).rejects.toMatchObject({ code: 'AccessDeniedException' });
    expect(asked).toEqual(['shop:Echo']);
  });

  test('asks nothing of what AWS does by itself', async () => {
    start({ doors: () => ({ may: () => ({ kind: 'denied', explicit: true, because: 'all' }) }) });
    await expect(call('Echo', 1, { kind: 'internal', service: 'rds.amazonaws.com' })).resolves.toBe(1);
  });
});

test('credentials outlive a restart', async () => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'sampan-test-'));
  try {
    start({ stateDirectory });
    const { credentials, principal } = kernel.identities.issue({
      roleArn: 'arn:aws:iam::123456789012:role/r',
      sessionName: 's',
      durationSeconds: 900,
    });
    await kernel.stop();
    start({ stateDirectory });
    const { accessKeyId, sessionToken } = credentials;
    await expect(call('WhoAmI', {}, { kind: 'client', accessKeyId, sessionToken })).resolves.toMatchObject({
      principal,
    });
  } finally {
    await kernel.stop();
    rmSync(stateDirectory, { recursive: true });
  }
});

describe('the audit', () => {
  test('is told of every call that got here, with how it ended', async () => {
    start({
      doors: () => ({
        reach: (_origin, _service, operation) =>
          operation === 'WhoAmI' ? { kind: 'no', reason: 'no way' } : { kind: 'yes' },
        may: (_principal, { action }) =>
          action === 'x'
            ? { kind: 'denied', explicit: false, because: 'nothing allows it' }
            : { kind: 'allowed', because: 'it is' },
      }),
      failFastNetwork: true,
    });
    const told: unknown[] = [];
    kernel.audit.auditor = ({ call: { operation }, service, principal, output, error }) =>
      told.push([service, operation, principal.kind, output ?? error?.code]);
    const settle = (calls: readonly Promise<unknown>[]) => Promise.allSettled(calls);
    await settle([call('Echo', 1), call('Slow', 2), call('Refuse'), call('BreakEarly', { list: ['r'] })]);
    // Of what is no operation, or found no way, nobody knows.
    await settle([call('Nothing'), call('WhoAmI')]);
    kernel.audit.auditor = undefined;
    await call('Echo', 3);
    expect(told).toEqual(
      expect.arrayContaining([
        ['shop', 'Echo', 'administrator', 1],
        ['shop', 'Slow', 'administrator', 2],
        ['shop', 'Refuse', 'administrator', 'ShopClosed'],
        ['shop', 'BreakEarly', 'administrator', 'AccessDeniedException'],
      ]),
    );
    expect(told).not.toContainEqual(expect.arrayContaining(['WhoAmI']));
    expect(told).not.toContainEqual(expect.arrayContaining(['Nothing']));
    expect(told).not.toContainEqual(expect.arrayContaining([3]));
  });
});
