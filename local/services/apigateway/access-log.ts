/**
 * What is written of a request when it is over: its trace and metrics, a line of the stage's own format, and what failed.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
 */
import type { Clock } from '../../kernel/clock.ts';
import { type Account, contextValue, describe, type Exchange, type Outcome } from './exchange.ts';
import { isStreamed, type RenderedResponse, renderContext, type StreamedResponse } from './gateway-responses.ts';
import type { StageLogs } from './stage-logs.ts';
import type { StageMetrics } from './stage-metrics.ts';

export interface AccessLog {
  /** Gives the response to hand on: of a streamed one the line is written when it has ended. */
  write(exchange: Exchange, outcome: Outcome): Outcome['response'];
}

export interface AccessLogOptions {
  readonly logs: StageLogs;
  readonly clock: Clock;
  readonly account: Account;
  readonly metrics: StageMetrics;
}

export function createAccessLog({ logs, clock, account, metrics }: AccessLogOptions): AccessLog {
  function writeLine(exchange: Exchange, { response, error }: Outcome, responseLength: number): void {
    const { accessLog, apiId, name } = exchange.stage.settings;
    if (!accessLog) return;
    const { integration } = exchange;
    const described = describe(exchange, account);
    const special: Record<string, string> = {
      status: String(response.statusCode),
      responseLength: String(responseLength),
      responseLatency: String(clock.now() - exchange.startedAt),
      'error.message': error?.message ?? '-',
      'error.messageString': error ? JSON.stringify(error.message) : '-',
      'error.responseType': error?.type ?? '-',
      'error.validationErrorString': error?.validationError ?? '-',
      'integration.responseTransferMode': integration?.responseTransferMode ?? '-',
      'integration.latency': rounded(integration?.latency),
      integrationLatency: rounded(integration?.latency),
      'integration.timeToAllHeaders': rounded(integration?.timeToAllHeaders),
      'integration.timeToFirstContent': rounded(integration?.timeToFirstContent),
    };
    const message = renderContext(accessLog.format, (key) => special[key] ?? contextValue(described, key), '-');
    logs.write({ logGroup: accessLog.logGroup, logStream: `${apiId}/${name}`, label: 'access' }, message);
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

  function end(exchange: Exchange, outcome: Outcome, responseLength: number): void {
    exchange.trace.ended(exchange, outcome.response.statusCode, responseLength);
    if (exchange.stage.settings.accessLog) writeLine(exchange, outcome, responseLength);
    if (outcome.error) writeExecutionLog(exchange, outcome);
    metrics.ended(exchange, outcome.response.statusCode, performance.now() - exchange.beganAt);
  }

  return {
    write(exchange, outcome) {
      const { response } = outcome;
      if (isStreamed(response)) {
        return counted(response, (bytes) => end(exchange, outcome, bytes));
      }
      end(exchange, outcome, lengthOf(response));
      return response;
    },
  };
}

/** @param onEnd called once, whoever ends it, with what was sent */
function counted(response: StreamedResponse, onEnd: (bytes: number) => void): StreamedResponse {
  const source = response.body;
  let bytes = 0;
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    onEnd(bytes);
  };
  const body: AsyncGenerator<Uint8Array> = {
    async next() {
      try {
        const result = await source.next();
        if (result.done) over();
        else bytes += result.value.length;
        return result;
      } catch (error) {
        over();
        throw error;
      }
    },
    async return(value) {
      const result = await source.return(value);
      over();
      return result;
    },
    throw: (error) => source.throw(error),
    [Symbol.asyncIterator]: () => body,
    async [Symbol.asyncDispose]() {
      await body.return(undefined);
    },
  };
  return { ...response, body };
}

function lengthOf({ body }: RenderedResponse): number {
  return typeof body === 'string' ? Buffer.byteLength(body) : body.length;
}

function rounded(ms: number | undefined): string {
  return ms === undefined ? '-' : String(Math.round(ms));
}
