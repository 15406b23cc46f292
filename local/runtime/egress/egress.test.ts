/** Real programs in real environments at both levels, with the egress in front. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createSecureServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { targetOf } from '../../policy/network/index.ts';
import { startTestDatabase, type TestDatabase } from '../../services/rds/testing.ts';
import type { SandboxLevel } from '../sandbox/contract.ts';
import { type Harness, type RunOptions, startHarness } from './testing/harness.ts';

const namespacesReason = (() => {
  if (process.platform !== 'linux') return 'namespaces are a feature of Linux';
  const trial = spawnSync('unshare', ['-Urnm', 'true'], { encoding: 'utf8' });
  return trial.status === 0 ? undefined : `unshare -Urnm: ${trial.stderr || trial.error}`;
})();
if (namespacesReason) console.warn(`skipped, the namespaces level: ${namespacesReason}`);

const levels: SandboxLevel[] = namespacesReason ? ['process'] : ['process', 'namespaces'];
const DATABASE = 'help-desk.cluster-abc.us-east-1.rds.amazonaws.com';

describe.each(levels)('at the %s level', (level) => {
  let harness: Harness;
  let database: TestDatabase;
  let unreachable: string;
  const servers: Server[] = [];

  beforeAll(async () => {
    database = await startTestDatabase({ hostnames: [DATABASE] });
    const daemon = { host: '127.0.0.1', port: 2000, target: await udpEcho() };
    harness = await startHarness(
      level,
      {
        xrayDaemon: daemon,
        canReach: (_, to) =>
          targetOf(to) === unreachable
            ? { kind: 'no', reason: 'subnets have no route', remedy: 'add an endpoint' }
            : { kind: 'yes' },
      },
      database.caPem,
    );
    unreachable = 'sns';
    const { port } = database;
    register(DATABASE, 3306, port);
  });
  afterAll(async () => {
    await harness.stop();
    await database.stop();
    for (const server of servers) server.close();
    for (const socket of sockets) socket.close();
  });
  beforeEach(() => {
    harness.refusals.length = 0;
    harness.escapes.length = 0;
  });

  const sockets: ReturnType<typeof createSocket>[] = [];
  const datagrams: string[] = [];
  async function udpEcho() {
    const socket = createSocket('udp4', (data, { port, address }) => {
      datagrams.push(String(data));
      socket.send(`echo ${data}`, port, address);
    });
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: socket.address().port };
  }

  function register(hostname: string, port: number, to: number): void {
    const target = { kind: 'tcp', host: '127.0.0.1', port: to } as const;
    harness.addresses.register({ hostname, port, target, resourceArn: `arn:aws:rds:us-east-1:1:db:${hostname}` });
  }

  async function serve(listener: (socket: Socket) => void): Promise<number> {
    const server = createServer({ allowHalfOpen: true }, listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** What the program's one `say(value)` said; the program must end well. */
  async function said<T>(program: string, options?: RunOptions): Promise<T> {
    const ran = await harness.run(`const say = (v) => console.log(JSON.stringify(v));\n${program}`, options);
    if (ran.code !== 0) throw new Error(`ended with ${ran.code}: ${ran.stderr}`);
    return JSON.parse(ran.stdout) as T;
  }

  describe('AWS', () => {
    it('hands calls to AWS_ENDPOINT_URL over, knowing the environment whatever it claims', async () => {
      const program = `fetch('http://127.0.0.1:4566/path', { method: 'POST', body: 'x'.repeat(100000) }).then((r) => r.json()).then(say)`;
      const [one, two] = await Promise.all([
        said(program, { environmentId: 'one' }),
        said(program, { environmentId: 'two' }),
      ]);
      expect([one, two]).toEqual([
        { id: 'one', host: '127.0.0.1:4566', url: '/path', length: 100000 },
        { id: 'two', host: '127.0.0.1:4566', url: '/path', length: 100000 },
      ]);
    });
  });

  describe('databases', () => {
    it('is reached by mysql2 under its real name and port, over TLS it verifies', async () => {
      const rows = await said<{ n: number; cipher: string; remote: string[] }>(`
        const mysql = require('mysql2/promise');
        (async () => {
          const connection = await mysql.createConnection({ host: '${DATABASE}', port: 3306, user: 'master', password: 'master-password', database: 'test', ssl: { rejectUnauthorized: true, verifyIdentity: true } });
          const [[{ n }]] = await connection.query('select 1 + 1 as n');
          const [[{ Value: cipher }]] = await connection.query("show status like 'Ssl_cipher'");
          const { stream } = connection.connection;
          say({ n, cipher, remote: [stream.remoteAddress, stream.encrypted] });
          await connection.end();
        })()`);
      expect(rows.n).toBe(2);
      expect(rows.cipher).toMatch(/^TLS_/);
    });

    it('survives a pool, parallel queries and answers larger than any buffer', async () => {
      const sums = await said<number[]>(`
        const mysql = require('mysql2/promise');
        const pool = mysql.createPool({ host: '${DATABASE}', user: 'master', password: 'master-password', database: 'test', connectionLimit: 4, ssl: {} });
        Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(async (n) => {
          const [[row]] = await pool.query('select repeat(?, 3000000) as text', [String(n)]);
          return row.text.length;
        })).then((lengths) => { say(lengths); return pool.end() })`);
      expect(sums).toEqual(Array.from({ length: 8 }, () => 3_000_000));
    });
  });

  it('verifies connections that resume a TLS session', async () => {
    const reused = await said(`
      const mysql = require('mysql2/promise');
      const options = { host: '${DATABASE}', user: 'master', password: 'master-password', ssl: { verifyIdentity: true } };
      (async () => {
        const reused = [];
        for (let i = 0; i < 3; i += 1) {
          const connection = await mysql.createConnection(options);
          await connection.query('select 1');
          reused.push(connection.connection.stream.isSessionReused());
          await connection.end();
        }
        say(reused);
      })()`);
    expect(reused).toEqual([false, true, true]);
  });

  describe('connections', () => {
    it('leaves the stream alone when the server speaks first, and ends both ways in their own time', async () => {
      const port = await serve((socket) => {
        socket.write('welcome\n');
        let got = '';
        socket.on('data', (chunk) => {
          got += chunk;
        });
        socket.on('end', () => socket.end(`got ${got}`));
      });
      register('first.example', 25, port);
      const answer = await said<{ text: string; events: string[] }>(`
        const events = [];
        const socket = require('net').connect({ host: 'first.example', port: 25, allowHalfOpen: true });
        for (const name of ['lookup', 'connect', 'ready', 'end', 'close']) socket.on(name, () => events.push(name));
        let text = '';
        socket.on('data', (chunk) => text += chunk);
        socket.write('early ');
        setTimeout(() => socket.end('late'), 50);
        socket.on('close', () => say({ text, events, port: socket.remotePort, family: socket.remoteFamily }));`);
      expect(answer).toEqual({
        text: 'welcome\ngot early late',
        events: ['lookup', 'connect', 'ready', 'end', 'close'],
        port: 25,
        family: 'IPv4',
      });
    });

    it('carries large streams whole, at the pace of the slower side', async () => {
      const size = 20_000_000;
      const port = await serve((socket) => {
        const hash = createHash('sha256');
        let total = 0;
        socket.on('data', (chunk: Buffer) => {
          hash.update(chunk);
          total += chunk.length;
        });
        socket.on('end', () => socket.end(`${total} ${hash.digest('hex')}`));
      });
      register('large.example', 80, port);
      const [total, digest, own] = await said<string[]>(`
        const bytes = require('crypto').randomBytes(${size});
        const socket = require('net').connect(80, 'large.example');
        let text = '';
        socket.on('data', (d) => text += d).on('end', () => say([...text.split(' '), require('crypto').createHash('sha256').update(bytes).digest('hex')]));
        socket.end(bytes);`);
      expect(Number(total)).toBe(size);
      expect(digest).toBe(own);
    });

    it('hands what comes through here to whoever takes it at the address, without a further connection', async () => {
      const port = await serve((socket) => socket.end('by its port'));
      const accept = (socket: Socket) => void socket.on('data', (data) => socket.end(`handed over ${data}`));
      const target = { kind: 'tcp', host: '127.0.0.1', port, accept } as const;
      const resourceArn = 'arn:aws:rds:us-east-1:1:db-proxy:prx-1';
      harness.addresses.register({ hostname: 'taken.example', port: 3306, target, resourceArn });
      const answer = await said(`
        const socket = require('net').connect(3306, 'taken.example', () => socket.write('hello'));
        socket.on('data', (data) => say(String(data)));`);
      expect(answer).toBe(level === 'process' ? 'by its port' : 'handed over hello');
    });

    it('gives up what a program gives up: nothing is left open towards the server', async () => {
      let open = 0;
      const port = await serve((socket) => {
        open += 1;
        socket.on('close', () => {
          open -= 1;
        });
        socket.resume();
        socket.on('end', () => socket.end());
      });
      register('given-up.example', 80, port);
      const ran = await harness.run(`
        const net = require('net');
        for (let i = 0; i < 20; i += 1) {
          const socket = net.connect(80, 'given-up.example');
          setTimeout(() => socket.destroy(), i % 5);
        }
        const last = net.connect(80, 'given-up.example', () => process.kill(process.pid, 'SIGKILL'));`);
      expect(ran.stderr).toBe('');
      await sleep(100);
      expect(open).toBe(0);
    });

    it('can be made again with the same socket, to somewhere else', async () => {
      register('again.example', 80, await serve((socket) => socket.end('first')));
      const own = `const net = require('net'); const server = net.createServer((s) => s.end('second')).listen(0, '127.0.0.1', () => {`;
      const answers = await said(`${own}
        const socket = new net.Socket();
        const seen = [];
        socket.on('data', (d) => seen.push(String(d), socket.remoteAddress.split('.')[0]));
        socket.once('close', () => {
          socket.once('close', () => { say(seen); server.close() });
          socket.connect(server.address().port, '127.0.0.1');
        });
        socket.connect(80, 'again.example');
      });`);
      expect(answers).toEqual(['first', '198', 'second', '127']);
    });

    it('says ECONNREFUSED as Node says it', async () => {
      register('closed.example', 5432, 1);
      const error = await said<NodeJS.ErrnoException & { address: string; port: number }>(`
        require('net').connect(5432, 'closed.example').on('error', ({ message, code, errno, syscall, port }) => say({ message, code, errno, syscall, port }))`);
      expect(error).toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect' });
      expect(error.message).toMatch(/^connect ECONNREFUSED [\d.]+:\d+$/);
    });

    it('says ENOTFOUND for a database nobody made', async () => {
      const name = 'other.abc.us-east-1.rds.amazonaws.com';
      const error = await said(`
        require('net').connect(3306, '${name}').on('error', ({ message, code, errno, syscall, hostname }) => say({ message, code, errno, syscall, hostname }))`);
      expect(error).toEqual({
        message: `getaddrinfo ENOTFOUND ${name}`,
        code: 'ENOTFOUND',
        errno: -3008,
        syscall: 'getaddrinfo',
        hostname: name,
      });
      expect(harness.refusals).toMatchObject([{ hostname: name, port: 3306, errno: 'ENOTFOUND' }]);
    });

    it('refuses the metadata service', async () => {
      const cause = await said(`fetch('http://169.254.169.254/latest/').catch((e) => say(e.cause.code))`);
      expect(cause).toBe('ECONNREFUSED');
    });

    it('leads the Runtime API to the environment itself', async () => {
      const env = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:34567' };
      const program = `fetch('http://' + process.env.AWS_LAMBDA_RUNTIME_API + '/2018-06-01/x').then((r) => r.text()).then(say)`;
      expect(await said(program, { env, environmentId: 'api' })).toBe('runtime-api of api /2018-06-01/x');
    });

    it('decides of a name by the addresses that it leads to', async () => {
      const port = await serve((socket) => socket.end('the host'));
      const answers = await said<string[]>(`
        const get = (host) => new Promise((resolve) => require('net').connect(${port}, host)
          .on('data', (d) => resolve(String(d))).on('error', (e) => resolve(e.code)));
        Promise.all(['0177.0.0.1', '127.1', '2130706433', '0', '::ffff:7f00:1', '0::1', require('os').hostname()].map(get)).then(say)`);
      expect(answers.slice(0, 6)).toEqual(Array(6).fill('ECONNREFUSED'));
      expect(answers[6]).not.toBe('the host');
    });

    it('relays no datagram to a name that the program did not look up', async () => {
      const received: string[] = [];
      const host = createSocket('udp4', (data) => received.push(String(data)));
      sockets.push(host);
      await new Promise<void>((resolve) => host.bind(0, '127.0.0.1', resolve));
      // As the preload would say it, past the preload.
      await said(
        `
        const socket = require('net').connect(process.env.SOCKET);
        const to = ['localhost.', '127.1', require('os').hostname()];
        for (const host of to) socket.write(JSON.stringify({ tell: 'datagram', from: 1, host, port: ${host.address().port}, data: 'aGk=' }) + '\\n');
        setTimeout(() => { say('done'); process.exit() }, 100)`.replace(
          'process.env.SOCKET',
          level === 'namespaces' ? "'/run/environment/socket'" : "process.env.TMPDIR + '/../run/socket'",
        ),
      );
      expect(received).toEqual([]);
    });

    it('keeps the async context of whoever connects', async () => {
      const stores = await said(`
        const { AsyncLocalStorage } = require('async_hooks');
        const storage = new AsyncLocalStorage();
        const seen = [];
        const connect = (n) => new Promise((resolve) => storage.run(n, () => {
          require('http').get('http://127.0.0.1:4566/', { agent: false }, (r) => { seen.push(storage.getStore()); r.resume().on('end', resolve) })
            .on('socket', (s) => s.on('connect', () => seen.push(storage.getStore())));
        }));
        connect(1).then(() => connect(2)).then(() => { say(seen); process.exit() })`);
      expect(stores).toEqual([1, 1, 2, 2]);
    });

    it('lets programs reach their own servers on loopback, by name and by address', async () => {
      const answers = await said(`
        const server = require('http').createServer((q, r) => r.end('own ' + q.url)).listen(0, async () => {
          const { port } = server.address();
          const a = await (await fetch('http://127.0.0.1:' + port + '/a')).text();
          const b = await (await fetch('http://localhost:' + port + '/b')).text();
          say([a, b]); process.exit();
        })`);
      expect(answers).toEqual(['own /a', 'own /b']);
    });

    it('lets a child reach its parent, and keeps both from what listens on this machine', async () => {
      const hostPort = await serve((socket) => socket.end('the host'));
      const answers = await said(`
        const { fork } = require('child_process');
        if (process.argv[2]) {
          const [own, host] = process.argv.slice(2).map(Number);
          const get = (port) => new Promise((resolve) => require('net').connect(port, '127.0.0.1')
            .on('data', (d) => resolve(String(d))).on('error', (e) => resolve(e.code)));
          Promise.all([get(own), get(host)]).then((all) => { process.send(all); process.disconnect() });
        } else {
          const server = require('net').createServer((s) => s.end('the parent')).listen(0, '127.0.0.1', () => {
            fork(__filename, [server.address().port, ${hostPort}]).on('message', (m) => { say(m); server.close() });
          });
        }`);
      expect(answers).toEqual(['the parent', 'ECONNREFUSED']);
      const reasons = harness.refusals.map((refusal) => 'reason' in refusal && refusal.reason);
      expect(reasons).toEqual(
        level === 'process'
          ? [`127.0.0.1:${hostPort} is this machine's; in the function's own environment nothing listens there`]
          : [],
      );
    });
  });

  describe('what cannot be reached', () => {
    it('hangs until the caller gives up, and the log knows at once why', async () => {
      const answer = await said<{ name: string; after: number }>(`
        const start = Date.now();
        fetch('https://sns.us-east-1.amazonaws.com/', { signal: AbortSignal.timeout(1000) })
          .catch((e) => { say({ name: e.name, after: Date.now() - start }); process.exit() })`);
      expect(answer.name).toBe('TimeoutError');
      expect(answer.after).toBeGreaterThan(980);
      expect(harness.refusals).toMatchObject([{ kind: 'hang', reason: 'subnets have no route; add an endpoint' }]);
    });

    it("obeys a socket's own time-out and a driver's", async () => {
      register(`second.${DATABASE}`, 3306, database.port);
      unreachable = 'second';
      const answers = await said<[string, string, number]>(`
        const start = Date.now();
        const socket = require('net').connect({ port: 3306, host: 'second.${DATABASE}', timeout: 150 });
        socket.on('timeout', () => {
          socket.destroy();
          require('mysql2/promise').createConnection({ host: 'second.${DATABASE}', connectTimeout: 200 })
            .catch((e) => say([e.code, e.message, Date.now() - start]));
        });`);
      unreachable = 'sns';
      expect(answers[0]).toBe('ETIMEDOUT');
      expect(answers[2]).toBeGreaterThan(340);
    });

    it('keeps the process alive, unless the program lets the socket go', async () => {
      const hanging = await harness.start(`require('net').connect(443, 'sns.us-east-1.amazonaws.com')`);
      expect(await Promise.race([hanging.ran.then(() => 'ended'), sleep(600, 'alive')])).toBe('alive');
      hanging.process.kill();
      await hanging.ran;
      const released = await harness.run(`require('net').connect(443, 'sns.us-east-1.amazonaws.com').unref()`);
      expect(released.code).toBe(0);
    });

    it('hangs on other ports of a database, and of AWS', async () => {
      const answers = await said(`
        const net = require('net');
        const attempt = (host, port) => new Promise((resolve) => net.connect({ host, port, timeout: 200 })
          .on('timeout', function () { this.destroy(); resolve('hung') }).on('error', (e) => resolve(e.code)).on('connect', () => resolve('connected')));
        Promise.all([attempt('${DATABASE}', 22), attempt('sqs.us-east-1.amazonaws.com', 22)]).then(say)`);
      expect(answers).toEqual(['hung', 'hung']);
    });
  });

  describe('names', () => {
    it('looks up what is ours in every way Node has, to an address that leads back', async () => {
      const port = await serve((socket) => socket.end('found'));
      register('lookup.example', 7, port);
      const answers = await said<{ addresses: string[]; answer: string }>(`
        const dns = require('dns');
        (async () => {
          const a = (await dns.promises.lookup('lookup.example')).address;
          const b = await new Promise((r) => dns.lookup('LOOKUP.example.', { all: true }, (e, all) => r(all[0].address)));
          const [c] = await dns.promises.resolve4('lookup.example');
          const [{ address: d, ttl }] = await new Promise((r) => dns.resolve4('lookup.example', { ttl: true }, (e, all) => r(all)));
          const [e] = await new dns.promises.Resolver().resolve('lookup.example');
          require('net').connect(7, a).on('data', (data) => say({ addresses: [a, b, c, d, e], ttl, answer: String(data) }));
        })()`);
      expect(new Set(answers.addresses).size).toBe(1);
      expect(answers).toMatchObject({ answer: 'found', ttl: 60 });
    });

    it('does so for ES modules too', async () => {
      const ran = await harness.run(
        `import { lookup } from 'node:dns/promises'; import { connect } from 'node:net';
         console.log((await lookup('${DATABASE}')).address.slice(0, 7));
         connect(4566, '127.0.0.1').on('connect', function () { console.log('connected'); this.destroy() })`,
        { file: 'index.mjs' },
      );
      expect(ran).toMatchObject({ code: 0, stdout: '198.18.\nconnected\n' });
    });

    it('says what does not exist', async () => {
      const name = 'nobody.abc.us-east-1.rds.amazonaws.com';
      const answers = await said(`
        const dns = require('dns').promises;
        const code = (promise) => promise.then(() => 'found', ({ code, syscall, hostname }) => [code, syscall, hostname]);
        Promise.all([code(dns.lookup('${name}')), code(dns.resolve4('${name}')), code(dns.lookup('${DATABASE}', 6)), code(dns.resolveMx('${DATABASE}'))]).then(say)`);
      expect(answers).toEqual([
        ['ENOTFOUND', 'getaddrinfo', name],
        ['ENOTFOUND', 'queryA', name],
        ['ENOTFOUND', 'getaddrinfo', DATABASE],
        ['ENODATA', 'queryMx', DATABASE],
      ]);
    });
  });

  describe('datagrams', () => {
    it('reach the X-Ray daemon, and its answers come back; connected or not', async () => {
      const answers = await said(`
        const dgram = require('dgram');
        const send = (connected) => new Promise((resolve) => {
          const socket = dgram.createSocket('udp4');
          socket.on('message', (data) => { socket.close(); resolve(String(data)) });
          if (connected) socket.connect(2000, '127.0.0.1', () => socket.send('connected'));
          else socket.send('plain', 2000, '127.0.0.1', (error, bytes) => { if (error || bytes !== 5) resolve([error, bytes]) });
        });
        Promise.all([send(false), send(true)]).then(say)`);
      expect(answers).toEqual(['echo plain', 'echo connected']);
    });

    it.each([
      ['sent, then the program ends', 'socket.send(TEXT, 2000, HOST, () => process.exit())'],
      [
        'sent, then the socket is closed',
        'socket.send(TEXT, 2000, HOST); setImmediate(() => socket.close()); setTimeout(() => {}, 1000)',
      ],
    ])('are on their way once they are %s', async (how, program) => {
      const ran = await harness.run(`
        const [TEXT, HOST] = [${JSON.stringify(how)}, '127.0.0.1'];
        const socket = require('dgram').createSocket('udp4');
        ${program};`);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      for (let waited = 0; !datagrams.includes(how) && waited < 2000; waited += 20) await sleep(20);
      expect(datagrams).toContain(how);
    });

    it("flow between a program's own sockets", async () => {
      const answer = await said(`
        const dgram = require('dgram');
        const server = dgram.createSocket('udp4', (data, from) => server.send('own ' + data, from.port, from.address));
        server.bind(0, '127.0.0.1', () => {
          const client = dgram.createSocket('udp4', (data) => { say(String(data)); client.close(); server.close() });
          client.send('x', server.address().port, 'localhost');
        });`);
      expect(answer).toBe('own x');
    });
  });

  describe('other processes', () => {
    it('holds Node children, their children and workers', async () => {
      const program = (how: string) => `
        const ask = () => fetch('http://127.0.0.1:4566/').then((r) => r.json());
        const { execFileSync, spawn } = require('child_process');
        const { Worker, isMainThread, parentPort } = require('worker_threads');
        if (!isMainThread) ask().then((v) => parentPort.postMessage(v.id));
        else if (process.env.DEPTH === '2') ask().then((v) => console.log(v.id));
        else if (process.argv[2] === 'child') console.log(execFileSync('sh', ['-c', '"$0" "$1"', process.execPath, __filename], { env: { ...process.env, DEPTH: '2' } }).toString().trim());
        else if ('${how}' === 'worker') new Worker(__filename).on('message', say);
        else spawn(process.execPath, [__filename, 'child'], { env: ${how === 'bare' ? '{}' : 'process.env'}, stdio: ['ignore', 'pipe', 'inherit'] }).stdout.once('data', (d) => say(String(d).trim()));`;
      const env = { NODE_OPTIONS: '--stack-trace-limit=20' };
      expect(await said(program('inherit'), { environmentId: 'a', env })).toBe('a');
      expect(await said(program('bare'), { environmentId: 'b' })).toBe('b');
      expect(await said(program('worker'), { environmentId: 'c' })).toBe('c');
    });

    it.each([
      [
        'index.js',
        `const threads = require('worker_threads'); class Worker { constructor(...a) { return new threads.Worker(...a) } static [Symbol.hasInstance](it) { return it instanceof threads.Worker } }`,
      ],
      ['index.mjs', `import { Worker } from 'node:worker_threads';`],
    ])('holds threads with arguments and variables of their own, started by %s: %s', async (file, load) => {
      const thread = `fetch('http://127.0.0.1:4566/').then((r) => r.json()).then(({ id }) => {
        const threads = require('worker_threads');
        const { parentPort, workerData } = threads;
        const variables = Object.keys(process.env).filter((name) => name.startsWith('SAMPAN'));
        if (workerData) return parentPort.postMessage([id, ...variables]);
        new threads.Worker(process.argv[2], { eval: true, workerData: 'below', argv: process.argv, env: {}, execArgv: [] }).on('message', (m) => parentPort.postMessage(m));
      })`;
      const ids = await said(
        `${load}
        const run = (options) => new Promise((resolve, reject) => new Worker(${JSON.stringify(thread)}, { eval: true, workerData: 'it', ...options }).on('message', resolve).on('error', reject));
        setImmediate(async () => say([
          await run({ execArgv: [] }), await run({ env: {} }), await run({ env: { A: '1' }, execArgv: ['--no-warnings'] }),
          await run({ execArgv: [], workerData: undefined, argv: [${JSON.stringify(thread)}] }),
          new Worker('', { eval: true }) instanceof Worker, process.execArgv,
        ]))`,
        { environmentId: 'threads', file },
      );
      expect(ids).toEqual([['threads'], ['threads'], ['threads'], ['threads'], true, []]);
    });

    it('tells when a program that is not Node starts, or holds it where it can', async () => {
      const port = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nhost'));
      const status = await said(`
        const { spawnSync } = require('child_process');
        const run = () => spawnSync('curl', ['-sS', '-m', '3', 'http://127.0.0.1:${port}/']).status;
        run(); say(run())`);
      expect(status).toBe(level === 'namespaces' ? 7 : 0);
      expect(harness.escapes).toEqual(level === 'namespaces' ? [] : ['curl']);
    });
  });

  it('shows itself nowhere', async () => {
    const seen = await harness.run(
      `console.log(JSON.stringify([Object.keys(process.env).filter((name) => /SAMPAN_EGRESS|NODE_OPTIONS/.test(name)), Object.keys(globalThis).length]));`,
      { nodeOptions: ['--pending-deprecation', '--trace-warnings'] },
    );
    const plain = await harness.run(`console.log(JSON.stringify([[], Object.keys(globalThis).length]));`, {
      preload: false,
    });
    expect(seen).toMatchObject({ code: 0, stderr: '', stdout: plain.stdout });
  });

  it('trusts its own authority for its own side only', async () => {
    const { key, cert } = await harness.authority.issue({ hostnames: ['localhost', 'mapped.example'] });
    // An authority nobody trusts stands behind a name of ours.
    const server = createTlsServer({ key, cert }, (socket) => socket.end('hello'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    servers.push(server);
    register('mapped.example', 443, (server.address() as AddressInfo).port);
    const codes = await said(
      `
      const tls = require('tls');
      const attempt = (options) => new Promise((resolve) => tls.connect(options).on('data', (d) => resolve(String(d))).on('error', (e) => resolve(e.code)));
      const own = tls.createServer({ key: process.env.KEY, cert: process.env.CERT }, (s) => s.end('own')).listen(0, '127.0.0.1', async () => {
        say([await attempt({ host: 'mapped.example', port: 443 }), await attempt({ host: '127.0.0.1', port: own.address().port, servername: 'localhost' }),
          await attempt({ host: 'mapped.example', port: 443, ca: process.env.CA })]);
        process.exit();
      })`,
      { env: { KEY: key, CERT: cert, CA: harness.authority.caPem } },
    );
    expect(codes).toEqual(['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'hello']);
  });
});

describe.each(levels)('AWS over TLS, at the %s level', (level) => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness(level);
  });
  afterAll(() => harness.stop());

  it('is verified and answered under its real names, by fetch and by https, connections kept', async () => {
    const ran = await harness.run(
      `
      const https = require('https');
      const agent = new https.Agent({ keepAlive: true });
      const get = (host) => new Promise((resolve, reject) => https.get({ host, path: '/', agent }, (r) => {
        const { authorized, remotePort } = r.socket;
        let text = ''; r.on('data', (d) => text += d).on('end', () => resolve([JSON.parse(text), authorized, remotePort]));
      }).on('error', reject));
      (async () => {
        const one = await (await fetch('https://secretsmanager.us-east-1.amazonaws.com/a')).json();
        const [two, authorized, port] = await get('sqs.us-east-1.amazonaws.com');
        const [three] = await get('sqs.us-east-1.amazonaws.com');
        console.log(JSON.stringify([one, two, three, authorized, port]));
        process.exit();
      })()`,
      { environmentId: 'tls' },
    );
    expect(ran.stderr).toBe('');
    const [one, two, three, authorized, port] = JSON.parse(ran.stdout);
    expect(one).toEqual({ id: 'tls', host: 'secretsmanager.us-east-1.amazonaws.com', url: '/a', length: 0 });
    expect([two.id, two.host, three.id]).toEqual(['tls', 'sqs.us-east-1.amazonaws.com', 'tls']);
    expect([authorized, port]).toEqual([true, 443]);
  });

  it('carries HTTP/2, agreed upon in the TLS handshake', async () => {
    const issued = await harness.authority.issue({ hostnames: ['h2.example'] });
    const server = createHttp2Server(issued, (request, response) => {
      response.end(`${request.httpVersion} ${request.headers[':path']}`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const target = { kind: 'tcp', host: '127.0.0.1', port: (server.address() as AddressInfo).port } as const;
    harness.addresses.register({ hostname: 'h2.example', port: 443, target, resourceArn: 'arn:aws:x' });
    const ran = await harness.run(`
      const session = require('http2').connect('https://h2.example');
      const get = (path) => new Promise((resolve, reject) => {
        let text = '';
        session.request({ ':path': path }).on('data', (d) => text += d).on('end', () => resolve(text)).on('error', reject);
      });
      Promise.all(['/a', '/b', '/c'].map(get)).then((all) => { console.log(all.join()); session.close() })`);
    server.close();
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: '2.0 /a,2.0 /b,2.0 /c\n' });
  });

  it('takes many connections at once', async () => {
    const ran = await harness.run(
      `
      const https = require('https');
      const get = (n) => new Promise((resolve, reject) => https.get('https://sqs.us-east-1.amazonaws.com/' + n, { agent: false }, (r) => {
        let text = ''; r.on('data', (d) => text += d).on('end', () => resolve(JSON.parse(text).url));
      }).on('error', reject));
      Promise.all(Array.from({ length: 150 }, (_, n) => get(n))).then((all) => console.log(all.every((url, n) => url === '/' + n)))`,
    );
    expect(ran).toMatchObject({ code: 0, stderr: '', stdout: 'true\n' });
  });

  it('does not accept a certificate for another name', async () => {
    const ran = await harness.run(`
      require('tls').connect({ host: 'sqs.us-east-1.amazonaws.com', port: 443, servername: 'sqs.us-east-1.amazonaws.com',
        checkServerIdentity: (name, cert) => require('tls').checkServerIdentity('sns.us-east-1.amazonaws.com', cert) })
        .on('error', (e) => console.log(e.code))`);
    expect(ran.stdout).toBe('ERR_TLS_CERT_ALTNAME_INVALID\n');
  });

  it('survives being frozen in the middle', async () => {
    const running = await harness.start(`
      setInterval(() => fetch('https://sqs.us-east-1.amazonaws.com/').then((r) => r.text()).then(() => process.stdout.write('.')), 20);`);
    let dots = 0;
    running.process.stdout.on('data', (chunk: Buffer) => {
      dots += chunk.length;
    });
    for (let waited = 0; dots === 0 && waited < 4000; waited += 20) await sleep(20);
    running.process.freeze();
    await sleep(100);
    const before = dots;
    await sleep(150);
    expect(dots).toBe(before);
    running.process.thaw();
    for (let waited = 0; dots === before && waited < 4000; waited += 20) await sleep(20);
    expect(dots).toBeGreaterThan(before);
    running.process.kill();
    expect((await running.ran).stderr).toBe('');
  });
});

it('never lends one environment the approved connection of another', async () => {
  const harness = await startHarness('process');
  try {
    const ran = await harness.run(
      `
      const net = require('net');
      const path = require('path').join(process.env.TMPDIR, '../run/socket');
      const forged = net.connect(path, () => forged.write('#' + '0'.repeat(32) + 'GET / HTTP/1.1\\r\\n\\r\\n'));
      forged.on('data', (d) => console.log('answered', String(d))).on('close', () => {
        const noise = net.connect(path, () => noise.write('{"ask":"connect"\\n'));
        noise.on('error', () => {}).on('close', () => fetch('http://127.0.0.1:4566/').then((r) => r.json()).then(({ id }) => console.log(id)));
      });`,
      { environmentId: 'honest' },
    );
    expect(ran).toMatchObject({ code: 0, stdout: 'honest\n' });
  } finally {
    await harness.stop();
  }
});
