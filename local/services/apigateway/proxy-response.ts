/**
 * A Lambda proxy answer → an HTTP response, or nothing when it is none (API Gateway then answers 502).
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format
 */
import type { RenderedResponse } from './gateway-responses.ts';

interface ProxyAnswer {
  statusCode?: unknown;
  headers?: unknown;
  multiValueHeaders?: unknown;
  body?: unknown;
  isBase64Encoded?: unknown;
}

const KNOWN = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);

/** @param payload the function's answer, JSON text */
export function readProxyAnswer(payload: string): RenderedResponse | undefined {
  const answer = parse(payload);
  if (!answer) return undefined;
  for (const key in answer) if (!KNOWN.has(key)) return undefined;
  const statusCode = statusOf(answer);
  if (statusCode === undefined) return undefined;
  const { body } = answer;
  if (body !== undefined && body !== null && typeof body !== 'string') return undefined;
  const headers = readAnswerHeaders(answer);
  if (!headers) return undefined;
  return {
    statusCode,
    headers: withContentType(headers),
    body: answer.isBase64Encoded === true ? Buffer.from(body ?? '', 'base64') : (body ?? ''),
  };
}

function parse(payload: string): ProxyAnswer | undefined {
  try {
    const value = JSON.parse(payload) as unknown;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as ProxyAnswer) : undefined;
  } catch {
    return undefined;
  }
}

/** What a streamed answer says before its body. */
export interface ProxyHead {
  readonly statusCode: number;
  readonly headers: readonly (readonly [string, string])[];
}

/**
 * The metadata of a streamed answer; cookies are headers of their own. Undefined when it is none.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html#response-transfer-mode-lambda-format
 *
 * @param prelude JSON text
 */
export function readProxyPrelude(prelude: string): ProxyHead | undefined {
  const metadata = parse(prelude) as (ProxyAnswer & { cookies?: unknown }) | undefined;
  const statusCode = metadata && statusOf(metadata);
  const headers = metadata && readAnswerHeaders(metadata);
  if (statusCode === undefined || headers === undefined) return undefined;
  const { cookies = [] } = metadata as { cookies?: unknown };
  if (!Array.isArray(cookies)) return undefined;
  for (const cookie of cookies) headers.push(['Set-Cookie', String(cookie)]);
  return { statusCode, headers: withContentType(headers) };
}

function statusOf(answer: ProxyAnswer): number | undefined {
  const statusCode = answer.statusCode === undefined ? 200 : Number(answer.statusCode);
  return Number.isInteger(statusCode) && statusCode >= 100 && statusCode <= 599 ? statusCode : undefined;
}

function withContentType(headers: [string, string][]): [string, string][] {
  if (!headers.some(([name]) => name.toLowerCase() === 'content-type')) {
    headers.push(['Content-Type', 'application/json']);
  }
  return headers;
}

/** Both kinds of headers, merged as API Gateway does: a value of `multiValueHeaders` wins over its twin. */
function readAnswerHeaders(answer: ProxyAnswer): [string, string][] | undefined {
  const { headers: single, multiValueHeaders: multi } = answer;
  if (single === undefined && multi === undefined) return [];
  return mergeHeaders(single ?? {}, multi ?? {});
}

function mergeHeaders(single: object, multi: object): [string, string][] | undefined {
  if (typeof single !== 'object' || typeof multi !== 'object' || Array.isArray(single) || Array.isArray(multi))
    return undefined;
  const pairs: [string, string][] = [];
  const named = new Set(Object.keys(multi).map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(single)) {
    if (value === null || named.has(name.toLowerCase())) continue;
    if (typeof value === 'object') return undefined;
    pairs.push([name, String(value)]);
  }
  for (const [name, values] of Object.entries(multi)) {
    if (!Array.isArray(values)) return undefined;
    for (const value of values) pairs.push([name, String(value)]);
  }
  return pairs.map(([name, value]) => [remapped(name), value]);
}

/** Headers a function may not set reach the client under another name, as on AWS. */
const REMAPPED = new Set([
  'connection',
  'content-length',
  'date',
  'expect',
  'host',
  'keep-alive',
  'server',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
  'trailer',
  'te',
]);

function remapped(name: string): string {
  return REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name.toLowerCase()}` : name;
}
