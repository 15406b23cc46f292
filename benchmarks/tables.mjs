/**
 * DynamoDB: items put and got, from one place and from several, beside MiniStack, moto's server and dynalite. Those keep
 * items in memory; Sampan has an item on disk before it says so.
 */
import * as servers from './servers.mjs';
import { sideBySide } from './side-by-side.mjs';
import { ask, connections, send, sign } from './signed-client.mjs';

const LANES = [1, 8];
const KEYS = 500;
const TABLE = 'bench-table';

/** @param bench what `run.mjs` gives every part */
export async function tables(bench) {
  const started = {};
  const agent = connections(Math.max(...LANES));
  try {
    await servers.besidePythonPeers(started, bench.say);
    started.dynalite = await servers.dynalite();
    const names = Object.keys(started);
    const broken = {};
    const loops = {};
    for (const name of names) {
      loops[name] = loopsOf(started[name].awsUrl, agent);
      await loops[name].prepare().catch((error) => {
        if (name === 'sampan') throw error;
        broken[name] = error.message;
      });
    }
    bench.say(`\nItems a second, ${bench.rounds} rounds of ${bench.seconds} s each: median (min–max)\n`);
    for (const verb of ['put', 'get']) {
      const sends = Object.fromEntries(names.map((name) => [name, loops[name][verb]]));
      for (const lanes of LANES) {
        await sideBySide(bench, { title: `DynamoDB, ${verb}`, started, sends, lanes, broken });
      }
    }
  } finally {
    agent.destroy();
    for (const server of Object.values(started)) await server.stop();
  }
}

/** Signed once; every item is put again and again, and got as often. */
function loopsOf(endpoint, agent) {
  const call = (operation, input) =>
    sign(endpoint, 'dynamodb', {
      method: 'POST',
      path: '/',
      body: JSON.stringify({ TableName: TABLE, ...input }),
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
    });
  const items = Array.from({ length: KEYS }, (_, index) => itemOf(index));
  const puts = items.map((Item) => call('PutItem', { Item }));
  const gets = items.map(({ id }) => call('GetItem', { Key: { id }, ConsistentRead: true }));
  let turn = 0;
  return {
    async prepare() {
      const table = {
        TableName: TABLE,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      };
      const dynamodb = (operation, input) =>
        ask(endpoint, agent, { service: 'dynamodb', target: `DynamoDB_20120810.${operation}` }, input);
      await dynamodb('CreateTable', table);
      for (let status = 'CREATING'; status !== 'ACTIVE'; ) {
        status = (await dynamodb('DescribeTable', { TableName: TABLE })).Table.TableStatus;
      }
      for (const put of puts) await send(put, agent);
      for (const [index, { id }] of items.entries()) {
        const got = await dynamodb('GetItem', { TableName: TABLE, Key: { id } });
        if (got.Item?.subject?.S !== items[index].subject.S) throw new Error(`item ${index} did not come back`);
      }
    },
    put: () => send(puts[turn++ % KEYS], agent),
    get: () => send(gets[turn++ % KEYS], agent),
  };
}

/** About half a kilobyte, of every kind. */
function itemOf(index) {
  return {
    id: { S: `ticket-${index}` },
    subject: { S: `Ticket ${index}: ${'x'.repeat(200)}` },
    version: { N: String(index) },
    open: { BOOL: true },
    tags: { SS: ['hardware', 'urgent'] },
    times: { M: { created: { S: '2026-11-21T12:00:00.000Z' }, updated: { S: '2026-11-21T12:30:00.000Z' } } },
    history: { L: Array.from({ length: 5 }, (_, step) => ({ N: String(step) })) },
  };
}
