/**
 * Environments with several processes, and programs that are not Node, at both levels. Where a machine forbids user
 * namespaces, those tests say so and are skipped.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PreparedSandbox, SandboxedProcess, SandboxLevel, SandboxSpec } from './contract.ts';
import { createSandbox, type OpenSandbox } from './create-sandbox.ts';
import { runsOnNode } from './interpreter.ts';

const trial = spawnSync('unshare', ['-Urnm', 'true'], { encoding: 'utf8' });
const levels: SandboxLevel[] = trial.status === 0 ? ['process', 'namespaces'] : ['process'];
if (trial.status !== 0) console.warn(`skipped, the namespaces level: unshare -Urnm: ${trial.stderr || trial.error}`);

const PATH = '/usr/bin:/bin';
const hasCurl = spawnSync('curl', ['--version']).status === 0;
const withCurl = hasCurl ? it : it.skip;

// Each test starts processes by the dozen; what must not take long is measured where it matters.
jest.setTimeout(30_000);

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sbx-'));
  await mkdir(join(home, 'runtime'));
  await mkdir(join(home, 'code'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe.each(levels)('at the %s level', (level) => {
  let sandbox: OpenSandbox;
  const prepared: PreparedSandbox[] = [];
  const sealed: string[] = [];

  beforeAll(async () => {
    sandbox = await createSandbox({
      stateDirectory: join(home, level),
      prefer: level,
      nodePath: process.execPath,
      runtimeDirectory: join(home, 'runtime'),
      onSealed: (program) => sealed.push(program),
    });
  });
  afterAll(async () => {
    await Promise.all(prepared.map((each) => each.dispose()));
    await sandbox.close();
    expect(await readdir(join(home, level, 'environments'))).toEqual([]);
  });

  async function prepare(more: Partial<SandboxSpec> = {}): Promise<PreparedSandbox> {
    const made = await sandbox.prepare({
      environmentId: 'e',
      codeDirectory: join(home, 'code'),
      layerDirectories: [],
      ephemeralStorageMb: 8,
      programs: 'any',
      ...more,
    });
    prepared.push(made);
    return made;
  }

  const shell = (environment: PreparedSandbox, script: string, env: Record<string, string> = { PATH }) =>
    environment.spawn(['/bin/sh', '-c', script], env);
  const node = (environment: PreparedSandbox, script: string) =>
    environment.spawn([environment.nodePath, '-e', script], { PATH });

  it('lets all processes of an environment share its /tmp, and nothing of another environment', async () => {
    const [one, other] = await Promise.all([prepare(), prepare()]);
    const file = join(one.tmpDirectory, 'note');
    await shell(one, `echo hello > ${file}`).exited;
    expect(await text(shell(one, `cat ${file}`).stdout)).toBe('hello\n');
    const elsewhere = join(other.tmpDirectory, 'note');
    expect(await text(shell(other, `cat ${elsewhere} 2>&1`).stdout)).toContain('No such file');
  });

  it('lets one process reach what another listens at, and the supervisor too', async () => {
    const environment = await prepare();
    const server = node(
      environment,
      `const s = require('net').createServer((c) => c.end('from inside')); s.listen(0, '127.0.0.1', () => console.log(s.address().port))`,
    );
    const port = Number(await firstLine(server));
    const client = node(
      environment,
      `require('net').connect(${port}, '127.0.0.1').on('data', (d) => console.log(String(d)))`,
    );
    expect(await firstLine(client)).toBe('from inside');
    const socket = await environment.dial(port);
    expect(await text(socket)).toBe('from inside');
    await expect(environment.dial(1)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  withCurl('leads programs that are not Node to the environment’s own socket', async () => {
    const environment = await prepare();
    const server = createHttpServer((request, response) => response.end(`you asked for ${request.url}`));
    await new Promise<void>((resolve) => server.listen(environment.socketPath, resolve));
    const { runtimeApi = '' } = environment.network ?? {};
    const curl = shell(environment, `for i in 1 2 3; do curl -sS http://${runtimeApi}/2018-06-01/$i; echo; done`);
    expect(await text(curl.stdout)).toBe([1, 2, 3].map((i) => `you asked for /2018-06-01/${i}\n`).join(''));
    server.close();
  });

  it('stops, continues and ends each process by itself, and says how it ended', async () => {
    const environment = await prepare();
    const [one, other] = [1, 2].map(() =>
      node(environment, `console.log(1); let n = 0; setInterval(() => console.log(n++), 5)`),
    );
    if (!one || !other) throw new Error('two were started');
    await Promise.all([firstLine(one), firstLine(other)]);
    let [lines, others] = [0, 0];
    one.stdout.on('data', () => (lines += 1));
    other.stdout.on('data', () => (others += 1));
    one.freeze();
    await sleep(30);
    [lines, others] = [0, 0];
    await sleep(100);
    expect(lines).toBe(0);
    expect(others).toBeGreaterThan(0);
    one.thaw();
    await sleep(50);
    expect(lines).toBeGreaterThan(0);
    one.terminate();
    expect(await one.exited).toEqual({ code: null, signal: 'SIGTERM' });
    other.freeze();
    other.kill();
    expect(await other.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await shell(environment, 'exit 7').exited).toEqual({ code: 7, signal: null });
  });

  it('lets a program take its leave on SIGTERM', async () => {
    const environment = await prepare();
    const held = node(
      environment,
      `process.on('SIGTERM', () => { console.log('bye'); process.exit(3) }); console.log('up'); setInterval(() => {}, 1000)`,
    );
    expect(await firstLine(held)).toBe('up');
    const rest = text(held.stdout);
    held.terminate();
    expect(await held.exited).toEqual({ code: 3, signal: null });
    expect(await rest).toBe('bye\n');
  });

  it('leaves nothing behind: what left its group ends with the environment', async () => {
    const environment = await prepare();
    const mark = `${72_000 + Math.floor(Math.random() * 9000)}`;
    await shell(environment, `setsid sleep ${mark} > /dev/null 2>&1 < /dev/null & sleep 0.2`, {
      PATH,
      TMPDIR: environment.tmpDirectory,
    }).exited;
    await environment.dispose();
    expect(() => execFileSync('pgrep', ['-f', `^sleep ${mark}`])).toThrow();
    await environment.dispose();
  });

  if (level === 'namespaces') {
    it('leads relayed ports where the egress says, and never around it', async () => {
      const environment = await prepare({ relayedPorts: [4566, 4567] });
      const ticket = 'f'.repeat(32);
      const asked: unknown[] = [];
      const server = createServer((socket) => {
        socket.once('data', (first) => {
          if (first[0] === 0x7b) {
            const question = JSON.parse(first.toString());
            asked.push(question);
            const answer = question.port === 4566 ? { go: 'through', ticket } : { go: 'refuse', errno: 'ECONNREFUSED' };
            socket.write(`${JSON.stringify({ id: question.id, ...answer })}\n`);
          } else socket.end(first.toString() === `#${ticket}` ? 'the door' : `not a ticket: ${first}`);
        });
        socket.on('error', () => {});
      });
      await new Promise<void>((resolve) => server.listen(environment.socketPath, resolve));
      const said = (port: number) =>
        text(
          node(
            environment,
            `require('net').connect(${port}, '127.0.0.1').on('data', (d) => console.log(String(d))).on('close', () => console.log('closed'))`,
          ).stdout,
        );
      expect(await said(4566)).toBe('the door\nclosed\n');
      expect(await said(4567)).toBe('closed\n');
      expect(asked).toEqual([4566, 4567].map((port) => ({ id: 1, ask: 'connect', host: '127.0.0.1', port })));
      server.close();
    });

    it('says once which programs have no network but loopback', async () => {
      const environment = await prepare();
      for (let n = 0; n < 2; n += 1) await shell(environment, 'exit 0').exited;
      await node(environment, '0').exited;
      expect(sealed.filter((program) => program === '/bin/sh')).toHaveLength(1);
      expect(sealed).not.toContain(environment.nodePath);
    });

    it('knows the environment by the name Lambda gives it', async () => {
      const environment = await prepare();
      const looked = shell(environment, 'getent hosts sandbox.localdomain sandbox');
      expect((await text(looked.stdout)).replaceAll(/ +/g, ' ')).toMatch(/^127\.0\.0\.1 .*\n127\.0\.0\.1 .*\n$/);
    });

    it('is still without a network, and shares its processes’ view of one another', async () => {
      const environment = await prepare();
      const sleeper = shell(environment, 'sleep 61');
      const devices = await text(shell(environment, 'tail -n +3 /proc/net/dev | cut -d: -f1').stdout);
      expect(devices.trim()).toBe('lo');
      const seen = await text(shell(environment, 'cat /proc/[0-9]*/cmdline | tr "\\0" " "').stdout);
      expect(seen).toContain('sleep 61');
      expect(seen).not.toContain(process.title);
      sleeper.kill();
      await sleeper.exited;
    });
  }
});

it('knows a script for Node by its first line', async () => {
  const file = async (name: string, content: string) => {
    await writeFile(join(home, name), content);
    await chmod(join(home, name), 0o755);
    return join(home, name);
  };
  expect(runsOnNode('/var/lang/bin/node')).toBe(true);
  expect(runsOnNode(await file('a', '#!/usr/bin/env node\nlet a'))).toBe(true);
  expect(runsOnNode(await file('b', '#!/usr/bin/env -S node --no-warnings\n'))).toBe(true);
  expect(runsOnNode(await file('c', '#!/var/lang/bin/node\n'))).toBe(true);
  expect(runsOnNode(await file('d', '#!/bin/sh\nnode x\n'))).toBe(false);
  expect(runsOnNode(await file('e', '\x7fELF node'))).toBe(false);
  expect(runsOnNode(join(home, 'missing'))).toBe(false);
});

function firstLine(held: SandboxedProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    held.stdout.on('data', function hear(chunk) {
      said += chunk;
      if (!said.includes('\n')) return;
      held.stdout.off('data', hear);
      resolve(said.split('\n')[0] as string);
    });
    held.stdout.once('end', () => reject(new Error(`no line: ${said}`)));
  });
}
