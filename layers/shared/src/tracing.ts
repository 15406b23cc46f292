/**
 * X-Ray traces of a function; nothing else imports Powertools' Tracer.
 *
 * Tracer still stands on the X-Ray SDK, which is in maintenance: when it has to go, it goes from this module alone.
 */
import { Tracer } from '@aws-lambda-powertools/tracer';

// Requests are traced where they are made (`tracedClient`, `traced`), not by Tracer's patches of node:http and fetch: those
// take the request by which the runtime streams a handler's answer for the function's own, and never close that of a fetch
// on a connection that is used again, which then holds back everything above it.
export const tracer = new Tracer({ captureHTTPsRequests: false });

/**
 * Runs `work` in an X-Ray subsegment of that name; just runs it where tracing is off (tests, `sam local`)
 * or this invocation is not traced. Work that runs
 * at the same time may be traced at the same time: each piece has its own subsegment around what it calls.
 * @param work is given a function that adds fields which are known only when it is done, such as `http`
 * @param details further fields of the subsegment, such as `namespace` and `sql`
 */
export async function traced<T>(
  name: string,
  work: (note: (details: object) => void) => Promise<T>,
  details: object = {},
): Promise<T> {
  if (!tracer.isTraceSampled() || !tracer.getSegment()) return await work(forget);
  return await (tracer.provider.captureAsyncFunc(name, async (subsegment) => {
    if (!subsegment) return await work(forget);
    const note = (more: object) => void Object.assign(subsegment, more);
    note(details);
    try {
      return await work(note);
    } catch (error) {
      subsegment.addError(asError(error), false);
      throw error;
    } finally {
      subsegment.close();
    }
  }) as Promise<T>);
}

const forget = (): void => {};

/**
 * Every call of an SDK client becomes a subsegment, with its operation, request id, retries and error. Not for clients
 * that only presign: no call is made there.
 */
export function tracedClient<Client>(client: Client): Client {
  return tracer.isTracingEnabled() ? tracer.captureAWSv3Client(client) : client;
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
