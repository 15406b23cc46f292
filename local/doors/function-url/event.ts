/**
 * A request as the function is given it: payload format version 2.0.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
 */

import { HOP_BY_HOP } from '../../protocols/http-message.ts';

export interface UrlRequest {
  readonly method: string;
  /** Path and query as they came. */
  readonly target: string;
  /** Name, value, name, value …, as sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer | undefined;
  readonly sourceIp: string;
  /** e.g. `HTTP/1.1` */
  readonly protocol: string;
  readonly port: number;
  /** Absent for plain HTTP. */
  readonly tls?: { readonly version: string; readonly cipher: string };
}

/** What is known of the exchange besides the request. */
export interface UrlExchange {
  readonly requestId: string;
  readonly urlId: string;
  readonly domainName: string;
  /** `Root=…` */
  readonly traceRoot: string;
  /** ms since 1970 */
  readonly now: number;
  /** Who signed the request; absent with auth type NONE. */
  readonly signer?: IamAuthorizer;
}

/** `requestContext.authorizer.iam` */
export interface IamAuthorizer {
  readonly accessKey: string;
  readonly accountId: string;
  readonly callerId: string;
  readonly cognitoIdentity: null;
  readonly principalOrgId: null;
  readonly userArn: string;
  readonly userId: string;
}

/** The event as an object; absent members are those Lambda leaves out too. */
export function functionUrlEvent(request: UrlRequest, exchange: UrlExchange): Record<string, unknown> {
  const at = request.target.indexOf('?');
  const path = at < 0 ? request.target : request.target.slice(0, at);
  const rawQueryString = at < 0 ? '' : request.target.slice(at + 1);
  const { headers, cookies } = eventHeaders(request, exchange.traceRoot);
  const query = queryParameters(rawQueryString);
  const { signer } = exchange;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString,
    ...(cookies.length > 0 && { cookies }),
    headers,
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: signer?.accountId ?? 'anonymous',
      apiId: exchange.urlId,
      ...(signer && { authentication: null, authorizer: { iam: signer } }),
      domainName: exchange.domainName,
      domainPrefix: exchange.urlId,
      http: {
        method: request.method,
        path,
        protocol: request.protocol,
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: exchange.requestId,
      routeKey: '$default',
      stage: '$default',
      time: commonLogTime(exchange.now),
      timeEpoch: exchange.now,
    },
    ...eventBody(request.body, headers),
  };
}

/** Names in lower case, several of one name joined by commas; cookies apart, one by one. */
function eventHeaders(request: UrlRequest, traceRoot: string) {
  const headers: Record<string, string> = Object.create(null);
  const cookies: string[] = [];
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = (request.rawHeaders[index] ?? '').toLowerCase();
    const value = request.rawHeaders[index + 1] ?? '';
    if (name === 'cookie') {
      cookies.push(...value.split(/;\s*/).filter((cookie) => cookie !== ''));
    } else if (!HOP_BY_HOP.has(name)) {
      headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
    }
  }
  const forwardedFor = headers['x-forwarded-for'];
  headers['x-forwarded-for'] = forwardedFor ? `${forwardedFor},${request.sourceIp}` : request.sourceIp;
  headers['x-forwarded-port'] = String(request.port);
  headers['x-forwarded-proto'] = request.tls ? 'https' : 'http';
  headers['x-amzn-trace-id'] ??= traceRoot;
  if (request.tls) {
    headers['x-amzn-tls-version'] = request.tls.version;
    headers['x-amzn-tls-cipher-suite'] = request.tls.cipher;
  }
  return { headers, cookies };
}

/** Decoded; several of one name joined by commas. */
function queryParameters(query: string): Record<string, string> | undefined {
  const parameters: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = parameters[name] === undefined ? value : `${parameters[name]},${value}`;
  }
  return Object.keys(parameters).length > 0 ? parameters : undefined;
}

const TEXT = /^(?:text\/.*|application\/(?:.+\+)?(?:json|xml)|application\/(?:javascript|ecmascript))$/;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text stays text; everything else, and everything compressed, is base64. */
function eventBody(body: Buffer | undefined, headers: Readonly<Record<string, string>>) {
  if (body === undefined || body.length === 0) return { isBase64Encoded: false };
  const type = (headers['content-type'] ?? '').split(';', 1)[0]!.trim().toLowerCase();
  const text = TEXT.test(type) && headers['content-encoding'] === undefined ? decoded(body) : undefined;
  return text === undefined
    ? { body: body.toString('base64'), isBase64Encoded: true }
    : { body: text, isBase64Encoded: false };
}

function decoded(body: Buffer): string | undefined {
  try {
    return strictUtf8.decode(body);
  } catch {
    return undefined;
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2020:19:03:58 +0000` */
function commonLogTime(now: number): string {
  const [, year, month, day, time] = /^(\d+)-(\d\d)-(\d\d)T([\d:]+)/.exec(new Date(now).toISOString()) ?? [];
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${time} +0000`;
}
