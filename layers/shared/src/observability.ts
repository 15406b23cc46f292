/**
 * Logs, metrics and traces of a function, in one place; nothing else imports Powertools' Logger or Metrics.
 * Configured by POWERTOOLS_SERVICE_NAME, POWERTOOLS_METRICS_NAMESPACE and POWERTOOLS_LOG_LEVEL.
 */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Context } from 'aws-lambda';
import { asError, traced, tracer } from './tracing.ts';

export const logger = new Logger();
export const metrics = new Metrics();
export { MetricUnit, traced, tracer };

/** As Powertools has it: nobody waited for what was initialised ahead on purpose. */
let isCold = process.env['AWS_LAMBDA_INITIALIZATION_TYPE'] === 'on-demand';

/**
 * Wraps a handler with everything each invocation has: the Lambda context and a correlation id on every log line, the
 * `ColdStart` metric, metrics flushed even when the handler fails, and an X-Ray subsegment with the route and the error
 * if there was one.
 */
export function observed<Event, Result>(
  handler: (event: Event, context: Context) => Promise<Result>,
): (event: Event, context: Context) => Promise<Result> {
  return async (event, context) => {
    logger.addContext(context);
    logger.appendKeys({ correlationId: correlationId(event) ?? context.awsRequestId });
    metrics.setFunctionName(context.functionName);
    metrics.captureColdStartMetric();
    const wasCold = isCold;
    isCold = false;
    try {
      return await traced(`## ${process.env['_HANDLER'] ?? context.functionName}`, async () => {
        if (tracer.isTraceSampled()) annotate(routeOf(event), wasCold);
        return await handler(event, context);
      });
    } catch (error) {
      logger.error('The handler failed', asError(error));
      throw error;
    } finally {
      // Publishing nothing makes Powertools log a warning with every request.
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      logger.resetKeys();
    }
  };
}

/** Only where there is a subsegment: Powertools warns, in a line of the log, of annotations that go nowhere. */
function annotate(route: string | undefined, wasCold: boolean): void {
  tracer.putAnnotation('ColdStart', wasCold);
  tracer.addServiceNameAnnotation();
  if (route !== undefined) tracer.putAnnotation('Route', route);
}

/** API Gateway's request id (the one in error bodies), or the id that EventBridge gave an event. */
function correlationId(event: unknown): string | undefined {
  const { requestContext, id } = (event ?? {}) as { requestContext?: { requestId?: unknown }; id?: unknown };
  const found = requestContext?.requestId ?? id;
  return typeof found === 'string' ? found : undefined;
}

/** Of a request through API Gateway: what traces are looked for by. The path itself has ids in it, which nobody would. */
function routeOf(event: unknown): string | undefined {
  const { httpMethod, resource } = (event ?? {}) as { httpMethod?: unknown; resource?: unknown };
  return typeof httpMethod === 'string' && typeof resource === 'string' ? `${httpMethod} ${resource}` : undefined;
}
