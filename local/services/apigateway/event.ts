/**
 * The event of a Lambda proxy integration, as JSON text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
import type { CompiledRoute, CompiledStage } from './deployment.ts';
import { gap, jsonTemplate } from './json-template.ts';
import type { MultiMap } from './request.ts';
import { commonLogTime, requestContext } from './request-context.ts';
import type { RequestHeaders } from './request-headers.ts';

/** What differs from request to request. */
export interface EventParts {
  readonly method: string;
  /** Decoded, below the stage. */
  readonly path: string;
  /** With the stage, as requested. */
  readonly contextPath: string;
  readonly headers: RequestHeaders;
  readonly query: MultiMap | undefined;
  readonly parameters: Readonly<Record<string, string>> | undefined;
  readonly protocol: string;
  readonly sourceIp: string;
  readonly requestId: string;
  readonly extendedRequestId: string;
  /** ms since 1970 */
  readonly startedAt: number;
  readonly body: string | undefined;
  readonly isBase64Encoded: boolean;
}

export type EventWriter = (parts: EventParts) => string;

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

/** All that is the same for every request of a route is put together here, once. */
export function createEventWriter(
  route: CompiledRoute,
  { settings }: CompiledStage,
  account: EventAccount,
): EventWriter {
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
  const fill = jsonTemplate(
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
    const { headers, query, parameters } = parts;
    const { single, multi } = headers.toJson();
    const method = JSON.stringify(parts.method);
    const userAgent = headers.get('user-agent');
    return fill([
      JSON.stringify(parts.path),
      method,
      single,
      multi,
      query === undefined ? 'null' : JSON.stringify(query.single),
      query === undefined ? 'null' : JSON.stringify(query.multi),
      parameters === undefined ? 'null' : JSON.stringify(parameters),
      method,
      `"${parts.extendedRequestId}"`,
      `"${commonLogTime(parts.startedAt)}"`,
      JSON.stringify(parts.contextPath),
      `"${parts.protocol}"`,
      String(parts.startedAt),
      `"${parts.requestId}"`,
      `"${parts.sourceIp}"`,
      userAgent === undefined ? 'null' : JSON.stringify(userAgent),
      parts.body === undefined ? 'null' : JSON.stringify(parts.body),
      parts.isBase64Encoded ? 'true' : 'false',
    ]);
  };
}
