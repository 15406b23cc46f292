/**
 * Was a request signed with the secret its key belongs to, now, and for this service?
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html has the sentences.
 */
import { timingSafeEqual } from 'node:crypto';
import type { Authorization } from './sigv4.ts';
import { canonicalRequest, type PathStyle, type SignedRequest } from './sigv4-canonical.ts';
import { SignatureError } from './sigv4-error.ts';
import { type SigningContext, sha256, signingContext } from './sigv4-key.ts';

export type { PathStyle, SignedRequest } from './sigv4-canonical.ts';

/** What a signature must say, besides being right. */
export interface SignatureRules {
  /** ms since 1970 */
  readonly now: number;
  readonly region: string;
  /** The signing name, e.g. `lambda`. */
  readonly service: string;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html#signature-v4-troubleshooting-signature-expiration */
const SKEW_MS = 15 * 60_000;
/** Seven days, in seconds. */
const LONGEST_PRESIGNED = 604_800;

/**
 * What can be said of a signature without its secret: the order is AWS's. Throws SignatureError.
 * Only SigV4 with a shared secret; SigV4A is signed with another key.
 *
 * @returns when it was signed, e.g. `20261121T120000Z`
 */
export function checkClaims(request: SignedRequest, authorization: Authorization, rules: SignatureRules): string {
  const { signedHeaders, algorithm } = authorization;
  const date = signingDate(request, authorization);
  checkTime(request, authorization, date, rules.now);
  if (!signedHeaders.includes('host') && !signedHeaders.includes(':authority')) {
    throw new SignatureError(
      'unsigned-header',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
      { unsignedHeaders: ['host'] },
    );
  }
  if (algorithm !== 'AWS4-HMAC-SHA256') {
    throw new SignatureError(
      'algorithm',
      `Unsupported AWS 'algorithm': '${algorithm}' (only AWS4-HMAC-SHA256 for now): asymmetric signatures (SigV4A) are not emulated here`,
    );
  }
  checkScope(authorization, date, rules);
  const unsignedHeaders = unsigned(request.headers, signedHeaders);
  if (unsignedHeaders.length > 0) {
    throw new SignatureError(
      'unsigned-header',
      `'${unsignedHeaders[0]}' must be a 'SignedHeader' in the AWS Authorization.`,
      {
        unsignedHeaders,
      },
    );
  }
  return date;
}

/**
 * Compares the signature with the one that this secret makes, in constant time. Throws SignatureError `mismatch`.
 *
 * @param date What `checkClaims` said
 * @param payload The canonical request's last line: the body's hash in lower-case hex, or `UNSIGNED-PAYLOAD` and its like
 * @returns what the signatures of the body's chunks go on from
 */
export function checkSignature(
  request: SignedRequest,
  { scope, signedHeaders, signature, accessKeyId, presigned }: Authorization,
  date: string,
  secretAccessKey: string,
  payload: string,
  path: PathStyle = 'normalized',
): SigningContext {
  const context = signingContext(secretAccessKey, scope, date);
  const canonical = canonicalRequest(request, signedHeaders, payload, path);
  const stringToSign = `AWS4-HMAC-SHA256\n${date}\n${context.credentialScope}\n${sha256(canonical)}`;
  if (sameSignature(signature, context.sign(stringToSign))) return context;
  throw new SignatureError('mismatch', MISMATCH, {
    accessKeyId,
    signature,
    stringToSign,
    canonicalRequest: canonical,
    presigned,
  });
}

export const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

const DIGITS = 64;
const [ours, theirs] = [Buffer.alloc(DIGITS), Buffer.alloc(DIGITS)];

/**
 * In a time that does not tell how much of it is right.
 *
 * @param given as the client wrote it; anything but 64 lower-case hex digits is no signature
 * @param expected in lower-case hex
 */
export function sameSignature(given: string, expected: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(given)) return false;
  theirs.write(given, 'latin1');
  ours.write(expected, 'latin1');
  return timingSafeEqual(ours, theirs);
}

