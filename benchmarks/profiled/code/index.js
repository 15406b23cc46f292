/** The hello of the benchmarks; asked to, it takes a profile of its own process, or says what that has used so far. */
const hello = { statusCode: 200, body: '{"message":"hello"}' };

let session;

async function start() {
  const { Session } = require('node:inspector/promises');
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 100 });
  await session.post('Profiler.start');
}

async function stop() {
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return profile;
}

/** Microseconds of processor time: of the main thread, of all. */
function cost() {
  const [main, all] = [process.threadCpuUsage(), process.cpuUsage()].map(({ user, system }) => user + system);
  return { main, all };
}

const answers = { start, stop, cost };

exports.handler = async (event) => {
  const asked = event.queryStringParameters?.profile;
  return asked === undefined ? hello : { statusCode: 200, body: JSON.stringify((await answers[asked]()) ?? null) };
};
