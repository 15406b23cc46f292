/**
 * A request's trace as a stage with active tracing begins it: one segment, with a subsegment for the authorizer's function, if
 * that was asked, and one for the integration.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
 */
import { createHexSource } from '../../kernel/hex-source.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import type { SamplingRequest } from '../../kernel/telemetry/sampling.ts';
import type { ApiRecord } from './api-store.ts';
import type { AuthorizerCall } from './authorization/lambda/lambda-authorizer.ts';
import type { CompiledStage } from './deployment.ts';
import type { Exchange } from './exchange.ts';
import type { HttpRequest } from './request.ts';
import type { RequestReading } from './request-reading.ts';

export interface StageTrace {
  /** `Root=…`, what the client and the function's event are told. */
  readonly root: string;
  /** `X-Amzn-Trace-Id` for the integration. */
  readonly header: string;
  /** Of a Lambda authorizer: its function's part of the trace is below a subsegment of its own. */
  beginAuthorizer(functionArn: string): AuthorizerCall;
  /** The response left, all of it. */
  ended(exchange: Exchange, status: number, bytes: number): void;
}

export interface StageTracer {
  begin(stage: CompiledStage, request: HttpRequest, reading: RequestReading, startedAt: number): StageTrace;
}

/** Of the path below Lambda's host: the API's version, and what is done with the function. */
const INVOKING = ['2015-03-31', 'invocations'] as const;
const STREAMING = ['2021-11-15', 'response-streaming-invocations'] as const;

const ignore = (): void => {};

