/** A response as bytes, with the headers Node's own server would add. */
import { STATUS_CODES } from 'node:http';
import type { RenderedResponse, StreamedResponse } from '../../services/apigateway/index.ts';

export interface ResponseOptions {
  /** For HEAD: the head alone. */
  readonly headOnly: boolean;
  readonly keepAliveSeconds: number;
}

/** For every response that surely fits; it is to be written before the next one is encoded. */
const usual = Buffer.allocUnsafeSlow(65_536);

export interface EncodedResponse {
  /** Not the caller's to keep: the next response may be made in them. */
  readonly bytes: Buffer;
  readonly length: number;
}

/** Throws TypeError for a header's name that is none. */
export function encodeResponse(
  { statusCode, headers, body }: Omit<RenderedResponse, 'body'> & { readonly body: string | Uint8Array },
  options: ResponseOptions,
): EncodedResponse {
  let head = headLines(statusCode, headers, options.keepAliveSeconds);
  const isBodiless = hasNoBody(statusCode);
  const bodyBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  head += isBodiless ? '\r\n' : `Content-Length: ${bodyBytes}\r\n\r\n`;
  // Every character of a head is one byte.
  const length = head.length + (isBodiless || options.headOnly ? 0 : bodyBytes);
  const bytes = length <= usual.length ? usual : Buffer.allocUnsafe(length);
  bytes.write(head, 0, 'latin1');
  if (length > head.length) {
    if (typeof body === 'string') bytes.write(body, head.length, 'utf8');
    else bytes.set(body, head.length);
  }
  return { bytes, length };
}

/** The head of a response that comes in chunks. Throws TypeError for a header's name that is none. */
export function encodeStreamHead({ statusCode, headers }: StreamedResponse, keepAliveSeconds: number): Buffer {
  const head = headLines(statusCode, headers, keepAliveSeconds);
  return Buffer.from(`${head}${hasNoBody(statusCode) ? '' : 'Transfer-Encoding: chunked\r\n'}\r\n`, 'latin1');
}

/** Few pieces: putting a text of many together costs more than anything else about it. */
function headLines(statusCode: number, headers: RenderedResponse['headers'], keepAliveSeconds: number): string {
  let head = statusLine(statusCode);
  for (const [name, value] of headers) head += beforeValue(name) + cleanValue(value);
  return head + connectionLines(keepAliveSeconds);
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

const statusLines = new Map<number, string>();

/** Without the end of the line: that comes before what follows. */
function statusLine(statusCode: number): string {
  let line = statusLines.get(statusCode);
  if (line === undefined) {
    line = `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? 'unknown'}`;
    statusLines.set(statusCode, line);
  }
  return line;
}

/** Names that were looked at and are tokens, in what stands before their values; functions use few. */
const known = new Map<string, string>();

function beforeValue(name: string): string {
  const found = known.get(name);
  if (found !== undefined) return found;
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    throw new TypeError(`Header name must be a valid HTTP token ["${name}"]`);
  }
  const text = `\r\n${name}: `;
  if (known.size < 1_000) known.set(name, text);
  return text;
}

let madeFor = { second: -1, keepAliveSeconds: -1 };
let lines = '';

/** The same for a whole second. */
function connectionLines(keepAliveSeconds: number): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (second !== madeFor.second || keepAliveSeconds !== madeFor.keepAliveSeconds) {
    madeFor = { second, keepAliveSeconds };
    lines = [
      `\r\nDate: ${new Date(now).toUTCString()}\r\n`,
      `Connection: keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n`,
    ].join('');
  }
  return lines;
}
