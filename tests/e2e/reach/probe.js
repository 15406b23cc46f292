/** A function that tries to reach what it is told of, in every way a program has, and says what became of each. */

const { execFile } = require('node:child_process');
const dgram = require('node:dgram');
const dns = require('node:dns');
const net = require('node:net');
const tls = require('node:tls');
const mysql = require('./mysql2.js');

/** `reached`, `hung`, or the error's code. */
async function tried(attempt, patienceMs) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), patienceMs);
  try {
    return (await attempt(patience.signal)) ?? 'reached';
  } catch (error) {
    return patience.signal.aborted ? 'hung' : String(error.cause?.code ?? error.code ?? error.message);
  } finally {
    clearTimeout(timer);
  }
}

const opened = (socket, event, signal) =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => socket.destroy(new Error('hung')));
    socket.once(event, () => resolve()).once('error', reject);
  }).finally(() => socket.destroy());

const WAYS = {
  async pool({ host, user, password, patienceMs }) {
    const options = { host, user, password, connectionLimit: 1, connectTimeout: patienceMs - 200, ssl: {} };
    const pool = mysql.createPool(options);
    try {
      await pool.query('select 1');
    } catch (error) {
      // The driver's own patience has no number, and what only proxies say has no name.
      if (error.code === 'ETIMEDOUT' && error.errno === undefined) return 'hung';
      return error.code ?? String(error.errno);
    } finally {
      pool.end().catch(() => {});
    }
  },
  async fetch({ url }, signal) {
    await (await fetch(url, { signal })).arrayBuffer();
  },
  connect: ({ host, port }, signal) => opened(net.connect(port, host), 'data', signal),
  tls: ({ host, port }, signal) => opened(tls.connect({ host, port, servername: host }), 'secureConnect', signal),
  /** Nobody knows whether a datagram arrives, unless it is answered. */
  async datagram({ host, port }) {
    const socket = dgram.createSocket('udp4');
    await new Promise((resolve, reject) => {
      socket.send('hello', port, host, (error) => (error ? reject(error) : resolve()));
    }).finally(() => socket.close());
    return 'sent';
  },
  async lookup({ host }) {
    const [{ address }, [resolved]] = await Promise.all([dns.promises.lookup(host), dns.promises.resolve4(host)]);
    return address === resolved ? 'found' : `${address} and ${resolved}`;
  },
  curl: ({ url, patienceMs }, signal) =>
    new Promise((resolve, reject) => {
      const args = ['--silent', '--show-error', '--max-time', String(patienceMs / 1000), url];
      execFile('curl', args, { signal }, (error) => {
        if (!error) resolve();
        else if (typeof error.code === 'number') resolve(`curl ended with ${error.code}`);
        else reject(error);
      });
    }),
};

exports.handler = async (probes) => {
  const entries = Object.entries(probes).map(async ([name, { way, ...target }]) => [
    name,
    await tried((signal) => WAYS[way](target, signal), target.patienceMs),
  ]);
  return Object.fromEntries(await Promise.all(entries));
};
