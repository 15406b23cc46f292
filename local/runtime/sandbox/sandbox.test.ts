/** Real processes at both levels. Where a machine forbids user namespaces, those tests say so and are skipped. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SandboxedProcess, SandboxLevel, SandboxSpec } from './contract.ts';
import { createSandbox, type OpenSandbox } from './create-sandbox.ts';
import { createProcessTable } from './process-table.ts';

// Each test starts processes by the dozen; what must not take long is measured where it matters.
jest.setTimeout(30_000);

let home: string;
let runtimeDirectory: string;
let runtimeModules: string;
let codeDirectory: string;
let functions = 0;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sbx-'));
  // Other users read it too: one test runs as somebody else.
  await chmod(home, 0o755);
  runtimeDirectory = join(home, 'runtime files');
  await mkdir(runtimeDirectory);
  await writeFile(join(runtimeDirectory, 'client.js'), 'module.exports = "client"');
  runtimeModules = join(home, 'modules');
  await mkdir(join(runtimeModules, 'shipped'), { recursive: true });
  await writeFile(join(runtimeModules, 'shipped/index.js'), 'module.exports = "shipped"');
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function code(text: string): Promise<string> {
  functions += 1;
  const directory = join(home, `function ${functions}`);
  await mkdir(directory);
  await writeFile(join(directory, 'index.js'), text);
  codeDirectory = directory;
  return directory;
}

interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
  readonly signal: string | null;
}

async function finish(held: SandboxedProcess): Promise<Finished> {
  let stdout = '';
  let stderr = '';
  held.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  held.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const exit = await held.exited;
  await sleep(10);
  return { stdout, stderr, ...exit };
}

/** The first line it prints, parsed. */
function firstLine<T>(held: { readonly stdout: SandboxedProcess['stdout'] }): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = '';
    held.stdout.on('data', (chunk) => {
      text += chunk;
      if (text.includes('\n')) resolve(JSON.parse(text.split('\n')[0] as string) as T);
    });
    held.stdout.once('end', () => reject(new Error(`no line: ${text}`)));
  });
}

function state(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2)[0] as string;
  } catch {
    return 'gone';
  }
}

async function eventually(condition: () => boolean, withinMs: number): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > withinMs) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await sleep(5);
  }
  return performance.now() - start;
}

/** Every process of the machine whose command line holds `mark`. */
function processesWith(mark: string): number[] {
  return execFileSync('ps', ['-axwwo', 'pid=,stat=,command='], { encoding: 'utf8' })
    .split('\n')
    .filter((row) => row.includes(mark) && !/^\s*\d+\s+Z/.test(row))
    .map((row) => Number.parseInt(row, 10));
}

const namespacesReason = (() => {
  if (process.platform !== 'linux') return 'namespaces are a feature of Linux';
  const trial = spawnSync('unshare', ['-Urnm', 'true'], { encoding: 'utf8' });
  return trial.status === 0 ? undefined : `unshare -Urnm: ${trial.stderr || trial.error}`;
})();
if (namespacesReason) console.warn(`skipped, the namespaces level: ${namespacesReason}`);

const levels: SandboxLevel[] = namespacesReason ? ['process'] : ['process', 'namespaces'];
const onLinux = process.platform === 'linux' ? it : it.skip;

