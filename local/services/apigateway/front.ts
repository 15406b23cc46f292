/**
 * One request through a stage: route → authorization → throttle → validation → integration → response, with what API
 * Gateway answers by itself on the way. This is the hot path of everything people do with curl.
 */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../kernel/caller.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import type { AccessLog } from './access-log.ts';
import type { Granted, Verdict } from './authorization/contract.ts';
import { createGates, type Gate, type Gates } from './authorization/gate.ts';
import { type Authenticate, createIamAuthorizer } from './authorization/iam-authorizer.ts';
import type { CompiledRoute, CompiledStage } from './deployment.ts';
import { type EventWriter, eventOfRoute, type RepeatedParts } from './event.ts';
import { type Account, contextValue, describe, type Exchange, type Outcome } from './exchange.ts';
import { GateExchange } from './gate-exchange.ts';
import {
  type GatewayError,
  type RenderedResponse,
  renderGatewayError,
  type StreamedResponse,
} from './gateway-responses.ts';
import { createLambdaIntegration, type FunctionCall } from './lambda-integration.ts';
import { answerMock } from './mock.ts';
import type { Patience } from './patience.ts';
import { type HttpRequest, textOf } from './request.ts';
import { newExtendedRequestId } from './request-context.ts';
import { readRequest } from './request-reading.ts';
import { decode } from './router.ts';
import { createStageTracer } from './stage-trace.ts';

/** API Gateway's payload limit in bytes. https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export const PAYLOAD_LIMIT = 10_485_760;

export interface StageFront {
  /** Path and query below the stage, starting with `/`. Rejects only by a mistake of ours. */
  handle(stage: CompiledStage, request: HttpRequest, path: string): Promise<RenderedResponse | StreamedResponse>;
}

export interface FrontOptions {
  readonly urlSuffix: string;
  readonly accessLog: AccessLog;
  /** For methods of authorization type AWS_IAM. */
  readonly authenticate: Authenticate;
  readonly patience: Patience;
}

/** What requests of a route have in common. */
interface Plan {
  /** Whom a request has to pass; undefined where everybody may. */
  readonly gate: Gate<GateExchange> | undefined;
  /** Undefined for mocks. */
  readonly call: FunctionCall | undefined;
  readonly eventOf: (parts: RepeatedParts) => EventWriter;
}

const SERVICE = 'apigateway.amazonaws.com';
const OPEN: Granted = { kind: 'granted' };

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html */
function streamIdleMs(endpointType: string): number {
  return endpointType === 'EDGE' ? 30_000 : 300_000;
}

