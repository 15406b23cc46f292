/**
 * All that is read from a request but its body. Clients repeat themselves: a page, a load test, a poller send the same
 * head again and again over a connection, and then this is read once.
 */
import type { CompiledRoute, CompiledStage } from './deployment.ts';
import type { EventWriter } from './event.ts';
import { type HttpRequest, isBinary, type MultiMap, readQuery } from './request.ts';
import { RequestHeaders } from './request-headers.ts';
import type { RouteMatch } from './router.ts';

export interface RequestReading {
  readonly stage: CompiledStage;
  /** Path and query below the stage. */
  readonly target: string;
  /** As requested, below the stage. */
  readonly path: string;
  readonly match: RouteMatch<CompiledRoute> | undefined;
  readonly query: MultiMap | undefined;
  /** As sent, and `X-Forwarded-*`. */
  readonly headers: RequestHeaders;
  /** The client's own trace header. */
  readonly sentTrace: string | undefined;
  readonly isBinary: boolean;
  /** Made for the first request that gets that far. */
  writeEvent: EventWriter | undefined;
}

/** Valid as long as the stage is: another deployment of it is another object. */
export function readRequest(stage: CompiledStage, request: HttpRequest, target: string): RequestReading {
  const { repeated } = request;
  const before = repeated?.reading;
  if (before !== undefined && before.stage === stage && before.target === target) return before;
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const headers = new RequestHeaders(request.rawHeaders);
  const forwardedFor = headers.get('x-forwarded-for');
  headers.add('X-Forwarded-For', forwardedFor ? `${forwardedFor}, ${request.sourceIp}` : request.sourceIp);
  headers.add('X-Forwarded-Port', String(request.port));
  headers.add('X-Forwarded-Proto', 'http');
  const reading: RequestReading = {
    stage,
    target,
    path,
    match: stage.route(request.method, path),
    query: at < 0 ? undefined : readQuery(target.slice(at + 1)),
    headers,
    sentTrace: headers.get('x-amzn-trace-id'),
    isBinary: isBinary(headers.get('content-type'), stage.binaryMediaTypes),
    writeEvent: undefined,
  };
  if (repeated !== undefined) repeated.reading = reading;
  return reading;
}
