/** Environments in the real sandboxes, behind the real egress: what only shows when all parts are together. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAddressBook } from '../kernel/addresses.ts';
import { openCompiledCode } from './compiled-code.ts';
import { createEgress, createEgressPolicy, type Egress } from './egress/index.ts';
import { RUNTIME_API } from './launcher.ts';
import type { SandboxLevel } from './sandbox/contract.ts';
import { createSandbox, type OpenSandbox } from './sandbox/index.ts';
import { createProcessTable } from './sandbox/process-table.ts';
import { eventually, invoke, startTestLauncher, type TestLauncher } from './testing/launch.ts';

describe.each<SandboxLevel>(['process', 'namespaces'])('at the %s level', (level) => {
  let stateDirectory: string;
  let sandbox: OpenSandbox | undefined;
  let egress: Egress;
  let house: TestLauncher;
  let impossible: string | undefined;

  beforeAll(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'sampan-held-'));
    const rules = createEgressPolicy({
      addresses: createAddressBook(),
      awsEndpoint: { host: '127.0.0.1', port: 4566 },
      runtimeApi: RUNTIME_API,
    });
    const door = { accept: () => {} };
    egress = createEgress({ level, rules, door, caPem: '' });
    house = await startTestLauncher({
      egress: (socket, environmentId) => egress.serve(socket, environmentId),
      compiledCode: openCompiledCode(join(stateDirectory, 'compiled')),
      async holdBy(runtimeDirectory) {
        const options = { stateDirectory, nodePath: process.execPath, runtimeDirectory };
        sandbox = await createSandbox({ ...options, prefer: level }).catch((error: Error) => {
          impossible = error.message;
          return createSandbox({ ...options, prefer: 'process' });
        });
        return sandbox;
      },
    });
  });
  afterAll(async () => {
    await house.stop();
    egress.close();
    await sandbox?.close();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  /** Where this machine cannot do namespaces there is nothing to test; the level that holds is tested above. */
  const held = (name: string, body: () => Promise<void>) =>
    test(name, async () => {
      if (impossible !== undefined) return console.warn(`not tested, since ${impossible}`);
      await body();
    });

  held('answers, warm and again', async () => {
    const environment = await house.launch('let n = 0; exports.handler = async (event) => ({ event, n: ++n });');
    expect((await invoke(environment, 'ü')).value).toEqual({ event: 'ü', n: 1 });
    expect((await invoke(environment)).value).toEqual({ event: {}, n: 2 });
  });

  held('shows what V8 made of code to later environments of the same function, and to nobody else', async () => {
    const spec = await house.spec(`
      const fs = require('node:fs');
      const directory = require('node:module').getCompileCacheDir().replace(/\\/[^/]*$/, '');
      const kept = () => fs.readdirSync(directory, { recursive: true }).filter((name) => name.includes('/')).length > 0;
      const found = kept();
      const write = () => { try { fs.writeFileSync(directory + '/own', ''); return 'written'; } catch ({ code }) { return code; } };
      exports.handler = async () => ({
        found, left: kept(), write: write(), told: Object.keys(process.env).filter((name) => name.startsWith('SAMPAN')),
      });`);
    const answer = async (more = {}) => {
      const environment = await house.launcher.launch({ ...spec, ...more });
      const { value } = await invoke(environment);
      await environment.stop();
      return value;
    };
    const write = level === 'namespaces' ? 'EROFS' : 'written';
    expect(await answer()).toEqual({ found: false, left: false, write: 'written', told: [] });
    expect(await answer()).toEqual({ found: true, left: true, write, told: [] });
    const another = 'arn:aws:lambda:us-east-1:123456789012:function:another';
    expect(await answer({ functionArn: another })).toMatchObject({ found: false });
    expect(await answer({ version: '1' })).toMatchObject({ found: false });
  });

  held('keeps none for who wants none', async () => {
    const code = "exports.handler = async () => String(require('node:module').getCompileCacheDir());";
    const environment = await house.launch(code, { environment: { NODE_DISABLE_COMPILE_CACHE: '1' } });
    expect((await invoke(environment)).value).toBe('undefined');
  });

  held('starts without what only connections need, and holds those that come later', async () => {
    const environment = await house.launch(`
      const loaded = process.moduleLoadList.includes('NativeModule net');
      exports.handler = async () => {
        const { Socket } = require('node:net');
        const refused = await fetch('http://127.0.0.1:47999/').catch(({ cause }) => cause.message);
        return { loaded, refused, own: Object.hasOwn(Socket.prototype, 'connect'), left: 'connect' in require('node:stream').Duplex.prototype };
      };`);
    expect((await invoke(environment)).value).toEqual({
      loaded: false,
      refused: expect.stringContaining('ECONNREFUSED'),
      own: true,
      left: false,
    });
  });

  held('holds the connections of a program that has loaded everything before', async () => {
    const files = {
      'index.js': `
        exports.handler = async () => {
          const loaded = process.moduleLoadList.includes('NativeModule net');
          const socket = require('node:net').connect(443, 'nowhere.example.com');
          const failed = await new Promise((resolve) => socket.on('error', resolve).on('connect', () => resolve({})).setTimeout(300, () => resolve({ code: 'hangs' })));
          return { loaded, code: failed.code };
        };`,
      'early.cjs': `require('node:net');`,
    };
    const { codeDirectory } = await house.spec(files);
    const early = level === 'namespaces' ? '/var/task/early.cjs' : join(codeDirectory, 'early.cjs');
    const environment = await house.launch(files, { environment: { NODE_OPTIONS: `--require ${early}` } });
    const { value } = await invoke(environment);
    expect(value).toMatchObject({ loaded: true, code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN|hangs)$/) });
  });

  held('is frozen while idle', async () => {
    const environment = await house.launch(`
      let ticks = 0;
      exports.handler = async () => { if (ticks === 0) setInterval(() => { ticks += 1; }, 5); return ticks; };
    `);
    await invoke(environment);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await invoke(environment)).value).toBeLessThan(10);
  });

  held('a time-out ends everything the function started', async () => {
    const environment = await house.launch(
      `exports.handler = async () => { require('node:child_process').spawn('sleep', ['60']); await new Promise((r) => setTimeout(r, 9000)); };`,
      { timeoutMs: 300 },
    );
    expect(await invoke(environment)).toMatchObject({ errorType: 'Sandbox.Timedout' });
  });

  held('exit codes and signals come through', async () => {
    const exits = await house.launch('exports.handler = async () => process.exit(3);');
    expect((await invoke(exits)).value).toMatchObject({ errorMessage: expect.stringMatching(/exit status 3$/) });
    const killed = await house.launch('exports.handler = async () => process.kill(process.pid, "SIGKILL");');
    expect((await invoke(killed)).value).toMatchObject({ errorMessage: expect.stringMatching(/signal: killed$/) });
  });

  held('a failed init says why', async () => {
    const environment = await house.launch('require("nowhere");');
    expect(await invoke(environment)).toMatchObject({ errorType: 'Runtime.ImportModuleError' });
  });

  held('memory is that of the function, and held to its limit', async () => {
    const environment = await house.launch(
      `const kept = []; exports.handler = async (mb) => { for (let i = 0; i < mb; i += 1) { kept.push(Buffer.alloc(1048576, 1)); await new Promise((r) => setTimeout(r, 2)); } return process.memoryUsage.rss(); };`,
      { memorySizeMb: 200 },
    );
    house.messages.length = 0;
    const { value } = await invoke(environment, 1);
    await eventually(() => house.messages.join('').includes('REPORT'));
    const reported = Number(/Max Memory Used: (\d+) MB/.exec(house.messages.join(''))?.[1]);
    expect(Math.abs(reported - (value as number) / 1048576)).toBeLessThan(10);
    expect(await invoke(environment, 400)).toMatchObject({ errorType: 'Runtime.OutOfMemory' });
  });

  held('memory is that of a daemon too, which ends with the function', async () => {
    const environment = await house.launch(
      `exports.handler = async (mb) => {
         const daemon = 'console.log(process.pid); const kept = Buffer.alloc(' + mb + ' * 1048576, 1); setInterval(() => kept, 1000)';
         const options = { env: { ...process.env, DAEMON: daemon }, encoding: 'utf8' };
         const file = require('node:os').tmpdir() + '/pid';
         require('node:child_process').execSync('setsid "' + process.execPath + '" -e "$DAEMON" > ' + file + ' < /dev/null 2>&1 &', options);
         await new Promise((resolve) => setTimeout(resolve, 4000));
         return require('node:fs').readFileSync(file, 'utf8');
       };`,
      { memorySizeMb: 300, timeoutMs: 8000 },
    );
    expect(await invoke(environment, 300)).toMatchObject({ errorType: 'Runtime.OutOfMemory' });
    // Of what was started for this environment nothing goes on.
    const goesOn = () =>
      createProcessTable()
        .startedWith(`TMPDIR=${stateDirectory}`)
        .map((pid) => readCommand(pid));
    await eventually(() => !goesOn().some((command) => command.includes('setInterval(() => kept')));
  });

  held('sees its code, its layer and its own /tmp where Lambda has them', async () => {
    const layer = await house.spec({ 'nodejs/node_modules/shared/index.js': 'exports.n = 7;' });
    const environment = await house.launch(
      `const fs = require('node:fs'); const os = require('node:os'); const path = require('node:path');
       exports.handler = async () => {
         fs.writeFileSync(path.join(os.tmpdir(), 'mine'), 'x');
         return { n: require('shared').n, cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT, root: process.env.LAMBDA_TASK_ROOT, files: fs.readdirSync(os.tmpdir()) };
       };`,
      { layerDirectories: [layer.codeDirectory] },
    );
    const root = level === 'namespaces' ? '/var/task' : expect.any(String);
    expect((await invoke(environment)).value).toEqual({ n: 7, cwd: true, root, files: ['mine'] });
  });

  held('streams its response, and reaches the Runtime API at the address it is told', async () => {
    const streams = await house.launch(`
      exports.handler = awslambda.streamifyResponse(async (event, stream) => { stream.write('a'); stream.write('b'); stream.end(); });
    `);
    const call = { requestId: 'r-1', payload: '{}', traceHeader: '', invokedFunctionArn: 'arn' };
    expect(await streams.invoke(call)).toMatchObject({ kind: 'response', payload: 'ab' });
    const asks = await house.launch(`
      exports.handler = async () => {
        const answer = await fetch('http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/runtime/invocation/nobody/response', { method: 'POST', body: '1' });
        return [process.env.AWS_LAMBDA_RUNTIME_API, answer.status, await answer.json()];
      };
    `);
    expect((await invoke(asks)).value).toEqual([
      '127.0.0.1:9001',
      400,
      { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' },
    ]);
  });

  held('nothing is left of an environment that was stopped', async () => {
    const environment = await house.launch('exports.handler = async () => process.pid;');
    await invoke(environment);
    await environment.stop();
    expect(house.bound.has(environment.id)).toBe(false);
  });
});

/** Empty when it has ended. */
function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}
