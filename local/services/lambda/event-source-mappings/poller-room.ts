/** What Lambda gives the pollers of a mapping: the function's role, the function itself, and places to write to. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../../../kernel/aws-error.ts';
import type { ServiceContext } from '../../../kernel/service.ts';
import { OWN_LOG } from '../../../kernel/telemetry.ts';
import { deliveryOf } from '../asynchronous-invocation/deliver.ts';
import type { ConcurrencyLimits } from '../concurrency/concurrency.ts';
import type { Functions, Target } from '../functions/functions.ts';
import type { Execution } from '../invocation/execution.ts';
import type { MetricsOfFunctions } from '../invocation/function-metrics.ts';
import { type Place, parseFunctionName } from '../names.ts';
import type { LambdaRecords } from '../records.ts';
import { asRole } from '../roles/execution-role.ts';
import type { Invoked, Mapping, PollerRoom } from './contract.ts';
import { mappingDestinationCall } from './destinations.ts';
import { compileFilters } from './filters.ts';

export interface PollerRoomParts {
  readonly context: Pick<ServiceContext, 'clock' | 'dispatch' | 'outbox' | 'store' | 'telemetry'>;
  readonly place: Place;
  readonly records: LambdaRecords;
  readonly functions: Functions;
  readonly concurrency: ConcurrencyLimits;
  readonly execution: Execution;
  readonly metrics: MetricsOfFunctions;
}

const ITSELF = { kind: 'internal', service: 'lambda.amazonaws.com' } as const;

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics */
const OF_THE_MAPPING: ReadonlySet<string> = new Set([
  'PolledEventCount',
  'FilteredOutEventCount',
  'InvokedEventCount',
  'FailedInvokeEventCount',
  'DroppedEventCount',
  'OnFailureDestinationDeliveredEventCount',
  'DeletedEventCount',
]);
const MILLISECONDS: ReadonlySet<string> = new Set(['IteratorAge', 'OffsetLag']);

/** @param said what becomes the mapping's `LastProcessingResult` */
export function createPollerRoom(parts: PollerRoomParts, mapping: Mapping, said: (result: string) => void): PollerRoom {
  const { context, place, records, functions, concurrency, execution, metrics } = parts;
  const { clock, dispatch, outbox, store, telemetry } = context;
  const { name } = parseFunctionName(mapping.functionArn);
  const service = mapping.eventSourceArn.split(':')[2] ?? '';
  const checkpoints = store.collection<unknown>('lambda', 'mapping-checkpoints');
  const passes = compileFilters(mapping.filters);
  const reported = new Set<string>();

  /** Throws ResourceNotFoundException when the function is gone. */
  const target = (): Target => functions.target(mapping.functionArn, undefined);
  const caller = () => asRole(place, target().version.role, name);

  async function invoke(payload: string, traceHeader?: string): Promise<Invoked> {
    const requestId = randomUUID();
    try {
      const found = target();
      const outcome = await execution.run(found, { requestId, payload, traceHeader, isBackground: true });
      return { kind: 'ran', outcome, requestId, version: found.version.version };
    } catch (error) {
      const { code, message, statusCode } =
        error instanceof AwsError ? error : new AwsError('ServiceException', String(error), { statusCode: 500 });
      return { kind: 'not-run', throttled: statusCode === 429, code, message };
    }
  }

  return {
    clock,
    call: async <Output>(operation: string, input: object, signal?: AbortSignal) =>
      (await dispatch({ caller: caller(), service, operation, input, signal })) as Output,
    callInternally: async <Output>(operation: string, input: object, signal?: AbortSignal) =>
      (await dispatch({ caller: ITSELF, service, operation, input, signal })) as Output,
    passes,
    invoke,
    mostAtOnce() {
      const reserved = records.functions.get(name)?.reservedConcurrency ?? concurrency.unreserved;
      return Math.max(1, Math.min(reserved, mapping.maximumConcurrency ?? reserved));
    },
    isCrowded() {
      try {
        const { runner } = target();
        return runner.kind === 'pool' && runner.pool.isCrowded;
      } catch {
        return false;
      }
    },
    deliver(arn, record) {
      const now = clock.now();
      const call = mappingDestinationCall(arn, record, mapping.uuid, now);
      outbox.emit(deliveryOf(call, caller(), { functionName: name, metric: 'DestinationDeliveryFailures' }));
    },
    checkpoints,
    transaction: (work) => store.transaction(work),
    said,
    count(metric, value = 1) {
      if (!OF_THE_MAPPING.has(metric)) {
        metrics.of(name).record(metric, value, MILLISECONDS.has(metric) ? 'Milliseconds' : 'Count');
        return;
      }
      if (!mapping.countsEvents || value === 0) return;
      const dimensions = { EventSourceMappingUUID: mapping.uuid };
      telemetry.metric({
        namespace: 'AWS/Lambda',
        name: metric,
        dimensions,
        unit: 'Count',
        value,
        timestamp: clock.now(),
      });
    },
    report(message) {
      if (reported.has(message)) return;
      reported.add(message);
      telemetry.log(OWN_LOG, [{ timestamp: clock.now(), message: `${name}: ${message}` }]);
    },
  };
}
