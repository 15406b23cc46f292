/** A request as the door hands it over, and what the rest of this room reads from it. */
import type { RequestReading } from './request-reading.ts';
import { decode } from './router.ts';

export interface HttpRequest {
  readonly method: string;
  /** Path and query as they came, e.g. `/v1/tickets?limit=2`. */
  readonly target: string;
  /** Name, value, name, value …, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer | undefined;
  readonly sourceIp: string;
  /** e.g. `HTTP/1.1` */
  readonly protocol: string;
  /** The port the door listens on; `X-Forwarded-Port`. */
  readonly port: number;
  /** The same object in requests that differ in nothing but their bodies: what was read from the rest is kept in it. */
  readonly repeated?: Repeated;
}

export interface Repeated {
  reading?: RequestReading;
}

export interface MultiMap {
  /** Of several values the last. */
  readonly single: Record<string, string>;
  readonly multi: Record<string, string[]>;
}

export function readQuery(query: string): MultiMap | undefined {
  if (query === '') return undefined;
  const single: Record<string, string> = {};
  const multi: Record<string, string[]> = {};
  for (const part of query.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = plain(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? '' : plain(part.slice(at + 1));
    define(single, name, value);
    if (Object.hasOwn(multi, name)) multi[name]?.push(value);
    else define(multi, name, [value]);
  }
  return Object.keys(multi).length > 0 ? { single, multi } : undefined;
}

function plain(text: string): string {
  return decode(text.replaceAll('+', ' '));
}

/** `__proto__` is a name like any other in a query. */
function define<T>(target: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The body as text; undefined when it is not valid UTF-8. */
export function textOf(body: Buffer): string | undefined {
  try {
    return strictUtf8.decode(body);
  } catch {
    return undefined;
  }
}

/** Whether a content type is among an API's binary media types; `*` stands for a whole part, and for all as `*` + `/*`. */
export function isBinary(contentType: string | undefined, binaryMediaTypes: readonly string[]): boolean {
  if (binaryMediaTypes.length === 0) return false;
  const type = mediaType(contentType ?? 'application/json');
  return binaryMediaTypes.some((candidate) => {
    const wanted = candidate.replaceAll('~1', '/').toLowerCase();
    return wanted === '*/*' || wanted === type || (wanted.endsWith('/*') && type.startsWith(wanted.slice(0, -1)));
  });
}

export function mediaType(contentType: string): string {
  return (contentType.split(';')[0] ?? '').trim().toLowerCase();
}
