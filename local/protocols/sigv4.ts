/**
 * Who signed a request, and for what: the header or query form of Signature Version 4, taken apart.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html. `sigv4-verify.ts` checks the signature.
 */
import type { HttpRequest } from './http-message.ts';
import { SignatureError } from './sigv4-error.ts';

export interface Authorization {
  readonly algorithm: Algorithm;
  readonly accessKeyId: string;
  readonly scope: {
    /** `YYYYMMDD` */
    readonly date: string;
    /** `*`, with SigV4A, which signs for several. */
    readonly region: string;
    readonly service: string;
  };
  readonly signedHeaders: readonly string[];
  /** Lower-case hex. */
  readonly signature: string;
  readonly sessionToken?: string;
  readonly presigned: boolean;
}

/** With one secret, or with a pair of keys (SigV4A). */
export type Algorithm = 'AWS4-HMAC-SHA256' | 'AWS4-ECDSA-P256-SHA256';

/** Undefined for an unsigned request. Throws SignatureError for one that is half signed, or signed twice. */
export function parseAuthorization(request: Pick<HttpRequest, 'headers' | 'query'>): Authorization | undefined {
  const header = request.headers['authorization'];
  const presigned = request.query.some(([name]) => PRESIGNED.has(name));
  if (header !== undefined && presigned) {
    throw new SignatureError(
      'twice',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    );
  }
  if (header?.startsWith('AWS4-')) return fromHeader(header, request.headers);
  return presigned ? fromQuery(firstOfEach(request.query)) : undefined;
}

/** Any of them says that the query is meant to be signed. */
const PRESIGNED: ReadonlySet<string> = new Set(['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature']);

function firstOfEach(query: HttpRequest['query']): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [name, value] of query) if (!values.has(name)) values.set(name, value);
  return values;
}

type Claims = Pick<Authorization, 'algorithm' | 'accessKeyId' | 'scope' | 'signedHeaders'>;

/** What a client says of itself is the same from one request to the next; only the signature is not. */
const read = new Map<string, Claims>();
const KEPT = 256;
const SIGNATURE = /,\s*Signature=([^,\s]+)$/;

function fromHeader(header: string, headers: HttpRequest['headers']): Authorization {
  const signature = SIGNATURE.exec(header);
  const before = signature ? header.slice(0, signature.index) : header;
  let claims = read.get(before);
  if (!claims || !signature || !(headers['x-amz-date'] || headers['date'])) {
    const whole = readHeader(header, headers);
    if (!signature) return whole;
    const { algorithm, accessKeyId, scope, signedHeaders } = whole;
    claims = { algorithm, accessKeyId, scope, signedHeaders };
    if (read.size >= KEPT) read.delete(read.keys().next().value as string);
    read.set(before, claims);
  }
  return { ...claims, signature: signature[1]!, sessionToken: headers['x-amz-security-token'], presigned: false };
}

function readHeader(header: string, headers: HttpRequest['headers']): Authorization {
  const [name, ...rest] = header.split(' ');
  const algorithm = requireAlgorithm(name!, false);
  const fields = new Map(
    rest
      .join(' ')
      .split(',')
      .map((field) => field.trim().split(/=(.*)/s, 2) as [string, string | undefined]),
  );
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name));
  if (missing.length > 0) {
    const sentences = missing.map((name) => `Authorization header requires '${name}' parameter.`);
    throw incomplete(`${sentences.join(' ')} Authorization=${header.split(',', 1)[0]}`, false);
  }
  if (!headers['x-amz-date'] && !headers['date']) {
    throw incomplete(
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=${algorithm}`,
      false,
    );
  }
  return {
    ...parseCredential(fields.get('Credential')!, algorithm, false),
    signedHeaders: fields.get('SignedHeaders')!.split(';'),
    signature: fields.get('Signature')!,
    sessionToken: headers['x-amz-security-token'],
    presigned: false,
  };
}

function fromQuery(query: ReadonlyMap<string, string>): Authorization {
  const needed = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Signature'];
  const missing = needed.filter((name) => !query.get(name));
  if (missing.length > 0) throw incomplete(`AWS query-string parameters must include ${missing.join(', ')}.`, true);
  const algorithm = requireAlgorithm(query.get('X-Amz-Algorithm')!, true);
  return {
    ...parseCredential(query.get('X-Amz-Credential')!, algorithm, true),
    signedHeaders: query.get('X-Amz-SignedHeaders')!.split(';'),
    signature: query.get('X-Amz-Signature')!,
    sessionToken: query.get('X-Amz-Security-Token'),
    presigned: true,
  };
}

/** `KEY/20261121/us-east-1/secretsmanager/aws4_request`; SigV4A has no region in it. */
function parseCredential(
  credential: string,
  algorithm: Algorithm,
  presigned: boolean,
): Pick<Authorization, 'algorithm' | 'accessKeyId' | 'scope'> {
  const parts = credential.split('/');
  const asymmetric = algorithm === 'AWS4-ECDSA-P256-SHA256';
  const wanted = asymmetric ? 4 : 5;
  if (parts.length !== wanted || parts.at(-1) !== 'aws4_request' || parts.some((part) => part === '')) {
    throw incomplete(
      `Credential must have exactly ${wanted} slash-delimited elements, e.g. keyid/date/${asymmetric ? '' : 'region/'}service/term, got '${credential}'`,
      presigned,
    );
  }
  const [accessKeyId, date, ...rest] = parts as [string, string, ...string[]];
  if (!/^\d{8}$/.test(date)) {
    throw incomplete(`Date in Credential scope is not of the form YYYYMMDD: '${date}'`, presigned);
  }
  const [region, service] = asymmetric ? ['*', rest[0]!] : [rest[0]!, rest[1]!];
  return { algorithm, accessKeyId, scope: { date, region, service } };
}

function requireAlgorithm(algorithm: string, presigned: boolean): Algorithm {
  if (algorithm === 'AWS4-HMAC-SHA256' || algorithm === 'AWS4-ECDSA-P256-SHA256') return algorithm;
  throw incomplete(`Unsupported AWS 'algorithm': '${algorithm}' (only AWS4-HMAC-SHA256 for now).`, presigned);
}

function incomplete(message: string, presigned: boolean): SignatureError {
  return new SignatureError('incomplete', message, { presigned });
}
