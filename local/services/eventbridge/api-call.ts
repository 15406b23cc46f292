/** One HTTP request to an API destination. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html */
import type { ConnectionHttpParameters, HttpParameters } from '@aws-sdk/client-eventbridge';
import type { Clock } from '../../kernel/index.ts';
import { DeliveryFailure } from './failures.ts';
import { atPath } from './json-path.ts';

export interface ApiCall {
  readonly endpoint: string;
  readonly method: string;
  readonly payload: string;
  /** Of the target; values may be paths into the event. */
  readonly parameters?: HttpParameters | undefined;
  /** Of the connection. */
  readonly fixed?: ConnectionHttpParameters | undefined;
  /** Signing in. */
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text of the event. */
  readonly event: string;
}

const TIMEOUT_MS = 5_000;
const LONGEST_RETRY_AFTER_S = 86_400;

/** Rejects with DeliveryFailure unless the answer is of 2xx. */
export async function callApi(call: ApiCall, clock: Clock): Promise<Response> {
  const event: unknown = JSON.parse(call.event);
  const filled = (value: string): string => {
    const found = value.startsWith('$.') ? atPath(event, value) : value;
    return typeof found === 'string' ? found : (JSON.stringify(found) ?? '');
  };
  const url = new URL(withPath(call.endpoint, (call.parameters?.PathParameterValues ?? []).map(filled)));
  for (const [name, value] of Object.entries(call.parameters?.QueryStringParameters ?? {})) {
    url.searchParams.append(name, filled(value));
  }
  for (const { Key = '', Value = '' } of call.fixed?.QueryStringParameters ?? []) url.searchParams.append(Key, Value);
  const headers = new Headers({
    'user-agent': 'Amazon/EventBridge/ApiDestinations',
    'content-type': 'application/json; charset=utf-8',
  });
  for (const [name, value] of Object.entries(call.parameters?.HeaderParameters ?? {})) headers.set(name, filled(value));
  for (const { Key = '', Value = '' } of call.fixed?.HeaderParameters ?? []) headers.set(Key, Value);
  for (const [name, value] of Object.entries(call.headers)) headers.set(name, value);
  const hasBody = call.method !== 'GET' && call.method !== 'HEAD';
  const body = hasBody ? withBody(call.payload, call.fixed) : undefined;
  const response = await request(url, { method: call.method, headers, ...(body !== undefined && { body }) }, clock);
  // Nobody reads it: the connection can be used again.
  await response.body?.cancel();
  if (response.ok) return response;
  const { status } = response;
  const retried = status === 401 || status === 407 || status === 409 || status === 429 || status >= 500;
  const afterMs = retryAfterMs(response, clock);
  const code = status === 429 ? 'THROTTLING' : 'ERROR_FROM_TARGET';
  throw new DeliveryFailure(code, `${call.method} ${url.origin}${url.pathname} answered ${status}`, {
    retried,
    ...(afterMs !== undefined && { afterMs }),
  });
}

/** Rejects with DeliveryFailure when nobody answers in time. Redirects are not followed. */
export async function request(url: URL, init: RequestInit, clock: Clock): Promise<Response> {
  const abort = new AbortController();
  const timer = clock.after(TIMEOUT_MS, () => abort.abort());
  try {
    return await fetch(url, { ...init, redirect: 'manual', signal: abort.signal });
  } catch (error) {
    if (abort.signal.aborted) {
      throw new DeliveryFailure('TIMEOUT', `${url.origin} did not answer in 5 seconds`, { retried: true });
    }
    const { cause } = error as { cause?: Error };
    const because = cause instanceof Error ? cause.message : (error as Error).message;
    throw new DeliveryFailure('CONNECTION_FAILURE', `${url.origin} cannot be reached: ${because}`, { retried: true });
  } finally {
    timer.cancel();
  }
}

/** Each `*` of the path is one value. */
function withPath(endpoint: string, values: readonly string[]): string {
  let index = 0;
  return endpoint.replaceAll('*', () => encodeURIComponent(values[index++] ?? '*'));
}

function withBody(payload: string, fixed: ConnectionHttpParameters | undefined): string {
  const added = fixed?.BodyParameters ?? [];
  if (added.length === 0) return payload;
  const body: unknown = JSON.parse(payload);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return payload;
  return JSON.stringify({ ...body, ...Object.fromEntries(added.map(({ Key = '', Value = '' }) => [Key, Value])) });
}

function retryAfterMs(response: Response, clock: Clock): number | undefined {
  const text = response.headers.get('retry-after');
  if (text === null || (response.status !== 429 && response.status < 500)) return undefined;
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : (Date.parse(text) - clock.now()) / 1_000;
  return seconds > 0 ? Math.min(seconds, LONGEST_RETRY_AFTER_S) * 1_000 : undefined;
}
