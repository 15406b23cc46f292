/** A response as bytes, with the headers Node's own server would add. */
import { STATUS_CODES } from 'node:http';
import type { RenderedResponse } from '../../services/apigateway/index.ts';

export interface ResponseOptions {
  /** For HEAD: the head alone. */
  readonly headOnly: boolean;
  readonly keepAliveSeconds: number;
}

/** Throws TypeError for a header's name that is none. */
export function encodeResponse({ statusCode, headers, body }: RenderedResponse, options: ResponseOptions): Buffer {
  let head = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? 'unknown'}\r\n`;
  for (const [name, value] of headers) {
    if (!isToken(name)) throw new TypeError(`Header name must be a valid HTTP token ["${name}"]`);
    head += `${name}: ${cleanValue(value)}\r\n`;
  }
  head += httpDate();
  head += `Connection: keep-alive\r\nKeep-Alive: timeout=${options.keepAliveSeconds}\r\n`;
  const isBodiless = hasNoBody(statusCode);
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  head += isBodiless ? '\r\n' : `Content-Length: ${bodyBytes}\r\n\r\n`;
  // Every character of a head is one byte.
  const bytes = Buffer.allocUnsafe(head.length + (isBodiless || options.headOnly ? 0 : bodyBytes));
  bytes.write(head, 0, 'latin1');
  if (bytes.length > head.length) {
    if (typeof body === 'string') bytes.write(body, head.length);
    else bytes.set(body, head.length);
  }
  return bytes;
}

/** https://www.rfc-editor.org/rfc/rfc9110#section-6.4.1 */
export function hasNoBody(statusCode: number): boolean {
  return statusCode === 204 || statusCode === 304 || statusCode < 200;
}

const NOT_IN_VALUES = /[^\t\x20-\x7e\x80-\xff]/;

/** A function's header value never ends the header early. */
export function cleanValue(value: string): string {
  return NOT_IN_VALUES.test(value) ? value.replace(new RegExp(NOT_IN_VALUES, 'g'), ' ') : value;
}

/** Names that were looked at and are tokens; functions use few. */
const tokens = new Set<string>();

function isToken(name: string): boolean {
  if (tokens.has(name)) return true;
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) return false;
  if (tokens.size < 1_000) tokens.add(name);
  return true;
}

let dateSecond = -1;
let dateLine = '';

function httpDate(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateLine = `Date: ${new Date(now).toUTCString()}\r\n`;
  }
  return dateLine;
}
