/**
 * How long an event is under way: from `PutEvents` (`Publish`) until a consumer has the message out of its queue, and
 * until a function has had it and what the function sent on is out of another queue. Beside MiniStack and moto's server.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, processorSecondsOfTree, spread } from './measure.mjs';
import { receiveOne, sqsOf } from './queues.mjs';
import * as servers from './servers.mjs';
import { ask, connections, send, sign } from './signed-client.mjs';

const BUS = 'bench-bus';
const FUNCTION = 'bench-forward';
/** What is not there by then does not come. */
const PATIENCE_MS = 20_000;
const WARM_UP = 20;

/** The cases by what is printed. */
const WAYS = {
  'bus → queue': busToQueue,
  'SNS → queue': topicToQueue,
  'bus → queue → function → queue': busToFunction,
};

/** @param bench what `run.mjs` gives every part */
export async function events(bench) {
  const started = {};
  const agent = connections(8);
  try {
    await servers.besidePythonPeers(started, bench.say, 'events');
    bench.say(
      `\nEvents under way, ${bench.rounds} rounds of ${bench.seconds} s each, one after the other: median (min–max)\n`,
    );
    for (const [title, open] of Object.entries(WAYS)) {
      const broken = {};
      const ways = {};
      for (const [name, { awsUrl }] of Object.entries(started)) {
        try {
          ways[name] = await open(clientsOf(awsUrl, agent), name);
          for (let turn = 0; turn < WARM_UP; turn += 1) await once(ways[name]);
        } catch (error) {
          if (name === 'sampan') throw error;
          broken[name] = error.message;
        }
      }
      await compare(bench, { title, started, ways, broken });
    }
  } finally {
    agent.destroy();
    for (const server of Object.values(started)) await server.stop();
  }
}

async function compare({ say, alternate, ratioRow, seconds }, { title, started, ways, broken }) {
  const names = Object.keys(started);
  const rounds = Object.fromEntries(names.map((name) => [name, []]));
  await alternate(names, async (name) => {
    if (broken[name] !== undefined) return;
    try {
      const before = processorSecondsOfTree(started[name].pid);
      const times = [];
      for (const end = performance.now() + seconds * 1000; performance.now() < end; )
        times.push(await once(ways[name]));
      const spent = processorSecondsOfTree(started[name].pid) - before;
      times.sort((a, b) => a - b);
      const p99 = times[Math.floor(times.length * 0.99)];
      rounds[name].push({ p50: median(times), p99, processorMs: (spent * 1000) / times.length });
    } catch (error) {
      if (name === 'sampan') throw error;
      broken[name] = error.message;
    }
  });
  say(`  ${title}`);
  const figures = (name, figure) => rounds[name].map((round) => round[figure]);
  for (const name of names) {
    if (broken[name] !== undefined) {
      say(`    ${name.padEnd(16)} failed: ${broken[name].split('\n')[0].slice(0, 200)}`);
      continue;
    }
    const [p50, p99, processor] = ['p50', 'p99', 'processorMs'].map((figure) => spread(figures(name, figure), 2));
    say(`    ${name.padEnd(16)} p50 ${p50} ms   p99 ${p99} ms   processor ${processor} ms an event`);
  }
  for (const name of names.slice(1)) {
    if (broken[name] === undefined) {
      // The other's time over ours, so that more is better as in all other rows.
      ratioRow(`  ${name} / sampan, p50`, figures(name, 'p50'), figures('sampan', 'p50'), '≥ 1');
    }
  }
}

/** @returns how long the event took, ms */
async function once({ sqs, QueueUrl, put, isMine }) {
  const startedAt = performance.now();
  const mark = `${startedAt}`;
  await put(mark);
  for (;;) {
    const { Body, ReceiptHandle } = await within(receiveOne(sqs, QueueUrl));
    const took = performance.now() - startedAt;
    await sqs('DeleteMessage', { QueueUrl, ReceiptHandle });
    // One that came twice belongs to an earlier turn.
    if (isMine(JSON.parse(Body), mark)) return took;
  }
}

