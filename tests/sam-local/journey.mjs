/** What a user with Docker does, step by step: each step is one thing that has to hold, and builds on those before. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { mustRun, run, serve } from './processes.mjs';

const EVENT = 'events/tickets-create.json';

/**
 * @param root the repository
 * @param environment of every command: the tools on the path, and the way to Docker
 * @param state where the local cloud keeps its state
 * @returns `steps` of `[name, action]`, and `close`, which ends whatever is left
 */
export function journey({ root, environment, state }) {
  const options = { cwd: root, env: environment };
  const servers = new Set();
  /** Everything SAM's commands have said: the containers they made are named there. */
  let said = '';
  let invoked;
  let api;

  async function open(...server) {
    const opened = serve(...server);
    servers.add(opened);
    await opened.ready;
    return opened;
  }

  async function sql(statement) {
    const { stdout } = await mustRun('npx', ['sampan', 'mysql', '--state', state, '-N', '-e', statement], options);
    return stdout.trim();
  }

  const steps = [
    ['sam build', async () => mustRun('sam', ['build'], options)],
    [
      'npx sampan start --services-only gets ready',
      async () => {
        const args = ['sampan', 'start', '--services-only', '--aws-port', '0', '--state', state];
        await open('npx', args, (output) => /Ready in [\d.]+ s/.test(output), options);
      },
    ],
    [
      `sam local invoke TicketsFunction -e ${EVENT} opens a ticket from its container`,
      async () => {
        const { code, stdout, stderr } = await run('sam', ['local', 'invoke', 'TicketsFunction', '-e', EVENT], options);
        said += stderr;
        assert.equal(code, 0, stderr);
        const answer = JSON.parse(stdout);
        assert.equal(answer.statusCode, 201, `${stdout}\n${stderr}`);
        invoked = JSON.parse(answer.body);
        assert.equal(invoked.subject, JSON.parse(JSON.parse(readFileSync(join(root, EVENT), 'utf8')).body).subject);
      },
    ],
    [
      "the ticket and its message are rows of the local cloud's database",
      async () => {
        assert.equal(await sql(`SELECT subject FROM tickets WHERE id = '${invoked.id}'`), invoked.subject);
        assert.equal(await sql(`SELECT COUNT(*) FROM messages WHERE ticket_id = '${invoked.id}'`), '1');
      },
    ],
    [
      'sam local start-api listens',
      async () => {
        const port = await freePort();
        const server = await open(
          'sam',
          ['local', 'start-api', '-p', String(port)],
          (output) => output.includes(`Running on http://127.0.0.1:${port}`),
          options,
        );
        api = { url: `http://127.0.0.1:${port}`, server };
      },
    ],
    [
      'GET /health answers 200 from a container that reaches the database',
      async () => {
        const { status, body } = await call('/health');
        assert.equal(status, 200, JSON.stringify(body));
      },
    ],
    [
      'without an authorizer, which sam local start-api has none of, nobody is let in: 401',
      async () => {
        for (const path of ['/tickets', `/tickets/${invoked.id}`]) {
          const { status, body } = await call(path, 'GET', undefined, { Authorization: 'Bearer anything' });
          assert.equal(status, 401, JSON.stringify(body));
        }
      },
    ],
    [
      'invoked as an agent, a ticket is read, opened, answered and changed, and every row is there',
      async () => {
        const read = await invoke('get', { pathParameters: { id: invoked.id } });
        assert.deepEqual([read.status, read.body.id, read.body.subject], [200, invoked.id, invoked.subject]);
        const ticket = { subject: 'Opened by sam local invoke', body: 'First.', requesterEmail: 'ada@example.com' };
        const created = await invoke('create', { body: JSON.stringify(ticket) });
        assert.equal(created.status, 201, JSON.stringify(created.body));
        const { id } = created.body;
        const to = (more) => ({ pathParameters: { id }, ...more });
        const message = await invoke('message', to({ body: JSON.stringify({ body: 'Second.' }) }));
        assert.equal(message.status, 201, JSON.stringify(message.body));
        const change = JSON.stringify({ status: 'pending' });
        const withTag = (tag) => to({ body: change, multiValueHeaders: {}, headers: { 'If-Match': tag } });
        const changed = await latest(async () => {
          const { version } = (await invoke('get', to({}))).body;
          return invoke('patch', withTag(`"${version}"`));
        });
        assert.equal(changed.status, 200, JSON.stringify(changed.body));
        const stale = await invoke('patch', withTag('"1"'));
        assert.equal(stale.status, 412, JSON.stringify(stale.body));
        assert.equal(await sql(`SELECT status FROM tickets WHERE id = '${id}'`), 'pending');
        assert.equal(await sql(`SELECT COUNT(*) FROM messages WHERE ticket_id = '${id}'`), '2');
      },
    ],
    [
      'bad input is refused with the documented error body',
      async () => {
        const { status, body } = await invoke('create', { body: JSON.stringify({ subject: 'x'.repeat(300) }) });
        assert.equal(status, 400, JSON.stringify(body));
        assert.deepEqual(Object.keys(body.error).sort(), ['code', 'message', 'requestId']);
      },
    ],
  ];

  /** A sample event, changed, to the function in a container: `sam local invoke` passes the claims on, as they stand. */
  async function invoke(name, changes) {
    const event = { ...JSON.parse(readFileSync(join(root, `events/tickets-${name}.json`), 'utf8')), ...changes };
    const args = ['local', 'invoke', 'TicketsFunction', '-e', '-'];
    const { code, stdout, stderr } = await run('sam', args, { ...options, input: JSON.stringify(event) });
    said += stderr;
    assert.equal(code, 0, stderr);
    const answer = JSON.parse(stdout);
    return { status: answer.statusCode, body: JSON.parse(answer.body) };
  }

  /** The ticket's event went to the local cloud, where triage may change the ticket between a look at it and a change. */
  async function latest(change) {
    const first = await change();
    return first.status === 412 ? change() : first;
  }

  async function call(path, method = 'GET', body = undefined, headers = {}) {
    const response = await fetch(api.url + path, {
      method,
      headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    });
    const text = await response.text();
    try {
      return { status: response.status, headers: response.headers, body: JSON.parse(text) };
    } catch {
      throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}\n${tail(api.server.output())}`);
    }
  }

  async function close() {
    for (const server of [...servers].reverse()) {
      await server.stop();
      said += server.output();
    }
    // SAM takes its containers away itself, unless it was interrupted in the middle of making one.
    const containers = [...said.matchAll(/SAM_CONTAINER_ID: ([0-9a-f]+)/g)].map(([, id]) => id);
    if (containers.length > 0) await run('docker', ['rm', '--force', ...containers], options);
  }

  return { steps, close };
}

function tail(text) {
  return text.split('\n').slice(-20).join('\n');
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