/** `20261121T120000Z`, from where AWS looks for it first. */
function signingDate({ headers, query }: SignedRequest, { presigned }: Authorization): string {
  const text = presigned
    ? query.find(([name]) => name === 'X-Amz-Date')?.[1]
    : (single(headers['x-amz-date']) ?? basicForm(single(headers['date'])));
  if (text !== undefined && !Number.isNaN(instantOf(text))) return text;
  throw new SignatureError(
    'incomplete',
    `Date must be in ISO-8601 'basic format'. Got '${text ?? ''}'. See http://en.wikipedia.org/wiki/ISO_8601`,
    { presigned },
  );
}

function checkScope({ scope, presigned }: Authorization, date: string, { region, service }: SignatureRules): void {
  const faults: string[] = [];
  if (scope.region !== region) faults.push(`Credential should be scoped to a valid region, not '${scope.region}'.`);
  if (scope.service !== service) faults.push(`Credential should be scoped to correct service: '${service}'.`);
  if (scope.date !== date.slice(0, 8)) {
    faults.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${date.slice(0, 8)}', from '${date}'.`,
    );
  }
  if (faults.length === 0) return;
  throw new SignatureError('scope', faults.join(' '), { region: scope.region, expectedRegion: region, presigned });
}

function checkTime({ query }: SignedRequest, { presigned }: Authorization, date: string, now: number): void {
  const signedAt = instantOf(date);
  if (signedAt > now + SKEW_MS) {
    throw new SignatureError(
      'not-yet-current',
      `Signature not yet current: ${date} is still later than ${basic(now + SKEW_MS)} (${basic(now)} + 15 min.)`,
      { now, signedAt, presigned },
    );
  }
  const expires = presigned ? lifetime(query) : undefined;
  const earliest = expires === undefined ? now - SKEW_MS : now - 1000 * expires;
  if (signedAt >= earliest) return;
  const reckoning = presigned ? '' : ` (${basic(now)} - 15 min.)`;
  throw new SignatureError(
    presigned ? 'presigned-expired' : 'skewed',
    `Signature expired: ${date} is now earlier than ${basic(earliest)}${reckoning}`,
    { now, signedAt, expires, presigned },
  );
}

/** Seconds that a presigned request is good for. */
function lifetime(query: SignedRequest['query']): number {
  const text = query.find(([name]) => name === 'X-Amz-Expires')?.[1] ?? '';
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 0 && seconds <= LONGEST_PRESIGNED) return seconds;
  throw new SignatureError(
    'presigned-lifetime',
    `X-Amz-Expires must be a number of seconds from 0 to ${LONGEST_PRESIGNED}, not '${text}'`,
    { presigned: true, expires: seconds },
  );
}

/**
 * What AWS's own headers say is part of what is asked: unsigned they could be changed on the way. The date, the token
 * and the payload's hash decide the signature in other ways, and the user agent changes nothing.
 */
const MAY_BE_UNSIGNED: ReadonlySet<string> = new Set([
  'x-amz-content-sha256',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-user-agent',
]);

function unsigned(headers: SignedRequest['headers'], signedHeaders: readonly string[]): string[] {
  const found: string[] = [];
  for (const name in headers) {
    if (!name.startsWith('x-amz-') || MAY_BE_UNSIGNED.has(name) || signedHeaders.includes(name)) continue;
    if (headers[name] !== undefined) found.push(name);
  }
  return found;
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

/** The last one read: clients that are busy sign many requests in the same second. */
let lastRead = { date: '', instant: Number.NaN };

function instantOf(date: string): number {
  if (date !== lastRead.date) lastRead = { date, instant: readInstant(date) };
  return lastRead.instant;
}

/** NaN for a text in another form, and for days and hours there are none of. */
function readInstant(date: string): number {
  if (!/^\d{8}T\d{6}Z$/.test(date)) return Number.NaN;
  const part = (from: number, to: number): number => Number(date.slice(from, to));
  const [month, day, hour, minute, second] = [part(4, 6), part(6, 8), part(9, 11), part(11, 13), part(13, 15)];
  const instant = Date.UTC(part(0, 4), month - 1, day, hour, minute, second);
  return new Date(instant).getUTCDate() === day && month <= 12 && hour < 24 && minute < 60 && second < 60
    ? instant
    : Number.NaN;
}

function basicForm(httpDate: string | undefined): string | undefined {
  const instant = Date.parse(httpDate ?? '');
  return Number.isNaN(instant) ? httpDate : basic(instant);
}

function basic(instant: number): string {
  return new Date(instant).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
