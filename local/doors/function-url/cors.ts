/**
 * Cross-origin requests, answered from the URL's own configuration.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors
 */
import type { UrlCors } from '../../services/lambda/index.ts';

type Headers = readonly (readonly [string, string])[];

/** Who asks, by the request's own headers. */
export interface CrossOrigin {
  readonly origin: string | undefined;
  /** `Access-Control-Request-Method` */
  readonly requestMethod: string | undefined;
}

/** A preflight is answered by the URL itself: the function never sees it. */
export function isPreflight(method: string, { origin, requestMethod }: CrossOrigin): boolean {
  return method === 'OPTIONS' && origin !== undefined && requestMethod !== undefined;
}

/** What every answer to a foreign origin has besides the function's own headers, which stay, even where they say the same. */
export function corsHeaders(cors: UrlCors, { origin }: CrossOrigin): Headers {
  const allowed = allowedOrigin(cors, origin);
  if (allowed === undefined) return [];
  return [
    ['Access-Control-Allow-Origin', allowed],
    ...listed('Access-Control-Expose-Headers', cors.exposeHeaders),
    ...credentials(cors),
    ['Vary', 'Origin'],
  ];
}

/** Nothing for an origin or a method that is not allowed: the browser then refuses. */
export function preflightHeaders(cors: UrlCors, asked: CrossOrigin): Headers {
  const allowed = allowedOrigin(cors, asked.origin);
  const methods = cors.allowMethods ?? [];
  const mayCall = methods.includes('*') || methods.includes(asked.requestMethod ?? '');
  if (allowed === undefined || !mayCall) return [];
  return [
    ['Access-Control-Allow-Origin', allowed],
    ...listed('Access-Control-Allow-Methods', cors.allowMethods),
    ...listed('Access-Control-Allow-Headers', cors.allowHeaders),
    ...listed('Access-Control-Expose-Headers', cors.exposeHeaders),
    ...credentials(cors),
    ...(cors.maxAge === undefined ? [] : [['Access-Control-Max-Age', String(cors.maxAge)] as const]),
    ['Vary', 'Origin'],
  ];
}

/** With `*` too it is the caller's own origin that comes back. Schemes and hosts have no case. */
function allowedOrigin({ allowOrigins = [] }: UrlCors, origin: string | undefined): string | undefined {
  const asked = origin?.toLowerCase();
  return allowOrigins.some((allowed) => allowed === '*' || allowed.toLowerCase() === asked) ? origin : undefined;
}

function listed(name: string, values: readonly string[] | undefined): Headers {
  return values && values.length > 0 ? [[name, values.join(',')]] : [];
}

function credentials({ allowCredentials }: UrlCors): Headers {
  return allowCredentials ? [['Access-Control-Allow-Credentials', 'true']] : [];
}
