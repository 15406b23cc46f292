/**
 * External and internal extensions, through real layers with real programs in them.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown
 */
import { spawnSync } from 'node:child_process';
import { UpdateFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { describe, expect, jest, test } from '@jest/globals';
import { testsAtOnce } from '../at-once.ts';
import { extendedFunctions, nodeExtension, watcher } from '../extension-program.ts';
import { inHouse, onBothTransports } from '../house.ts';

jest.setTimeout(30_000);

/** What an extension said, each line one JSON text after a word. */
function said(log: string, word: string): unknown[] {
  return log
    .split('\n')
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => JSON.parse(line.slice(word.length + 1)));
}

const SERVER = `
await register(['INVOKE']);
await new Promise((resolve) => require('http').createServer((request, response) => response.end('from the extension')).listen(2773, '127.0.0.1', resolve));
require('fs').writeFileSync((process.env.TMPDIR ?? '/tmp') + '/note', 'left by the extension');
for (;;) await next();`;

/** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api */
const PROBE = `
const probe = async (label, method, path, headers, body) => {
  const { status, text } = await call(method, path, headers, body);
  let parsed = text;
  try { parsed = JSON.parse(text); } catch {}
  say('probe', [label, status, parsed]);
};
const base = '/2020-01-01/extension/';
const name = { 'Lambda-Extension-Name': 'probe' };
await probe('no name', 'POST', base + 'register', {}, '{"events":[]}');
await probe('no JSON', 'POST', base + 'register', name, 'nonsense');
await probe('no such event', 'POST', base + 'register', name, '{"events":["INVOKE","FREEZE"]}');
await probe('configuration', 'POST', base + 'register', name, '{"events":[],"configurationKeys":["a"]}');
await probe('nobody', 'GET', base + 'event/next');
await probe('no identifier', 'GET', base + 'event/next', { 'Lambda-Extension-Identifier': 'me' });
await probe('a stranger', 'GET', base + 'event/next', { 'Lambda-Extension-Identifier': '01234567-89ab-cdef-0123-456789abcdef' });
const registered = await register(['INVOKE', 'SHUTDOWN'], { 'Lambda-Extension-Accept-Feature': 'accountId' });
say('registered', { status: registered.status, body: JSON.parse(registered.text), identifier });
await probe('twice', 'POST', base + 'register', name, '{"events":["INVOKE"]}');
await probe('no error type', 'POST', base + 'init/error', {}, '{}');
await probe('no such path', 'GET', base + 'event/last');
await probe('wrong method', 'POST', base + 'event/next');
say('environment', process.env);
const answer = await call('GET', base + 'event/next');
say('event', JSON.parse(answer.text));
say('headers', [answer.headers.get('content-type'), answer.headers.get('lambda-extension-event-identifier')]);
for (;;) await next();`;

const INTERNAL = `
const base = 'http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2020-01-01/extension/';
const register = (name, events) => fetch(base + 'register', { method: 'POST', headers: { 'lambda-extension-name': name }, body: JSON.stringify({ events }) });
const seen = [];
const refused = await register('inside', ['SHUTDOWN']);
seen.push([refused.status, await refused.json()]);
const identifier = (await register('inside', ['INVOKE'])).headers.get('lambda-extension-identifier');
(async () => {
  for (;;) seen.push(await (await fetch(base + 'event/next', { headers: { 'lambda-extension-identifier': identifier } })).json());
})();
export async function handler({ late }) {
  if (late) { const answer = await register('latecomer', []); return [answer.status, await answer.json()]; }
  await new Promise((resolve) => setTimeout(resolve, 50));
  return seen;
}`;

const ORDINARY = extendedFunctions({
  watched: { extensions: { watcher: watcher('watcher') } },
  probed: { extensions: { probe: nodeExtension('probe', PROBE) } },
  lingering: { extensions: { lingerer: watcher('lingerer', 'await wait(1000); say("lingered");') } },
  served: {
    extensions: { server: nodeExtension('server', SERVER) },
    code: `exports.handler = async () => [
      await (await fetch('http://localhost:2773/')).text(),
      require('fs').readFileSync((process.env.TMPDIR ?? '/tmp') + '/note', 'utf8'),
    ];`,
  },
  aloof: { extensions: { aloof: nodeExtension('aloof', `await register([]); say('aloof', await next());`) } },
  internal: { code: { 'index.mjs': INTERNAL }, extensions: { 'nodejs/nothing.js': '' } },
});

