/** AWS's own JavaScript client, and the load it makes. */
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';

/** One attempt: a retry would hide what went wrong. */
export function lambdaClient(endpoint) {
  return new LambdaClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
}

/** The name of a stack's only function. */
export async function onlyFunction(client) {
  const { Functions } = await client.send(new ListFunctionsCommand({}));
  if (Functions.length !== 1) throw new Error(`expected one function, there are ${Functions.length}`);
  return Functions[0].FunctionName;
}

/**
 * `send` again and again from `lanes` lanes at once; the first that rejects ends them all.
 * @returns {Promise<{ calls: number, rps: number, p50: number, p99: number }>} how many, a second, milliseconds
 */
export async function repeat(send, lanes, seconds) {
  const times = [];
  const startedAt = performance.now();
  const end = startedAt + seconds * 1000;
  let failed;
  const lane = async () => {
    for (let from = performance.now(); from < end && !failed; ) {
      try {
        await send();
      } catch (error) {
        failed ??= error;
        return;
      }
      const now = performance.now();
      times.push(now - from);
      from = now;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failed) throw failed;
  const elapsed = performance.now() - startedAt;
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
  return { calls: times.length, rps: (times.length * 1000) / elapsed, p50: at(0.5), p99: at(0.99) };
}
