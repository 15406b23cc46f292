/** One request on its way through a stage, and what comes of it. */
import type { Granted } from './authorization/contract.ts';
import type { CompiledStage } from './deployment.ts';
import type { GatewayError, RenderedResponse, StreamedResponse } from './gateway-responses.ts';
import type { HttpRequest } from './request.ts';
import { type RequestContext, requestContext } from './request-context.ts';
import type { RequestReading } from './request-reading.ts';
import type { StageTrace } from './stage-trace.ts';

export interface Exchange {
  readonly stage: CompiledStage;
  readonly request: HttpRequest;
  readonly reading: RequestReading;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly trace: StageTrace;
  /** ms since 1970 */
  readonly startedAt: number;
  /** Of `performance.now()`: what took how long is real, whatever the time. */
  readonly beganAt: number;
  /** Who the caller is, once that is known. */
  granted: Granted | undefined;
  /** How the integration did; undefined while none was asked. */
  integration: IntegrationTimes | undefined;
}

/** ms, of real time. */
export interface IntegrationTimes {
  readonly responseTransferMode: 'BUFFERED' | 'STREAMED';
  /** Of `performance.now()`. */
  readonly startedAt: number;
  /** Lambda's own; absent while it has not answered. */
  status?: number;
  latency?: number;
  timeToAllHeaders?: number;
  timeToFirstContent?: number;
}

export interface Outcome {
  readonly response: RenderedResponse | StreamedResponse;
  readonly error?: GatewayError;
}

/** Where the APIs are. */
export interface Account {
  readonly accountId: string;
  readonly region: string;
  readonly urlSuffix: string;
}

/** `$context` of gateway responses, access logs and identity sources. */
export function describe(exchange: Exchange, account: Account): RequestContext {
  const { stage, request, reading, granted, requestId, extendedRequestId, startedAt } = exchange;
  const { settings } = stage;
  const { path, match, headers } = reading;
  return requestContext({
    ...account,
    apiId: settings.apiId,
    stage: settings.name,
    deploymentId: settings.deploymentId,
    resource: match?.route.resource ?? path,
    operationName: match?.route.operationName,
    method: request.method,
    path: `/${settings.name}${path}`,
    protocol: request.protocol,
    sourceIp: request.sourceIp,
    userAgent: headers.get('user-agent'),
    requestId,
    extendedRequestId,
    ...(granted?.authorizer && { authorizer: granted.authorizer }),
    ...(granted?.signer && { signer: granted.signer }),
    now: startedAt,
  });
}

/** A dotted path into the request context, e.g. `identity.sourceIp`; a claim's own name may have dots and colons. */
export function contextValue(described: RequestContext, name: string): string | undefined {
  let value: unknown = described;
  for (let rest = name; rest !== ''; ) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (Object.hasOwn(value, rest)) {
      value = (value as Record<string, unknown>)[rest];
      break;
    }
    const at = rest.indexOf('.');
    if (at < 0 || !Object.hasOwn(value, rest.slice(0, at))) return undefined;
    value = (value as Record<string, unknown>)[rest.slice(0, at)];
    rest = rest.slice(at + 1);
  }
  return value === null || value === undefined || typeof value === 'object' ? undefined : String(value);
}
