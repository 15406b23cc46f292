/** Connects so many times, and asks so many times on one connection: µs each, at the median. */
import { connect } from 'node:net';
import mysql from 'mysql2/promise';

export async function handler({ host, port, user, password, connections, queries }) {
  // Names, modules and the first question of all are not what is measured.
  await greeting(host, port);
  const connecting = await times(connections, () => greeting(host, port));
  const session = await mysql.createConnection({ host, port, user, password, ssl: { rejectUnauthorized: false } });
  try {
    await session.query('SELECT 1');
    return { connection: connecting, query: await times(queries, () => session.query('SELECT 1')) };
  } finally {
    await session.end();
  }
}

/** Until the server's first bytes are there: in MySQL's protocol it speaks first. */
function greeting(host, port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('error', reject);
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
  });
}

async function times(count, work) {
  const all = [];
  for (let done = 0; done < count; done += 1) {
    const startedAt = performance.now();
    await work();
    all.push((performance.now() - startedAt) * 1000);
  }
  return all.sort((a, b) => a - b)[Math.floor(count / 2)];
}