export function createFront(context: ServiceContext, options: FrontOptions): StageFront {
  const { accountId, region, clock, dispatch } = context;
  const { urlSuffix, accessLog, patience } = options;
  const account: Account = { accountId, region, urlSuffix };
  const tracer = createStageTracer(context);
  const plans = new WeakMap<CompiledRoute, Plan>();
  const gates = new WeakMap<CompiledStage, Gates<GateExchange>>();
  const lambda = createLambdaIntegration({ dispatch, patience, refusal });
  const askSigner = createIamAuthorizer<GateExchange>(options.authenticate, dispatch);

  async function handle(
    stage: CompiledStage,
    request: HttpRequest,
    target: string,
  ): Promise<RenderedResponse | StreamedResponse> {
    const reading = readRequest(stage, request, target);
    const startedAt = clock.now();
    const trace = tracer.begin(stage, request, reading, startedAt);
    const exchange: Exchange = {
      stage,
      request,
      reading,
      trace,
      requestId: randomUUID(),
      extendedRequestId: newExtendedRequestId(),
      startedAt,
      beganAt: performance.now(),
      granted: undefined,
      integration: undefined,
    };
    const outcome = await serve(exchange);
    const response = accessLog.write(exchange, outcome);
    const { statusCode, body, headers: own } = response;
    return {
      statusCode,
      headers: [
        ['x-amzn-RequestId', exchange.requestId],
        ['x-amz-apigw-id', exchange.extendedRequestId],
        ['X-Amzn-Trace-Id', trace.root],
        ...own,
      ],
      body,
    } as RenderedResponse | StreamedResponse;
  }

  /** Answers without waiting where nobody is asked. */
  function serve(exchange: Exchange): Outcome | Promise<Outcome> {
    const { stage, reading, request } = exchange;
    const { match } = reading;
    if (match === undefined) {
      return refusal(exchange, { type: 'MISSING_AUTHENTICATION_TOKEN', message: 'Missing Authentication Token' });
    }
    if (request.body && request.body.length > PAYLOAD_LIMIT) {
      return refusal(exchange, {
        type: 'REQUEST_TOO_LARGE',
        message: `HTTP content length exceeded ${PAYLOAD_LIMIT} bytes.`,
      });
    }
    const { route, parameters } = match;
    const plan = planOf(route, stage);
    if (!plan.gate) return serveGranted(exchange, route, parameters, plan, OPEN);
    const verdict = plan.gate(new GateExchange(exchange, account));
    const then = (answered: Verdict): Outcome | Promise<Outcome> =>
      answered.kind === 'refused'
        ? refusal(exchange, answered.error)
        : serveGranted(exchange, route, parameters, plan, answered);
    return isPromise(verdict) ? verdict.then(then) : then(verdict);
  }

  function serveGranted(
    exchange: Exchange,
    route: CompiledRoute,
    parameters: Readonly<Record<string, string>> | undefined,
    { call, eventOf }: Plan,
    granted: Granted,
  ): Outcome | Promise<Outcome> {
    const { stage, request, reading } = exchange;
    const { headers, query } = reading;
    exchange.granted = granted;
    if (route.throttle && !route.throttle.take()) {
      return refusal(exchange, { type: 'THROTTLED', message: 'Too Many Requests' });
    }
    const bodyText = request.body && !reading.isBinary ? textOf(request.body) : undefined;
    const invalid = route.validator?.check({
      query: query?.single,
      headers,
      path: parameters,
      bodyText,
      hasBody: request.body !== undefined,
    });
    if (invalid) return refusal(exchange, invalid);
    const { integration } = route;
    if (integration.kind === 'mock' || !call) {
      return {
        response: answerMock(integration as Extract<typeof integration, { kind: 'mock' }>, headers.get('accept')),
      };
    }
    const body =
      request.body &&
      (reading.isBinary ? request.body.toString('base64') : (bodyText ?? request.body.toString('utf8')));
    reading.writeEvent ??= eventOf({
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
      granted,
    });
    return lambda.invoke(exchange, call, event);
  }

  function planOf(route: CompiledRoute, stage: CompiledStage): Plan {
    let plan = plans.get(route);
    if (plan === undefined) {
      plan = {
        gate: gatesOf(stage)(route.authorization),
        call: callOf(route, stage),
        eventOf: eventOfRoute(route, stage, account),
      };
      plans.set(route, plan);
    }
    return plan;
  }

  function callOf({ integration, sourceArn }: CompiledRoute, stage: CompiledStage): FunctionCall | undefined {
    if (integration.kind !== 'lambda-proxy') return undefined;
    const { timeoutMs, responseTransferMode, invocation, credentials } = integration;
    return {
      functionArn: withVariables(integration.functionArn, stage),
      caller: callerOf(credentials, sourceArn),
      timeoutMs,
      responseTransferMode,
      invocation,
      idleMs: streamIdleMs(stage.endpointType),
    };
  }

  function gatesOf(stage: CompiledStage): Gates<GateExchange> {
    let found = gates.get(stage);
    if (found === undefined) {
      found = createGates<GateExchange>({
        context,
        policy: stage.policy,
        functionArnOf: ({ functionArn }) => withVariables(functionArn, stage),
        callerOf: ({ credentials, id }) => callerOf(credentials, `${stage.apiArn}/authorizers/${id}`),
        askSigner,
      });
      gates.set(stage, found);
    }
    return found;
  }

  /** In its own name, which the function's policy must allow; or in the role that the definition gives it. */
  function callerOf(credentials: string | undefined, sourceArn: string): Caller {
    const source = { service: SERVICE, sourceArn, sourceAccount: accountId };
    if (credentials === undefined) return { kind: 'service', ...source };
    return { kind: 'role', roleArn: credentials, sessionName: 'BackplaneAssumeRoleSession', ...source };
  }

  function refusal(exchange: Exchange, error: GatewayError): Outcome {
    const described = describe(exchange, account);
    const value = (name: string) => contextValue(described, name);
    return { response: renderGatewayError(error, exchange.stage.gatewayResponses, value), error };
  }

  return { handle };
}

function withVariables(text: string, { settings }: CompiledStage): string {
  return text.replace(/\$\{stageVariables\.([^}]+)\}/g, (_match, name: string) => settings.variables[name] ?? '');
}

/** Not `instanceof`: a test's realm has another Promise. */
function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown }).then === 'function';
}
