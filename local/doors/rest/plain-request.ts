/**
 * Reads the requests that nearly all are: HTTP/1.1, complete in what has arrived, nothing special about them. Whatever
 * else there may be (a body in pieces, `Expect`, chunks, an upgrade, a mistake) is not read here at all: Node's own
 * parser sees all its bytes. So everything is refused that could mean anything but one thing.
 * https://www.rfc-editor.org/rfc/rfc9112
 */

import type { Repeated } from '../../services/apigateway/index.ts';

export interface PlainRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Name, value, name, value …, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer | undefined;
  /** The same object while the head is repeated. */
  readonly repeated: Repeated;
}

interface Header {
  /** What it was read from. */
  readonly line: string;
  readonly name: string;
  readonly value: string;
  /** The name in lower case. */
  readonly lower: string;
}

interface Head {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
  readonly rawHeaders: readonly string[];
  readonly contentLength: number;
  readonly repeated: Repeated;
}

/** `unfinished`: so far it is plain, and the rest of its body is under way. */
export type PlainReader = (bytes: Buffer) => PlainRequest | 'unfinished' | undefined;

/** Longer heads are Node's to limit. */
const LONGEST_HEAD = 16_384;
const HEAD_END = Buffer.from('\r\n\r\n');

const REQUEST_LINE = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/[!-~]*) HTTP\/1\.1$/;
const HEADER_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;
const NOT_PLAIN = new Set(['transfer-encoding', 'upgrade', 'expect', 'trailer', 'te', 'proxy-connection']);

/** For one connection: clients repeat themselves, and what stands where it stood in the last head is not read again. */
export function createPlainReader(): PlainReader {
  let lastText = '';
  let lastHead: Head | undefined;
  return (bytes) => {
    const end = bytes.indexOf(HEAD_END);
    if (end < 0 || end > LONGEST_HEAD) return undefined;
    const text = bytes.toString('latin1', 0, end);
    if (text !== lastText) {
      lastHead = readHead(text, lastHead?.headers);
      lastText = text;
    }
    if (lastHead === undefined) return undefined;
    const { method, target, rawHeaders, contentLength, repeated } = lastHead;
    const bodyStart = end + HEAD_END.length;
    if (bytes.length < bodyStart + contentLength) return 'unfinished';
    // The next request is here already.
    if (bytes.length > bodyStart + contentLength) return undefined;
    return { method, target, rawHeaders, body: contentLength === 0 ? undefined : bytes.subarray(bodyStart), repeated };
  };
}

function readHead(text: string, before: readonly Header[] = []): Head | undefined {
  const lines = text.split('\r\n');
  const [, method, target] = REQUEST_LINE.exec(lines[0]!) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const headers: Header[] = [];
  const rawHeaders: string[] = [];
  let contentLength: number | undefined;
  let hosts = 0;
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index]!;
    const previous = before[index - 1];
    const header = previous?.line === line ? previous : readHeader(line);
    if (header === undefined) return undefined;
    const { name, value, lower } = header;
    if (lower === 'host') hosts += 1;
    if (lower === 'content-length') {
      if (contentLength !== undefined) return undefined;
      contentLength = Number(value);
    }
    headers.push(header);
    rawHeaders.push(name, value);
  }
  if (hosts !== 1) return undefined;
  return { method, target, headers, rawHeaders, contentLength: contentLength ?? 0, repeated: {} };
}

/** Undefined for one that is not plain. */
function readHeader(line: string): Header | undefined {
  const [, name, padded] = HEADER_LINE.exec(line) ?? [];
  if (name === undefined || padded === undefined) return undefined;
  const value = padded.replace(/[ \t]+$/, '');
  const lower = name.toLowerCase();
  if (NOT_PLAIN.has(lower)) return undefined;
  if (lower === 'connection' && value.toLowerCase() !== 'keep-alive') return undefined;
  if (lower === 'content-length' && !/^\d{1,8}$/.test(value)) return undefined;
  return { line, name, value, lower };
}