onBothTransports('extensions', ORDINARY, (house) => {
  const atOnce = testsAtOnce();

  atOnce('an external extension registers before the runtime starts, and is told of each invocation', async () => {
    const first = await house().invoke('watched', { n: 1 }, { LogType: 'Tail' });
    await house().invoke('watched', { n: 2 });
    expect(first.value).toEqual({ n: 1 });
    const log = await house().log('watched', /REPORT[\s\S]*watcher[\s\S]*REPORT/);
    const requests = [...log.matchAll(/START RequestId: (\S+)/g)].map(([, id]) => id);
    expect(said(log, 'watcher')).toMatchObject(
      requests.map((requestId) => ({
        eventType: 'INVOKE',
        requestId,
        deadlineMs: expect.any(Number),
        invokedFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:watched',
        tracing: { type: 'X-Amzn-Trace-Id', value: expect.stringMatching(/^Root=1-/) },
      })),
    );
    expect(log).toMatch(/^INIT_START .*\nEXTENSION\tName: watcher\tState: Ready\tEvents: \[INVOKE, SHUTDOWN\]\nSTART /);
  });

  atOnce('the API refuses what Lambda refuses, in its words', async () => {
    await house().invoke('probed');
    const log = await house().log('probed', /headers \[.*\n/);
    const refusal = (errorType: string, errorMessage: string) => [403, { errorType, errorMessage }];
    const [registered] = said(log, 'registered') as [{ identifier: string }];
    const answers = Object.fromEntries(
      (said(log, 'probe') as [string, ...unknown[]][]).map(([label, ...rest]) => [label, rest]),
    );
    expect(answers).toEqual({
      'no name': refusal('Extension.InvalidExtensionName', 'Empty extension name'),
      'no JSON': refusal('InvalidRequestFormat', expect.any(String) as unknown as string),
      'no such event': refusal('Extension.InvalidEventType', 'FREEZE: ErrorInvalidEventType'),
      configuration: refusal(
        'InvalidRequestFormat',
        'configurationKeys are deprecated; use environment variables instead',
      ),
      nobody: refusal('Extension.MissingExtensionIdentifier', 'Missing Lambda-Extension-Identifier header'),
      'no identifier': refusal('Extension.InvalidExtensionIdentifier', 'Invalid Lambda-Extension-Identifier'),
      'a stranger': refusal(
        'Extension.UnknownExtensionIdentifier',
        'Unknown extension 01234567-89ab-cdef-0123-456789abcdef',
      ),
      twice: refusal(
        'Extension.InvalidExtensionState',
        'State transition from Registered to Registered failed for extension probe. Error: State transition is not allowed',
      ),
      'no error type': refusal('Extension.MissingHeader', 'Lambda-Extension-Function-Error-Type not found'),
      'no such path': [404, '404 page not found\n'],
      'wrong method': [405, ''],
    });
    expect(registered).toEqual({
      status: 200,
      body: {
        functionName: 'probed',
        functionVersion: '$LATEST',
        handler: 'index.handler',
        accountId: '123456789012',
      },
      identifier: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(said(log, 'headers')).toEqual([['application/json', expect.stringMatching(/^[0-9a-f-]{36}$/)]]);
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-configure */
  test('an extension has the function’s variables and credentials, without those of the runtime’s process', async () => {
    await house().invoke('probed');
    const [variables] = said(await house().log('probed', /environment \{.*\n/), 'environment') as [
      Record<string, string>,
    ];
    expect(variables).toMatchObject({
      AWS_LAMBDA_FUNCTION_NAME: 'probed',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: expect.stringMatching(/^ASIA/),
      AWS_SESSION_TOKEN: expect.any(String),
    });
    const own = ['AWS_EXECUTION_ENV', 'AWS_LAMBDA_LOG_GROUP_NAME', 'AWS_LAMBDA_LOG_STREAM_NAME', 'LAMBDA_TASK_ROOT'];
    for (const name of [...own, '_HANDLER', 'AWS_XRAY_DAEMON_ADDRESS', 'SAMPAN_ENVIRONMENT_SOCKET']) {
      expect(variables).not.toHaveProperty(name);
    }
  });

  /** https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html#using-extensions-reg */
  atOnce('the caller does not wait for what an extension does after the response; the report does', async () => {
    const lingered = () =>
      house()
        .messages('lingering')
        .filter((message) => message === 'lingered\n').length;
    await house().invoke('lingering');
    expect(lingered()).toBe(0);
    await house().log('lingering', /REPORT/);
    expect(lingered()).toBe(1);
    await house().invoke('lingering');
    expect(lingered()).toBe(1);
    const log = await house().log('lingering', /REPORT[\s\S]*REPORT/);
    expect(log.match(/^(?:START|lingered|REPORT)/gm)?.join(' ')).toBe('START lingered REPORT START lingered REPORT');
  });

  atOnce('an extension shares the function’s network and /tmp', async () => {
    expect((await house().invoke('served')).value).toEqual(['from the extension', 'left by the extension']);
  });

  atOnce('who registers for no event is told of none, and holds nothing up', async () => {
    for (const n of [1, 2]) expect((await house().invoke('aloof', { n })).value).toEqual({ n });
    const log = await house().log('aloof', /REPORT[\s\S]*REPORT/);
    expect(log).toContain('EXTENSION\tName: aloof\tState: Ready\tEvents: []\n');
    expect(said(log, 'aloof')).toEqual([]);
  });

  atOnce('the function’s own process registers internal extensions, for INVOKE only, during init only', async () => {
    const { value } = await house().invoke('internal');
    expect(value).toEqual([
      [
        403,
        {
          errorType: 'Extension.InvalidEventType',
          errorMessage: 'SHUTDOWN: ShutdownEventNotSupportedForInternalExtension',
        },
      ],
      expect.objectContaining({ eventType: 'INVOKE' }),
    ]);
    expect((await house().invoke('internal', { late: true })).value).toEqual([
      403,
      { errorType: 'Extension.RegistrationClosed', errorMessage: 'Extension registration closed already' },
    ]);
    expect(await house().log('internal', /REPORT/)).toContain(
      'EXTENSION\tName: inside\tState: Ready\tEvents: [INVOKE]\n',
    );
  });
});

const FATES = `exports.handler = async ({ fate, ms = 0 }) => {
  if (fate === 'exit') process.exit(1);
  if (fate === 'hang') await new Promise(() => setInterval(() => {}, 1000));
  await new Promise((resolve) => setTimeout(resolve, ms));
  return fate ?? 'fine';
};`;

const FAILING = extendedFunctions({
  crashes: { extensions: { crasher: nodeExtension('crasher', 'process.exit(3);') } },
  reports: {
    extensions: {
      reporter: nodeExtension(
        'reporter',
        `await register();
        const { status } = await call('POST', '/2020-01-01/extension/init/error', { 'Lambda-Extension-Function-Error-Type': 'Extension.NoConfiguration' }, '{}');
        say('told', status);
        process.exit(0);`,
      ),
    },
  },
  leaves: {
    code: FATES,
    extensions: {
      leaver: nodeExtension(
        'leaver',
        `await register();
        await next();
        await call('POST', '/2020-01-01/extension/exit/error', { 'Lambda-Extension-Function-Error-Type': 'Extension.Tired' }, '{}');
        process.exit(1);`,
      ),
    },
  },
  dies: {
    code: FATES,
    // Once: afterwards the environment has a /tmp that says so.
    extensions: {
      mortal: nodeExtension(
        'mortal',
        `const fs = require('fs');
        await register();
        for (;;) {
          await next();
          if (fs.existsSync('/tmp/died')) continue;
          fs.writeFileSync('/tmp/died', '');
          process.kill(process.pid, 'SIGKILL');
        }`,
      ),
    },
  },
  plain: { extensions: { plain: 'not a program' } },
  misled: { extensions: { misled: '#!/no/such/interpreter\n' } },
  crowded: {
    extensions: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`e${n}`, watcher(`e${n}`)])),
  },
  ended: { code: FATES, extensions: { observer: watcher('observer') }, properties: { Timeout: 3 } },
  stubborn: {
    code: FATES,
    properties: { Timeout: 10 },
    extensions: {
      stubborn: nodeExtension(
        'stubborn',
        `await register();
        process.on('SIGTERM', () => {});
        for (;;) {
          const event = await next();
          if (event.eventType !== 'SHUTDOWN') continue;
          say('staying', Date.now());
          setInterval(() => say('still', Date.now()), 100);
          await wait(60000);
        }`,
      ),
    },
  },
});

describe('extensions that fail', () => {
  const house = inHouse(FAILING);
  const atOnce = testsAtOnce();

  /** https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-api-failure */
  atOnce('one that ends during init is Extension.Crash', async () => {
    const { functionError, value } = await house().invoke('crashes');
    expect(functionError).toBe('Unhandled');
    expect(value).toEqual({
      errorType: 'Extension.Crash',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: exit status 3$/),
    });
    const log = await house().log('crashes', /REPORT/);
    expect(log).toContain('EXTENSION\tName: crasher\tState: Started\tEvents: []\n');
    expect(log).toMatch(/INIT_REPORT .*\tPhase: init\tStatus: error\tError Type: Extension.Crash\n/);
  });

  atOnce('one that reports an error and ends is Extension.InitError', async () => {
    const { value } = await house().invoke('reports');
    expect(value).toEqual({
      errorType: 'Extension.InitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: exit code 0$/),
    });
    const log = await house().log('reports', /REPORT/);
    expect(log).toContain('told 202\n');
    expect(log).toContain(
      'EXTENSION\tName: reporter\tState: InitError\tEvents: [INVOKE, SHUTDOWN]\tError Type: Extension.NoConfiguration\n',
    );
  });

  atOnce('one that reports an error in the middle of an invocation is Extension.ExitError', async () => {
    const { value } = await house().invoke('leaves', { ms: 2500 });
    expect(value).toEqual({
      errorType: 'Extension.ExitError',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: exit status 1$/),
    });
  });

  atOnce('one that is killed in the middle of an invocation ends it; the next begins anew and succeeds', async () => {
    const { value } = await house().invoke('dies', { ms: 2500 });
    expect(value).toEqual({
      errorType: 'Extension.Crash',
      errorMessage: expect.stringMatching(/^RequestId: \S+ Error: signal: killed$/),
    });
    expect((await house().invoke('dies')).value).toBe('fine');
    const log = await house().log('dies', /REPORT[\s\S]*REPORT/);
    expect(log).toMatch(/RequestId: \S+ Error: signal: killed\nExtension\.Crash\n/);
    expect(log).toMatch(/\tStatus: error\tError Type: Extension.Crash\n/);
  });

  atOnce('one that cannot be executed is Extension.LaunchError', async () => {
    const { value } = await house().invoke('plain');
    expect(value).toEqual({
      errorType: 'Extension.LaunchError',
      errorMessage: expect.stringMatching(
        /^RequestId: \S+ Error: fork\/exec \S*\/extensions\/plain: permission denied$/,
      ),
    });
    expect(await house().log('plain', /EXTENSION.*\n/)).toContain(
      'EXTENSION\tName: plain\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n',
    );
    const misled = await house().invoke('misled');
    expect(misled.value.errorType).toBe('Extension.LaunchError');
    expect(misled.value.errorMessage).toMatch(/fork\/exec \S+\/misled: no such file or directory$/);
  });

  atOnce('there are ten at most', async () => {
    const { value } = await house().invoke('crowded');
    expect(value.errorType).toBe('Extension.LaunchError');
  });

  atOnce('a shutdown says why it comes: timeout, failure, spindown', async () => {
    for (const fate of ['hang', 'exit', 'none']) await house().invoke('ended', { fate });
    await house().lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName: 'ended', MemorySize: 300 }));
    const log = await house().log('ended', /spindown.*\n/);
    const shutdowns = (said(log, 'observer') as { eventType: string }[]).filter(
      ({ eventType }) => eventType === 'SHUTDOWN',
    );
    expect(shutdowns).toMatchObject(
      ['timeout', 'failure', 'spindown'].map((shutdownReason) => ({ shutdownReason, deadlineMs: expect.any(Number) })),
    );
  });

  atOnce('who ignores a shutdown is killed two seconds after it began', async () => {
    const { value } = await house().invoke('stubborn', { fate: 'exit' });
    expect(value.errorType).toBe('Runtime.ExitError');
    expect((await house().invoke('stubborn')).value).toBe('fine');
    const log = house().messages('stubborn').join('');
    const [[since], still] = [said(log, 'staying'), said(log, 'still')] as [[number], number[]];
    const longest = Math.max(...still) - since;
    expect(longest).toBeGreaterThan(1000);
    // Had nobody ended it, it would have gone on for as long as the environment is there; a busy machine is late.
    expect(longest).toBeLessThan(8000);
  });
});

