/**
 * The text that a signature is of.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html#create-canonical-request
 */

export interface SignedRequest {
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  /** Decoded, in the order sent. */
  readonly query: readonly (readonly [string, string])[];
  /** Names in lower case; repeated headers as a list. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** How a service reads the path: S3 as encoded once, all others encode it once more, most of them without its dots. */
export type PathStyle = 'normalized' | 'encoded' | 'encoded-once';

/** @param payloadHash lower-case hex of the body's SHA-256, or `UNSIGNED-PAYLOAD` and its like */
export function canonicalRequest(
  { method, path, query, headers }: SignedRequest,
  signedHeaders: readonly string[],
  payloadHash: string,
  style: PathStyle,
): string {
  let lines = '';
  for (const name of signedHeaders) lines += `${name}:${canonicalHeader(headers[name])}\n`;
  const head = `${method}\n${canonicalPath(path, style)}\n${canonicalQuery(query)}\n`;
  return `${head}${lines}\n${signedHeaders.join(';')}\n${payloadHash}`;
}

function canonicalPath(path: string, style: PathStyle): string {
  if (path === '/' || path === '') return '/';
  if (style === 'encoded-once') return encodedOnce(path || '/');
  return escaped(style === 'normalized' ? withoutDots(path) : path || '/').replaceAll('%2F', '/');
}

/** However much of it the client left as it was. */
function encodedOnce(path: string): string {
  try {
    return path.split('/').map(decodeURIComponent).map(escaped).join('/');
  } catch {
    return path;
  }
}

/** Whether the path is in the form that is signed: others would lead elsewhere than the signature says. */
export function isNormal(path: string): boolean {
  return path === '/' || path === '' || withoutDots(path) === path;
}

/** https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4, and no empty segments. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`;
}

/** By encoded name, then by encoded value; the signature itself is not part of what it signs. */
function canonicalQuery(query: SignedRequest['query']): string {
  if (query.length === 0) return '';
  return query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [escaped(name), escaped(value)] as const)
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function canonicalHeader(value: string | readonly string[] | undefined): string {
  if (typeof value === 'string') return withoutRuns(value);
  return (value ?? []).map(withoutRuns).join(',');
}

/** White space as one blank, and none at the ends. */
function withoutRuns(text: string): string {
  const trimmed = text.trim();
  return /\s/.test(trimmed) ? trimmed.replace(/\s+/g, ' ') : trimmed;
}

const UNRESERVED = /^[A-Za-z0-9_.~-]*$/;

function escaped(text: string): string {
  if (UNRESERVED.test(text)) return text;
  // A lone surrogate is no character; a request that has one cannot have been signed with it either.
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