async function within(promise) {
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing arrived within ${PATIENCE_MS / 1000} s`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function clientsOf(endpoint, agent) {
  return {
    endpoint,
    sqs: sqsOf(endpoint, agent),
    events: (operation, input) =>
      ask(endpoint, agent, { service: 'events', version: '1.1', target: `AWSEvents.${operation}` }, input),
    /** SNS has no JSON protocol. @returns what stands in the element `wanted` of the answer */
    async sns(Action, input, wanted) {
      const body = new URLSearchParams({ Action, Version: '2010-03-31', ...input }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const text = [];
      const call = sign(endpoint, 'sns', { method: 'POST', path: '/', body, headers });
      await send(call, agent, undefined, (chunk) => text.push(chunk));
      return new RegExp(`<${wanted}>([^<]+)<`).exec(Buffer.concat(text).toString())?.[1];
    },
    /** Lambda's paths are its operations. */
    async lambda(path, input) {
      const headers = { 'content-type': 'application/json' };
      await send(sign(endpoint, 'lambda', { method: 'POST', path, body: JSON.stringify(input), headers }), agent);
    },
  };
}

/** A queue that AWS's services may send to. @returns its URL and ARN */
async function queue({ sqs }, QueueName) {
  const anyone = { Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage', Resource: '*' };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [anyone] });
  const { QueueUrl } = await sqs('CreateQueue', { QueueName, Attributes: { Policy, VisibilityTimeout: '60' } });
  const { Attributes } = await sqs('GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
  return { QueueUrl, arn: Attributes.QueueArn };
}

async function rule({ events }, Name, source, arn) {
  await events('CreateEventBus', { Name: BUS }).catch((error) => {
    if (!/ResourceAlreadyExists/.test(error.message)) throw error;
  });
  await events('PutRule', { Name, EventBusName: BUS, EventPattern: JSON.stringify({ source: [source] }) });
  await events('PutTargets', { Rule: Name, EventBusName: BUS, Targets: [{ Id: 'queue', Arn: arn }] });
}

function putTo({ events }, source, to) {
  return async (mark) => {
    const detail = { mark, to, subject: 'x'.repeat(300) };
    const entry = { EventBusName: BUS, Source: source, DetailType: 'TicketOpened', Detail: JSON.stringify(detail) };
    const { FailedEntryCount } = await events('PutEvents', { Entries: [entry] });
    if (FailedEntryCount !== 0) throw new Error('the bus took no event');
  };
}

async function busToQueue(clients) {
  const { QueueUrl, arn } = await queue(clients, 'bench-arrived');
  await rule(clients, 'bench-to-queue', 'bench.queue', arn);
  const put = putTo(clients, 'bench.queue', QueueUrl);
  return { sqs: clients.sqs, QueueUrl, put, isMine: ({ detail }, mark) => detail.mark === mark };
}

async function topicToQueue(clients) {
  const { QueueUrl, arn: Endpoint } = await queue(clients, 'bench-published');
  const TopicArn = await clients.sns('CreateTopic', { Name: 'bench-topic' }, 'TopicArn');
  await clients.sns('Subscribe', { TopicArn, Protocol: 'sqs', Endpoint }, 'SubscriptionArn');
  const put = (Message) => clients.sns('Publish', { TopicArn, Message }, 'MessageId');
  return { sqs: clients.sqs, QueueUrl, put, isMine: ({ Message }, mark) => Message === mark };
}

async function busToFunction(clients, name) {
  const done = await queue(clients, 'bench-done');
  const source = await queue(clients, 'bench-function');
  await rule(clients, 'bench-to-function', 'bench.function', source.arn);
  // Sampan has it from its template, with a role that is asked.
  if (name !== 'sampan') {
    await clients.lambda('/2015-03-31/functions', {
      FunctionName: FUNCTION,
      Runtime: 'nodejs22.x',
      Role: 'arn:aws:iam::123456789012:role/bench',
      Handler: 'index.handler',
      Code: { ZipFile: zippedCode() },
      Timeout: 10,
      MemorySize: 512,
      Environment: { Variables: { AWS_ENDPOINT_URL: clients.endpoint } },
    });
  }
  await clients.lambda('/2015-03-31/event-source-mappings', {
    FunctionName: FUNCTION,
    EventSourceArn: source.arn,
    BatchSize: 1,
  });
  const put = putTo(clients, 'bench.function', done.QueueUrl);
  return { sqs: clients.sqs, QueueUrl: done.QueueUrl, put, isMine: ({ detail }, mark) => detail.mark === mark };
}

/** The peers run in Python, which can pack. */
function zippedCode() {
  const directory = mkdtempSync(join(tmpdir(), 'sampan-bench-'));
  try {
    const archive = join(directory, 'code.zip');
    const cwd = join(import.meta.dirname, 'events', 'code');
    const run = spawnSync('python3', ['-m', 'zipfile', '-c', archive, 'index.mjs'], { cwd, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`python3 -m zipfile: ${run.stderr}`);
    return readFileSync(archive).toString('base64');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
