/**
 * Lambda proxy integrations, buffered and streamed: invoke the function and make an HTTP response of its answer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 */
import { AwsError } from '../../kernel/aws-error.ts';
import type { Caller } from '../../kernel/caller.ts';
import type { ServiceContext } from '../../kernel/service.ts';
import type { Exchange, IntegrationTimes, Outcome } from './exchange.ts';
import type { GatewayError, StreamedResponse } from './gateway-responses.ts';
import type { Patience } from './patience.ts';
import { readProxyAnswer } from './proxy-response.ts';
import { type ResponseStreamEvent, readStreamedAnswer, StreamFailed, watchStream } from './streamed-answer.ts';

/** What every request of a route asks its function by. */
export interface FunctionCall {
  readonly functionArn: string;
  readonly caller: Caller;
  readonly timeoutMs: number;
  readonly responseTransferMode: 'BUFFERED' | 'STREAM';
  readonly invocation: 'buffered' | 'streamed';
  /** How long a streamed answer may say nothing. */
  readonly idleMs: number;
}

export interface LambdaIntegration {
  /** @param event JSON text */
  invoke(exchange: Exchange, call: FunctionCall, event: string): Promise<Outcome>;
}

export interface LambdaIntegrationOptions {
  readonly dispatch: ServiceContext['dispatch'];
  readonly patience: Patience;
  readonly refusal: (exchange: Exchange, error: GatewayError) => Outcome;
}

interface InvokeOutput {
  readonly FunctionError?: string;
  readonly Payload?: string | Uint8Array;
}

interface InvokeWithResponseStreamOutput {
  readonly EventStream?: AsyncIterable<ResponseStreamEvent>;
}

export function createLambdaIntegration({ dispatch, patience, refusal }: LambdaIntegrationOptions): LambdaIntegration {
  const askLambda = ({ trace }: Exchange, { caller, functionArn }: FunctionCall, operation: string, event: string) =>
    dispatch({
      caller,
      service: 'lambda',
      operation,
      input: { FunctionName: functionArn, Payload: event },
      traceHeader: trace.header,
    });

  /** The function goes on after API Gateway stopped waiting, as on AWS; its late answer concerns nobody. */
  function invokeBuffered(exchange: Exchange, call: FunctionCall, event: string): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const times = timesOf(exchange, 'BUFFERED');
      const end = (outcome: Outcome, status?: number): void => {
        wait.end();
        times.latency = performance.now() - times.startedAt;
        if (status !== undefined) times.status = status;
        resolve(outcome);
      };
      const wait = patience.wait(call.timeoutMs, () => end(refusal(exchange, TIMED_OUT)));
      askLambda(exchange, call, 'Invoke', event).then(
        (output) => {
          const { FunctionError, Payload } = output as InvokeOutput;
          const response = FunctionError === undefined ? readProxyAnswer(textPayload(Payload)) : undefined;
          end(response ? { response } : refusal(exchange, MALFORMED), 200);
        },
        (error) => {
          if (error instanceof AwsError) end(refusal(exchange, misconfigured(error)), error.statusCode);
          else reject(error);
        },
      );
    });
  }

  /** The time is that of the whole stream: before the metadata it is a 504, after them the connection is cut. */
  function invokeStreamed(exchange: Exchange, call: FunctionCall, event: string): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const times = timesOf(exchange, 'STREAMED');
      let late = (): void => end(refusal(exchange, TIMED_OUT));
      let isLate = false;
      const end = (outcome: Outcome, status?: number): void => {
        wait.end();
        times.latency = performance.now() - times.startedAt;
        if (status !== undefined) times.status = status;
        resolve(outcome);
      };
      const wait = patience.wait(call.timeoutMs, () => {
        isLate = true;
        late();
      });
      const begin = ({ statusCode, headers, body: source }: StreamedResponse): void => {
        times.timeToAllHeaders = performance.now() - times.startedAt;
        const { body, cut } = watchStream(source, {
          patience,
          idleMs: call.idleMs,
          onChunk() {
            times.timeToFirstContent ??= performance.now() - times.startedAt;
          },
          onEnd(error) {
            wait.end();
            times.latency = performance.now() - times.startedAt;
            times.status = error === undefined ? 200 : 500;
          },
        });
        late = () => cut(new StreamFailed(`it took longer than ${call.timeoutMs} ms`));
        resolve({ response: { statusCode, headers, body } });
      };
      askLambda(exchange, call, 'InvokeWithResponseStream', event)
        .then((output) => {
          const { EventStream } = output as InvokeWithResponseStreamOutput;
          return EventStream && readStreamedAnswer(EventStream);
        })
        .then((answer) => {
          if (!answer) end(refusal(exchange, MALFORMED), 200);
          else if (isLate) void answer.body.return(undefined);
          else begin(answer);
        })
        .catch((error) => {
          if (error instanceof AwsError) end(refusal(exchange, misconfigured(error)), error.statusCode);
          else reject(error);
        });
    });
  }

  return {
    invoke(exchange, call, event) {
      const isStreamed = call.responseTransferMode === 'STREAM';
      // One way of invoking makes no answer that the other can read.
      if (isStreamed !== (call.invocation === 'streamed')) return Promise.resolve(refusal(exchange, MALFORMED));
      return isStreamed ? invokeStreamed(exchange, call, event) : invokeBuffered(exchange, call, event);
    },
  };
}

function timesOf(exchange: Exchange, responseTransferMode: IntegrationTimes['responseTransferMode']): IntegrationTimes {
  const times: IntegrationTimes = { responseTransferMode, startedAt: performance.now() };
  exchange.integration = times;
  return times;
}

const TIMED_OUT: GatewayError = {
  type: 'INTEGRATION_TIMEOUT',
  message: 'Endpoint request timed out',
  execution: 'Execution failed due to a timeout error',
};

const MALFORMED: GatewayError = {
  type: 'MALFORMED_PROXY_RESPONSE',
  message: 'Internal server error',
  execution: 'Execution failed due to configuration error: Malformed Lambda proxy response',
};

/**
 * No permission, throttled, no such function: a mistake of the configuration in API Gateway's eyes.
 * https://repost.aws/knowledge-center/api-gateway-invoke-lambda has the first sentence.
 */
function misconfigured({ code, message }: AwsError): GatewayError {
  const why = /AccessDenied/.test(code) ? 'Invalid permissions on Lambda function' : message;
  return {
    type: 'API_CONFIGURATION_ERROR',
    message: 'Internal server error',
    execution: `Execution failed due to configuration error: ${why}`,
  };
}

function textPayload(payload: string | Uint8Array | undefined): string {
  return typeof payload === 'string' ? payload : Buffer.from(payload ?? '').toString('utf8');
}
