/**
 * AWS Lambda. A function has versions; a version has execution environments, started by the launcher it is given; an
 * environment runs one invocation at a time. `execution.ts` is the way of one invocation, `environment-pool.ts`
 * decides which environment takes it.
 */
import { availableParallelism } from 'node:os';
import type { Service, ServiceContext, ServiceDefinition } from '../../kernel/service.ts';
import type { ArtifactCatalogue } from '../../template/artifact.ts';
import { ACCOUNT_CONCURRENCY, createConcurrencyLimits } from './concurrency.ts';
import type { EnvironmentLauncher } from './contract.ts';
import { EnvironmentPool } from './environment-pool.ts';
import { createEventQueue, DELIVER_EVENT } from './event-queue.ts';
import { createExecution } from './execution.ts';
import { createFunctionMetrics } from './function-metrics.ts';
import { Functions } from './functions.ts';
import { invokeOperation } from './invoke.ts';
import { invokeAsyncOperation } from './invoke-async.ts';
import { invokeWithResponseStreamOperation } from './invoke-with-response-stream.ts';
import { managingOperations } from './operations/index.ts';
import { createThroughProvider } from './operations/through-provider.ts';
import { lambdaProviders, RESOURCE_TYPES } from './providers/index.ts';
import { openRecords } from './records.ts';
import type { LambdaRoom } from './room.ts';
import { createTracer } from './trace.ts';

export interface LambdaOptions {
  readonly launcher: EnvironmentLauncher;
  /** Finds what `build/` made. */
  readonly catalogue: ArtifactCatalogue;
  /** Environments of one function version when all of them make progress; default twice the cores. */
  readonly maxEnvironments?: number;
  /** An idle environment is stopped after this long, ms on the clock; default ten minutes. */
  readonly idleMs?: number;
  /** Concurrent executions of the account; default 1000. */
  readonly accountConcurrency?: number;
}

export function lambdaService(options: LambdaOptions): ServiceDefinition {
  return {
    name: 'lambda',
    resourceTypes: RESOURCE_TYPES,
    load: async (context) => loadLambda(context, options),
  };
}

function loadLambda(context: ServiceContext, options: LambdaOptions): Service {
  const { accountId, region, partition, store, clock, telemetry } = context;
  const { launcher, catalogue } = options;
  const place = { accountId, region, partition };
  const records = openRecords(store);
  const concurrency = createConcurrencyLimits(options.accountConcurrency ?? ACCOUNT_CONCURRENCY);
  const cores = availableParallelism();
  const limits = {
    immediate: cores,
    maximum: options.maxEnvironments ?? cores * 2,
    idleMs: options.idleMs ?? 600_000,
  };
  const metrics = createFunctionMetrics(telemetry, clock);
  const functions = new Functions({
    place,
    records,
    catalogue,
    concurrency,
    metrics,
    createPool: (spec) => new EnvironmentPool(spec, launcher, clock, limits),
  });
  const tracer = createTracer(() => clock.now());
  const execution = createExecution({ concurrency, tracer, clock, telemetry });
  const events = createEventQueue({ context, records, functions, execution });
  const room: LambdaRoom = {
    place,
    records,
    functions,
    catalogue,
    clock,
    inlineCodeDirectory: store.directory('inline-code'),
  };
  const providers = lambdaProviders(room);
  const through = createThroughProvider(providers);
  return {
    operations: {
      Invoke: invokeOperation({ functions, execution, events }),
      InvokeAsync: invokeAsyncOperation({ functions, events }),
      InvokeWithResponseStream: invokeWithResponseStreamOperation({ functions, execution }),
      [DELIVER_EVENT]: events.deliver,
      ...managingOperations({ ...room, through }),
    },
    providers,
    async wire() {
      const schemas = (await import('@aws-sdk/client-lambda')) as unknown as Readonly<Record<string, unknown>>;
      return { protocol: 'rest-json', schemas };
    },
    async stop() {
      // Busy environments end with the launcher; nobody waits for their answer any more.
      await launcher.stop();
      await functions.stop();
      metrics.flush();
    },
  };
}
