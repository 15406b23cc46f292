/** CloudWatch Logs: PutLogEvents by calls and by events a second, beside MiniStack and moto's server. */
import { spread } from './measure.mjs';
import { repeat } from './sdk.mjs';
import * as servers from './servers.mjs';
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
export async function ingest({ say, alternate, ratioRow, rounds, seconds }) {
  const started = {};
  const agent = connections(8);
  try {
    await servers.besidePythonPeers(started, say);
    const names = Object.keys(started);
    for (const name of names) {
      await send(request(started[name], 'CreateLogGroup', { logGroupName: GROUP }), agent);
      await send(request(started[name], 'CreateLogStream', { logGroupName: GROUP, logStreamName: 'one' }), agent);
    }
    say(`\nLog events taken in, ${rounds} rounds of ${seconds} s each: median (min–max)\n`);
    for (const { events, lanes } of BATCHES) {
      const puts = Object.fromEntries(names.map((name) => [name, batch(started[name], events)]));
      const figures = Object.fromEntries(names.map((name) => [name, []]));
      for (const name of names) await repeat(() => send(puts[name], agent), lanes, 0.5);
      await alternate(names, async (name) => {
        figures[name].push(await repeat(() => send(puts[name], agent), lanes, seconds));
      });
      say(
        `  PutLogEvents with ${events} event${events === 1 ? '' : 's'}, from ${lanes} place${lanes === 1 ? '' : 's'}`,
      );
      const rates = (name) => figures[name].map(({ rps }) => rps);
      for (const name of names) {
        const perSecond = rates(name).map((rps) => rps * events);
        const p50 = figures[name].map((run) => run.p50);
        say(
          `    ${name.padEnd(24)} ${spread(rates(name))} calls, ${spread(perSecond)} events a second   p50 ${spread(p50, 2)} ms`,
        );
      }
      for (const name of names.slice(1)) ratioRow(`  sampan / ${name}`, rates('sampan'), rates(name), '≥ 1');
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
