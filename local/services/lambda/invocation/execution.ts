/** One invocation of a function from the limits to the metrics, whoever asked for it. */
import { AwsError } from '../../../kernel/aws-error.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ConcurrencyLimits } from '../concurrency/concurrency.ts';
import type { InvocationOutcome, ResponseStream } from '../contract.ts';
import type { EnvironmentPool } from '../environments/environment-pool.ts';
import type { Target } from '../functions/functions.ts';
import type { Deliveries, Sender } from '../roles/deliveries.ts';
import { continueLineage, lineageId, MOST_INVOCATIONS, recursiveInvocation } from './lineage.ts';
import { functionSegments } from './segments.ts';
import type { Trace, Tracer } from './trace.ts';

export interface Request {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  /** The caller's, if any. */
  readonly traceHeader: string | undefined;
  readonly clientContext?: string;
  readonly wantsLogTail?: boolean;
  /** The execution environment that asks, and waits for the answer. */
  readonly callerEnvironmentId?: string;
  /** Takes the response as it comes. */
  readonly stream?: ResponseStream;
  /** Nobody waits for the answer. */
  readonly isBackground?: boolean;
}

export interface Execution {
  /**
   * Throws (before it returns) TooManyRequestsException and RecursiveInvocationException; rejects with whatever keeps
   * environments from starting.
   */
  run(target: Target, request: Request): Promise<InvocationOutcome>;
}

export interface ExecutionOptions {
  readonly concurrency: ConcurrencyLimits;
  /** Which pool an environment belongs to, by its id. */
  readonly whereabouts: ReadonlyMap<string, EnvironmentPool>;
  /** Whether the function's loops are meant: `PutFunctionRecursionConfig`. */
  readonly allowsRecursion: (functionName: string) => boolean;
  readonly tracer: Tracer;
  readonly clock: Clock;
  readonly deliveries: Pick<Deliveries, 'log' | 'segment' | 'traced' | 'ready'>;
}

export function createExecution(options: ExecutionOptions): Execution {
  const { concurrency, whereabouts, allowsRecursion, tracer, clock, deliveries } = options;

  function ended(target: Target, request: Request, trace: Trace, outcome: InvocationOutcome): InvocationOutcome {
    concurrency.leave(target.concurrency);
    target.metrics.ended(outcome.durationMs ?? 0, outcome.kind === 'error');
    if (trace.sampled && target.version.tracing === 'Active') {
      const parts = { target, requestId: request.requestId, trace, outcome, endedAtMs: clock.now() };
      for (const segment of functionSegments(parts)) deliveries.segment(senderOf(target), JSON.stringify(segment));
    }
    return outcome;
  }

  const lineageIds = new Map<string, string>();

  /** What the trace header says of the chain this invocation belongs to. Throws RecursiveInvocationException. */
  function lineageOf(target: Target, incoming: string | undefined): string {
    const { functionName } = target.version;
    let id = lineageIds.get(functionName);
    if (id === undefined) {
      id = lineageId(functionName);
      lineageIds.set(functionName, id);
    }
    const { text, invocations } = continueLineage(incoming, id);
    if (invocations > MOST_INVOCATIONS && !allowsRecursion(functionName)) {
      target.metrics.count('RecursiveInvocationsDropped');
      throw recursiveInvocation();
    }
    return text;
  }

  return {
    run(target, request) {
      const lineage = lineageOf(target, request.traceHeader);
      try {
        concurrency.enter(target.concurrency);
      } catch (error) {
        target.metrics.throttled();
        throw error;
      }
      target.metrics.running(target.concurrency.running, concurrency);
      const { runner } = target;
      const trace = tracer.trace(request.traceHeader, target.version.tracing);
      if (runner.kind === 'broken')
        return deliveries
          .ready(senderOf(target))
          .then(() => ended(target, request, trace, broken(target, request, runner.message)));
      if (trace.sampled && target.version.tracing === 'Active') {
        deliveries.traced(senderOf(target), trace.invocationId);
      }
      const { callerEnvironmentId } = request;
      const answered =
        callerEnvironmentId === undefined
          ? undefined
          : whereabouts.get(callerEnvironmentId)?.calls(callerEnvironmentId);
      const running = runner.pool
        .run({
          requestId: request.requestId,
          payload: request.payload,
          traceHeader: `${trace.header};${lineage}`,
          segmentId: trace.segmentId,
          clientContext: request.clientContext,
          invokedFunctionArn: target.arn,
          wantsLogTail: request.wantsLogTail,
          stream: request.stream,
          isBackground: request.isBackground,
        })
        .then(
          (outcome) => ended(target, request, trace, outcome),
          (error) => {
            concurrency.leave(target.concurrency);
            // The role or the key of the variables is refused, in words of its own.
            if (error instanceof AwsError) throw error;
            throw new AwsError(
              'ServiceException',
              `No execution environment could be started: ${(error as Error).message}`,
              {
                statusCode: 500,
                members: { Type: 'Service' },
                cause: error,
              },
            );
          },
        );
      return answered === undefined ? running : running.finally(answered);
    },
  };

  /** Code that does not compile: nothing can start, and the log shows what the compiler said. */
  function broken(target: Target, { requestId }: Request, message: string): InvocationOutcome {
    const { functionName, label, version, logging } = target.version;
    const errorType = 'Runtime.UserCodeSyntaxError';
    const timestamp = clock.now();
    const lines =
      logging.logFormat === 'JSON'
        ? [
            JSON.stringify({
              timestamp: new Date(timestamp).toISOString(),
              level: 'ERROR',
              requestId,
              errorType,
              message,
            }),
          ]
        : [`START RequestId: ${requestId} Version: ${version}\n`, `${message}\n`, `END RequestId: ${requestId}\n`];
    deliveries.log(
      senderOf(target),
      { logGroup: logging.logGroup, logStream: `build/[${version}]${functionName}`, label },
      lines.map((text) => ({ timestamp, message: text })),
    );
    return {
      kind: 'error',
      unhandled: true,
      errorType,
      payload: JSON.stringify({ errorType, errorMessage: message, trace: [] }),
      logTail: lines.join(''),
    };
  }
}

/** Whoever the function's logs and traces are sent by. */
function senderOf({ version, arn }: Target): Sender {
  const { functionName, label, role, logging, tracing } = version;
  return { functionArn: arn, functionName, label, roleArn: role, logGroup: logging.logGroup, tracing };
}
