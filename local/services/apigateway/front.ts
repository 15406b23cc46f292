/**
 * One request through a stage: route → throttle → validation → integration → response, with what API Gateway answers by
 * itself on the way. This is the hot path of everything people do with curl.
 */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../kernel/aws-error.ts';
import type { Caller } from '../../kernel/caller.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import type { Integration } from './definition.ts';
import type { CompiledRoute, CompiledStage } from './deployment.ts';
import { type EventWriter, eventOfRoute, type RepeatedParts } from './event.ts';
import { type GatewayError, type RenderedResponse, renderContext, renderGatewayError } from './gateway-responses.ts';
import { answerMock } from './mock.ts';
import { createPatience } from './patience.ts';
import { readProxyAnswer } from './proxy-response.ts';
import { type HttpRequest, textOf } from './request.ts';
import { newExtendedRequestId, type RequestContext, requestContext } from './request-context.ts';
import { type RequestReading, readRequest } from './request-reading.ts';
import { decode } from './router.ts';
import type { StageLogs } from './stage-logs.ts';
import { createStageTracer, type StageTrace } from './stage-trace.ts';

/** API Gateway's payload limit in bytes. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export const PAYLOAD_LIMIT = 10_485_760;

export interface StageFront {
  /** Path and query below the stage, starting with `/`. Rejects only by a mistake of ours. */
  handle(stage: CompiledStage, request: HttpRequest, path: string): Promise<RenderedResponse>;
}

interface Exchange {
  readonly stage: CompiledStage;
  readonly request: HttpRequest;
  readonly reading: RequestReading;
  readonly requestId: string;
  readonly extendedRequestId: string;
  readonly trace: StageTrace;
  /** ms since 1970 */
  readonly startedAt: number;
}

type LambdaProxy = Extract<Integration, { kind: 'lambda-proxy' }>;

/** What requests of a route have in common. */
interface Plan {
  readonly functionArn: string;
  readonly caller: Caller;
  readonly eventOf: (parts: RepeatedParts) => EventWriter;
}

