/** Sends a payload to a target, whatever it is. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Underway } from './deliveries.ts';
import { DeliveryFailure } from './failures.ts';
import type { Room } from './room.ts';
import { callerOf, targetCall } from './target-call.ts';

export const isApiDestination = (arn: string): boolean => /:events:[^:]*:\d{12}:api-destination\//.test(arn);

export function createSender(room: Room): (underway: Underway) => Promise<unknown> {
  const { dispatch } = room;
  /** Streams that exist already. */
  const streams = new Set<string>();

  async function putLogEvents(underway: Underway): Promise<void> {
    const caller = callerOf(underway);
    const logGroupName = underway.target.Arn.split(':')[6] ?? '';
    const logStreamName = createHash('sha256').update(underway.ruleArn).digest('hex').slice(0, 32);
    const key = `${logGroupName} ${logStreamName}`;
    const put = () =>
      dispatch({
        caller,
        service: 'logs',
        operation: 'PutLogEvents',
        input: { logGroupName, logStreamName, logEvents: [logEvent(underway)] },
      });
    if (streams.has(key)) {
      try {
        await put();
        return;
      } catch (error) {
        if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException') throw error;
        streams.delete(key);
      }
    }
    try {
      const input = { logGroupName, logStreamName };
      await dispatch({ caller, service: 'logs', operation: 'CreateLogStream', input });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceAlreadyExistsException') throw error;
    }
    streams.add(key);
    await put();
  }

  return (underway) => {
    const { target, payload, event, traceHeader } = underway;
    if (isApiDestination(target.Arn)) {
      const input = { arn: target.Arn, payload, parameters: target.HttpParameters, event: event.text };
      return dispatch({ caller: callerOf(underway), service: 'events', operation: 'InvokeApiDestination', input }).then(
        refuseFailure,
      );
    }
    if (target.Arn.includes(':event-bus/')) {
      const input = { bus: target.Arn, text: payload, buses: event.buses, traceHeader };
      return dispatch({ caller: callerOf(underway), service: 'events', operation: 'ForwardEvent', input });
    }
    if (target.Arn.split(':')[2] === 'logs') return putLogEvents(underway);
    const call = targetCall(underway);
    if (call) return dispatch(call);
    const message = `targets of ${target.Arn.split(':')[2]} are not emulated here`;
    return Promise.reject(new DeliveryFailure('SDK_CLIENT_ERROR', message, { retried: false }));
  };
}

/** The answer of an endpoint says more than an error of AWS could: when to ask again. */
function refuseFailure(answer: unknown): void {
  const { failure } = answer as { failure?: { code: string; message: string; retried: boolean; afterMs?: number } };
  if (failure) throw new DeliveryFailure(failure.code, failure.message, failure);
}

/** A transformer may say time and message; else the message is the payload. */
function logEvent({ payload, target, event }: Underway): { timestamp: number; message: string } {
  if (target.InputTransformer) {
    try {
      const { timestamp, message } = JSON.parse(payload) as { timestamp?: unknown; message?: unknown };
      const time = Number(timestamp ?? event.ingestedAt);
      if (typeof message === 'string' && Number.isFinite(time)) return { timestamp: time, message };
    } catch {
      // Not JSON: the text itself is the message.
    }
  }
  return { timestamp: event.ingestedAt, message: payload };
}
