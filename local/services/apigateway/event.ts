/**
 * The event of a Lambda proxy integration, as JSON text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
import type { CompiledRoute, CompiledStage } from './deployment.ts';
import { type Around, gap, jsonTemplate, QUOTED } from './json-template.ts';
import type { MultiMap } from './request.ts';
import { commonLogTime, requestContext } from './request-context.ts';
import type { RequestHeaders } from './request-headers.ts';

/** What requests that a client repeats have in common. */
export interface RepeatedParts {
  readonly method: string;
  /** Decoded, below the stage. */
  readonly path: string;
  /** With the stage, as requested. */
  readonly contextPath: string;
  /** Without the trace header, when that is made here. */
  readonly headers: RequestHeaders;
  readonly isTraceMadeHere: boolean;
  readonly query: MultiMap | undefined;
  readonly parameters: Readonly<Record<string, string>> | undefined;
  readonly protocol: string;
  readonly sourceIp: string;
}

/** What differs from request to request. */
export interface OwnParts {
  /** `Root=…`, which counts only when it is made here. */
  readonly traceRoot: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** ms since 1970 */
  readonly startedAt: number;
  readonly body: string | undefined;
  readonly isBase64Encoded: boolean;
}

export type EventWriter = (parts: OwnParts) => string;

/** In the order in which the event has them. */
const GAPS = [
  'path',
  'method',
  'headers',
  'multiValueHeaders',
  'query',
  'multiValueQuery',
  'parameters',
  'contextMethod',
  'extendedRequestId',
  'requestTime',
  'contextPath',
  'protocol',
  'requestTimeEpoch',
  'requestId',
  'sourceIp',
  'userAgent',
  'body',
  'isBase64Encoded',
];

export interface EventAccount {
  readonly accountId: string;
  readonly region: string;
  readonly urlSuffix: string;
}

/** All that is the same for every request of a route is put together here, once; the rest of what is repeated after that. */
export function eventOfRoute(
  route: CompiledRoute,
  { settings }: CompiledStage,
  account: EventAccount,
): (parts: RepeatedParts) => EventWriter {
  const { variables } = settings;
  const context = requestContext({
    ...account,
    apiId: settings.apiId,
    stage: settings.name,
    deploymentId: settings.deploymentId,
    resource: route.resource,
    operationName: route.operationName,
    method: gap('contextMethod'),
    extendedRequestId: gap('extendedRequestId'),
    path: gap('contextPath'),
    protocol: gap('protocol'),
    requestId: gap('requestId'),
    sourceIp: gap('sourceIp'),
    userAgent: gap('userAgent'),
    now: 0,
  });
  const template = jsonTemplate(
    {
      resource: route.resource,
      path: gap('path'),
      httpMethod: gap('method'),
      headers: gap('headers'),
      multiValueHeaders: gap('multiValueHeaders'),
      queryStringParameters: gap('query'),
      multiValueQueryStringParameters: gap('multiValueQuery'),
      pathParameters: gap('parameters'),
      stageVariables: Object.keys(variables).length > 0 ? variables : null,
      requestContext: { ...context, requestTime: gap('requestTime'), requestTimeEpoch: gap('requestTimeEpoch') },
      body: gap('body'),
      isBase64Encoded: gap('isBase64Encoded'),
    },
    GAPS,
  );
  return (parts) => {
    const { headers, isTraceMadeHere, query, parameters } = parts;
    const { single, multi } = headers.toJson();
    const method = JSON.stringify(parts.method);
    const userAgent = headers.get('user-agent');
    const fill = template({
      path: JSON.stringify(parts.path),
      method,
      headers: isTraceMadeHere ? withLast(single, '"', '"') : single,
      multiValueHeaders: isTraceMadeHere ? withLast(multi, '["', '"]') : multi,
      query: query === undefined ? 'null' : JSON.stringify(query.single),
      multiValueQuery: query === undefined ? 'null' : JSON.stringify(query.multi),
      parameters: parameters === undefined ? 'null' : JSON.stringify(parameters),
      contextMethod: method,
      extendedRequestId: QUOTED,
      requestTime: QUOTED,
      contextPath: JSON.stringify(parts.contextPath),
      protocol: `"${parts.protocol}"`,
      requestId: QUOTED,
      sourceIp: `"${parts.sourceIp}"`,
      userAgent: userAgent === undefined ? 'null' : JSON.stringify(userAgent),
    });
    return ({ traceRoot, extendedRequestId, startedAt, requestId, body, isBase64Encoded }) => {
      const own = [
        extendedRequestId,
        commonLogTime(startedAt),
        String(startedAt),
        requestId,
        body === undefined ? 'null' : JSON.stringify(body),
        isBase64Encoded ? 'true' : 'false',
      ];
      return fill(isTraceMadeHere ? [traceRoot, traceRoot, ...own] : own);
    };
  };
}

/** The JSON of headers, with the trace header as their last, whose value is open. */
function withLast(json: string, open: string, close: string): Around {
  const others = json === '{}' ? '{' : `${json.slice(0, -1)},`;
  return { before: `${others}"X-Amzn-Trace-Id":${open}`, after: `${close}}` };
}
