/** CloudWatch Logs: PutLogEvents by calls and by events a second, beside MiniStack and moto's server. */
import { repeat } from './sdk.mjs';
import * as servers from './servers.mjs';
import { sideBySide } from './side-by-side.mjs';
import { connections, send, sign } from './signed-client.mjs';

const GROUP = '/bench/ingest';
/** Events of one call, and from how many places at once. */
const BATCHES = [
  { events: 1, lanes: 1 },
  { events: 100, lanes: 1 },
  { events: 100, lanes: 4 },
];
/** As long as a line of a structured log is. */
const LINE = JSON.stringify({ level: 'INFO', message: 'ticket opened', service: 'tickets', note: 'x'.repeat(180) });

/** @param bench what `run.mjs` gives every part */
export async function ingest(bench) {
  const started = {};
  const agent = connections(8);
  try {
    await servers.besidePythonPeers(started, bench.say);
    const names = Object.keys(started);
    for (const name of names) {
      await send(request(started[name], 'CreateLogGroup', { logGroupName: GROUP }), agent);
      await send(request(started[name], 'CreateLogStream', { logGroupName: GROUP, logStreamName: 'one' }), agent);
    }
    bench.say(`\nLog events taken in, ${bench.rounds} rounds of ${bench.seconds} s each: median (min–max)\n`);
    for (const { events, lanes } of BATCHES) {
      const sends = {};
      const broken = {};
      for (const name of names) {
        const put = batch(started[name], events);
        sends[name] = () => send(put, agent);
        await repeat(sends[name], lanes, 0.5).catch((error) => {
          if (name === 'sampan') throw error;
          broken[name] = error.message;
        });
      }
      const title = `PutLogEvents with ${events} event${events === 1 ? '' : 's'}`;
      await sideBySide(bench, { title, started, sends, lanes, broken, perCall: events, what: 'events' });
    }
  } finally {
    agent.destroy();
    for (const server of Object.values(started)) await server.stop();
  }
}

function request({ awsUrl }, operation, input) {
  return sign(awsUrl, 'logs', {
    method: 'POST',
    path: '/',
    body: JSON.stringify(input),
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `Logs_20140328.${operation}` },
  });
}

/** The same events at the same times, again and again: times may repeat. */
function batch(server, count) {
  const now = Date.now();
  const logEvents = Array.from({ length: count }, (_, index) => ({ timestamp: now + index, message: LINE }));
  return request(server, 'PutLogEvents', { logGroupName: GROUP, logStreamName: 'one', logEvents });
}