describe.each(levels)('at the %s level', (level) => {
  let sandbox: OpenSandbox;
  let stateDirectory: string;

  beforeAll(async () => {
    stateDirectory = join(home, `state ${level}`);
    sandbox = await createSandbox({
      stateDirectory,
      prefer: level,
      nodePath: process.execPath,
      runtimeDirectory,
      runtimeModules: [runtimeModules],
    });
  });
  afterAll(async () => {
    await sandbox.close();
    expect(await readdir(join(stateDirectory, 'environments'))).toEqual([]);
  });

  async function prepare(text: string, more: Partial<SandboxSpec> = {}) {
    const spec = { environmentId: 'e', layerDirectories: [], ephemeralStorageMb: 8, ...more };
    const prepared = await sandbox.prepare({ codeDirectory: await code(text), ...spec });
    const run = (env: Record<string, string> = { PATH: '/usr/bin:/bin' }) =>
      prepared.spawn([prepared.nodePath, join(prepared.taskRoot, 'index.js')], env);
    return { prepared, run };
  }

  it('gives a program exactly its environment variables and its task root', async () => {
    const { prepared, run } = await prepare('console.log(JSON.stringify([process.env, process.cwd()]))');
    const env = { A: '1', LD_LIBRARY_PATH: '/opt/lib', IFS: ' x', PATH: '/usr/bin', B: `"'$A\\ \n` };
    const [seen, directory] = await firstLine<[Record<string, string>, string]>(run(env));
    const { TMPDIR, ...rest } = seen;
    expect(rest).toEqual(env);
    expect(TMPDIR).toBe(level === 'process' ? prepared.tmpDirectory : undefined);
    expect(directory).toBe(prepared.taskRoot);
    await prepared.dispose();
  });

  it('tells how it ended: a code, a signal, its output', async () => {
    const { prepared, run } = await prepare(
      'const [how] = [process.env.HOW]; console.log("out"); console.error("err"); how === "exit" ? process.exit(7) : process.abort()',
    );
    expect(await finish(run({ HOW: 'exit' }))).toMatchObject({
      code: 7,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    expect(await finish(run({ HOW: 'abort' }))).toEqual({
      code: null,
      signal: 'SIGABRT',
      stdout: 'out\n',
      stderr: expect.not.stringContaining('Aborted'),
    });
    const killed = prepared.spawn([prepared.nodePath, '-e', 'setInterval(()=>{},1000)'], {});
    await sleep(100);
    killed.kill();
    expect(await killed.exited).toEqual({ code: null, signal: 'SIGKILL' });
    killed.freeze();
    killed.thaw();
    killed.kill();
    await prepared.dispose();
    await prepared.dispose();
  });

  it('lets a server of the host be reached over its own unix socket, and shows it our files', async () => {
    const { prepared, run } = await prepare(`
      const client = require(process.env.RUNTIME + '/client.js');
      require('net').connect(process.env.SOCKET).on('data', (d) => { console.log(JSON.stringify(client + d)); process.exit() });
    `);
    const server = createServer((socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(prepared.socketPath, resolve));
    const line = await firstLine(run({ SOCKET: prepared.socketPathInside, RUNTIME: prepared.runtimeDirectory }));
    expect(line).toBe('clienthello');
    server.close();
    await prepared.dispose();
    expect(existsSync(prepared.socketPath)).toBe(false);
  });

  it('shows every function the modules its runtime ships', async () => {
    const { prepared, run } = await prepare('console.log(JSON.stringify(require("shipped")))');
    expect(await firstLine(run({ NODE_PATH: prepared.runtimeModules?.join(':') ?? '' }))).toBe('shipped');
    await prepared.dispose();
  });

  it('lays layers over one another, a later one on top', async () => {
    const [a, b] = [join(home, `layer a ${level}`), join(home, `layer b ${level}`)];
    for (const [directory, files] of [
      [a, { 'x.txt': 'a', 'nodejs/a.txt': 'a', 'both/deep.txt': 'a' }],
      [b, { 'x.txt': 'b', 'nodejs/b.txt': 'b', both: 'b' }],
    ] as const) {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(join(directory, name, '..'), { recursive: true });
        await writeFile(join(directory, name), text);
      }
    }
    await symlink('x.txt', join(b, 'link.txt'));
    const text = `
      const { readFileSync, readdirSync } = require('fs'); const opt = process.env.OPT;
      const read = (n) => readFileSync(opt + '/' + n, 'utf8');
      console.log(JSON.stringify([readdirSync(opt).sort(), read('x.txt'), read('link.txt'), read('nodejs/a.txt'), read('nodejs/b.txt'), read('both')]))`;
    const { prepared, run } = await prepare(text, { layerDirectories: [a, b] });
    const expected = [['both', 'link.txt', 'nodejs', 'x.txt'], 'b', 'b', 'a', 'b', 'b'];
    expect(await firstLine(run({ OPT: prepared.optRoot }))).toEqual(expected);
    // The layer's build writes a new file: the next environment sees it.
    await rm(join(b, 'x.txt'));
    await writeFile(join(b, 'x.txt'), 'newer');
    const next = await prepare(text, { layerDirectories: [a, b] });
    expect((await firstLine<string[]>(next.run({ OPT: next.prepared.optRoot })))[1]).toBe('newer');
    await Promise.all([prepared.dispose(), next.prepared.dispose()]);
  });

  onLinux(
    'stops a whole tree, and lets it go on: children, their children, and those that left the group',
    async () => {
      const { prepared, run } = await prepare(TREE);
      const held = run();
      await firstLine(held);
      const tree = () => [held.pid, ...descendants(held.pid)];
      // node, two shells and two `sleep`s, whatever the level puts around them.
      expect(tree().length).toBeGreaterThanOrEqual(5);
      held.freeze();
      await eventually(() => tree().every((pid) => state(pid) === 'T'), 1000);
      held.thaw();
      await eventually(() => tree().every((pid) => state(pid) !== 'T'), 1000);
      held.freeze();
      await eventually(() => tree().every((pid) => state(pid) === 'T'), 1000);
      const all = tree();
      held.kill();
      await held.exited;
      expect(all.map(state).filter((each) => each !== 'gone' && each !== 'Z')).toEqual([]);
      await prepared.dispose();
    },
  );

  it.each(['ends by itself', 'is killed'])('keeps /tmp for the next program when the first one %s', async (how) => {
    const { prepared } = await prepare(`
      const fs = require('node:fs');
      const file = process.env.TMP + '/kept';
      const kept = fs.existsSync(file) && fs.readFileSync(file, 'utf8') + (fs.statSync(file).mode & 0o777).toString(8);
      fs.writeFileSync(file, 'what was there', { mode: 0o640 });
      const users = fs.existsSync('/proc/1/comm') && fs.readdirSync('/proc').filter((name) => name > 0).length;
      console.log(JSON.stringify({ kept, users }));
      process.argv[2] === 'stay' ? setInterval(() => {}, 1000) : process.exit(1);`);
    const start = () =>
      prepared.spawn([prepared.nodePath, join(prepared.taskRoot, 'index.js'), how === 'is killed' ? 'stay' : 'go'], {
        PATH: '/usr/bin:/bin',
        TMP: prepared.tmpDirectory,
      });
    const answers: { kept: unknown; users: number }[] = [];
    for (let round = 0; round < 4; round += 1) {
      const held = start();
      answers.push(await firstLine(held));
      if (how === 'is killed') held.kill();
      held.stderr.resume();
      await held.exited;
    }
    expect(answers.map(({ kept }) => kept)).toEqual([false, ...Array(3).fill('what was there640')]);
    // The processes that are seen are its own, not those of an earlier time.
    if (level === 'namespaces') expect(answers.map(({ users }) => users)).toEqual([2, 2, 2, 2]);
    await prepared.dispose();
  });

  it('ends what a program leaves behind when it exits by itself', async () => {
    const mark = `sleep 98.${process.pid}`;
    const { prepared, run } = await prepare(`
      require('child_process').spawn('sh', ['-c', '${mark}; :'], { stdio: 'ignore' });
      require('child_process').spawn('setsid', ['sh', '-c', '${mark}; :'], { stdio: 'ignore', detached: true }).unref();
      setTimeout(() => process.exit(0), 100);`);
    await run().exited;
    await prepared.dispose();
    await eventually(() => processesWith(mark).length === 0, 500);
  });

  onLinux.each([
    ['running', 'node'],
    ['frozen', 'node'],
    ['frozen', 'any'],
  ])('leaves nothing %s behind when the supervisor is killed, and sweeps up (programs: %s)', async (how, programs) => {
    const state = join(home, `killed ${level} ${how} ${programs}`);
    await code(TREE);
    const directory = level === 'process' ? codeDirectory : '/var/task';
    const supervisor = startSupervisor([
      state,
      runtimeDirectory,
      codeDirectory,
      level,
      programs,
      how,
      `${directory}/index.js`,
    ]);
    const said = await firstLine<{ level: string; pid: number; output: string }>(supervisor);
    expect(said).toMatchObject({ level, output: '"ready"' });
    expect(descendants(said.pid).length).toBeGreaterThanOrEqual(4);
    // With whatever holds the namespaces, and the watchdog, which ends when it has done its work.
    const tree = descendants(supervisor.pid as number);
    supervisor.kill('SIGKILL');
    await eventually(() => tree.every((pid) => ['gone', 'Z'].includes(stateOf(pid))), 2000);
    expect(await readdir(join(state, 'environments'))).toHaveLength(1);
    const next = await createSandbox({
      stateDirectory: state,
      prefer: level,
      nodePath: process.execPath,
      runtimeDirectory,
    });
    await next.sweep();
    expect(await readdir(join(state, 'environments'))).toEqual([String(process.pid)]);
    await next.close();
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(state);
  });

  onLinux(
    'sweeps what outlived its watchdog, never a stranger with a number used again, never a living run',
    async () => {
      const state = join(home, `swept ${level}`);
      await code(TREE);
      const directory = level === 'process' ? codeDirectory : '/var/task';
      const supervisor = startSupervisor([
        state,
        runtimeDirectory,
        codeDirectory,
        level,
        'node',
        'frozen',
        `${directory}/index.js`,
      ]);
      const { pid } = await firstLine<{ pid: number }>(supervisor);
      const tree = [pid, ...descendants(pid)];
      const next = await createSandbox({
        stateDirectory: state,
        prefer: level,
        nodePath: process.execPath,
        runtimeDirectory,
      });
      await next.sweep();
      expect(stateOf(pid)).toBe('T');
      const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
      await writeFile(join(state, 'environments', String(supervisor.pid), 'pids', String(stranger.pid)), 'long ago');
      for (const watchdog of processesWith(join(state, 'environments', String(supervisor.pid)))) {
        if (readFileSync(`/proc/${watchdog}/cmdline`, 'latin1').includes('sampan-watchdog'))
          process.kill(watchdog, 'SIGKILL');
      }
      supervisor.kill('SIGKILL');
      await eventually(() => stateOf(supervisor.pid as number) === 'gone', 2000);
      await next.sweep();
      await eventually(() => tree.every((each) => ['gone', 'Z'].includes(stateOf(each))), 2000);
      expect(stateOf(stranger.pid as number)).toBe('S');
      stranger.kill('SIGKILL');
      await next.close();
    },
  );
});

const atNamespaces = namespacesReason ? describe.skip : describe;

atNamespaces('inside namespaces', () => {
  let sandbox: OpenSandbox;
  beforeAll(async () => {
    sandbox = await createSandbox({
      stateDirectory: join(home, 'inside'),
      prefer: 'namespaces',
      nodePath: process.execPath,
      runtimeDirectory,
    });
  });
  afterAll(() => sandbox.close());

  const ENV = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

  async function prepare() {
    await code('');
    return sandbox.prepare({ environmentId: 'e', codeDirectory, layerDirectories: [], ephemeralStorageMb: 8 });
  }

  /** What the last of `scripts` says inside, run by `sh -c` one after the other. */
  async function shell(...scripts: readonly string[]): Promise<Finished> {
    const prepared = await prepare();
    let finished: Finished | undefined;
    for (const script of scripts) finished = await finish(prepared.spawn(['/bin/sh', '-c', script], ENV));
    await prepared.dispose();
    return finished as Finished;
  }

  it('sees nothing of the machine but programs, its code and its own directories', async () => {
    const { stdout } = await shell(
      `ls -A / /home /root /var /var/task /run /tmp /dev 2>/dev/null; cat /proc/mounts; ls /proc | grep -c '^[0-9]'; id -un`,
    );
    expect(stdout).not.toContain(home.split('/').slice(0, 3).join('/'));
    const [root] = stdout.split('\n\n');
    expect(
      root
        ?.split('\n')
        .slice(1)
        .filter((name) => !/^(bin|sbin|lib\w*|nix|gnu)$/.test(name)),
    ).toEqual(['dev', 'etc', 'node_modules', 'opt', 'proc', 'run', 'sys', 'tmp', 'usr', 'var']);
    expect(stdout.trim().endsWith('sbx_user1051')).toBe(true);
  });

  it.each([
    ['its code is read-only', 'touch /var/task/x', /Read-only file system/],
    ['its layers are read-only', 'touch /opt/x', /Read-only file system/],
    ['the root is read-only', 'touch /etc/x', /Read-only file system/],
    ['the programs are read-only', 'touch /usr/x', /Read-only file system|Permission denied/],
    ['our files are read-only', 'touch /var/runtime/x', /Read-only file system/],
    ['/tmp has a size', 'head -c 9000000 /dev/zero > /tmp/x', /No space left on device/],
    ['mounts cannot be undone', 'umount /var/task', /umount/],
    [
      'nor in a user namespace of its own',
      'unshare -Urm sh -c "umount /var/task || mount -o remount,rw,bind /var/task"',
      /./,
    ],
    ['processes of the host cannot be signalled', `kill -0 ${process.pid}`, /No such process/],
    ['kernel settings cannot be written', 'echo 1 > /proc/sys/kernel/printk', /Read-only|Permission denied/],
    ['its first process cannot be looked into', 'ls /proc/1/root/', /Permission denied/],
  ])('%s', async (_, script, message) => {
    const { stderr, code: status } = await shell(script);
    expect(stderr).toMatch(message);
    expect(status).not.toBe(0);
    // And what starts there after a reset is held as the first program was.
    const again = await shell('echo was here > /tmp/mark', `grep -q here /tmp/mark && { ${script}; }`);
    expect(again.stderr).toMatch(message);
    expect(again.code).not.toBe(0);
  });

  it('may fill /tmp up to its size', async () => {
    const { code: status } = await shell('head -c 7900000 /dev/zero > /tmp/x && head -c 100 /dev/urandom > /tmp/y');
    expect(status).toBe(0);
  });

  it('counts what an earlier program left in /tmp', async () => {
    const fill = 'head -c 5000000 /dev/zero > /tmp/x$$';
    expect(await shell(fill, fill)).toMatchObject({ stderr: expect.stringMatching(/No space left on device/) });
  });

  it('lets go of /tmp when the environment ends, and gives it to no other', async () => {
    const held = () =>
      readdirSync('/proc/self/fd').filter((name) => {
        try {
          return /^(mnt|net|user):/.test(readlinkSync(`/proc/self/fd/${name}`));
        } catch {
          return false;
        }
      }).length;
    const before = held();
    const [one, other] = await Promise.all([prepare(), prepare()]);
    const run = (where: typeof one, script: string) => finish(where.spawn(['/bin/sh', '-c', script], ENV));
    await run(one, 'echo 1 > /tmp/one');
    await run(other, 'echo 2 > /tmp/other');
    expect((await run(one, 'ls /tmp')).stdout).toBe('one\n');
    expect((await run(other, 'ls /tmp')).stdout).toBe('other\n');
    expect(held()).toBe(before + 6);
    await Promise.all([one.dispose(), other.dispose()]);
    expect(held()).toBe(before);
  });

  it.each([
    ['at first', []],
    ['after a reset', ['exit 1']],
  ])('has no power left over its mounts and its network, %s', async (_, before) => {
    const { stdout } = await shell(...before, 'grep -E "Cap(Prm|Eff|Amb)" /proc/self/status');
    expect(stdout.match(/0{16}/g)).toHaveLength(3);
  });

  it('has loopback and no other network', async () => {
    const {
      stdout,
      stderr,
      code: status,
    } = await shell(
      `cat /proc/net/dev; cat /proc/net/route; curl -sS -m 3 http://93.184.215.14/ || curl -sS -m 3 http://127.0.0.1:22/`,
    );
    expect(stdout.match(/^ *\w+:/gm)?.map((name) => name.trim())).toEqual(['lo:']);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^Iface/);
    expect(stderr).toMatch(/curl: \(7\)/);
    expect(status).toBe(7);
  });

  it('can serve itself on loopback', async () => {
    await code(`
      const server = require('http').createServer((q, r) => r.end('mine')).listen(0, '127.0.0.1', async () => {
        console.log(JSON.stringify(await (await fetch('http://127.0.0.1:' + server.address().port)).text())); server.close(); process.exit(0)
      });`);
    const prepared = await sandbox.prepare({
      environmentId: 'e',
      codeDirectory,
      layerDirectories: [],
      ephemeralStorageMb: 8,
    });
    expect(await firstLine(prepared.spawn([prepared.nodePath, '/var/task/index.js'], {}))).toBe('mine');
    await prepared.dispose();
  });

  it('gives each environment a /tmp of its own', async () => {
    const [one, two] = await Promise.all([
      shell('echo 1 > /tmp/one; sleep 0.2; ls /tmp'),
      shell('sleep 0.1; ls -A /tmp'),
    ]);
    expect([one.stdout, two.stdout]).toEqual(['one\n', '']);
  });

  it('has as many file descriptors as Lambda gives, and none of ours open', async () => {
    const open = 'ls /proc/$$/fd';
    // What this test itself was started with and Node cannot close.
    const inherited = spawnSync('/bin/sh', ['-c', open], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    const { stdout } = await shell(`ulimit -n; ulimit -Hn; ${open}`);
    expect(stdout).toBe(`1024\n1024\n${inherited.stdout}`);
  });

  it('reaps orphans', async () => {
    const { stdout } = await shell('for i in 1 2 3; do (sleep 0.05 &); done; sleep 0.3; ps -A -o stat= | grep -c Z');
    expect(stdout.trim()).toBe('0');
  });

  it.each(['node', 'any'])(
    'works for a user who is not root, as it does for root (programs: %s)',
    async (programs) => {
      const nobody = 65534;
      const own = join(home, `of nobody ${programs}`);
      await mkdir(own);
      // Copies: the repository, and Node itself, may lie where others cannot look.
      for (const room of ['sandbox', 'egress']) {
        await cp(join(process.cwd(), 'local/runtime', room), join(own, room), { recursive: true });
      }
      const node = join(own, 'node');
      await cp(process.execPath, node);
      await writeFile(join(own, 'package.json'), '{"type":"module"}');
      await code('console.log(JSON.stringify("ready")); setInterval(()=>{},1000)');
      const isRoot = process.getuid?.() === 0;
      if (isRoot) execFileSync('chown', ['-R', `${nobody}:${nobody}`, own]);
      const args = [
        join(own, 'sandbox/testing/supervisor.ts'),
        join(own, 's'),
        runtimeDirectory,
        codeDirectory,
        'namespaces',
        programs,
        'frozen',
        '/var/task/index.js',
      ];
      const command = isRoot
        ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', node, ...args]
        : [node, ...args];
      const supervisor = spawn(command[0] as string, command.slice(1), {
        cwd: '/',
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const said = await firstLine<{ level: string; pid: number; output: string }>(supervisor);
      expect(said).toMatchObject({ level: 'namespaces', output: '"ready"' });
      const tree = descendants(supervisor.pid as number);
      if (isRoot) expect((await stat(`/proc/${tree.at(-1)}`)).uid).toBe(nobody);
      supervisor.kill('SIGKILL');
      await eventually(() => tree.every((pid) => ['gone', 'Z'].includes(stateOf(pid))), 10_000);
    },
    30_000,
  );
});

onLinux('ends what a supervisor left behind whose number is now ours', async () => {
  const state = join(home, 'ours');
  const run = join(state, 'environments', String(process.pid));
  const left = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const marked = spawn('sleep', ['60'], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin', TMPDIR: `${run}/1/tmp` } });
  await mkdir(join(run, 'pids'), { recursive: true });
  await writeFile(join(run, 'pids', String(left.pid)), createProcessTable().startMark(left.pid as number) ?? '');
  const sandbox = await createSandbox({
    stateDirectory: state,
    prefer: 'process',
    nodePath: process.execPath,
    runtimeDirectory,
  });
  await eventually(() => [left, marked].every(({ pid }) => ['gone', 'Z'].includes(stateOf(pid as number))), 1000);
  await sandbox.close();
});

describe('choosing a level', () => {
  it('says why it is the weaker one, and rejects what cannot work at either', async () => {
    const base = { nodePath: '/nonexistent/node', runtimeDirectory };
    const missing = createSandbox({ ...base, stateDirectory: join(home, 'missing') });
    await expect(missing).rejects.toThrow('/nonexistent/node does not exist');
    const asked = await createSandbox({
      ...base,
      nodePath: process.execPath,
      stateDirectory: join(home, 'asked'),
      prefer: 'process',
    });
    expect(asked).toMatchObject({ level: 'process', reason: 'it was asked for' });
    await asked.close();
  });

  const withUnshare = namespacesReason ? it.skip : it;
  withUnshare('falls back to processes where user namespaces are forbidden, saying why', async () => {
    await code('console.log(JSON.stringify("ready")); setInterval(() => {}, 1000)');
    const file = join(process.cwd(), 'local/runtime/sandbox/testing/supervisor.ts');
    const forbid = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"';
    const args = [
      join(home, 'forbidden'),
      runtimeDirectory,
      codeDirectory,
      '',
      'node',
      'running',
      join(codeDirectory, 'index.js'),
    ];
    const supervisor = spawn('unshare', ['-Ur', 'sh', '-c', forbid, 'sh', process.execPath, file, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const said = await firstLine<{ level: string; reason: string; output: string }>(supervisor);
    supervisor.kill('SIGKILL');
    expect(said).toMatchObject({ level: 'process', output: '"ready"' });
    expect(said.reason).toMatch(/^user namespaces are switched off \(sysctl user.max_user_namespaces\): .*unshare/);
  });

  it('finds room for sockets when the state directory lies deep', async () => {
    const stateDirectory = join(home, 'deep'.repeat(30));
    const sandbox = await createSandbox({
      stateDirectory,
      prefer: 'process',
      nodePath: process.execPath,
      runtimeDirectory,
    });
    await code('');
    const prepared = await sandbox.prepare({
      environmentId: 'e',
      codeDirectory,
      layerDirectories: [],
      ephemeralStorageMb: 8,
    });
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(prepared.socketPath, resolve);
    });
    server.close();
    await prepared.dispose();
    await sandbox.close();
  });
});

/** A child with a child, and another that leaves the group and the session. Prints "ready" when all run. */
const TREE = `
const { spawn } = require('child_process');
spawn('sh', ['-c', 'sleep 61; :'], { stdio: 'ignore' });
spawn('sh', ['-c', 'sleep 62; :'], { stdio: 'ignore', detached: true }).unref();
setTimeout(() => console.log(JSON.stringify('ready')), 150);
setInterval(() => {}, 1000);
`;

const stateOf = state;

function descendants(pid: number): number[] {
  const text = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = text
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number) as [number, number]);
  const found = [pid];
  for (const parent of found) found.push(...rows.filter(([, its]) => its === parent).map(([child]) => child));
  return found.slice(1);
}

function startSupervisor(args: string[]) {
  const file = join(process.cwd(), 'local/runtime/sandbox/testing/supervisor.ts');
  return spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
}