describe('extensions that keep an environment waiting', () => {
  const house = inHouse({
    ...extendedFunctions({
      silent: {
        extensions: { silent: nodeExtension('silent', 'await wait(60000);') },
        properties: { Timeout: 1 },
      },
      absent: {
        extensions: { absent: nodeExtension('absent', 'await register(); await wait(60000);') },
        properties: { Timeout: 1 },
      },
      late: {
        extensions: { late: nodeExtension('late', 'await wait(2000); await register(); for (;;) await next();') },
        properties: { Timeout: 10 },
      },
    }),
    initTimeoutMs: 1500,
  });
  const atOnce = testsAtOnce();

  for (const [name, state, never] of [
    ['silent', 'Started', 'registers'],
    ['absent', 'Registered', 'asks for an event'],
  ] as const) {
    atOnce(`one that never ${never} lets the init phase and then the invocation time out`, async () => {
      const { value } = await house().invoke(name);
      expect(value.errorType).toBe('Sandbox.Timedout');
      const log = await house().log(name, /REPORT RequestId.*\n/);
      expect(log).toMatch(/INIT_REPORT .*\tPhase: init\tStatus: timeout\n/);
      expect(log).toContain(`EXTENSION\tName: ${name}\tState: ${state}\tEvents: [`);
    });
  }

  atOnce('one that registers late has the repeated init phase to do so', async () => {
    expect((await house().invoke('late', { n: 1 })).value).toEqual({ n: 1 });
  });
});

