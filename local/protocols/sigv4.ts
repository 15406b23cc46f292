/**
 * Who signed a request, and for what: the header or query form of Signature Version 4, taken apart.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html. `sigv4-verify.ts` checks the signature.
 */
import type { HttpRequest } from './http-message.ts';
import { ProtocolError } from './wire-error.ts';

export interface Authorization {
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

/** Undefined for an unsigned request. Throws ProtocolError `IncompleteSignature` for one that is half signed. */
export function parseAuthorization(request: Pick<HttpRequest, 'headers' | 'query'>): Authorization | undefined {
  const header = request.headers['authorization'];
  if (header?.startsWith('AWS4-')) return fromHeader(header, request.headers);
  const query = new Map(request.query);
  if (query.has('X-Amz-Algorithm')) return fromQuery(query);
  return undefined;
}

function fromHeader(header: string, headers: HttpRequest['headers']): Authorization {
  const [algorithm, ...rest] = header.split(' ');
  requireAlgorithm(algorithm!);
  const fields = new Map(
    rest
      .join(' ')
      .split(',')
      .map((field) => field.trim().split(/=(.*)/s, 2) as [string, string | undefined]),
  );
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !fields.get(name));
  if (missing.length > 0) {
    const sentences = missing.map((name) => `Authorization header requires '${name}' parameter.`);
    throw incomplete(`${sentences.join(' ')} Authorization=${header.split(',', 1)[0]}`);
  }
  if (!headers['x-amz-date'] && !headers['date']) {
    throw incomplete(
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=${algorithm}`,
    );
  }
  return {
    ...parseCredential(fields.get('Credential')!, algorithm!),
    signedHeaders: fields.get('SignedHeaders')!.split(';'),
    signature: fields.get('Signature')!,
    sessionToken: headers['x-amz-security-token'],
    presigned: false,
  };
}

function fromQuery(query: ReadonlyMap<string, string>): Authorization {
  const algorithm = query.get('X-Amz-Algorithm')!;
  requireAlgorithm(algorithm);
  const needed = ['X-Amz-Credential', 'X-Amz-Date', 'X-Amz-SignedHeaders', 'X-Amz-Signature'];
  const missing = needed.filter((name) => !query.get(name));
  if (missing.length > 0) throw incomplete(`AWS query-string parameters must include ${missing.join(', ')}.`);
  return {
    ...parseCredential(query.get('X-Amz-Credential')!, algorithm),
    signedHeaders: query.get('X-Amz-SignedHeaders')!.split(';'),
    signature: query.get('X-Amz-Signature')!,
    sessionToken: query.get('X-Amz-Security-Token'),
    presigned: true,
  };
}

/** `KEY/20261121/us-east-1/secretsmanager/aws4_request`; SigV4A has no region in it. */
function parseCredential(credential: string, algorithm: string): Pick<Authorization, 'accessKeyId' | 'scope'> {
  const parts = credential.split('/');
  const asymmetric = algorithm === 'AWS4-ECDSA-P256-SHA256';
  const wanted = asymmetric ? 4 : 5;
  if (parts.length !== wanted || parts.at(-1) !== 'aws4_request' || parts.some((part) => part === '')) {
    throw incomplete(
      `Credential must have exactly ${wanted} slash-delimited elements, e.g. keyid/date/${asymmetric ? '' : 'region/'}service/term, got '${credential}'`,
    );
  }
  const [accessKeyId, date, ...rest] = parts as [string, string, ...string[]];
  if (!/^\d{8}$/.test(date)) throw incomplete(`Date in Credential scope is not of the form YYYYMMDD: '${date}'`);
  const [region, service] = asymmetric ? ['*', rest[0]!] : [rest[0]!, rest[1]!];
  return { accessKeyId, scope: { date, region, service } };
}

function requireAlgorithm(algorithm: string): void {
  if (algorithm === 'AWS4-HMAC-SHA256' || algorithm === 'AWS4-ECDSA-P256-SHA256') return;
  throw incomplete(`Unsupported AWS 'algorithm': '${algorithm}'`);
}

function incomplete(message: string): ProtocolError {
  return new ProtocolError('IncompleteSignature', message, 400);
}