export function createStageTracer(context: ServiceContext): StageTracer {
  const { telemetry, clock, accountId, region, partition } = context;
  const apis = context.store.collection<ApiRecord>('apigateway', 'apis');
  const hex = createHexSource();
  const names = new WeakMap<CompiledStage, string>();

  /** `API name/stage` */
  function nameOf(stage: CompiledStage): string {
    let name = names.get(stage);
    if (name === undefined) {
      const { apiId, name: stageName } = stage.settings;
      // X-Ray's names have fewer characters than an API's.
      name = `${apis.get(apiId)?.name ?? apiId}/${stageName}`.replace(/[^\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]/gu, '_');
      names.set(stage, name);
    }
    return name;
  }

  const arnOf = ({ settings }: CompiledStage) =>
    `arn:${partition}:apigateway:${region}::/restapis/${settings.apiId}/stages/${settings.name}`;

  function samplingRequest(stage: CompiledStage, request: HttpRequest, reading: RequestReading): SamplingRequest {
    return {
      serviceName: nameOf(stage),
      serviceType: 'AWS::ApiGateway::Stage',
      host: reading.headers.get('host') ?? '',
      method: request.method,
      path: `/${stage.settings.name}${reading.path}`,
      resourceArn: arnOf(stage),
    };
  }

  return {
    begin(stage, request, reading, startedAt) {
      const sent = readSent(reading.sentTrace);
      const root = sent.root ?? `Root=1-${Math.floor(startedAt / 1000).toString(16)}-${hex(24)}`;
      const isTraced = stage.settings.tracing;
      const isSampled =
        sent.sampled ?? (isTraced && telemetry.sampling.decide(samplingRequest(stage, request, reading)));
      if (!isTraced || !isSampled) {
        const parent = sent.parent === undefined ? '' : `;Parent=${sent.parent}`;
        const header = `${root}${parent};Sampled=${isSampled ? 1 : 0}`;
        return { root, header, beginAuthorizer: () => ({ traceHeader: header, ended: ignore }), ended: ignore };
      }
      const callId = hex(16);
      const asked: object[] = [];
      return {
        root,
        header: `${root};Parent=${callId};Sampled=1`,
        beginAuthorizer(functionArn) {
          const id = hex(16);
          const [calledAt, began] = [clock.now(), performance.now()];
          return {
            traceHeader: `${root};Parent=${id};Sampled=1`,
            ended(status) {
              const over = calledAt + performance.now() - began;
              asked.push(lambdaSubsegment(id, functionArn, { from: calledAt, to: over }, status, 'BUFFERED'));
            },
          };
        },
        ended(exchange, status, bytes) {
          const endedAt = clock.now();
          const call = integrationSubsegment(callId, exchange, endedAt);
          const { apiId, name } = stage.settings;
          telemetry.segment(
            JSON.stringify({
              id: hex(16),
              name: nameOf(stage),
              trace_id: root.slice('Root='.length),
              ...(sent.parent !== undefined && { parent_id: sent.parent }),
              origin: 'AWS::ApiGateway::Stage',
              resource_arn: arnOf(stage),
              start_time: startedAt / 1000,
              end_time: endedAt / 1000,
              http: {
                request: {
                  url: `http://${reading.headers.get('host') ?? 'localhost'}/${name}${reading.path}`,
                  method: request.method,
                  client_ip: request.sourceIp,
                  user_agent: reading.headers.get('user-agent'),
                },
                response: { status, content_length: bytes },
              },
              aws: {
                api_gateway: { account_id: accountId, rest_api_id: apiId, stage: name, request_id: exchange.requestId },
                // Not of AWS: whoever looks at many traces wants to see requests of one kind together.
                ...(reading.match && { resource_path: reading.match.route.resource }),
              },
              ...fateOf(status),
              ...(call || asked.length > 0 ? { subsegments: [...asked, ...(call ? [call] : [])] } : {}),
            }),
          );
        },
      };
    },
  };

  /** Undefined when no function was asked. What it answered, API Gateway was told with 200. */
  function integrationSubsegment(
    id: string,
    { integration: times, reading }: Exchange,
    endedAt: number,
  ): object | undefined {
    const called = reading.match?.route.integration;
    if (times === undefined || called?.kind !== 'lambda-proxy') return undefined;
    const from = endedAt - (performance.now() - times.startedAt);
    const to = times.latency === undefined ? endedAt : from + times.latency;
    return lambdaSubsegment(id, called.functionArn, { from, to }, times.status ?? 504, times.responseTransferMode);
  }

  /** @param time ms since 1970 */
  function lambdaSubsegment(
    id: string,
    functionArn: string,
    time: { readonly from: number; readonly to: number },
    status: number,
    mode: 'BUFFERED' | 'STREAMED',
  ): object {
    const isStreamed = mode === 'STREAMED';
    const [version, action] = isStreamed ? STREAMING : INVOKING;
    const name = functionArn.split(':')[6] ?? functionArn;
    return {
      id,
      name: 'Lambda',
      namespace: 'aws',
      start_time: time.from / 1000,
      end_time: time.to / 1000,
      http: {
        request: {
          url: `https://lambda.${region}.amazonaws.com/${version}/functions/${functionArn}/${action}`,
          method: 'POST',
        },
        response: { status },
      },
      aws: {
        function_name: name,
        operation: isStreamed ? 'InvokeWithResponseStream' : 'Invoke',
        region,
        resource_names: [name],
      },
      ...fateOf(status),
    };
  }
}

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-errors */
function fateOf(status: number): object {
  if (status >= 500) return { fault: true };
  if (status === 429) return { throttle: true, error: true };
  return status >= 400 ? { error: true } : {};
}

interface Sent {
  readonly root?: string;
  readonly parent?: string;
  readonly sampled?: boolean;
}

/** What of the client's own header is passed on. */
function readSent(header: string | undefined): Sent {
  if (header === undefined) return {};
  const sampled = /Sampled=([01])/.exec(header)?.[1];
  return {
    root: /Root=1-[0-9a-f]{8}-[0-9a-f]{24}/.exec(header)?.[0],
    parent: /Parent=([0-9a-f]{16})/.exec(header)?.[1],
    sampled: sampled === undefined ? undefined : sampled === '1',
  };
}
