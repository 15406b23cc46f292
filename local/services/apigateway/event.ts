/**
 * The event of a Lambda proxy integration, as JSON text.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
import type { Granted, Signer } from './authorization/contract.ts';
import type { CompiledRoute, CompiledStage } from './deployment.ts';
import { type Around, gap, jsonTemplate, OPEN, QUOTED } from './json-template.ts';
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
  readonly granted: Granted;
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
  'authorizer',
  'contextMethod',
  'extendedRequestId',
  'requestTime',
  'contextPath',
  'protocol',
  'requestTimeEpoch',
  'requestId',
  'accountId',
  'caller',
  'sourceIp',
  'accessKey',
  'userArn',
  'userAgent',
  'user',
  'body',
  'isBase64Encoded',
];

/** Those of them that a signature tells, in the same order. */
const SIGNER_GAPS = ['accountId', 'caller', 'accessKey', 'userArn', 'user'] as const;

const SIGNER_OF_GAPS = Object.fromEntries(SIGNER_GAPS.map((name) => [name, gap(name)])) as unknown as Signer;
const SIGNER_OPEN = Object.fromEntries(SIGNER_GAPS.map((name) => [name, OPEN]));

function signerTexts(signer: Signer | undefined): string[] {
  return SIGNER_GAPS.map((name) => JSON.stringify(signer?.[name] ?? null));
}

/** Of what authorizers remember: the same user comes again. */
const jsonOfAuthorizers = new WeakMap<object, string>();

function authorizerJson(authorizer: object): string {
  let json = jsonOfAuthorizers.get(authorizer);
  if (json === undefined) {
    json = JSON.stringify(authorizer);
    jsonOfAuthorizers.set(authorizer, json);
  }
  return json;
}

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
  const { kind } = route.authorization;
  const hasAuthorizer = kind === 'cognito' || kind === 'lambda';
  const isSigned = kind === 'iam';
  const gaps = GAPS.filter((name) => {
    if (name === 'authorizer') return hasAuthorizer;
    return isSigned || !(SIGNER_GAPS as readonly string[]).includes(name);
  });
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
    ...(hasAuthorizer && { authorizer: gap('authorizer') }),
    ...(isSigned && { signer: SIGNER_OF_GAPS }),
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
    gaps,
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
      ...(hasAuthorizer && { authorizer: OPEN }),
      ...(isSigned && SIGNER_OPEN),
      extendedRequestId: QUOTED,
      requestTime: QUOTED,
      contextPath: JSON.stringify(parts.contextPath),
      protocol: `"${parts.protocol}"`,
      requestId: QUOTED,
      sourceIp: `"${parts.sourceIp}"`,
      userAgent: userAgent === undefined ? 'null' : JSON.stringify(userAgent),
    });
    return ({ traceRoot, extendedRequestId, startedAt, requestId, body, isBase64Encoded, granted }) => {
      const own = [
        ...(hasAuthorizer ? [authorizerJson(granted.authorizer ?? {})] : []),
        extendedRequestId,
        commonLogTime(startedAt),
        String(startedAt),
        requestId,
        ...(isSigned ? signerTexts(granted.signer) : []),
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