const CURL = `#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension"
headers="$(mktemp)"
curl -sS -D "$headers" -o /dev/null -H 'Lambda-Extension-Name: shell' -d '{"events":["INVOKE"]}' "$api/register" || exit 4
id="$(grep -i '^lambda-extension-identifier' "$headers" | tr -d '[:space:]' | cut -d: -f2)"
while :; do
  event="$(curl -sS -H "Lambda-Extension-Identifier: $id" "$api/event/next")"
  echo "shell $event"
  echo "services $(curl -sS -o /dev/null -w '%{http_code}' "$AWS_ENDPOINT_URL/_sampan/health")"
  echo "world $(curl -sS -m 1 http://192.0.2.1/ 2>&1)"
done
`;
const withCurl = spawnSync('curl', ['--version']).status === 0 ? describe : describe.skip;

withCurl.each(['namespaces', 'process'] as const)('a program that is not Node, at the %s level', (level) => {
  const house = inHouse({ ...extendedFunctions({ shelled: { extensions: { shell: CURL } } }), sandbox: level });

  test('reaches the Extensions API, and the AWS services at their endpoint', async () => {
    expect((await house().invoke('shelled', { n: 1 })).value).toEqual({ n: 1 });
    const log = await house().log('shelled', /world.*\n/);
    expect(said(log, 'shell')).toMatchObject([{ eventType: 'INVOKE' }]);
    expect(log).toContain('services 200\n');
    if (level === 'namespaces') expect(log).toMatch(/world curl: \(7\)/);
  });
});

describe('at the process level', () => {
  const house = inHouse({
    ...extendedFunctions({
      watched: { extensions: { watcher: watcher('watcher') } },
      served: {
        extensions: { server: nodeExtension('server', SERVER) },
        code: `exports.handler = async () => (await fetch('http://localhost:2773/')).text();`,
      },
    }),
    sandbox: 'process',
  });

  test('extensions that are Node programs work as they do in namespaces, held by the same egress', async () => {
    expect((await house().invoke('watched', { n: 1 })).value).toEqual({ n: 1 });
    expect(said(await house().log('watched', /watcher \{.*\n/), 'watcher')).toMatchObject([{ eventType: 'INVOKE' }]);
    expect((await house().invoke('served')).value).toBe('from the extension');
  });
});
