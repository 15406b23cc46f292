/**
 * What the function answered → what the client gets.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
 */
import { PRELUDE_END } from '../../protocols/http-prelude.ts';

/** Status and headers; names as the function wrote them. */
export interface ResponseHead {
  readonly statusCode: number;
  readonly headers: readonly (readonly [string, string])[];
}

export interface UrlResponse extends ResponseHead {
  readonly body: string | Buffer;
}

interface Structured {
  readonly statusCode?: unknown;
  readonly headers?: unknown;
  readonly cookies?: unknown;
  readonly body?: unknown;
  readonly isBase64Encoded?: unknown;
}

const JSON_TYPE = ['Content-Type', 'application/json'] as const;

/**
 * The response format is inferred: an object with a `statusCode` says everything itself, anything else is the body.
 * Undefined when the answer is none: Lambda then says 502.
 *
 * @param payload the function's answer, JSON text, or whatever a streaming function wrote; bytes when it is no text
 */
export function readAnswer(payload: string | Uint8Array): UrlResponse | undefined {
  if (typeof payload !== 'string') return readStreamed(Buffer.from(payload));
  const value = parse(payload);
  if (value === undefined) return readStreamed(Buffer.from(payload));
  if (typeof value === 'string') return plain(value);
  if (!isObject(value) || value.statusCode === undefined) return plain(JSON.stringify(value));
  const head = readHead(value);
  return head && { ...head, body: readBody(value) };
}

/** The JSON prelude of a streamed response, or its like in a buffered one. Undefined when it makes no response. */
export function readHead({ statusCode = 200, headers = {}, cookies = [] }: Structured): ResponseHead | undefined {
  const status = typeof statusCode === 'string' && /^\d{3}$/.test(statusCode) ? Number(statusCode) : statusCode;
  if (typeof status !== 'number' || !Number.isInteger(status) || status < 200 || status > 599) return undefined;
  if (!isObject(headers) || !Array.isArray(cookies)) return undefined;
  const pairs: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(headers)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'object' || !TOKEN.test(name)) return undefined;
    pairs.push([remapped(name), String(value)]);
  }
  for (const cookie of cookies) pairs.push(['Set-Cookie', String(cookie)]);
  if (!pairs.some(([name]) => name.toLowerCase() === 'content-type')) pairs.push(JSON_TYPE);
  return { statusCode: status, headers: pairs };
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-5.1 */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** JSON of an object; undefined for anything else. */
export function parsePrelude(text: string): Structured | undefined {
  const value = parse(text);
  return isObject(value) ? value : undefined;
}

export function plain(body: string | Buffer): UrlResponse {
  return { statusCode: 200, headers: [JSON_TYPE], body };
}

/** A streaming function behind a buffered URL: its answer arrives whole. */
function readStreamed(payload: Buffer): UrlResponse | undefined {
  const end = payload.indexOf(PRELUDE_END);
  const prelude = end < 0 ? undefined : parsePrelude(payload.toString('utf8', 0, end));
  if (!prelude) return plain(payload);
  const head = readHead(prelude);
  return head && { ...head, body: payload.subarray(end + PRELUDE_END.length) };
}

function readBody({ body, isBase64Encoded }: Structured): string | Buffer {
  if (body === undefined || body === null) return '';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return isBase64Encoded === true ? Buffer.from(text, 'base64') : text;
}

/** Headers a function may not set reach the client under another name. */
const REMAPPED = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'proxy-authenticate',
  'server',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'www-authenticate',
]);

function remapped(name: string): string {
  return REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name.toLowerCase()}` : name;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
