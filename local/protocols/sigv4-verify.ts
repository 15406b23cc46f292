/**
 * Was a request signed with the secret its key belongs to, now, and for this service?
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html has the sentences.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Authorization } from './sigv4.ts';
import { canonicalRequest, type PathStyle, type SignedRequest } from './sigv4-canonical.ts';
import { ProtocolError } from './wire-error.ts';

export type { PathStyle, SignedRequest } from './sigv4-canonical.ts';

/** What a signature must say, besides being right. */
export interface SignatureRules {
  /** ms since 1970 */
  readonly now: number;
  readonly region: string;
  /** The signing name, e.g. `lambda`. */
  readonly service: string;
  /** Default `normalized`; `as-sent` for S3. */
  readonly path?: PathStyle;
  /** `UNSIGNED-PAYLOAD` and streamed payloads are good enough, as for S3. Default false. */
  readonly unsignedPayload?: boolean;
}

export type SignatureFault = 'mismatch' | 'expired' | 'not-yet-current' | 'scope' | 'unsigned-host' | 'payload';

/** The code is the one of the query protocols; JSON services call all of them `InvalidSignatureException`. */
export class SignatureError extends ProtocolError {
  readonly why: SignatureFault;
  constructor(why: SignatureFault, message: string) {
    super(
      why === 'expired' || why === 'not-yet-current' ? 'RequestExpired' : 'SignatureDoesNotMatch',
      message,
      why === 'expired' || why === 'not-yet-current' ? 400 : 403,
    );
    this.name = 'SignatureError';
    this.why = why;
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html#signature-v4-troubleshooting-signature-expiration */
const SKEW_MS = 15 * 60_000;
/** Seven days, in seconds. */
const LONGEST_PRESIGNED = 604_800;

/**
 * Returns when everything is right. Throws SignatureError, or IncompleteSignature for a date that is none.
 * Only SigV4 with a shared secret; SigV4A is signed with another key.
 *
 * @param body as it came; undefined when it is known to be unsigned
 */
export function verifySignature(
  request: SignedRequest,
  authorization: Authorization,
  secretAccessKey: string,
  body: Uint8Array | undefined,
  rules: SignatureRules,
): void {
  const { scope, signedHeaders, signature } = authorization;
  const date = signingDate(request, authorization);
  checkScope(authorization, date, rules);
  checkTime(request, authorization, date, rules.now);
  if (!signedHeaders.includes('host') && !signedHeaders.includes(':authority')) {
    throw new SignatureError(
      'unsigned-host',
      "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
    );
  }
  const canonical = canonicalRequest(
    request,
    signedHeaders,
    payloadHash(request, authorization, body, rules),
    rules.path ?? 'normalized',
  );
  const credentialScope = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  const stringToSign = ['AWS4-HMAC-SHA256', date, credentialScope, sha256(canonical)].join('\n');
  const expected = hmac(signingKey(secretAccessKey, scope), stringToSign);
  const given = Buffer.from(/^[0-9a-f]{64}$/.test(signature) ? signature : '', 'hex');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new SignatureError(
      'mismatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
}

/** `20261121T120000Z`, from where AWS looks for it first. */
function signingDate({ headers, query }: SignedRequest, { presigned }: Authorization): string {
  const text = presigned
    ? query.find(([name]) => name === 'X-Amz-Date')?.[1]
    : (single(headers['x-amz-date']) ?? basicForm(single(headers['date'])));
  if (text !== undefined && !Number.isNaN(instantOf(text))) return text;
  throw new ProtocolError(
    'IncompleteSignature',
    `Date must be in ISO-8601 'basic format'. Got '${text ?? ''}'. See http://en.wikipedia.org/wiki/ISO_8601`,
  );
}

function checkScope({ scope }: Authorization, date: string, { region, service }: SignatureRules): void {
  const faults: string[] = [];
  if (scope.region !== region) faults.push(`Credential should be scoped to a valid region, not '${scope.region}'.`);
  if (scope.service !== service) faults.push(`Credential should be scoped to correct service: '${service}'.`);
  if (scope.date !== date.slice(0, 8)) {
    faults.push(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scope.date}' != '${date.slice(0, 8)}', from '${date}'.`,
    );
  }
  if (faults.length > 0) throw new SignatureError('scope', faults.join(' '));
}

function checkTime({ query }: SignedRequest, { presigned }: Authorization, date: string, now: number): void {
  const signedAt = instantOf(date);
  if (signedAt > now + SKEW_MS) {
    throw new SignatureError(
      'not-yet-current',
      `Signature not yet current: ${date} is still later than ${basic(now + SKEW_MS)} (${basic(now)} + 15 min.)`,
    );
  }
  const earliest = presigned ? now - 1000 * lifetime(query) : now - SKEW_MS;
  if (signedAt >= earliest) return;
  const reckoning = presigned ? '' : ` (${basic(now)} - 15 min.)`;
  throw new SignatureError('expired', `Signature expired: ${date} is now earlier than ${basic(earliest)}${reckoning}`);
}

/** Seconds that a presigned request is good for. */
function lifetime(query: SignedRequest['query']): number {
  const text = query.find(([name]) => name === 'X-Amz-Expires')?.[1] ?? '';
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (seconds >= 0 && seconds <= LONGEST_PRESIGNED) return seconds;
  throw new ProtocolError(
    'IncompleteSignature',
    `X-Amz-Expires must be a number of seconds from 0 to ${LONGEST_PRESIGNED}, not '${text}'`,
  );
}

/** What the client says it signed is believed only where the service lets payloads be unsigned. */
function payloadHash(
  { headers }: SignedRequest,
  { presigned }: Authorization,
  body: Uint8Array | undefined,
  { unsignedPayload }: SignatureRules,
): string {
  const said = single(headers['x-amz-content-sha256']);
  const isHash = said === undefined || /^[0-9a-f]{64}$/.test(said);
  if (!isHash && unsignedPayload) return said;
  if (said === undefined && presigned && unsignedPayload) return 'UNSIGNED-PAYLOAD';
  if (!isHash || body === undefined) throw new SignatureError('payload', 'The payload of this request must be signed.');
  const hash = sha256(body);
  if (said !== undefined && said !== hash) {
    throw new SignatureError('payload', "The provided 'x-amz-content-sha256' header does not match what was computed.");
  }
  return hash;
}

const keys = new Map<string, Buffer>();
const KEPT_KEYS = 256;

/** Four HMACs that are the same all day: kept, the oldest given up first. */
function signingKey(secretAccessKey: string, { date, region, service }: Authorization['scope']): Buffer {
  const name = JSON.stringify([secretAccessKey, date, region, service]);
  const known = keys.get(name);
  if (known) return known;
  const key = [date, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`) as Buffer;
  if (keys.size >= KEPT_KEYS) keys.delete(keys.keys().next().value as string);
  keys.set(name, key);
  return key;
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0];
}

function instantOf(date: string): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date);
  if (!match) return Number.NaN;
  const [, year, month, day, hour, minute, second] = match;
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function basicForm(httpDate: string | undefined): string | undefined {
  const instant = Date.parse(httpDate ?? '');
  return Number.isNaN(instant) ? httpDate : basic(instant);
}

function basic(instant: number): string {
  return new Date(instant).toISOString().replace(/[-:]|\.\d{3}/g, '');
}
