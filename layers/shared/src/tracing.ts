/**
 * X-Ray traces of a function; nothing else imports Powertools' Tracer.
 *
 * Tracer still stands on the X-Ray SDK, which is in maintenance: when it has to go, it goes from this module alone.
 */
import { Tracer } from '@aws-lambda-powertools/tracer';

export const tracer = new Tracer();

/**
 * Runs `work` in an X-Ray subsegment of that name; just runs it where tracing is off (tests, `sam local`). Work that runs
 * at the same time may be traced at the same time: each piece has its own subsegment around what it calls.
 * @param details further fields of the subsegment, such as `namespace` and `sql`
 */
export async function traced<T>(name: string, work: () => Promise<T>, details: object = {}): Promise<T> {
  if (!tracer.isTracingEnabled() || !tracer.getSegment()) return await work();
  return await (tracer.provider.captureAsyncFunc(name, async (subsegment) => {
    if (!subsegment) return await work();
    Object.assign(subsegment, details);
    try {
      return await work();
    } catch (error) {
      subsegment.addError(asError(error), false);
      throw error;
    } finally {
      subsegment.close();
    }
  }) as Promise<T>);
}

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
