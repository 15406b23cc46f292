const hello = { statusCode: 200, body: '{"message":"hello"}' };

let session;
let begun;

function start() {
  const { Session } = require('node:inspector/promises');
  session = new Session();
  session.connect();
  return session
    .post('Profiler.enable')
    .then(() => session.post('Profiler.setSamplingInterval', { interval: 100 }))
    .then(() => session.post('Profiler.start'))
    .then(() => {
      begun = { cpu: process.cpuUsage(), mainThread: process.threadCpuUsage() };
    });
}

async function stop() {
  const cpu = process.cpuUsage(begun.cpu);
  const mainThread = process.threadCpuUsage(begun.mainThread);
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  return { cpu, mainThread, profile };
}

exports.handler = async (event) => {
  const asked = event.queryStringParameters?.profile;
  if (asked === undefined) return hello;
  if (asked === 'start') await start();
  return { statusCode: 200, body: JSON.stringify(asked === 'stop' ? await stop() : null) };
};
