/**
 * SQS: messages sent, received and deleted, one after the other, from one place and from several, beside MiniStack and
 * moto's server. Those keep messages in memory; Sampan has a message on disk before it says so.
 */
import * as servers from './servers.mjs';
import { sideBySide } from './side-by-side.mjs';
import { ask, connections } from './signed-client.mjs';

const LANES = [1, 8];
/** About what an event of the help desk is long. */
const BODY = JSON.stringify({ type: 'TicketOpened', ticketId: '0199', subject: 'x'.repeat(400) });
/** As a consumer does: an answer without messages is no error, and asked for again. */
const WAIT_SECONDS = 5;

/** @param bench what `run.mjs` gives every part */
export async function queues(bench) {
  const started = {};
  const agent = connections(Math.max(...LANES));
  try {
    await servers.besidePythonPeers(started, bench.say);
    const broken = {};
    const sends = {};
    for (const name of Object.keys(started)) {
      const sqs = sqsOf(started[name].awsUrl, agent);
      try {
        const { QueueUrl } = await sqs('CreateQueue', { QueueName: 'bench-queue' });
        sends[name] = () => cycle(sqs, QueueUrl);
        for (let warm = 0; warm < 50; warm += 1) await sends[name]();
      } catch (error) {
        if (name === 'sampan') throw error;
        broken[name] = error.message;
      }
    }
    bench.say(`\nMessages a second, ${bench.rounds} rounds of ${bench.seconds} s each: median (min–max)\n`);
    for (const lanes of LANES) {
      await sideBySide(bench, { title: 'SQS, send + receive + delete', started, sends, lanes, broken });
    }
  } finally {
    agent.destroy();
    for (const server of Object.values(started)) await server.stop();
  }
}

/** @returns calls SQS's operation by name */
export function sqsOf(endpoint, agent) {
  return (operation, input) => ask(endpoint, agent, { service: 'sqs', target: `AmazonSQS.${operation}` }, input);
}

/** Resolves with the first message there is. */
export async function receiveOne(sqs, QueueUrl) {
  for (;;) {
    const answer = await sqs('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 1, WaitTimeSeconds: WAIT_SECONDS });
    const [message] = answer.Messages ?? [];
    if (message !== undefined) return message;
  }
}

async function cycle(sqs, QueueUrl) {
  await sqs('SendMessage', { QueueUrl, MessageBody: BODY });
  const { ReceiptHandle } = await receiveOne(sqs, QueueUrl);
  await sqs('DeleteMessage', { QueueUrl, ReceiptHandle });
}