export function createFront(context: ServiceContext, urlSuffix: string, logs: StageLogs): StageFront {
  const { accountId, region, clock, dispatch } = context;
  const patience = createPatience();
  const tracer = createStageTracer(context);
  const plans = new WeakMap<CompiledRoute, Plan>();

  async function handle(stage: CompiledStage, request: HttpRequest, target: string): Promise<RenderedResponse> {
    const reading = readRequest(stage, request, target);
    const startedAt = clock.now();
    const exchange: Exchange = {
      stage,
      request,
      reading,
      trace: tracer.begin(stage, request, reading, startedAt),
      requestId: randomUUID(),
      extendedRequestId: newExtendedRequestId(),
      startedAt,
    };
    const outcome = await serve(exchange);
    if (stage.settings.accessLog) writeAccessLog(exchange, outcome);
    if (outcome.error) writeExecutionLog(exchange, outcome);
    const { statusCode, body, headers: own } = outcome.response;
    exchange.trace.ended(exchange.requestId, statusCode, body.length);
    return {
      statusCode,
      headers: [
        ['x-amzn-RequestId', exchange.requestId],
        ['x-amz-apigw-id', exchange.extendedRequestId],
        ['X-Amzn-Trace-Id', exchange.trace.root],
        ...own,
      ],
      body,
    };
  }

  /** Answers without waiting where no function is asked. */
  function serve(exchange: Exchange): Outcome | Promise<Outcome> {
    const { stage, request, reading } = exchange;
    const { match, headers, query } = reading;
    if (match === undefined) {
      return refusal(exchange, {
        type: 'MISSING_AUTHENTICATION_TOKEN',
        message: 'Missing Authentication Token',
      });
    }
    const { route, parameters } = match;
    if (route.throttle && !route.throttle.take()) {
      return refusal(exchange, { type: 'THROTTLED', message: 'Too Many Requests' });
    }
    if (request.body && request.body.length > PAYLOAD_LIMIT) {
      return refusal(exchange, {
        type: 'REQUEST_TOO_LARGE',
        message: `HTTP content length exceeded ${PAYLOAD_LIMIT} bytes.`,
      });
    }
    const bodyText = request.body && !reading.isBinary ? textOf(request.body) : undefined;
    const invalid = route.validate?.({
      query: query?.single,
      headers,
      path: parameters,
      bodyText,
      hasBody: request.body !== undefined,
    });
    if (invalid) return refusal(exchange, invalid);
    const { integration } = route;
    if (integration.kind === 'mock') return { response: answerMock(integration, headers.get('accept')) };
    const plan = planOf(route, integration, stage);
    const body =
      request.body &&
      (reading.isBinary ? request.body.toString('base64') : (bodyText ?? request.body.toString('utf8')));
    reading.writeEvent ??= plan.eventOf({
      method: request.method,
      path: decode(reading.path),
      contextPath: `/${stage.settings.name}${reading.path}`,
      headers,
      isTraceMadeHere: reading.sentTrace === undefined,
      query,
      parameters,
      protocol: request.protocol,
      sourceIp: request.sourceIp,
    });
    const event = reading.writeEvent({
      traceRoot: exchange.trace.root,
      requestId: exchange.requestId,
      extendedRequestId: exchange.extendedRequestId,
      startedAt: exchange.startedAt,
      body,
      isBase64Encoded: reading.isBinary && body !== undefined,
    });
    return invoke(exchange, plan, integration.timeoutMs, event);
  }

  function planOf(route: CompiledRoute, { functionArn, credentials }: LambdaProxy, stage: CompiledStage): Plan {
    let plan = plans.get(route);
    if (plan === undefined) {
      const { variables } = stage.settings;
      plan = {
        functionArn: functionArn.replace(
          /\$\{stageVariables\.([^}]+)\}/g,
          (_match, name: string) => variables[name] ?? '',
        ),
        caller: callerOf(credentials, route.sourceArn),
        eventOf: eventOfRoute(route, stage, { accountId, region, urlSuffix }),
      };
      plans.set(route, plan);
    }
    return plan;
  }

  /** The function goes on after API Gateway stopped waiting, as on AWS; its late answer concerns nobody. */
  function invoke(
    exchange: Exchange,
    { functionArn, caller }: Plan,
    timeoutMs: number,
    event: string,
  ): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const wait = patience.wait(timeoutMs, () => {
        resolve(
          refusal(exchange, {
            type: 'INTEGRATION_TIMEOUT',
            message: 'Endpoint request timed out',
            execution: 'Execution failed due to a timeout error',
          }),
        );
      });
      exchange.trace.called(functionArn);
      dispatch({
        caller,
        service: 'lambda',
        operation: 'Invoke',
        input: { FunctionName: functionArn, Payload: event },
        traceHeader: exchange.trace.header,
      }).then(
        (output) => {
          wait.end();
          exchange.trace.answered(200);
          resolve(outcomeOf(exchange, output as InvokeOutput));
        },
        (error) => {
          wait.end();
          exchange.trace.answered(error instanceof AwsError ? error.statusCode : 500);
          if (!(error instanceof AwsError)) reject(error);
          // No permission, throttled, no such function: a mistake of the configuration in API Gateway's eyes.
          else {
            resolve(
              refusal(exchange, {
                type: 'API_CONFIGURATION_ERROR',
                message: 'Internal server error',
                execution: `Execution failed due to configuration error: ${executionError(error)}`,
              }),
            );
          }
        },
      );
    });
  }

  /** In its own name, which the function's policy must allow; or in the role that the integration gives it. */
  function callerOf(credentials: string | undefined, sourceArn: string): Caller {
    const service = 'apigateway.amazonaws.com';
    const source = { service, sourceArn, sourceAccount: accountId };
    if (credentials === undefined) return { kind: 'service', ...source };
    return { kind: 'role', roleArn: credentials, sessionName: 'BackplaneAssumeRoleSession', ...source };
  }

  function outcomeOf(exchange: Exchange, { FunctionError, Payload }: InvokeOutput): Outcome {
    const response = FunctionError === undefined ? readProxyAnswer(textPayload(Payload)) : undefined;
    if (response) return { response };
    return refusal(exchange, {
      type: 'MALFORMED_PROXY_RESPONSE',
      message: 'Internal server error',
      execution: 'Execution failed due to configuration error: Malformed Lambda proxy response',
    });
  }

  /** `$context` of gateway responses and access logs. */
  function describe({ stage, request, reading, ...ids }: Exchange): RequestContext {
    const { settings } = stage;
    const { path, match, headers } = reading;
    return requestContext({
      accountId,
      apiId: settings.apiId,
      region,
      urlSuffix,
      stage: settings.name,
      deploymentId: settings.deploymentId,
      resource: match?.route.resource ?? path,
      operationName: match?.route.operationName,
      method: request.method,
      path: `/${settings.name}${path}`,
      protocol: request.protocol,
      sourceIp: request.sourceIp,
      userAgent: headers.get('user-agent'),
      requestId: ids.requestId,
      extendedRequestId: ids.extendedRequestId,
      now: ids.startedAt,
    });
  }

  function refusal(exchange: Exchange, error: GatewayError): Outcome {
    const described = describe(exchange);
    const value = (name: string) => contextValue(described, name);
    return { response: renderGatewayError(error, exchange.stage.gatewayResponses, value), error };
  }

  function writeAccessLog(exchange: Exchange, { response, error }: Outcome): void {
    const { accessLog, apiId, name } = exchange.stage.settings;
    if (!accessLog) return;
    const { startedAt } = exchange;
    const described = describe(exchange);
    const now = clock.now();
    const special: Record<string, string> = {
      status: String(response.statusCode),
      responseLength: String(Buffer.byteLength(response.body)),
      responseLatency: String(now - startedAt),
      'error.message': error?.message ?? '-',
      'error.responseType': error?.type ?? '-',
    };
    const message = renderContext(accessLog.format, (key) => special[key] ?? contextValue(described, key), '-');
    const source = { logGroup: accessLog.logGroup, logStream: `${apiId}/${name}`, label: 'access' };
    logs.write(source, message);
  }

  /** Of a method whose logging level is on: what failed, in API Gateway's words. */
  function writeExecutionLog(exchange: Exchange, { response, error }: Outcome): void {
    if (!error?.execution || !exchange.reading.match?.route.logsErrors) return;
    const { apiId, name } = exchange.stage.settings;
    const source = {
      logGroup: `API-Gateway-Execution-Logs_${apiId}/${name}`,
      logStream: exchange.extendedRequestId,
      label: 'execution',
    };
    logs.write(source, `(${exchange.requestId}) ${error.execution}`);
    logs.write(source, `(${exchange.requestId}) Method completed with status: ${response.statusCode}`);
  }

  return { handle };
}

/** https://repost.aws/knowledge-center/api-gateway-invoke-lambda has the first sentence. */
function executionError({ code, message }: AwsError): string {
  return /AccessDenied/.test(code) ? 'Invalid permissions on Lambda function' : message;
}

interface Outcome {
  readonly response: RenderedResponse;
  readonly error?: GatewayError;
}

interface InvokeOutput {
  readonly FunctionError?: string;
  readonly Payload?: string | Uint8Array;
}

function textPayload(payload: string | Uint8Array | undefined): string {
  return typeof payload === 'string' ? payload : Buffer.from(payload ?? '').toString('utf8');
}

/** A dotted path into the request context, e.g. `identity.sourceIp`. */
function contextValue(described: RequestContext, name: string): string | undefined {
  let value: unknown = described;
  for (const part of name.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value === null || value === undefined || typeof value === 'object' ? undefined : String(value);
}
